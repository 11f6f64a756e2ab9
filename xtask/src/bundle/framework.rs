//! Makes copies of the plugin framework and of what opens its windows, with their defects mended.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::mends::{Mend, PUBLISHED, Published};
use super::mirror::{Mirror, write_if_different};

const MANIFEST: &str = "Cargo.toml";
/// Warnings about others' code are not shown, as cargo does it for what comes from the registry.
const QUIET: &str = "\n[lints.rust]\nwarnings = \"allow\"\n";

/// A mended package and the folder of its copy.
pub type Mended = (&'static str, PathBuf);

/// Copies the packages that cargo fetched into folders below `into`, mends the copies and returns the folders.
///
/// # Errors
/// If the workspace uses other versions, or a file is not what the mends are for.
pub fn mended_copies(metadata: &Value, into: &Path) -> Result<Vec<Mended>> {
    PUBLISHED
        .iter()
        .map(|published| {
            let copy = mended_copy(published, metadata, into)?;
            Ok((published.package, copy))
        })
        .collect()
}

fn mended_copy(published: &Published, metadata: &Value, into: &Path) -> Result<PathBuf> {
    let source = published_source(published, metadata)?;
    let target = into.join(format!("{}-{}", published.package, published.version));
    let mends = published.mends;
    // Read and mended before anything is written, so that a refusal leaves what was there.
    let mended: Vec<_> = mends
        .iter()
        .map(|mend| Ok((mend.file, mended(mend, &source)?)))
        .collect::<Result<_>>()?;
    let mut files: Vec<_> = mends.iter().map(|mend| Path::new(mend.file)).collect();
    files.push(Path::new(MANIFEST));
    Mirror {
        from: &source,
        to: &target,
    }
    .update(&files)?;
    for (file, text) in mended {
        write_if_different(&target.join(file), text.as_bytes())?;
    }
    let manifest = source.join(MANIFEST);
    let manifest = fs::read_to_string(&manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    write_if_different(&target.join(MANIFEST), (manifest + QUIET).as_bytes())?;
    Ok(target)
}

/// Where cargo keeps the source of a package as it was published.
fn published_source(published: &Published, metadata: &Value) -> Result<PathBuf> {
    let Published {
        package: name,
        version,
        ..
    } = published;
    let packages = metadata["packages"]
        .as_array()
        .context("no packages in cargo metadata")?;
    let package = packages
        .iter()
        .find(|package| package["name"] == *name)
        .with_context(|| format!("the workspace does not use {name}"))?;
    let found = package["version"].as_str().unwrap_or_default();
    ensure!(
        found == *version,
        "the mends are for {name} {version}, found {found}: look through them before raising the version"
    );
    let manifest = package["manifest_path"]
        .as_str()
        .with_context(|| format!("cargo does not say where {name} lies"))?;
    Path::new(manifest)
        .parent()
        .map(Path::to_path_buf)
        .with_context(|| format!("{manifest} lies in no folder"))
}

/// The mended text of one file of the source.
fn mended(mend: &Mend, source: &Path) -> Result<String> {
    let file = source.join(mend.file);
    let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let found: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    ensure!(
        found == mend.sha256,
        "{} is not what the mends are for: expected SHA-256 {}, found {found}",
        file.display(),
        mend.sha256
    );
    let text = String::from_utf8(bytes).with_context(|| format!("{}", file.display()))?;
    edited(mend, text).with_context(|| format!("in {}", file.display()))
}

fn edited(mend: &Mend, mut text: String) -> Result<String> {
    for edit in mend.edits {
        let count = text.matches(edit.old).count();
        if count != 1 {
            bail!("expected once, found {count} times:\n{}", edit.old);
        }
        text = text.replace(edit.old, edit.new);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::mends::Edit;
    use super::*;
    use crate::process;

    const MEND: Mend = Mend {
        file: "src/lib.rs",
        // SHA-256 of "abc": the first test vector of FIPS 180-4.
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        edits: &[Edit { old: "b", new: "-" }],
    };

    #[test]
    fn every_mend_fits_the_framework_that_the_workspace_uses() {
        let folder = tempfile::tempdir().unwrap();
        let metadata = process::metadata().unwrap();
        let copies = mended_copies(&metadata, folder.path()).unwrap();
        for (published, (_, copy)) in PUBLISHED.iter().zip(&copies) {
            let source = published_source(published, &metadata).unwrap();
            for mend in published.mends {
                let read = |folder: &Path| fs::read_to_string(folder.join(mend.file)).unwrap();
                assert_ne!(read(copy), read(&source), "{}", mend.file);
                for edit in mend.edits {
                    assert!(read(copy).contains(edit.new), "{}", edit.new);
                    assert!(!edit.new.is_empty() || !read(copy).contains(edit.old));
                }
            }
            assert!(copy.join("Cargo.toml").is_file());
        }
    }

    #[test]
    fn a_second_copy_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let metadata = process::metadata().unwrap();
        let copies = mended_copies(&metadata, folder.path()).unwrap();
        let times = || {
            let files = PUBLISHED
                .iter()
                .zip(&copies)
                .flat_map(|(published, (_, copy))| {
                    let mends = published.mends.iter();
                    mends.map(|mend| copy.join(mend.file))
                });
            let time = |file: PathBuf| fs::metadata(file).unwrap().modified().unwrap();
            files.map(time).collect::<Vec<_>>()
        };
        let before = times();
        mended_copies(&metadata, folder.path()).unwrap();
        assert_eq!(times(), before);
    }

    #[test]
    fn a_changed_source_is_refused_with_both_hashes() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join(MEND.file), "abc").unwrap();
        assert_eq!(mended(&MEND, folder.path()).unwrap(), "a-c");
        fs::write(folder.path().join(MEND.file), "abcd").unwrap();
        let message = mended(&MEND, folder.path()).unwrap_err().to_string();
        assert!(
            message.contains(MEND.sha256) && message.contains("88d4266f"),
            "{message}"
        );
    }

    #[test]
    fn a_text_that_is_missing_or_there_twice_is_refused() {
        for text in ["ac", "abbc"] {
            let message = edited(&MEND, text.to_string()).unwrap_err().to_string();
            assert!(message.contains("expected once"), "{message}");
        }
    }

    #[test]
    fn another_version_is_refused() {
        for published in &PUBLISHED {
            let metadata = serde_json::json!({"packages": [
                {"name": published.package, "version": "0.5.0", "manifest_path": "Cargo.toml"}]});
            let message = published_source(published, &metadata)
                .unwrap_err()
                .to_string();
            assert!(
                message.contains("0.5.0") && message.contains(published.version),
                "{message}"
            );
        }
    }
}
