//! Writes down which packages of others are inside, under which licences, with each text once.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;

use super::licence_texts::{self, LicenceText};
use super::linked::Package;

const RULE: &str =
    "--------------------------------------------------------------------------------";

/// The list of `packages` with their licences, and then the texts, the commonest first.
///
/// # Errors
/// If a package has no licence, or neither the text of it nor a licence whose standard text is known.
pub fn notices(what: &str, packages: &[Package]) -> Result<String> {
    let mut text = format!(
        "Packages of others in {what}\n{RULE}\n\n\
         The plugin and the programs are linked from the {} packages below. Each is used under the licence beside its\n\
         name; where licences are joined by OR, under one that allows to pass it on in a program under MIT or Apache-2.0.\n\
         The texts follow. Source code is at the address beside the package and, by name and version, in the registry of\n\
         Rust's packages; none was changed but nice-plug, nice-plug-core and baseview, as Syrinx's own source says\n\
         (xtask/src/bundle/mends.rs).\n\n",
        packages.len()
    );
    let mut texts = Texts::default();
    for package in packages {
        writeln!(text, "{}", line(package)?)?;
        for licence in licence_texts::of(package)? {
            texts.add(package, licence);
        }
    }
    for (number, (licence, users)) in texts.by_use().into_iter().enumerate() {
        let names = users.join(", ");
        write!(
            text,
            "\n{RULE}\nText {} of: {names}\n{RULE}\n\n{licence}",
            number + 1
        )?;
    }
    Ok(text)
}

fn line(package: &Package) -> Result<String> {
    let expression = licence_texts::expression(package)?;
    let mut line = format!("{} {}: {expression}", package.name, package.version);
    if let Some(repository) = &package.repository {
        write!(line, "; {repository}")?;
    }
    if !licence_texts::has_own(package)? && !package.authors.is_empty() {
        // The standard text does not say whose it is.
        write!(line, "; by {}", package.authors.join(", "))?;
    }
    Ok(line)
}

/// Texts and the packages that they are of.
#[derive(Default)]
struct Texts(BTreeMap<String, Vec<String>>);

impl Texts {
    fn add(&mut self, package: &Package, licence: LicenceText) {
        let user = format!("{} {} ({})", package.name, package.version, licence.title);
        self.0.entry(licence.text).or_default().push(user);
    }

    /// The texts, those of many packages before those of few.
    fn by_use(&self) -> Vec<(&String, &Vec<String>)> {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_by_key(|(_, users)| std::cmp::Reverse(users.len()));
        all
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::linked;
    use super::*;

    fn package(root: &Path, name: &str, licence: Option<&str>, text: Option<&str>) -> Package {
        let folder = root.join(name);
        fs::create_dir(&folder).unwrap();
        if let Some(text) = text {
            fs::write(folder.join("LICENSE"), text).unwrap();
        }
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: licence.map(str::to_owned),
            manifest_path: folder.join("Cargo.toml"),
            authors: vec!["Somebody".to_owned()],
            ..Package::default()
        }
    }

    #[test]
    fn a_text_is_written_once_for_all_who_share_it() {
        let root = tempfile::tempdir().unwrap();
        let of = |name: &str, text: &str| package(root.path(), name, Some("MIT"), Some(text));
        let packages = [
            of("a", "rare\n"),
            of("b", "common\n"),
            of("c", "common  \r\n"),
        ];
        let text = notices("Syrinx", &packages).unwrap();
        assert_eq!(text.matches("common").count(), 1);
        let shared = "Text 1 of: b 1.0.0 (LICENSE), c 1.0.0 (LICENSE)";
        assert!(
            text.contains(shared) && text.contains("Text 2 of: a 1.0.0 (LICENSE)"),
            "{text}"
        );
        assert!(!text.contains("Somebody"));
    }

    #[test]
    fn who_ships_no_text_is_named_with_the_standard_one() {
        let root = tempfile::tempdir().unwrap();
        let text = notices("Syrinx", &[package(root.path(), "a", Some("MIT"), None)]).unwrap();
        assert!(text.contains("a 1.0.0: MIT; by Somebody"), "{text}");
        assert!(
            text.contains("Permission is hereby granted, free of charge"),
            "{text}"
        );
    }

    #[test]
    fn a_package_without_licence_fails_the_whole() {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in [("a", None), ("b", Some("my own words"))] {
            let without = package(root.path(), name, None, text);
            assert!(notices("Syrinx", &[without]).is_err(), "{name}");
        }
    }

    #[test]
    fn all_that_we_link_has_its_licences() {
        for triple in [
            "x86_64-unknown-linux-gnu",
            "x86_64-pc-windows-gnu",
            "aarch64-apple-darwin",
        ] {
            let linked = linked::of(triple).unwrap();
            let text = notices("Syrinx", &linked.packages).unwrap();
            // By a file of its own, by one for all of its kind, of fonts, and by the standard text.
            for part in [
                "tract-onnx 0.",
                "SIL OPEN FONT LICENSE Version 1.1",
                "nice-plug 0.4.2 (the standard text of ISC)",
                "Mozilla Public License Version 2.0",
            ] {
                assert!(text.contains(part), "{part} for {triple}");
            }
        }
    }
}
