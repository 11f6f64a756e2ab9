//! The data directory.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// Where everything that is brought goes: `$SYRINX_HOME`, else `$XDG_DATA_HOME/syrinx`, else
/// `~/.local/share/syrinx`; a relative path in one of them is passed over. The library `syrinx-models` searches
/// at the same places, and its test of them has the same cases.
///
/// # Errors
/// If none of the variables names an absolute path.
pub fn data() -> Result<PathBuf> {
    data_from(|name| std::env::var_os(name))
        .context("no data directory: set SYRINX_HOME to the absolute path of a folder")
}

fn data_from(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("SYRINX_HOME")
        .or_else(|| absolute("XDG_DATA_HOME").map(|path| path.join("syrinx")))
        .or_else(|| absolute("HOME").map(|path| path.join(".local/share/syrinx")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_directory_follows_the_variables() {
        let with = |set: &[(&str, &str)]| {
            data_from(|name| {
                set.iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| value.into())
            })
        };
        assert_eq!(
            with(&[("SYRINX_HOME", "/s"), ("HOME", "/h")]),
            Some("/s".into())
        );
        assert_eq!(
            with(&[("XDG_DATA_HOME", "/x"), ("HOME", "/h")]),
            Some("/x/syrinx".into())
        );
        let relative = [("SYRINX_HOME", "relative"), ("HOME", "/h")];
        assert_eq!(with(&relative), Some("/h/.local/share/syrinx".into()));
        assert_eq!(with(&[]), None);
    }
}
