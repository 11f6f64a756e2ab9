//! The list of parts of an archive for machines: CycloneDX 1.5 in JSON.
//!
//! The library that is made for it would compile half of the workspace anew (other features of common packages), and
//! gives each list a random number; what we need of the format is small.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::licence_texts;
use super::linked::{Key, Linked, Package};
use super::ware::Ware;

/// What is inside but no package of Rust's: a library that lies beside ours, or is linked by the compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence expression.
    pub licence: String,
    /// Where it is from, as a package URL.
    pub origin: String,
    /// SHA-256 of the file, if it is one.
    pub sha256: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom {
    bom_format: &'static str,
    spec_version: &'static str,
    /// Of the list, not of the program.
    version: u32,
    metadata: Metadata,
    components: Vec<Component>,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Metadata {
    timestamp: String,
    component: Component,
}

#[derive(Clone, Serialize)]
struct Component {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref")]
    reference: String,
    name: String,
    version: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    licenses: Vec<Licence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
}

#[derive(Clone, Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Clone, Serialize)]
struct Licence {
    expression: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(rename = "ref")]
    reference: String,
    depends_on: Vec<String>,
}

/// The list for `ware`, with the time `seconds` (since 1970).
///
/// # Errors
/// If a package has no licence, or the time is none.
pub fn json(ware: &Ware, seconds: u64, linked: &Linked, parts: &[Part]) -> Result<String> {
    let time = OffsetDateTime::from_unix_timestamp(i64::try_from(seconds)?)?;
    let mut components = Vec::new();
    for package in &linked.packages {
        components.push(of_package(package)?);
    }
    components.extend(parts.iter().map(of_part));
    let product = product(ware);
    let bom = Bom {
        bom_format: "CycloneDX",
        spec_version: "1.5",
        version: 1,
        dependencies: dependencies(&product.reference, linked, parts),
        metadata: Metadata {
            timestamp: time.format(&Rfc3339)?,
            component: product,
        },
        components,
    };
    let text = serde_json::to_string_pretty(&bom).context("cannot write the list of parts")?;
    Ok(text + "\n")
}

/// Syrinx itself, with all of its own crates.
fn product(ware: &Ware) -> Component {
    Component {
        kind: "application",
        reference: ware.name(),
        name: "syrinx".to_owned(),
        version: ware.version.clone(),
        hashes: Vec::new(),
        licenses: vec![Licence {
            expression: "MIT OR Apache-2.0".to_owned(),
        }],
        purl: None,
    }
}

fn of_package(package: &Package) -> Result<Component> {
    Ok(component(
        &package.name,
        &package.version,
        licence_texts::expression(package)?,
        package_url(&package.key()),
        package.checksum.as_deref(),
    ))
}

fn of_part(part: &Part) -> Component {
    let sha256 = part.sha256.as_deref();
    component(
        &part.name,
        &part.version,
        part.licence.clone(),
        part.origin.clone(),
        sha256,
    )
}

fn component(
    name: &str,
    version: &str,
    licence: String,
    url: String,
    sha256: Option<&str>,
) -> Component {
    let hash = |content: &str| Hash {
        alg: "SHA-256",
        content: content.to_owned(),
    };
    Component {
        kind: "library",
        reference: url.clone(),
        name: name.to_owned(),
        version: version.to_owned(),
        hashes: sha256.into_iter().map(hash).collect(),
        licenses: vec![Licence {
            expression: licence,
        }],
        purl: Some(url),
    }
}

/// The package's URL; a version may hold a plus, which means something else there.
fn package_url((name, version): &Key) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

