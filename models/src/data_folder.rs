//! Says in which folder of this user Syrinx keeps what is no setting: voices, networks, the ONNX Runtime library.

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

/// What of a user's data is asked for; only Windows parts the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// What may follow the user to other machines.
    Roaming,
    /// What is large, or of this machine alone.
    Local,
}

/// Where a user's data lies; `None` where no variable says so, or none is an absolute path.
///
/// `$SYRINX_HOME` on every system; else `%APPDATA%\syrinx` on Windows, `~/Library/Application Support/syrinx` on
/// macOS, and elsewhere `$XDG_DATA_HOME/syrinx`, else `~/.local/share/syrinx`. It need not exist.
pub(crate) fn data_folder() -> Option<PathBuf> {
    folder_by(System::THIS, Part::Roaming, |name| env::var_os(name))
}

/// Where data of this machine lies, which Windows must not carry to others: the same, but `%LOCALAPPDATA%\syrinx` there.
pub(crate) fn local_folder() -> Option<PathBuf> {
    folder_by(System::THIS, Part::Local, |name| env::var_os(name))
}

fn folder_by(
    system: System,
    part: Part,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    let absolute = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let own = || match system {
        System::Windows => absolute(match part {
            Part::Roaming => "APPDATA",
            Part::Local => "LOCALAPPDATA",
        })
        .map(|path| path.join("syrinx")),
        System::MacOs => {
            absolute("HOME").map(|path| path.join("Library/Application Support/syrinx"))
        }
        System::Other => absolute("XDG_DATA_HOME")
            .map(|path| path.join("syrinx"))
            .or_else(|| absolute("HOME").map(|path| path.join(".local/share/syrinx"))),
    };
    absolute("SYRINX_HOME").or_else(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(system: System, set: &[(&str, &str)]) -> Option<PathBuf> {
        part_of(system, Part::Roaming, set)
    }

    fn part_of(system: System, part: Part, set: &[(&str, &str)]) -> Option<PathBuf> {
        folder_by(system, part, |name| {
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
            assert_eq!(
                folder(system, &all),
                Some(PathBuf::from(&own)),
                "{system:?}"
            );
            assert_eq!(folder(system, &[]), None, "{system:?}");
        }
        let rest = &all[1..];
        assert_eq!(folder(System::Windows, rest), at(&roaming, "syrinx"));
        assert_eq!(
            folder(System::MacOs, rest),
            at(&home, "Library/Application Support/syrinx")
        );
        assert_eq!(folder(System::Other, rest), at(&xdg, "syrinx"));
        assert_eq!(
            folder(System::Other, &all[2..]),
            at(&home, ".local/share/syrinx")
        );
    }

    #[test]
    fn only_windows_keeps_what_is_of_the_machine_elsewhere() {
        let (roaming, local, home) = (root("r"), root("l"), root("h"));
        let set = [
            ("APPDATA", roaming.as_str()),
            ("LOCALAPPDATA", local.as_str()),
            ("HOME", home.as_str()),
        ];
        assert_eq!(
            part_of(System::Windows, Part::Local, &set),
            Some(PathBuf::from(&local).join("syrinx"))
        );
        for system in [System::MacOs, System::Other] {
            assert_eq!(part_of(system, Part::Local, &set), folder(system, &set));
        }
    }

    #[test]
    fn a_place_that_is_not_absolute_is_passed_over() {
        let home = root("h");
        let set = [("SYRINX_HOME", ""), ("XDG_DATA_HOME", "x"), ("HOME", &home)];
        assert_eq!(
            folder(System::Other, &set),
            Some(PathBuf::from(&home).join(".local/share/syrinx"))
        );
        assert_eq!(folder(System::Other, &set[..2]), None);
    }
}
