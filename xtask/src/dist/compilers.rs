//! What compilers link into programs by themselves, and under which licences.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::sbom::Part;
use super::tree::Tree;
use super::ware::Ware;
use crate::process;

/// A part that a Debian package holds.
struct Packaged {
    /// What it is called, and its licence.
    name: &'static str,
    licence: &'static str,
    /// The package that holds it.
    package: &'static str,
}

/// What MinGW's compiler links into programs for Windows.
const MINGW: [Packaged; 2] = [
    Packaged {
        name: "mingw-w64",
        licence: "ZPL-2.1",
        package: "mingw-w64-common",
    },
    Packaged {
        name: "libgcc",
        licence: "GPL-3.0-or-later WITH GCC-exception-3.1",
        package: "gcc-mingw-w64-x86-64-posix-runtime",
    },
];

/// Adds the licences to `tree` and returns the parts.
///
/// # Errors
/// If a compiler cannot be asked, or a licence is not where its package keeps it.
pub fn add(tree: &mut Tree, ware: &Ware) -> Result<Vec<Part>> {
    let mut parts = vec![rust(tree)?];
    if ware.triple.ends_with("windows-gnu") {
        for packaged in &MINGW {
            parts.push(debian(tree, packaged)?);
        }
    }
    Ok(parts)
}

/// Rust's standard library; the toolchain brings the list of its copyrights.
fn rust(tree: &mut Tree) -> Result<Part> {
    let answer = |argument: &[&str]| -> Result<String> {
        let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        process::capture(
            Command::new(compiler)
                .args(argument)
                .current_dir(process::root()?),
        )
    };
    let sysroot = PathBuf::from(answer(&["--print", "sysroot"])?.trim_end());
    let copyright = sysroot.join("share/doc/rust/COPYRIGHT-library.html");
    tree.add_file("licences/rust-library-COPYRIGHT.html", &copyright, false)
        .context("the licences of Rust's standard library")?;
    let answer = answer(&["-vV"])?;
    let version = answer
        .lines()
        .find_map(|line| line.strip_prefix("release: "))
        .context("`rustc -vV` names no release")?;
    Ok(Part {
        name: "rust-std".to_owned(),
        version: version.to_owned(),
        licence: "MIT OR Apache-2.0".to_owned(),
        origin: format!("pkg:generic/rust-std@{version}"),
        sha256: None,
    })
}

fn debian(tree: &mut Tree, packaged: &Packaged) -> Result<Part> {
    let Packaged {
        name,
        licence,
        package,
    } = packaged;
    let copyright = Path::new("/usr/share/doc").join(package).join("copyright");
    tree.add_file(&format!("licences/{name}-copyright.txt"), &copyright, false)
        .with_context(|| format!("the licence of {name}, from Debian's package {package}"))?;
    let mut query = Command::new("dpkg-query");
    let version = process::capture(query.args(["--show", "--showformat=${Version}", package]))?;
    Ok(Part {
        name: (*name).to_owned(),
        licence: (*licence).to_owned(),
        origin: format!("pkg:deb/debian/{package}@{}", version.replace('+', "%2B")),
        version,
        sha256: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rusts_own_library_goes_along_with_its_licences() {
        let ware = Ware {
            version: "1.0.0".to_owned(),
            triple: "x86_64-unknown-linux-gnu".to_owned(),
        };
        let mut tree = Tree::default();
        let parts = add(&mut tree, &ware).unwrap();
        assert_eq!(parts.len(), 1);
        assert!(parts[0].version.starts_with("1."), "{parts:?}");
        assert_eq!(tree.entries().count(), 1);
    }

    #[test]
    fn a_licence_that_is_not_there_is_missed_by_name() {
        let packaged = Packaged {
            name: "thing",
            licence: "MIT",
            package: "no-such-package",
        };
        let error = debian(&mut Tree::default(), &packaged).unwrap_err();
        assert!(
            format!("{error:#}").contains("no-such-package"),
            "{error:#}"
        );
    }
}
