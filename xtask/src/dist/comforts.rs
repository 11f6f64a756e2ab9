//! Asks the program `syrinx` for its completions and manual pages.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::tree::Tree;
use crate::process;

/// The shells, and under which names they look for completions.
const SHELLS: [(&str, &str); 5] = [
    ("bash", "syrinx.bash"),
    ("zsh", "_syrinx"),
    ("fish", "syrinx.fish"),
    ("powershell", "_syrinx.ps1"),
    ("elvish", "syrinx.elv"),
];

/// Adds what `program` writes, which must run on this machine; the texts are the same for all systems.
///
/// # Errors
/// If it fails, or writes nothing.
pub fn add(tree: &mut Tree, program: &Path) -> Result<()> {
    for (shell, name) in SHELLS {
        let text = process::capture(Command::new(program).args(["completions", shell]))?;
        ensure!(
            !text.trim().is_empty(),
            "`syrinx completions {shell}` wrote nothing"
        );
        tree.add_text(&format!("share/completions/{name}"), text)?;
    }
    let pages = tempfile::tempdir().context("cannot make a folder for manual pages")?;
    process::capture(Command::new(program).arg("man").arg(pages.path()))?;
    let first = pages.path().join("syrinx.1");
    ensure!(first.is_file(), "`syrinx man` wrote no syrinx.1");
    add_pages(tree, pages.path())
}

/// The pages as texts: their folder will be gone before they are packed.
fn add_pages(tree: &mut Tree, folder: &Path) -> Result<()> {
    for page in std::fs::read_dir(folder)? {
        let page = page?;
        let name = page.file_name().to_string_lossy().into_owned();
        ensure!(
            name.ends_with(".1"),
            "`syrinx man` wrote {name}, expected pages of section 1"
        );
        tree.add_text(&format!("share/man/{name}"), std::fs::read(page.path())?)?;
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A program that stands in for `syrinx`, doing what this script says.
    fn added(script: &str) -> Result<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("syrinx");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut tree = Tree::default();
        add(&mut tree, &program)?;
        Ok(tree.entries().map(|(path, _)| path.to_owned()).collect())
    }

    #[test]
    fn all_that_the_program_writes_is_taken() {
        let script = "if [ $1 = man ]; then echo x >$2/syrinx.1; echo y >$2/syrinx-speak.1; else echo $2; fi";
        let found = added(script).unwrap();
        assert_eq!(found.len(), SHELLS.len() + 2);
        assert!(found.contains(&"share/man/syrinx-speak.1".to_owned()));
        assert!(found.contains(&"share/completions/_syrinx".to_owned()));
    }

    #[test]
    fn a_program_that_writes_nothing_or_fails_is_refused() {
        for script in [
            "exit 0",
            "if [ $1 = man ]; then echo x >$2/syrinx.1; fi",
            "echo x",
            "exit 3",
            "if [ $1 = man ]; then exit 1; else echo x; fi",
        ] {
            assert!(added(script).is_err(), "{script}");
        }
    }
}
