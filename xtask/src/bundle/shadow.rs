//! A copy of the workspace that is built with the mended framework, so that the workspace itself stays as it is.
//!
//! Patching the framework changes `Cargo.lock`; here it is the copy's. Both share one target folder, so that only
//! the framework and what stands upon it are compiled for the bundles.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::framework::Mended;
use super::mirror::{Mirror, copy_if_different, remove, write_if_different};
use crate::process;

/// Where the copies of the members lie, below the copy's root. Cargo tells a package by its path from the root: at the
/// same path, what was compiled of a copy would be taken for what is compiled of the original, in the one target folder
/// that both share, and a change of the original would go unnoticed.
const MEMBERS_FOLDER: &str = "members";

/// The member that only the copy has: the plugin as a shared library.
///
/// Cargo gives such a library no hash in its name, so that the plugin's own, built with the framework as it was
/// published, would be taken for the mended one, and the other way round.
const LIBRARY_PACKAGE: &str = "syrinx-bundle";
/// Its library, as cargo names it.
pub const LIBRARY: &str = "syrinx_bundle";

const LIBRARY_MANIFEST: &str = r#"[package]
name = "syrinx-bundle"
version.workspace = true
edition.workspace = true
license.workspace = true
publish.workspace = true

[lib]
crate-type = ["cdylib", "lib"]

[dependencies]
syrinx-plugin.workspace = true
"#;
const LIBRARY_SOURCE: &str =
    "//! The plugin as a shared library of its own.\npub use syrinx_plugin::*;\n";
/// Cargo builds a program by name with the features of the whole workspace, but a library only together with
/// all others, those that need system packages too. So there is a program beside the library.
const PROGRAM_SOURCE: &str = "//! Makes cargo build the library.\nfn main() {}\n";

/// The copy, brought up to date.
pub struct ShadowWorkspace {
    folder: PathBuf,
}

/// The part of the workspace's `Cargo.toml` that we read.
#[derive(Deserialize)]
struct Manifest {
    workspace: Workspace,
    patch: Option<toml::Table>,
}

#[derive(Deserialize)]
struct Workspace {
    members: Vec<String>,
}

