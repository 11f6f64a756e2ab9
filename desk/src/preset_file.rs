//! Reads and writes one preset.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use syrinx_engine::SpeechLine;
use syrinx_views::{Line, Preset};

/// The version that is written, and the newest that is read.
const VERSION: u32 = 1;
/// The largest file: all lines in full length fit.
const LARGEST: u64 = 1 << 20;

/// Why a preset cannot be read or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum PresetError {
    /// The file cannot be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It is no preset.
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was expected and found.
        reason: String,
    },
}

impl std::fmt::Display for PresetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PresetError::File { path, reason } => write!(f, "{}: {reason}", path.display()),
            PresetError::Malformed { path, reason } => {
                write!(f, "{}: no preset: {reason}", path.display())
            }
        }
    }
}

impl std::error::Error for PresetError {}

/// A preset as it is written: values are what the controls say, by their names.
#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(rename = "syrinx-preset")]
    version: u32,
    name: String,
    values: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<SpeechLine>>,
}

/// Reads the preset at `path`.
///
/// # Errors
/// If there is none, or it is damaged, too large or of a newer version.
pub fn read(path: &Path) -> Result<Preset, PresetError> {
    let refuse = |error: std::io::Error| PresetError::File {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let malformed = |reason: String| PresetError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let mut text = String::new();
    let file = File::open(path).map_err(refuse)?;
    file.take(LARGEST + 1)
        .read_to_string(&mut text)
        .map_err(refuse)?;
    if text.len() as u64 > LARGEST {
        return Err(malformed(format!(
            "expected at most {LARGEST} bytes, found more"
        )));
    }
    let written: Written =
        serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
    if written.version > VERSION {
        return Err(malformed(format!(
            "expected version {VERSION} at most, found {}",
            written.version
        )));
    }
    let line = |SpeechLine { text, bar }| Line { text, bar };
    Ok(Preset {
        name: written.name,
        factory: false,
        values: in_order(written.values),
        lines: written
            .lines
            .map(|lines| lines.into_iter().map(line).collect()),
    })
}

/// In the order of the controls: what a speaker is called depends on the voice.
fn in_order(mut values: BTreeMap<String, String>) -> Vec<(String, String)> {
    let known = syrinx_views::Control::ALL
        .iter()
        .map(|control| control.id());
    let mut ordered: Vec<_> = known.filter_map(|id| values.remove_entry(id)).collect();
    ordered.extend(values);
    ordered
}

/// Writes a preset to `path`, whole or not at all.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &Path, preset: &Preset) -> Result<(), PresetError> {
    let refuse = |reason: String| PresetError::File {
        path: path.to_owned(),
        reason,
    };
    let line = |Line { text, bar }| SpeechLine { text, bar };
    let written = Written {
        version: VERSION,
        name: preset.name.clone(),
        values: preset.values.iter().cloned().collect(),
        lines: preset
            .lines
            .clone()
            .map(|lines| lines.into_iter().map(line).collect()),
    };
    let text = serde_json::to_string_pretty(&written).map_err(|error| refuse(error.to_string()))?;
    let aside = path.with_extension("json.new");
    fs::write(&aside, text).map_err(|error| refuse(error.to_string()))?;
    fs::rename(&aside, path).map_err(|error| refuse(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_is_read_as_it_was_written_and_voices_come_before_speakers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let value = |id: &str, text: &str| (id.to_owned(), text.to_owned());
        let preset = Preset {
            name: "A: \"loud\"".to_owned(),
            factory: false,
            values: vec![
                value("Voice", "default"),
                value("Speaker", "rms"),
                value("Later", "1"),
            ],
            lines: Some(vec![Line {
                text: "Hello".to_owned(),
                bar: Some(3.5),
            }]),
        };
        write(&path, &preset).unwrap();
        assert_eq!(read(&path).unwrap(), preset);
    }

    #[test]
    fn what_is_no_preset_is_refused_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let newer = r#"{"syrinx-preset": 2, "name": "a", "values": {}}"#;
        for (text, reason) in [
            ("", "EOF"),
            ("[]", "invalid"),
            (r#"{"name": "a", "values": {}}"#, "syrinx-preset"),
            (newer, "expected version 1 at most, found 2"),
        ] {
            fs::write(&path, text).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
        fs::write(&path, " ".repeat(LARGEST as usize + 1)).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("found more"));
        assert!(matches!(
            read(&folder.path().join("none.json")),
            Err(PresetError::File { .. })
        ));
    }
}
