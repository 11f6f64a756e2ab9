//! Finds voices by name or path, and the folder in which installed voices lie.

mod file_name;
mod folder;

use std::fs;
use std::path::{Path, PathBuf};

pub use file_name::file_name;
pub use folder::{calibration_folder, network_folder, voice_folder};

use crate::bundle::VoiceBundle;
use crate::error::ManifestError;

/// The name of the voice inside the program.
pub const DEFAULT_VOICE: &str = "default";

/// The name of the speaking voice inside the program, where both kinds can be meant.
pub const DEFAULT_SPEECH: &str = "default-speech";

/// Why a voice that was asked for is not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// There is none of that name.
    #[error("voice {name}: not found (expected {expected}, found none of these)")]
    NoVoice {
        /// What was asked for.
        name: String,
        /// What there is.
        expected: String,
    },
    /// There is one, and it is refused.
    #[error("voice {name}: {source}")]
    Refused {
        /// What was asked for.
        name: String,
        /// Why it is refused.
        source: Box<ManifestError>,
    },
}

/// Opens the voice that `asked` names: "default", "default-speech", an installed voice, or a folder or zip.
///
/// # Errors
/// If there is none of that name, or it is refused.
pub fn open(asked: &str) -> Result<VoiceBundle, FindError> {
    let bundle = match asked {
        DEFAULT_VOICE => VoiceBundle::default_voice(),
        DEFAULT_SPEECH => VoiceBundle::default_speech(),
        asked => VoiceBundle::open(&locate(asked, voice_folder().as_deref())?),
    };
    bundle.map_err(|source| FindError::Refused {
        name: asked.to_owned(),
        source: Box::new(source),
    })
}

/// A bare name is an installed voice before it is a path; anything else is a path.
fn locate(asked: &str, folder: Option<&Path>) -> Result<PathBuf, FindError> {
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
    Err(FindError::NoVoice {
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

/// The name under which an installed voice is asked for: that of its folder or zip, without ".zip".
pub fn name_of(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The bundles in the folder of installed voices ([`voice_folder`]), sorted; none where there is no such folder.
pub fn installed() -> Vec<PathBuf> {
    voice_folder()
        .as_deref()
        .map(installed_in)
        .unwrap_or_default()
}

/// The bundles in `folder`, sorted: folders with a manifest, and zips. None of them is opened.
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_voice_that_is_there_but_damaged_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("voice.json"), "{}").unwrap();
        let asked = folder.path().to_string_lossy().into_owned();
        match open(&asked) {
            Err(FindError::Refused { name, .. }) => assert_eq!(name, asked),
            other => panic!("{other:?}"),
        }
        assert_eq!(open(DEFAULT_VOICE).unwrap().manifest().name, {
            VoiceBundle::default_voice()
                .unwrap()
                .manifest()
                .name
                .clone()
        });
    }
}
