//! Checks the licences and the origin of every package that we depend on against `deny.toml`.

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};

use crate::process;

/// What cargo calls its default registry, in a package's `source`; the host is left out.
const DEFAULT_REGISTRY_END: &str = "/rust-lang/crates.io-index";

/// Check the licences and origins of all dependencies against deny.toml.
///
/// The file is cargo-deny's, and so is the library that reads the licence expressions; cargo-deny itself takes
/// minutes to compile and is not needed for this. Advisories are not checked: their database is a download.
#[derive(Args, Debug)]
pub struct LicencesArgs {}

/// The part of `deny.toml` that we read.
#[derive(Deserialize)]
struct Policy {
    licenses: AllowedLicences,
    sources: Sources,
}

#[derive(Deserialize)]
struct AllowedLicences {
    allow: Vec<String>,
}

/// What to do about packages from elsewhere; only "deny" is understood, so that nothing weaker passes unseen.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    unknown_registry: Verdict,
    unknown_git: Verdict,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Deny,
}

/// A package as `cargo metadata` lists it.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

/// Checks every package in the lock file, whatever system or test it is for.
///
/// # Errors
/// With one line for each package that `deny.toml` does not allow.
pub fn run(_: &LicencesArgs) -> Result<()> {
    let file = process::root()?.join("deny.toml");
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let policy = Policy::parse(&text).with_context(|| format!("in {}", file.display()))?;
    let packages = packages(process::metadata()?)?;

    let refused = policy.refused(&packages)?;
    if !refused.is_empty() {
        bail!(
            "packages that deny.toml does not allow:\n{}",
            refused.join("\n")
        );
    }
    println!(
        "{} packages: licences and origins allowed (advisories not checked)",
        packages.len()
    );
    Ok(())
}

fn packages(mut metadata: Value) -> Result<Vec<Package>> {
    serde_json::from_value(metadata["packages"].take()).context("no packages in cargo metadata")
}

impl Policy {
    fn parse(text: &str) -> Result<Policy> {
        let policy: Policy = toml::from_str(text)?;
        let Sources {
            unknown_registry: Verdict::Deny,
            unknown_git: Verdict::Deny,
        } = policy.sources;
        Ok(policy)
    }

    /// One line for each package that is not allowed.
    fn refused(&self, packages: &[Package]) -> Result<Vec<String>> {
        let allowed = self
            .licenses
            .allow
            .iter()
            .map(|name| Licensee::parse(name).with_context(|| format!("unknown licence {name:?}")))
            .collect::<Result<Vec<_>>>()?;
        let complaint = |package: &Package| {
            let reason = foreign(package).or_else(|| unlicensed(package, &allowed))?;
            Some(format!("  {} {}: {reason}", package.name, package.version))
        };
        Ok(packages.iter().filter_map(complaint).collect())
    }
}

/// Why the package's origin is not allowed; our own crates have none.
fn foreign(package: &Package) -> Option<String> {
    let source = package.source.as_deref()?;
    if source.starts_with("registry+") && source.ends_with(DEFAULT_REGISTRY_END) {
        return None;
    }
    Some(format!(
        "comes from {source}, expected the default registry"
    ))
}

/// Why the package's licence is not allowed.
fn unlicensed(package: &Package, allowed: &[Licensee]) -> Option<String> {
    let Some(licence) = &package.license else {
        return Some("states no licence".to_string());
    };
    // Old packages write "MIT/Apache-2.0".
    let expression = match Expression::parse_mode(licence, ParseMode::LAX) {
        Ok(expression) => expression,
        Err(error) => {
            return Some(format!(
                "licence {licence:?} cannot be read: {}",
                error.reason
            ));
        }
    };
    let is_allowed =
        expression.evaluate(|wanted| allowed.iter().any(|licensee| licensee.satisfies(wanted)));
    (!is_allowed).then(|| format!("licence {licence:?} is not in the allow list"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0", "Unicode-3.0"]
        [sources]
        unknown-registry = "deny"
        unknown-git = "deny"
    "#;

    fn package(license: Option<&str>, source: Option<&str>) -> Package {
        Package {
            name: "thing".to_string(),
            version: "1.0.0".to_string(),
            license: license.map(str::to_string),
            source: source.map(str::to_string),
        }
    }

    fn refused(license: Option<&str>, source: Option<&str>) -> Vec<String> {
        Policy::parse(POLICY)
            .unwrap()
            .refused(&[package(license, source)])
            .unwrap()
    }

    #[test]
    fn one_allowed_side_of_an_or_is_enough_and_both_sides_of_an_and_are_needed() {
        for allowed in [
            "MIT",
            "GPL-3.0-only OR MIT",
            "MIT/Apache-2.0",
            "(MIT OR Zlib) AND Unicode-3.0",
        ] {
            assert_eq!(
                refused(Some(allowed), None),
                Vec::<String>::new(),
                "{allowed}"
            );
        }
        for forbidden in [
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "Zlib",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert_eq!(refused(Some(forbidden), None).len(), 1, "{forbidden}");
        }
    }

    #[test]
    fn a_missing_or_unreadable_licence_is_refused() {
        assert_eq!(refused(None, None), ["  thing 1.0.0: states no licence"]);
        assert_eq!(refused(Some("My Own"), None).len(), 1);
    }

    #[test]
    fn only_the_default_registry_is_an_origin() {
        let ours = "registry+https://example.org/rust-lang/crates.io-index";
        assert!(refused(Some("MIT"), Some(ours)).is_empty());
        for elsewhere in [
            "git+https://example.org/thing#abc",
            "registry+https://example.org/crates.io-index",
        ] {
            assert_eq!(
                refused(Some("MIT"), Some(elsewhere)).len(),
                1,
                "{elsewhere}"
            );
        }
    }

    #[test]
    fn a_weaker_policy_is_an_error_rather_than_a_pass() {
        assert!(Policy::parse(&POLICY.replace(r#"git = "deny""#, r#"git = "allow""#)).is_err());
        assert!(Policy::parse("[licenses]\nallow = []").is_err());
    }
}
