//! What a voice says about itself: `voice.json`, read and checked.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::{Component, Path};

use serde::Deserialize;

use super::roles::unique_roles;
use super::stream_error::StreamError;
use crate::error::ManifestError;

/// The newest format version that is understood. Versions 1 to this one are read; a version rises only when an
/// older program would use the voice wrongly, and unknown keys are passed over.
pub const FORMAT: u64 = 1;

/// Largest manifest: some thousand speakers fit.
pub const MAX_MANIFEST_BYTES: u64 = 1 << 20;

/// Largest model card.
pub const MAX_CARD_BYTES: u64 = 1 << 20;

/// Largest other file: what an ONNX file can hold, protobuf's own bound.
pub const MAX_FILE_BYTES: u64 = 1 << 31;

/// Longest name, of a voice, speaker, role or file, in bytes: they are shown in lists.
const MAX_NAME_BYTES: usize = 200;

/// Which pipeline a voice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum VoiceKindName {
    /// A timbre network and a source-filter synthesis.
    #[serde(rename = "source-filter")]
    SourceFilter,
    /// Phones to durations and F0, and the source-filter synthesis; it speaks text.
    #[serde(rename = "source-filter-speech")]
    SourceFilterSpeech,
    /// The networks of a public speaking voice, with their symbols; it speaks text.
    #[serde(rename = "speech")]
    Speech,
    /// Content encoder, F0 and a So-VITS-SVC generator.
    #[serde(rename = "so-vits")]
    SoVits,
    /// Content encoder, F0 and an RVC generator.
    #[serde(rename = "rvc")]
    Rvc,
}

impl VoiceKindName {
    /// Whether it speaks text; the others convert recordings.
    pub fn speaks(self) -> bool {
        matches!(
            self,
            VoiceKindName::SourceFilterSpeech | VoiceKindName::Speech
        )
    }
}

impl fmt::Display for VoiceKindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            VoiceKindName::SourceFilter => "source-filter",
            VoiceKindName::SourceFilterSpeech => "source-filter-speech",
            VoiceKindName::Speech => "speech",
            VoiceKindName::SoVits => "so-vits",
            VoiceKindName::Rvc => "rvc",
        })
    }
}

/// What a voice says about itself.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    /// The version of the format, 1 to [`FORMAT`].
    pub format: u64,
    /// Which pipeline it is for.
    pub kind: VoiceKindName,
    /// The voice's name, at most 200 bytes.
    pub name: String,
    /// One or two sentences for people.
    #[serde(default)]
    pub description: String,
    /// The rate at which it speaks in samples per second, 8000 to 192,000.
    pub rate: u32,
    /// Samples per analysis frame at `rate`, 1 to `rate`.
    pub hop: u32,
    /// Whom it can speak as: at least one, names and numbers unique.
    pub speakers: Vec<Speaker>,
    /// The files of the bundle, by role.
    #[serde(deserialize_with = "unique_roles")]
    pub files: BTreeMap<String, FileEntry>,
    /// The licence of the voice.
    pub licence: String,
    /// Whose voice it is and what they agreed to.
    pub consent: String,
    /// The role of a Markdown file about the voice.
    #[serde(default)]
    pub card: Option<String>,
    /// What its streams cost in sound, where that was measured.
    #[serde(default)]
    pub streams: Vec<StreamError>,
    /// What only this kind of voice has; see [`super::VoiceBundle::parameters`].
    #[serde(default)]
    pub parameters: serde_json::Value,
}

/// Someone whom a voice can speak as.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Speaker {
    /// The speaker's name, unique in the voice.
    pub name: String,
    /// The number that the networks know, unique in the voice.
    pub id: u32,
    /// The median F0 of the speaker's voiced speech in Hz, 20 to 2000; what an automatic transpose aims at.
    #[serde(default)]
    pub median_f0_hz: Option<f32>,
}

/// A file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FileEntry {
    /// Where it is, relative to the manifest, with `/` between names.
    pub path: String,
    /// The SHA-256 of its content, 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// All that is read before the version is known.
#[derive(Deserialize)]
struct Version {
    format: u64,
}

