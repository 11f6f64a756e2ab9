//! What is written beside speech: its provenance, and a report for programs.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use syrinx_models::speech::text::Language;

use super::request::Request;
use crate::audio::info_chunk::{self, COMMENT, InfoEntry, SOFTWARE};
use crate::audio::{BitDepth, PartialFile};
use crate::error::CliError;
use crate::report::{PROGRAM, VoiceIdentity};

/// The settings of a speech, as asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked {
    language: String,
    speaker: Option<String>,
    rate: f32,
    pitch_semitones: f32,
    intonation: f32,
    volume_db: f32,
    pause: f32,
    emotion: Option<String>,
    intensity: f32,
    variation: f32,
    seed: u64,
    bit_depth: BitDepth,
}

impl Asked {
    /// As `request` says, read in this language and written in this format.
    pub(super) fn new(request: &Request, language: Language, bit_depth: BitDepth) -> Asked {
        let settings = &request.settings;
        Asked {
            language: language.code().to_owned(),
            speaker: settings.speaker.clone(),
            rate: settings.rate,
            pitch_semitones: settings.pitch,
            intonation: settings.intonation,
            volume_db: settings.volume,
            pause: settings.pause,
            emotion: settings.emotion.clone(),
            intensity: settings.intensity,
            variation: settings.variation,
            seed: request.seed,
            bit_depth,
        }
    }
}

/// What made a speech: enough to make it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SpeechProvenance {
    /// SHA-256 of the script.
    pub(super) script_sha256: String,
    /// SHA-256 of the lexicon, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lexicon_sha256: Option<String>,
    /// The voice.
    pub(super) voice: VoiceIdentity,
    /// The settings.
    pub(super) settings: Asked,
}

impl SpeechProvenance {
    /// The INFO entries that carry it: the program, and the rest as JSON.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub(super) fn to_info(&self) -> io::Result<Vec<InfoEntry>> {
        let json = serde_json::to_string(self)?;
        Ok(vec![
            InfoEntry::new(SOFTWARE, PROGRAM),
            InfoEntry::new(COMMENT, &json),
        ])
    }

    /// Whether `output` is a whole file that says the same of itself.
    ///
    /// Outputs appear in one step and their provenance is their last part, so a file that has it is whole.
    pub(super) fn made(&self, output: &Path) -> bool {
        let Ok(mut file) = File::open(output) else {
            return false;
        };
        let entries = info_chunk::read(&mut file).unwrap_or_default();
        let comment = entries.iter().find(|entry| entry.name == COMMENT);
        let found: Option<SpeechProvenance> =
            comment.and_then(|comment| serde_json::from_str(&comment.text).ok());
        found.as_ref() == Some(self)
    }
}

/// What was done, for programs.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    pub(super) provenance: SpeechProvenance,
    pub(super) output: PathBuf,
    pub(super) rate: u32,
    pub(super) samples: u64,
    pub(super) peak: f32,
    /// How the voice's samples come.
    pub(super) streaming: String,
    pub(super) duration_s: f64,
    /// Seconds for opening the voice.
    pub(super) opened_s: f64,
    /// Seconds from then until the first samples were there.
    pub(super) first_audio_s: f64,
    /// Seconds that making the samples took, without limiting and writing them.
    pub(super) compute_s: f64,
    pub(super) real_time_factor: f64,
}

impl Report {
    /// Writes it in one step.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn write(&self, path: &Path) -> Result<(), CliError> {
        let write = || {
            let partial = PartialFile::create(path)?;
            let mut file = partial.handle()?;
            let text = serde_json::to_string_pretty(self).map_err(io::Error::from)?;
            file.write_all(text.as_bytes())?;
            file.write_all(b"\n")?;
            partial.keep()
        };
        write().map_err(CliError::encode(path))
    }

    /// The one line that a person reads.
    pub(super) fn in_one_line(&self) -> String {
        format!(
            "spoke {}: {:.1} s, voice {}, first audio after {:.2} s, real-time factor {:.3}",
            self.output.display(),
            self.duration_s,
            self.provenance.voice.name,
            self.first_audio_s,
            self.real_time_factor,
        )
    }
}

/// SHA-256 of a text, in hexadecimal.
pub(super) fn sha256_of_text(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
