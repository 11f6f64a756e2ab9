//! Finds a voice by name or path, and the folder in which installed voices lie.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use syrinx_models::VoiceBundle;

use crate::error::CliError;

/// The name of the voice inside the program.
pub const DEFAULT_VOICE: &str = "default";

/// Opens the voice that `asked` names: "default", an installed voice, or a folder or zip.
///
/// # Errors
/// If there is none of that name, or it is refused.
pub fn open(asked: &str) -> Result<VoiceBundle, CliError> {
    let bundle = if asked == DEFAULT_VOICE {
        VoiceBundle::default_voice()
    } else {
        VoiceBundle::open(&locate(asked, voice_folder().as_deref())?)
    };
    bundle.map_err(CliError::bundle(asked))
}

/// A bare name is an installed voice before it is a path; anything else is a path.
fn locate(asked: &str, folder: Option<&Path>) -> Result<PathBuf, CliError> {
    let is_bare = !asked.is_empty() && asked != ".." && !asked.contains(['/', '\\', '.']);
    if let Some(folder) = folder.filter(|_| is_bare) {
        let candidates = [folder.join(asked), folder.join(format!("{asked}.zip"))];
        if let Some(found) = candidates.into_iter().find(|path| path.exists()) {
            return Ok(found);
        }
    }
    let path = PathBuf::from(asked);
    if !asked.is_empty() && path.exists() {
        return Ok(path);
    }
    Err(CliError::NoVoice {
        name: asked.to_owned(),
        expected: what_there_is(folder),
    })
}

fn what_there_is(folder: Option<&Path>) -> String {
    let installed = folder.map(installed_in).unwrap_or_default();
    let names: Vec<String> = installed
        .iter()
        .map(|path| format!("{}, ", name_of(path)))
        .collect();
    format!("{DEFAULT_VOICE}, {}or a folder or zip", names.concat())
}

/// The name under which an installed voice is asked for.
pub fn name_of(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The bundles in the folder of installed voices, sorted; none where there is no such folder.
pub fn installed() -> Vec<PathBuf> {
    voice_folder()
        .as_deref()
        .map(installed_in)
        .unwrap_or_default()
}

fn installed_in(folder: &Path) -> Vec<PathBuf> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_follows_the_environment() {
        let folder = |set: &[(&str, &str)]| {
            folder_by(|name| {
                set.iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| value.into())
            })
        };
        let all = [
            ("SYRINX_HOME", "/s"),
            ("XDG_DATA_HOME", "/x"),
            ("HOME", "/h"),
        ];
        assert_eq!(folder(&all), Some("/s/voices".into()));
        assert_eq!(folder(&all[1..]), Some("/x/syrinx/voices".into()));
        assert_eq!(
            folder(&all[2..]),
            Some("/h/.local/share/syrinx/voices".into())
        );
        assert_eq!(
            folder(&[("SYRINX_HOME", ""), ("HOME", "/h")])
                .unwrap()
                .parent(),
            Some("/h/.local/share/syrinx".as_ref())
        );
        assert_eq!(folder(&[]), None);
    }

    #[test]
    fn a_bare_name_is_an_installed_voice_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["anna", "bert"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("voice.json"), "{}").unwrap();
        }
        fs::write(folder.path().join("carl.zip"), "").unwrap();
        fs::create_dir(folder.path().join("not-a-voice")).unwrap();
        let locate = |asked: &str| locate(asked, Some(folder.path()));
        assert_eq!(locate("anna").unwrap(), folder.path().join("anna"));
        assert_eq!(locate("carl").unwrap(), folder.path().join("carl.zip"));
        let path = folder.path().join("bert");
        assert_eq!(locate(&path.to_string_lossy()).unwrap(), path);
        let names: Vec<String> = installed_in(folder.path())
            .iter()
            .map(|path| name_of(path))
            .collect();
        assert_eq!(names, ["anna", "bert", "carl"]);
        for missing in ["dora", "./dora", ""] {
            let error = locate(missing).unwrap_err().to_string();
            assert!(
                error.contains("default, anna, bert, carl, or a folder"),
                "{error}"
            );
        }
    }
}