impl ShadowWorkspace {
    /// Makes the folder a copy of the workspace in `root` that uses the `mended` packages.
    ///
    /// # Errors
    /// If something cannot be read or written, or a manifest is not as expected.
    pub fn update(root: &Path, folder: &Path, mended: &[Mended]) -> Result<ShadowWorkspace> {
        let manifest = read(&root.join("Cargo.toml"))?;
        let parsed: Manifest = toml::from_str(&manifest).context("in Cargo.toml")?;
        ensure!(
            parsed.patch.is_none(),
            "Cargo.toml has patches of its own, which bundling does not expect"
        );
        let members = parsed.workspace.members;
        write_if_different(
            &folder.join("Cargo.toml"),
            patched(&manifest, &members, mended)?.as_bytes(),
        )?;
        copy_if_different(
            &root.join("rust-toolchain.toml"),
            &folder.join("rust-toolchain.toml"),
        )?;
        let copies = folder.join(MEMBERS_FOLDER);
        fs::create_dir_all(&copies).with_context(|| format!("cannot make {}", copies.display()))?;
        for member in &members {
            Mirror {
                from: &root.join(member),
                to: &copies.join(member),
            }
            .update(&[Path::new("Cargo.toml")])?;
            let manifest = read(&root.join(member).join("Cargo.toml"))?;
            write_if_different(
                &copies.join(member).join("Cargo.toml"),
                without_shared_library(&manifest).as_bytes(),
            )?;
        }
        let library = folder.join(LIBRARY_PACKAGE);
        write_if_different(&library.join("Cargo.toml"), LIBRARY_MANIFEST.as_bytes())?;
        write_if_different(&library.join("src/lib.rs"), LIBRARY_SOURCE.as_bytes())?;
        write_if_different(&library.join("src/main.rs"), PROGRAM_SOURCE.as_bytes())?;
        forget_former_members(folder, &[MEMBERS_FOLDER, LIBRARY_PACKAGE])?;
        forget_former_members(&copies, &members)?;

        // Cargo writes the copy's lock file anew; ours is the start of it whenever it has changed.
        let lock = fs::read(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
        let changed = write_if_different(&folder.join("Cargo.lock.published"), &lock)?;
        if changed || !folder.join("Cargo.lock").is_file() {
            write_if_different(&folder.join("Cargo.lock"), &lock)?;
        }
        Ok(ShadowWorkspace {
            folder: folder.to_path_buf(),
        })
    }

    /// The command that builds the shared library into the target folder `target`.
    ///
    /// Nothing is downloaded: `cargo metadata` has brought every package before.
    ///
    /// # Errors
    /// If the root of the repository is not found.
    pub fn build(&self, target: &Path) -> Result<Command> {
        let mut command = process::cargo(["build", "--offline", "--workspace"])?;
        command
            .args(["--bin", LIBRARY_PACKAGE])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", target);
        Ok(command)
    }
}

/// The workspace's manifest with the mended packages, the library's package, and the members in their folder.
fn patched(manifest: &str, members: &[String], mended: &[Mended]) -> Result<String> {
    const MEMBERS: &str = "members = [";
    let count = manifest.matches(MEMBERS).count();
    if count != 1 {
        bail!("expected `{MEMBERS}` once in Cargo.toml, found it {count} times");
    }
    let (before, list) = manifest.split_once(MEMBERS).context("no members")?;
    let (_, rest) = list
        .split_once(']')
        .context("the list of members ends nowhere")?;
    let all: Vec<String> = std::iter::once(LIBRARY_PACKAGE.to_owned())
        .chain(members.iter().map(|member| moved(member)))
        .map(|member| format!("{member:?}"))
        .collect();
    let mut manifest = format!("{before}{MEMBERS}{}]{rest}", all.join(", "));
    for member in members {
        let (old, new) = (
            format!("path = {member:?}"),
            format!("path = {:?}", moved(member)),
        );
        manifest = manifest.replace(&old, &new);
    }
    manifest.push_str("\n[patch.crates-io]\n");
    for (package, folder) in mended {
        let folder = folder
            .to_str()
            .context("the target folder's path is not UTF-8")?;
        manifest.push_str(&format!("{package} = {{ path = '{folder}' }}\n"));
    }
    Ok(manifest)
}

/// Where a member lies in the copy, from its root.
fn moved(member: &str) -> String {
    format!("{MEMBERS_FOLDER}/{member}")
}

/// A member's manifest without the shared library, which has no hash in its name (see [`LIBRARY_PACKAGE`]).
fn without_shared_library(manifest: &str) -> String {
    manifest.replace(
        r#"crate-type = ["cdylib", "lib"]"#,
        r#"crate-type = ["lib"]"#,
    )
}

/// Deletes the folders in `folder` that are none of the `known` ones.
fn forget_former_members(folder: &Path, known: &[impl AsRef<str>]) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() && !known.iter().any(|known| known.as_ref() == name) {
            remove(&path)?;
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_has_the_patch_and_the_library_and_no_other_shared_library() {
        let folder = tempfile::tempdir().unwrap();
        let root = process::root().unwrap();
        let mended = [("nice-plug", folder.path().join("framework"))];
        ShadowWorkspace::update(&root, &folder.path().join("copy"), &mended).unwrap();
        let copy = |file: &str| read(&folder.path().join("copy").join(file)).unwrap();
        let manifest: Manifest = toml::from_str(&copy("Cargo.toml")).unwrap();
        assert_eq!(manifest.workspace.members[0], LIBRARY_PACKAGE);
        let patch = manifest.patch.unwrap();
        assert_eq!(
            patch["crates-io"]["nice-plug"]["path"].as_str(),
            mended[0].1.to_str()
        );
        for member in &manifest.workspace.members[1..] {
            // At another path than the original's, or cargo would mix them up.
            assert!(member.starts_with("members/"), "{member}");
            assert!(
                !copy(&format!("{member}/Cargo.toml")).contains("cdylib"),
                "{member}"
            );
        }
        assert!(copy("syrinx-bundle/src/lib.rs").contains("syrinx_plugin"));
        assert_eq!(copy("Cargo.lock"), read(&root.join("Cargo.lock")).unwrap());
    }

    #[test]
    fn a_second_update_leaves_cargos_lock_file_and_deletes_former_members() {
        let folder = tempfile::tempdir().unwrap();
        let (root, copy) = (folder.path().join("root"), folder.path().join("copy"));
        let write = |file: &str, text: &str| write_if_different(&root.join(file), text.as_bytes());
        write("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n").unwrap();
        write("Cargo.lock", "one").unwrap();
        write("rust-toolchain.toml", "").unwrap();
        write("a/Cargo.toml", "").unwrap();
        let update = || ShadowWorkspace::update(&root, &copy, &[]).map(|_| ());
        update().unwrap();
        fs::write(copy.join("Cargo.lock"), "cargo's").unwrap();
        fs::create_dir(copy.join("former")).unwrap();
        update().unwrap();
        assert_eq!(read(&copy.join("Cargo.lock")).unwrap(), "cargo's");
        assert!(!copy.join("former").exists() && copy.join("members/a").exists());
        write("Cargo.lock", "two").unwrap();
        update().unwrap();
        assert_eq!(read(&copy.join("Cargo.lock")).unwrap(), "two");
    }

    #[test]
    fn a_workspace_with_patches_of_its_own_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = "[workspace]\nmembers = []\n[patch.crates-io]\n";
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        let copy = folder.path().join("copy");
        assert!(ShadowWorkspace::update(folder.path(), &copy, &[]).is_err());
    }
}
