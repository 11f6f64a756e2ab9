//! Installs Debian packages.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;

/// Packages that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What the program for live use is built upon; the plugin, the command and the demo need none of it.
    Building,
    /// What the tests in hosts run in: a workstation, a sound server, a screen and a renderer without hardware.
    Hosts,
    /// What builds for Windows and runs what was built.
    Windows,
    /// What assembles for macOS.
    Apple,
    /// What training and the demo use: synthesizers with their voices, and packages with recorded speech and
    /// texts.
    Training,
}

impl Group {
    /// All groups.
    pub const ALL: [Group; 5] = [
        Group::Building,
        Group::Hosts,
        Group::Windows,
        Group::Apple,
        Group::Training,
    ];

    /// The group that is called so on the command line.
    pub fn named(name: &str) -> Option<Group> {
        Group::ALL.into_iter().find(|group| group.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Group::Building => "building",
            Group::Hosts => "hosts",
            Group::Windows => "windows",
            Group::Apple => "apple",
            Group::Training => "training",
        }
    }

    /// The names of its packages in Debian.
    pub fn packages(self) -> &'static [&'static str] {
        match self {
            Group::Building => &["libasound2-dev", "libjack-jackd2-dev", "pkg-config"],
            Group::Hosts => &[
                "ardour",
                "jackd2",
                "libasound2-plugins",
                "libegl1",
                "libgl1",
                "libgl1-mesa-dri",
                "libx11-6",
                "libx11-xcb1",
                "libxcursor1",
                "openbox",
                "pulseaudio",
                "pulseaudio-utils",
                "xauth",
                "xsettingsd",
                "xvfb",
            ],
            Group::Windows => &["gcc-mingw-w64-x86-64-posix", "wine", "wine64", "xvfb"],
            Group::Apple => &["clang"],
            Group::Training => &[
                "alsa-utils",
                "festival",
                "festvox-kallpc16k",
                "festvox-kdlpc16k",
                "festvox-us-slt-hts",
                "flite",
                "fortunes",
                "pocketsphinx-testdata",
            ],
        }
    }
}

/// The packages that the names stand for, each a group's or a package's own; without any, those of all groups.
pub fn packages_of(names: &[String]) -> Vec<&str> {
    if names.is_empty() {
        return Group::ALL
            .iter()
            .flat_map(|group| group.packages())
            .copied()
            .collect();
    }
    let of = |name| match Group::named(name) {
        Some(group) => group.packages().to_vec(),
        None => vec![name],
    };
    names.iter().flat_map(|name| of(name.as_str())).collect()
}

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
    if !has_apt() {
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

/// Whether this system has Debian's installer.
pub fn has_apt() -> bool {
    answers(Command::new("apt-get").arg("--version"))
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
    fn names_stand_for_groups_or_packages_and_none_for_all() {
        let names = ["building".to_string(), "flite".to_string()];
        assert_eq!(
            packages_of(&names),
            [
                "libasound2-dev",
                "libjack-jackd2-dev",
                "pkg-config",
                "flite"
            ]
        );
        let all = packages_of(&[]);
        for group in Group::ALL {
            assert!(group.packages().iter().all(|package| all.contains(package)));
        }
    }

    #[test]
    fn the_advice_can_be_typed() {
        assert_eq!(
            advice(&["flite", "festival"]),
            "type: sudo apt-get install flite festival"
        );
    }
}
