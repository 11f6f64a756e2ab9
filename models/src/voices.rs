//! Finds the folder in which installed voices lie.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The bundles in the folder of installed voices, sorted; none where there is no such folder.
pub fn installed() -> Vec<PathBuf> {
    voice_folder()
        .as_deref()
        .map(installed_in)
        .unwrap_or_default()
}

/// The bundles in `folder`, sorted.
pub fn installed_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut voices: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.join("voice.json").is_file()
                || (path.is_file() && path.extension().is_some_and(|ending| ending == "zip"))
        })
        .collect();
    voices.sort();
    voices
}

/// Where installed voices lie: `$SYRINX_HOME/voices`, else `$XDG_DATA_HOME/syrinx/voices`, else
/// `~/.local/share/syrinx/voices`; `None` where none of the variables is set.
pub fn voice_folder() -> Option<PathBuf> {
    folder_by(|name| env::var_os(name))
}

fn folder_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let home = absolute("SYRINX_HOME")
        .or_else(|| absolute("XDG_DATA_HOME").map(|path| path.join("syrinx")))
        .or_else(|| absolute("HOME").map(|path| path.join(".local/share/syrinx")))?;
    Some(home.join("voices"))
}