/// Who uses whom. Our own crates are one: the product.
fn dependencies(product: &str, linked: &Linked, parts: &[Part]) -> Vec<Dependency> {
    let foreign: BTreeMap<Key, String> = linked
        .packages
        .iter()
        .map(|package| (package.key(), package_url(&package.key())))
        .collect();
    let mut uses: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    uses.insert(
        product,
        parts.iter().map(|part| part.origin.clone()).collect(),
    );
    for part in parts {
        uses.insert(&part.origin, Vec::new());
    }
    for (user, used) in &linked.uses {
        let reference = foreign.get(user).map_or(product, String::as_str);
        let used = used.iter().filter_map(|key| foreign.get(key).cloned());
        uses.entry(reference).or_default().extend(used);
    }
    let dependency = |(reference, mut depends_on): (&str, Vec<String>)| {
        depends_on.sort();
        depends_on.dedup();
        Dependency {
            reference: reference.to_owned(),
            depends_on,
        }
    };
    uses.into_iter().map(dependency).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn key(name: &str, version: &str) -> Key {
        (name.to_owned(), version.to_owned())
    }

    fn package(name: &str, version: &str, licence: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            license: licence.map(str::to_owned),
            checksum: Some("00ff".to_owned()),
            ..Package::default()
        }
    }

    fn ware() -> Ware {
        Ware {
            version: "0.1.0".to_owned(),
            triple: "x86_64-unknown-linux-gnu".to_owned(),
        }
    }

    fn listed(linked: &Linked) -> Result<String> {
        let runtime = Part {
            name: "onnxruntime".to_owned(),
            version: "1.31.1".to_owned(),
            licence: "MIT".to_owned(),
            origin: "pkg:pypi/onnxruntime@1.31.1".to_owned(),
            sha256: Some("ab".to_owned()),
        };
        json(&ware(), 1_700_000_000, linked, &[runtime])
    }

    fn two() -> Linked {
        let used = |names: &[Key]| names.iter().cloned().collect::<BTreeSet<_>>();
        let (a, b) = (key("a", "1.0.0"), key("b", "2.0.0+x"));
        Linked {
            packages: vec![
                package("a", "1.0.0", Some("MIT/Apache-2.0")),
                package("b", "2.0.0+x", Some("ISC")),
            ],
            uses: BTreeMap::from([
                (
                    key("syrinx", "0.1.0"),
                    used(&[key("syrinx-dsp", "0.1.0"), a.clone()]),
                ),
                (key("syrinx-dsp", "0.1.0"), used(std::slice::from_ref(&a))),
                (a, used(std::slice::from_ref(&b))),
                (b, used(&[])),
            ]),
        }
    }

    #[test]
    fn parts_are_named_with_licence_origin_and_hash() {
        let text = listed(&two()).unwrap();
        let list: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(list["specVersion"], "1.5");
        assert_eq!(list["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
        let parts = list["components"].as_array().unwrap();
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(parts[1]["purl"], "pkg:cargo/b@2.0.0%2Bx");
        assert_eq!(parts[2]["hashes"][0]["content"], "ab");
        assert_eq!(text, listed(&two()).unwrap());
    }

    #[test]
    fn our_own_crates_are_one_in_who_uses_whom() {
        let list: Value = serde_json::from_str(&listed(&two()).unwrap()).unwrap();
        let uses = |reference: &str| {
            let all = list["dependencies"].as_array().unwrap();
            let mut found = all.iter().filter(|entry| entry["ref"] == reference);
            let (Some(one), None) = (found.next(), found.next()) else {
                panic!("{reference} is not there once");
            };
            one["dependsOn"].clone()
        };
        let a = "pkg:cargo/a@1.0.0";
        assert_eq!(
            uses("syrinx-0.1.0-linux-x86_64"),
            serde_json::json!([a, "pkg:pypi/onnxruntime@1.31.1"])
        );
        assert_eq!(uses(a), serde_json::json!(["pkg:cargo/b@2.0.0%2Bx"]));
        assert_eq!(list["dependencies"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn a_part_without_licence_is_refused() {
        let mut linked = two();
        linked.packages[0].license = None;
        assert!(listed(&linked).unwrap_err().to_string().contains("a 1.0.0"));
    }
}
