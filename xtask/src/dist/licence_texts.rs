//! The texts of a package's licences: its own files, or the standard texts where it ships none.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use spdx::{Expression, LicenseItem, LicenseReq, Licensee, ParseMode};

use super::linked::Package;

/// How the names of files begin that hold licences, in small letters.
const BEGINNINGS: [&str; 6] = ["licen", "unlicen", "copying", "copyright", "notice", "ofl"];
/// What files are no texts, whatever their names say.
const NO_TEXTS: [&str; 4] = ["rs", "toml", "py", "json"];
/// Where packages with fonts keep the fonts' licences, as text files.
const FONTS: &str = "fonts";
/// Taken first where the standard text must do and there is a choice: it stands without a line of its own for
/// whose copyright it is.
const FIRST_CHOICE: &str = "Apache-2.0";

/// One text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenceText {
    /// The file's name, or the licence's.
    pub title: String,
    /// The text, with line feeds and without blanks at line ends.
    pub text: String,
}

/// The licence that a package is offered under, in today's form.
///
/// # Errors
/// If it states none, or one that is no licence expression.
pub fn expression(package: &Package) -> Result<String> {
    let Package { name, version, .. } = package;
    let licence = package
        .license
        .as_deref()
        .with_context(|| format!("{name} {version} states no licence"))?;
    let canonical = Expression::canonicalize(licence)
        .with_context(|| format!("{name} {version} states the licence {licence:?}"))?;
    Ok(canonical.unwrap_or_else(|| licence.to_owned()))
}

/// The texts that must go along with a package.
///
/// # Errors
/// If it ships none and its licence's standard text is not known, or a file cannot be read.
pub fn of(package: &Package) -> Result<Vec<LicenceText>> {
    let named = package
        .license_file
        .as_ref()
        .map(|file| package.folder().join(file));
    let own = files(package.folder(), is_licence)?;
    let fonts = files(&package.folder().join(FONTS), |name| name.ends_with(".txt"))?;
    let mut texts = Vec::new();
    if own.is_empty() && named.is_none() {
        texts = standard(&expression(package)?)
            .with_context(|| format!("{} {} ships no licence", package.name, package.version))?;
    }
    let mut all: Vec<PathBuf> = own.into_iter().chain(fonts).chain(named).collect();
    all.sort();
    all.dedup();
    for file in all {
        texts.push(read(&file)?);
    }
    Ok(texts)
}

/// Whether the package ships its licence; if not, [`of`] gives standard texts, which do not say whose it is.
///
/// # Errors
/// If its folder cannot be read.
pub fn has_own(package: &Package) -> Result<bool> {
    Ok(package.license_file.is_some() || !files(package.folder(), is_licence)?.is_empty())
}

fn is_licence(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    BEGINNINGS
        .iter()
        .any(|beginning| name.starts_with(beginning))
        && !NO_TEXTS.contains(&ending)
}

/// The files of a folder whose names, in small letters, are wanted; none where there is no such folder.
fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if wanted(&name) && entry.path().is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn read(file: &Path) -> Result<LicenceText> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    ensure!(!text.trim().is_empty(), "{} is empty", file.display());
    let title = file.file_name().unwrap_or_default().to_string_lossy();
    Ok(LicenceText {
        title: title.into_owned(),
        text: even(&text),
    })
}

/// The text as all of its copies are, whoever saved them: line feeds, no blanks at the ends of lines or of the text.
fn even(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
    let last = lines.iter().rposition(|line| !line.is_empty()).unwrap_or(0);
    lines.get(first..=last).unwrap_or_default().join("\n") + "\n"
}

/// The standard texts of as few licences as fulfil the expression.
fn standard(expression: &str) -> Result<Vec<LicenceText>> {
    let expression = Expression::parse_mode(expression, ParseMode::LAX)
        .with_context(|| format!("licence {expression:?} cannot be read"))?;
    let mut offered: Vec<Licensee> = expression
        .requirements()
        .map(|node| Licensee::new(this_version(&node.req.license), node.req.addition.clone()))
        .collect();
    offered.sort_by_key(|licence| licence.to_string() != FIRST_CHOICE);
    let wanted = expression.minimized_requirements(&offered)?;
    wanted.iter().map(standard_text).collect()
}

