//! The data directory.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// Where everything that is brought goes: `$SYRINX_HOME`, else `%LOCALAPPDATA%\syrinx` on Windows, `~/Library/Application
/// Support/syrinx` on macOS, and elsewhere `$XDG_DATA_HOME/syrinx`, else `~/.local/share/syrinx`; a relative path in one
/// of them is passed over. The library `syrinx-models` searches at the same places, and its test of them has the same
/// cases.
///
/// # Errors
/// If none of the variables names an absolute path.
pub fn data() -> Result<PathBuf> {
    data_from(std::env::consts::OS, |name| std::env::var_os(name))
        .context("no data directory: set SYRINX_HOME to the absolute path of a folder")
}

fn data_from(system: &str, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let own = || match system {
        "windows" => absolute("LOCALAPPDATA").map(|path| path.join("syrinx")),
        "macos" => absolute("HOME").map(|path| path.join("Library/Application Support/syrinx")),
        _ => absolute("XDG_DATA_HOME")
            .map(|path| path.join("syrinx"))
            .or_else(|| absolute("HOME").map(|path| path.join(".local/share/syrinx"))),
    };
    absolute("SYRINX_HOME").or_else(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Absolute on the system that runs the test; which are absolute is its matter.
    fn root(name: &str) -> String {
        let root = if cfg!(windows) { "C:\\" } else { "/" };
        format!("{root}{name}")
    }

    #[test]
    fn the_data_directory_follows_the_variables_of_each_system() {
        let (own, xdg, local, home) = (root("s"), root("x"), root("l"), root("h"));
        let all = [
            ("SYRINX_HOME", own.as_str()),
            ("XDG_DATA_HOME", xdg.as_str()),
            ("LOCALAPPDATA", local.as_str()),
            ("HOME", home.as_str()),
        ];
        let with = |system: &str, set: &[(&str, &str)]| {
            data_from(system, |name| {
                let found = set.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| value.into())
            })
        };
        let at = |root: &str, rest: &str| Some(PathBuf::from(root).join(rest));
        for system in ["windows", "macos", "linux"] {
            assert_eq!(with(system, &all), Some(PathBuf::from(&own)), "{system}");
            assert_eq!(with(system, &[]), None, "{system}");
        }
        assert_eq!(with("windows", &all[1..]), at(&local, "syrinx"));
        assert_eq!(
            with("macos", &all[1..]),
            at(&home, "Library/Application Support/syrinx")
        );
        assert_eq!(with("linux", &all[1..]), at(&xdg, "syrinx"));
        let relative = [("SYRINX_HOME", "relative"), all[3]];
        assert_eq!(with("linux", &relative), at(&home, ".local/share/syrinx"));
    }
}
