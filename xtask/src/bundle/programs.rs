//! Builds the programs `syrinx` and `syrinx-live`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::mirror::copy_if_different;
use crate::setup::Platform;
use crate::{artifacts, process};

/// The command for files and measurement.
const COMMAND: &str = "syrinx";
/// The program for live use.
const LIVE: &str = "syrinx-live";
/// What it needs of the system to be built on Linux, as pkg-config calls them.
const LIVE_NEEDS: [&str; 2] = ["alsa", "jack"];

/// The built programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// `syrinx`.
    pub command: PathBuf,
    /// `syrinx-live`; left out where the audio libraries that it is built upon are missing.
    pub live: Option<PathBuf>,
}

impl Programs {
    /// All that there are.
    pub fn all(&self) -> Vec<&Path> {
        let live = self.live.as_deref();
        std::iter::once(self.command.as_path())
            .chain(live)
            .collect()
    }

    /// The same, copied into a folder.
    ///
    /// # Errors
    /// If one cannot be copied.
    pub fn copied(&self, into: &Path) -> Result<Programs> {
        let copy = |program: &Path| -> Result<PathBuf> {
            let name = program.file_name().context("a program without a name")?;
            copy_if_different(program, &into.join(name))?;
            Ok(into.join(name))
        };
        Ok(Programs {
            command: copy(&self.command)?,
            live: self.live.as_deref().map(copy).transpose()?,
        })
    }
}

/// Builds both, or says why the one for live use is left out.
///
/// # Errors
/// If something does not compile.
pub fn build(options: &[String], platform: Platform) -> Result<Programs> {
    let missing = missing_for_live(platform);
    let mut command = process::cargo(["build", "--locked", "--workspace", "--bin", COMMAND])?;
    if missing.is_empty() {
        command.args(["--bin", LIVE]);
    } else {
        println!(
            "{LIVE} is left out: {} missing; `cargo xtask setup system building` brings it",
            missing.join(" and ")
        );
    }
    let built = artifacts::build(command.args(options))?;
    let live = || artifacts::program(&built, LIVE);
    Ok(Programs {
        command: artifacts::program(&built, COMMAND)?,
        live: missing.is_empty().then(live).transpose()?,
    })
}

/// Which of the audio libraries cannot be built upon; other systems than Linux have theirs built in.
fn missing_for_live(platform: Platform) -> Vec<&'static str> {
    let is_there = |library: &str| {
        let mut query = Command::new("pkg-config");
        query.args(["--exists", library]);
        process::capture(&mut query).is_ok()
    };
    LIVE_NEEDS
        .into_iter()
        .filter(|library| platform.system == "linux" && !is_there(library))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_copied_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("debug/syrinx");
        std::fs::create_dir(folder.path().join("debug")).unwrap();
        std::fs::write(&built, "program").unwrap();
        let programs = Programs {
            command: built,
            live: None,
        };
        let copied = programs.copied(&folder.path().join("bundled")).unwrap();
        assert_eq!(copied.all(), [folder.path().join("bundled/syrinx")]);
        assert!(copied.command.is_file());
    }
}
