//! What one archive is: a version of Syrinx for one system.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::archive::{ENDING, Equal};
use crate::process;
use crate::setup::Platform;

/// A version of Syrinx for one system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ware {
    /// The version, as in `Cargo.toml`.
    pub version: String,
    /// The system, as Rust calls its target.
    pub triple: String,
}

impl Ware {
    /// The system by name and architecture.
    pub fn platform(&self) -> Platform<'_> {
        Platform::of(&self.triple)
    }

    /// The name of the archive without its ending, and of the one folder inside.
    pub fn name(&self) -> String {
        let Platform {
            system,
            architecture,
        } = self.platform();
        format!("syrinx-{}-{system}-{architecture}", self.version)
    }

    /// The name of the archive.
    pub fn file(&self) -> String {
        format!("{}.{ENDING}", self.name())
    }

    /// What becomes of equal files: not everything that unpacks on Windows knows links.
    pub fn equal_files(&self) -> Equal {
        if self.is_for_windows() {
            Equal::Stored
        } else {
            Equal::Linked
        }
    }

    /// Whether it is for Windows.
    pub fn is_for_windows(&self) -> bool {
        self.platform().system == "windows"
    }

    /// Refuses systems that nobody has said how to install upon.
    ///
    /// # Errors
    /// If it is none of Linux, macOS and Windows.
    pub fn ensure_known(&self) -> Result<()> {
        match self.platform().system {
            "linux" | "macos" | "windows" => Ok(()),
            system => bail!(
                "no archive for {system:?} ({}): expected linux, macos or windows",
                self.triple
            ),
        }
    }
}

/// The target that programs are built for without `--target`.
///
/// # Errors
/// If the compiler cannot be asked.
pub fn host_triple() -> Result<String> {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(Path::new(&compiler));
    let text = process::capture(command.arg("-vV").current_dir(process::root()?))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ware(triple: &str) -> Ware {
        Ware {
            version: "1.2.3".to_owned(),
            triple: triple.to_owned(),
        }
    }

    #[test]
    fn archives_are_named_by_version_system_and_architecture() {
        for (triple, file) in [
            (
                "x86_64-unknown-linux-gnu",
                "syrinx-1.2.3-linux-x86_64.tar.xz",
            ),
            (
                "x86_64-pc-windows-gnu",
                "syrinx-1.2.3-windows-x86_64.tar.xz",
            ),
            ("aarch64-apple-darwin", "syrinx-1.2.3-macos-aarch64.tar.xz"),
        ] {
            ware(triple).ensure_known().unwrap();
            assert_eq!(ware(triple).file(), file);
        }
        assert!(ware("x86_64-unknown-freebsd").ensure_known().is_err());
    }

    #[test]
    fn the_compiler_names_this_system() {
        let triple = host_triple().unwrap();
        assert_eq!(Platform::of(&triple), Platform::OWN);
    }
}
