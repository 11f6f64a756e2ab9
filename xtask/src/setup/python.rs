//! Brings a Python with the packages of a requirements file.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::{home, pip};
use crate::process;

/// Says that an environment is complete; a copy of the requirements it was made from, written last.
const MARK: &str = "requirements.txt";

/// The comment behind a package that is installed without what it asks for.
const ALONE: &str = "no-deps";

/// Makes a virtual environment for the file `requirements`, unless it is there, and returns its interpreter.
///
/// It lies in a folder that is named by the hash of the file, so that a changed file gets a new one, and two
/// files of the same content share one. A line that ends in `# no-deps` is installed without its dependencies.
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
    let packages = Packages::of(&String::from_utf8_lossy(&text));
    install(&python, &environment, &packages)
        .with_context(|| format!("cannot install the packages of {}", requirements.display()))?;
    std::fs::write(environment.join(MARK), &text)?;
    Ok(python)
}

/// What a requirements file asks for.
#[derive(Debug, PartialEq)]
struct Packages {
    /// The lines for pip, as they are.
    with_dependencies: String,
    /// Packages whose own wishes are not met.
    alone: Vec<String>,
}

impl Packages {
    fn of(requirements: &str) -> Packages {
        let mut packages = Packages {
            with_dependencies: String::new(),
            alone: Vec::new(),
        };
        for line in requirements.lines() {
            match line.split_once('#') {
                Some((package, comment)) if comment.trim() == ALONE => {
                    packages.alone.push(package.trim().to_owned());
                }
                _ => {
                    packages.with_dependencies.push_str(line);
                    packages.with_dependencies.push('\n');
                }
            }
        }
        packages
    }
}

fn install(python: &Path, environment: &Path, packages: &Packages) -> Result<()> {
    let pip = || {
        let mut command = Command::new(python);
        command.args(["-m", "pip", "install", "--quiet"]);
        command.arg("--disable-pip-version-check");
        command
    };
    // Beside what it is for, because pip wants a file; not under the mark's name.
    let asked = environment.join("asked.txt");
    std::fs::write(&asked, &packages.with_dependencies)?;
    process::run(pip().arg("--requirement").arg(&asked))?;
    if !packages.alone.is_empty() {
        process::run(pip().arg("--no-deps").args(&packages.alone))?;
    }
    Ok(())
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
    fn marked_packages_are_installed_alone() {
        let text = "# two\nnumpy==2.0  # pinned\nb==1  # no-deps\nc==2\n";
        let expected = Packages {
            with_dependencies: "# two\nnumpy==2.0  # pinned\nc==2\n".to_owned(),
            alone: vec!["b==1".to_owned()],
        };
        assert_eq!(Packages::of(text), expected);
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