impl Manifest {
    /// Reads and checks a manifest; `path` is for messages.
    pub(super) fn parse(path: &Path, text: &[u8]) -> Result<Manifest, ManifestError> {
        let malformed = |reason: String| ManifestError::Malformed {
            path: path.to_owned(),
            reason,
        };
        let version: Version =
            serde_json::from_slice(text).map_err(|error| malformed(error.to_string()))?;
        if version.format > FORMAT {
            return Err(ManifestError::Version {
                path: path.to_owned(),
                found: version.format,
                supported: FORMAT,
            });
        }
        let manifest: Manifest =
            serde_json::from_slice(text).map_err(|error| malformed(error.to_string()))?;
        manifest.check().map_err(malformed)?;
        manifest.check_files(path)?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        within("format", self.format, 1, FORMAT)?;
        within("rate", self.rate.into(), 8000, 192_000)?;
        within("hop", self.hop.into(), 1, self.rate.into())?;
        named("name", &self.name)?;
        for (field, text) in [("licence", &self.licence), ("consent", &self.consent)] {
            if text.trim().is_empty() {
                return Err(format!("{field}: expected a text, found nothing"));
            }
        }
        self.check_speakers()?;
        match &self.card {
            Some(role) if !self.files.contains_key(role) => Err(format!(
                "card: expected one of the roles {}, found {role:?}",
                list(self.files.keys().cloned())
            )),
            _ => Ok(()),
        }
    }

    fn check_speakers(&self) -> Result<(), String> {
        if self.speakers.is_empty() {
            return Err("speakers: expected at least one, found none".to_owned());
        }
        let (mut names, mut ids) = (HashSet::new(), HashSet::new());
        for speaker in &self.speakers {
            named("speakers: name", &speaker.name)?;
            if !names.insert(&speaker.name) {
                return Err(format!(
                    "speakers: expected unique names, found {:?} twice",
                    speaker.name
                ));
            }
            if !ids.insert(speaker.id) {
                return Err(format!(
                    "speakers: expected unique ids, found {} twice",
                    speaker.id
                ));
            }
            match speaker.median_f0_hz {
                // NaN is in no range.
                Some(hz) if !(20.0..=2000.0).contains(&hz) => {
                    return Err(format!(
                        "speakers: {:?}: median_f0_hz: expected 20 to 2000, found {hz}",
                        speaker.name
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_files(&self, manifest: &Path) -> Result<(), ManifestError> {
        let malformed = |reason: String| ManifestError::Malformed {
            path: manifest.to_owned(),
            reason,
        };
        for (role, entry) in &self.files {
            named("files: role", role).map_err(malformed)?;
            named("files: path", &entry.path).map_err(malformed)?;
            if !stays_inside(&entry.path) {
                return Err(ManifestError::Escapes {
                    path: manifest.to_owned(),
                    entry: entry.path.clone(),
                });
            }
            let digits = entry.sha256.bytes();
            if digits.len() != 64
                || !digits
                    .clone()
                    .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
            {
                return Err(malformed(format!(
                    "files: {role}: sha256: expected 64 hexadecimal digits in lower case, found {:?}",
                    entry.sha256
                )));
            }
            let limit = if self.card.as_ref() == Some(role) {
                MAX_CARD_BYTES
            } else {
                MAX_FILE_BYTES
            };
            if entry.bytes > limit {
                let path = manifest.with_file_name(&entry.path);
                return Err(ManifestError::TooLarge {
                    path,
                    found: entry.bytes,
                    limit,
                });
            }
        }
        Ok(())
    }
}

/// Whether `path` is made of plain names only. Backslashes and colons are refused too: on another system they
/// separate directories and name drives.
fn stays_inside(path: &str) -> bool {
    !path.contains(['\\', ':', '\0'])
        && Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}

fn within(field: &str, found: u64, least: u64, most: u64) -> Result<(), String> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    Err(format!(
        "{field}: expected {least} to {most}, found {found}"
    ))
}

fn named(field: &str, name: &str) -> Result<(), String> {
    let plain = !name.trim().is_empty() && !name.chars().any(char::is_control);
    if plain && name.len() <= MAX_NAME_BYTES {
        return Ok(());
    }
    let shown: String = name.chars().take(40).collect();
    Err(format!(
        "{field}: expected 1 to {MAX_NAME_BYTES} bytes of plain text, found {shown:?}"
    ))
}

/// Names for a message, the first twenty of them.
pub(super) fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let shown = names
        .iter()
        .take(20)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > 20 {
        format!("{shown} and {} more", names.len() - 20)
    } else {
        shown
    }
}
