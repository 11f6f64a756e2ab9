//! Installs Debian packages.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;

/// What training and the demo use: synthesizers with their voices, and packages with recorded speech and texts.
pub const PACKAGES: [&str; 8] = [
    "alsa-utils",
    "festival",
    "festvox-kallpc16k",
    "festvox-kdlpc16k",
    "festvox-us-slt-hts",
    "flite",
    "fortunes",
    "pocketsphinx-testdata",
];

/// Installs those of `packages` that are missing.
///
/// # Errors
/// If some are missing and this user may not install, or the system is no Debian; the message says what to type.
pub fn ensure(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|package| !is_installed(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let advice = advice(&missing);
    if !answers(Command::new("apt-get").arg("--version")) {
        bail!(
            "no apt-get on this system; install what {} are called here",
            missing.join(", ")
        );
    }
    if !is_root() {
        bail!("missing: {}; {advice}", missing.join(", "));
    }
    println!("Installing {} ...", missing.join(", "));
    let mut update = Command::new("apt-get");
    update.args(["--quiet", "--quiet", "update"]);
    process::run(&mut update).with_context(|| advice.clone())?;
    let mut install = Command::new("apt-get");
    install
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args([
            "--quiet",
            "--quiet",
            "--yes",
            "--no-install-recommends",
            "install",
        ])
        .args(&missing);
    process::run(&mut install).with_context(|| advice.clone())
}

fn advice(missing: &[&str]) -> String {
    format!("type: sudo apt-get install {}", missing.join(" "))
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]);
    process::capture(&mut query).is_ok_and(|status| status == "installed")
}

fn is_root() -> bool {
    process::capture(Command::new("id").arg("-u")).is_ok_and(|user| user.trim() == "0")
}

fn answers(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_no_system_has_is_missing() {
        assert!(!is_installed("syrinx-no-such-package"));
    }

    #[test]
    fn the_advice_can_be_typed() {
        assert_eq!(
            advice(&["flite", "festival"]),
            "type: sudo apt-get install flite festival"
        );
    }
}
