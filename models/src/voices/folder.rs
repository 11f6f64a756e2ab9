//! Says in which folder installed voices lie.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The systems that keep a user's data in places of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Windows,
    MacOs,
    /// Linux and whatever else follows its convention.
    Other,
}

impl System {
    const THIS: System = if cfg!(windows) {
        System::Windows
    } else if cfg!(target_os = "macos") {
        System::MacOs
    } else {
        System::Other
    };
}

/// Where installed voices lie; `None` where no variable says so, or none is an absolute path.
///
/// `$SYRINX_HOME/voices` on every system; else `%APPDATA%\syrinx\voices` on Windows,
/// `~/Library/Application Support/syrinx/voices` on macOS, and elsewhere `$XDG_DATA_HOME/syrinx/voices`, else
/// `~/.local/share/syrinx/voices`. It need not exist.
pub fn voice_folder() -> Option<PathBuf> {
    folder_by(System::THIS, |name| env::var_os(name))
}

/// Where what was measured of voices on this machine lies, beside [`voice_folder`]. It need not exist.
pub fn calibration_folder() -> Option<PathBuf> {
    Some(voice_folder()?.with_file_name("calibration"))
}

/// Where optimised networks are kept, beside [`voice_folder`]. It need not exist, and may be removed at any time.
pub fn network_folder() -> Option<PathBuf> {
    Some(voice_folder()?.with_file_name("networks"))
}

fn folder_by(system: System, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let own = || match system {
        System::Windows => absolute("APPDATA").map(|path| path.join("syrinx")),
        System::MacOs => {
            absolute("HOME").map(|path| path.join("Library/Application Support/syrinx"))
        }
        System::Other => absolute("XDG_DATA_HOME")
            .map(|path| path.join("syrinx"))
            .or_else(|| absolute("HOME").map(|path| path.join(".local/share/syrinx"))),
    };
    let home = absolute("SYRINX_HOME").or_else(own)?;
    Some(home.join("voices"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(system: System, set: &[(&str, &str)]) -> Option<PathBuf> {
        folder_by(system, |name| {
            let found = set.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.into())
        })
    }

    /// Absolute on the system that runs the test; which are absolute is its matter.
    fn root(name: &str) -> String {
        let root = if cfg!(windows) { "C:\\" } else { "/" };
        format!("{root}{name}")
    }

    #[test]
    fn the_folder_follows_the_environment_of_each_system() {
        let (own, xdg, roaming, home) = (root("s"), root("x"), root("r"), root("h"));
        let all = [
            ("SYRINX_HOME", own.as_str()),
            ("XDG_DATA_HOME", xdg.as_str()),
            ("APPDATA", roaming.as_str()),
            ("HOME", home.as_str()),
        ];
        let at = |root: &str, rest: &str| Some(PathBuf::from(root).join(rest));
        for system in [System::Windows, System::MacOs, System::Other] {
            assert_eq!(folder(system, &all), at(&own, "voices"), "{system:?}");
            assert_eq!(folder(system, &[]), None, "{system:?}");
        }
        let rest = &all[1..];
        assert_eq!(folder(System::Windows, rest), at(&roaming, "syrinx/voices"));
        assert_eq!(
            folder(System::MacOs, rest),
            at(&home, "Library/Application Support/syrinx/voices")
        );
        assert_eq!(folder(System::Other, rest), at(&xdg, "syrinx/voices"));
        assert_eq!(
            folder(System::Other, &all[2..]),
            at(&home, ".local/share/syrinx/voices")
        );
    }

    #[test]
    fn a_place_that_is_not_absolute_is_passed_over() {
        let home = root("h");
        let set = [("SYRINX_HOME", ""), ("XDG_DATA_HOME", "x"), ("HOME", &home)];
        assert_eq!(
            folder(System::Other, &set),
            Some(PathBuf::from(&home).join(".local/share/syrinx/voices"))
        );
        assert_eq!(folder(System::Other, &set[..2]), None);
    }
}
