//! Python's own package installer, used as it is configured on this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::system;
use super::wheel::Wheel;
use crate::process;

/// The system's Python.
const PYTHON: &str = "python3";

/// Downloads `wheel` into the folder `into`, and returns the file's path; the caller verifies it.
///
/// # Errors
/// If there is no pip, or it cannot download the wheel.
pub fn download(wheel: &Wheel, into: &Path) -> Result<PathBuf> {
    ensure()?;
    // For the machine that the wheel is for and the Python that it was built for, whatever runs here: only the
    // library inside is used.
    let mut command = Command::new(PYTHON);
    command
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ])
        .args([
            "--only-binary=:all:",
            "--implementation",
            "cp",
            "--python-version",
            "3.11",
        ])
        .args(["--platform", wheel.platform, "--dest"])
        .arg(into)
        .arg(format!("{}=={}", wheel.package, wheel.version));
    process::run(&mut command).with_context(|| {
        format!(
            "cannot download {} {}: is there a network?",
            wheel.package, wheel.version
        )
    })?;
    for entry in std::fs::read_dir(into)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            return Ok(path);
        }
    }
    bail!("pip left no wheel in {}", into.display())
}

/// Makes a virtual environment in the folder `at`.
///
/// # Errors
/// If Python cannot make one.
pub fn make_environment(at: &Path) -> Result<()> {
    ensure()?;
    // Debian keeps the installer for virtual environments in a package of its own.
    if !answers(&["-c", "import ensurepip, venv"]) {
        system::ensure(&["python3-venv"])?;
    }
    process::run(Command::new(PYTHON).args(["-m", "venv", "--clear"]).arg(at))
}

/// Installs pip where it is missing, or says how.
fn ensure() -> Result<()> {
    if answers(&["-m", "pip", "--version"]) {
        return Ok(());
    }
    system::ensure(&["python3", "python3-pip"])
}

fn answers(arguments: &[&str]) -> bool {
    let mut command = Command::new(PYTHON);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