/// The licence without "or any later version": the text is that of the version that is named.
fn this_version(licence: &LicenseItem) -> LicenseItem {
    match licence {
        LicenseItem::Spdx { id, .. } => LicenseItem::Spdx {
            id: *id,
            or_later: false,
        },
        LicenseItem::Other(_) => licence.clone(),
    }
}

fn standard_text(licence: &LicenseReq) -> Result<LicenceText> {
    let Some(id) = licence.license.id() else {
        bail!("licence {licence} has no standard text");
    };
    let mut text = even(id.text());
    if let Some(addition) = &licence.addition {
        let Some(id) = addition.id() else {
            bail!("licence {licence} has no standard text");
        };
        text = format!("{text}\n{}", even(id.text()));
    }
    Ok(LicenceText {
        title: format!("the standard text of {licence}"),
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A package in a folder with these files, each of which holds its name.
    fn package(folder: &Path, license: Option<&str>, files: &[&str]) -> Package {
        for name in files {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, name).unwrap();
        }
        Package {
            name: "thing".to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            manifest_path: folder.join("Cargo.toml"),
            ..Package::default()
        }
    }

    fn titles(license: Option<&str>, files: &[&str]) -> Result<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let texts = of(&package(folder.path(), license, files))?;
        Ok(texts.into_iter().map(|text| text.title).collect())
    }

    #[test]
    fn a_packages_own_files_are_taken() {
        let files = [
            "LICENSE-MIT",
            "license-apache.md",
            "src/license.rs",
            "license.rs",
            "README.md",
        ];
        assert_eq!(
            titles(Some("MIT"), &files).unwrap(),
            ["LICENSE-MIT", "license-apache.md"]
        );
        let fonts = ["COPYING", "fonts/OFL.txt", "fonts/a.ttf"];
        assert_eq!(titles(Some("MIT"), &fonts).unwrap(), ["COPYING", "OFL.txt"]);
    }

    #[test]
    fn where_there_are_none_the_standard_texts_fulfil_the_expression() {
        let of_apache = "the standard text of Apache-2.0";
        for (licence, expected) in [
            ("MIT/Apache-2.0", vec![of_apache]),
            ("BSL-1.0", vec!["the standard text of BSL-1.0"]),
            (
                "(MIT OR Apache-2.0) AND OFL-1.1",
                vec![of_apache, "the standard text of OFL-1.1"],
            ),
            (
                "Apache-2.0 WITH LLVM-exception",
                vec!["the standard text of Apache-2.0 WITH LLVM-exception"],
            ),
        ] {
            let mut found = titles(Some(licence), &["README.md"]).unwrap();
            found.sort();
            assert_eq!(found, expected, "{licence}");
        }
        assert!(
            standard("ISC").unwrap()[0]
                .text
                .contains("Permission to use")
        );
    }

    #[test]
    fn a_package_with_neither_is_refused_by_name() {
        for licence in [None, Some("My Own"), Some("LicenseRef-mine")] {
            let message = format!("{:#}", titles(licence, &[]).unwrap_err());
            assert!(message.contains("thing 1.0.0"), "{message}");
        }
        let folder = tempfile::tempdir().unwrap();
        let empty = package(folder.path(), Some("MIT"), &["LICENSE"]);
        fs::write(folder.path().join("LICENSE"), " \n").unwrap();
        assert!(of(&empty).is_err());
    }

    #[test]
    fn copies_of_a_text_are_equal_however_they_were_saved() {
        assert_eq!(even("\u{feff}\r\n  A  \r\n\r\nB\t\r\n\r\n"), "  A\n\nB\n");
        assert_eq!(even("  A\n\nB"), even("\n  A\n\nB \n"));
    }

    #[test]
    fn old_expressions_are_brought_into_todays_form() {
        let folder = tempfile::tempdir().unwrap();
        let old = package(folder.path(), Some("MIT / Apache-2.0"), &[]);
        assert_eq!(expression(&old).unwrap(), "MIT OR Apache-2.0");
    }
}
