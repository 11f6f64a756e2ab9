//! Reads the files of a speaking voice from a folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::SpeechFile;
use crate::bundle::MAX_FILE_BYTES;
use crate::speech::error::SpeechError;

/// The endings of files that a speaking voice is made of.
const ENDINGS: [&str; 5] = ["bin", "f32", "json", "onnx", "txt"];

/// How files for people begin, whatever their ending.
const FOR_PEOPLE: [&str; 4] = ["LICENSE", "LICENCE", "MODEL_CARD", "README"];

/// What lies in a folder.
#[derive(Clone, Debug, Default)]
pub struct SpeechFolder {
    /// The files that a voice can be made of, by name.
    pub files: Vec<SpeechFile>,
    /// Other files, which were not read.
    pub left_out: Vec<PathBuf>,
}

/// Reads the files of a voice that lie in `folder` itself. Descriptions for people, and files of endings that no voice is
/// made of (rules for numbers, dictionaries of other programs), are left out, and so are folders.
///
/// # Errors
/// If the folder or a file cannot be read, or a file is larger than a network can be.
pub fn read_speech_folder(folder: &Path) -> Result<SpeechFolder, SpeechError> {
    let refuse = |error: std::io::Error| wrong(folder, "a folder of a voice's files", &error);
    let mut found = SpeechFolder::default();
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(refuse)? {
        let path = entry.map_err(refuse)?.path();
        match (path.is_file(), can_be_part(&path)) {
            (true, true) => paths.push(path),
            (true, false) => found.left_out.push(path),
            (false, _) => {}
        }
    }
    paths.sort();
    found.left_out.sort();
    for path in paths {
        found.files.push(SpeechFile::read(&path)?);
    }
    Ok(found)
}

impl SpeechFile {
    /// Reads a file of a voice.
    ///
    /// # Errors
    /// If it cannot be read, or is larger than a network can be.
    pub fn read(path: &Path) -> Result<SpeechFile, SpeechError> {
        let refuse = |error: std::io::Error| wrong(path, "a file of a voice", &error);
        let size = fs::metadata(path).map_err(refuse)?.len();
        if size > MAX_FILE_BYTES {
            let most = format!("at most {MAX_FILE_BYTES} bytes");
            return Err(wrong(path, &most, &size));
        }
        let name = path.file_name().unwrap_or_default();
        Ok(SpeechFile {
            name: name.to_string_lossy().into_owned(),
            bytes: fs::read(path).map_err(refuse)?.into(),
        })
    }
}

/// Whether a voice can be made of a file of this name.
pub(crate) fn can_be_part(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let upper = name.to_uppercase();
    ENDINGS.contains(&ending.to_lowercase().as_str())
        && !name.starts_with('.')
        && !FOR_PEOPLE.iter().any(|start| upper.starts_with(start))
}

fn wrong(path: &Path, expected: &str, found: &dyn std::fmt::Display) -> SpeechError {
    SpeechError::File {
        file: path.display().to_string(),
        expected: expected.to_owned(),
        found: found.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_people_or_other_programs_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "b.onnx",
            "a.JSON",
            "tokens.txt",
            "README.txt",
            "License.json",
            "date.fst",
            ".hidden.json",
            "card.md",
        ] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        fs::create_dir(folder.path().join("espeak-ng-data.txt")).unwrap();
        let found = read_speech_folder(folder.path()).unwrap();
        let names: Vec<&str> = found.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.JSON", "b.onnx", "tokens.txt"]);
        assert_eq!(&*found.files[1].bytes, b"b.onnx");
        assert_eq!(found.left_out.len(), 5);
        let error = read_speech_folder(&folder.path().join("none")).unwrap_err();
        assert!(
            error.to_string().contains("none: expected a folder"),
            "{error}"
        );
    }
}
