//! The programs that Syrinx is compared with, and the voices that both can load.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::{process, setup};

/// Where our scripts around the peers lie.
const SCRIPTS: &str = "tests/peers";
/// The packages that they need, in the same folder.
const REQUIREMENTS: &str = "requirements.txt";
/// Piper and what it needs, apart from the others: it runs as its users have it.
const PIPER_REQUIREMENTS: &str = "piper-requirements.txt";

/// How large the voices are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Size {
    /// as people train them
    Full,
    /// the same layers with few channels
    Tiny,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Size::Full => "full",
            Size::Tiny => "tiny",
        })
    }
}

/// Python with the peers' packages, and voices of random weights.
pub struct Peers {
    python: PathBuf,
    scripts: PathBuf,
    /// The folder of the voices; `tests/peers/random_voices.py` says what it holds.
    pub voices: PathBuf,
}

/// A run of one of our scripts that needs the packages, which are brought, but no voices.
///
/// # Errors
/// If a package cannot be brought.
pub fn script(name: &str) -> Result<Command> {
    let scripts = process::root()?.join(SCRIPTS);
    let python = setup::ensure_python(&scripts.join(REQUIREMENTS))?;
    Ok(run_of(&python, &scripts.join(name)))
}

/// A run of one of our scripts in an environment that has piper.
///
/// # Errors
/// If a package cannot be brought.
pub fn piper_script(name: &str) -> Result<Command> {
    let scripts = process::root()?.join(SCRIPTS);
    let python = setup::ensure_python(&scripts.join(PIPER_REQUIREMENTS))?;
    Ok(run_of(&python, &scripts.join(name)))
}

/// Makes speaking voices of full size with random weights, and what torch says with them, unless they are there; returns
/// their folder. `tests/peers/speech_voices.py` says what it holds.
///
/// # Errors
/// If a package cannot be brought or a voice cannot be made.
pub fn speaking_voices() -> Result<PathBuf> {
    let folder = setup::data_folder()?.join("peers").join("speaking");
    let scripts = process::root()?.join(SCRIPTS);
    let piper = setup::ensure_python(&scripts.join(PIPER_REQUIREMENTS))?;
    let mut place = Command::new(piper);
    place.args([
        "-c",
        "import sysconfig; print(sysconfig.get_path('purelib'))",
    ]);
    let packages = process::capture(&mut place)?;
    process::run(
        script("speech_voices.py")?
            .arg(&folder)
            .arg(packages.trim()),
    )?;
    Ok(folder)
}

/// Without leaving compiled files in the repository.
fn run_of(python: &Path, script: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg("-B").arg(script);
    command
}

impl Peers {
    /// Brings the packages and makes the voices, unless they are there.
    ///
    /// # Errors
    /// If a package cannot be brought or a voice cannot be made.
    pub fn ensure(size: Size) -> Result<Peers> {
        let scripts = process::root()?.join(SCRIPTS);
        let python = setup::ensure_python(&scripts.join(REQUIREMENTS))?;
        let voices = setup::data_folder()?.join("peers").join(size.to_string());
        let peers = Peers {
            python,
            scripts,
            voices,
        };
        let mut make = peers.script("random_voices.py");
        make.arg(&peers.voices).args(["--size", &size.to_string()]);
        process::run(&mut make)?;
        Ok(peers)
    }

    /// A run of one of our scripts.
    pub fn script(&self, name: &str) -> Command {
        run_of(&self.python, &self.scripts.join(name))
    }

    /// The bundle of one of the So-VITS voices.
    pub fn bundle(&self, name: &str) -> PathBuf {
        Path::new(&self.voices).join("bundles").join(name)
    }
}
