//! Brings a Python with the packages of a requirements file.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::{home, pip};
use crate::process;

/// Says that an environment is complete; a copy of the requirements it was made from, written last.
const MARK: &str = "requirements.txt";

/// Makes a virtual environment for the file `requirements`, unless it is there, and returns its interpreter.
///
/// It lies in a folder that is named by the hash of the file, so that a changed file gets a new one, and two
/// files of the same content share one.
///
/// # Errors
/// If the file cannot be read, or Python or a package cannot be brought.
pub fn ensure(requirements: &Path) -> Result<PathBuf> {
    let text = std::fs::read(requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let environment = home::data()?.join("python").join(name(&text));
    let python = environment.join("bin").join("python");
    if complete(&environment, &text) && python.exists() {
        return Ok(python);
    }
    println!(
        "Bringing the Python packages of {} ...",
        requirements.display()
    );
    if let Some(parent) = environment.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot make {}", parent.display()))?;
    }
    // Not made aside: an environment knows its own path. The mark comes last instead.
    pip::make_environment(&environment)?;
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ])
        .arg(requirements);
    process::run(&mut install)
        .with_context(|| format!("cannot install the packages of {}", requirements.display()))?;
    std::fs::write(environment.join(MARK), &text)?;
    Ok(python)
}

/// The folder's name: 64 bits of the hash, in hexadecimal.
fn name(requirements: &[u8]) -> String {
    Sha256::digest(requirements)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn complete(environment: &Path, requirements: &[u8]) -> bool {
    std::fs::read(environment.join(MARK)).is_ok_and(|mark| mark == requirements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_named_by_the_content() {
        // SHA-256 of "abc": the first test vector of FIPS 180-4.
        assert_eq!(name(b"abc"), "ba7816bf8f01cfea");
    }

    #[test]
    fn an_environment_is_complete_with_its_mark_only() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!complete(folder.path(), b"numpy==2.0\n"));
        std::fs::write(folder.path().join(MARK), b"numpy==2.0\n").unwrap();
        assert!(complete(folder.path(), b"numpy==2.0\n"));
        assert!(!complete(folder.path(), b"numpy==2.1\n"));
    }
}
