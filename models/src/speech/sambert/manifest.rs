//! The manifest of a Sambert voice in its split form: which file is what, the sizes of the tensors, the vocabularies.

use std::collections::BTreeMap;

use serde::Deserialize;
use syrinx_dsp::SampleRate;

use super::vocabulary::Vocabulary;
use crate::speech::contract::SpeechFile;
use crate::speech::error::SpeechError;

/// The newest version that is read.
const FORMAT: u64 = 1;

/// What the manifest calls this kind of voice.
const KIND: &str = "kan-tts-sambert";

/// The most that any of the sizes may be: far more than any voice has, and little enough to be multiplied.
const MOST: usize = 1 << 16;

/// What tells a manifest of another kind or version, before the rest is looked at.
#[derive(Deserialize)]
struct Head {
    format: u64,
    kind: String,
}

/// The manifest of a Sambert voice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    #[serde(rename = "format")]
    _format: u64,
    #[serde(rename = "kind")]
    _kind: String,
    /// Hz.
    rate: u32,
    /// Samples per mel frame.
    pub(super) hop: usize,
    /// Bands of a mel frame.
    pub(super) mels: usize,
    /// Mel frames that the decoder gives in a step.
    pub(super) frames_per_step: usize,
    /// Values per token of the encoder.
    pub(super) text_units: usize,
    /// Values of a speaker's vector.
    pub(super) speaker_units: usize,
    /// Values of an emotion's vector.
    pub(super) emotion_units: usize,
    /// The most tokens that the encoder takes at once.
    pub(super) most_tokens: usize,
    /// Values of the state of the network for durations.
    pub(super) duration_state: usize,
    /// Rows of memory that become keys in one run.
    pub(super) memory_rows: usize,
    /// Values of a row of keys and values, of all layers.
    pub(super) key_units: usize,
    /// Frames of one run of the postnet.
    pub(super) postnet_frames: usize,
    /// Frames by which the postnet is late.
    pub(super) postnet_lookahead: usize,
    /// Values of the postnet's state.
    pub(super) postnet_state: usize,
    /// The speakers, in the order of their vectors.
    pub(super) speakers: Vec<String>,
    /// Role to file name.
    pub(super) files: BTreeMap<String, String>,
    /// What tokens are made of.
    pub(super) vocabulary: Vocabulary,
}

impl Manifest {
    /// Whether `file` says that it is such a manifest, of whatever version.
    pub(super) fn is_one(file: &SpeechFile) -> bool {
        serde_json::from_slice::<Head>(&file.bytes).is_ok_and(|head| head.kind == KIND)
    }

    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// If it is of another kind or a newer version, or a value is out of its range.
    pub(super) fn parse(file: &SpeechFile) -> Result<Manifest, SpeechError> {
        let wrong = |expected: String, found: String| SpeechError::File {
            file: file.name.clone(),
            expected,
            found,
        };
        let malformed = |error: serde_json::Error| {
            wrong(
                "the manifest of a Sambert voice".to_owned(),
                error.to_string(),
            )
        };
        let head: Head = serde_json::from_slice(&file.bytes).map_err(malformed)?;
        if head.kind != KIND {
            return Err(wrong(
                format!("a voice of the kind {KIND:?}"),
                format!("{:?}", head.kind),
            ));
        }
        if head.format != FORMAT {
            return Err(wrong(
                format!("format {FORMAT}"),
                format!("{}; a newer one needs a newer Syrinx", head.format),
            ));
        }
        let manifest: Manifest = serde_json::from_slice(&file.bytes).map_err(malformed)?;
        for (name, value) in manifest.sizes() {
            if !(1..=MOST).contains(&value) {
                return Err(wrong(format!("{name} from 1 to {MOST}"), value.to_string()));
            }
        }
        if !manifest
            .postnet_frames
            .is_multiple_of(manifest.frames_per_step)
        {
            return Err(wrong(
                format!(
                    "postnet_frames in whole steps of {}",
                    manifest.frames_per_step
                ),
                manifest.postnet_frames.to_string(),
            ));
        }
        if SampleRate::new(manifest.rate).is_none() {
            return Err(wrong("a rate in Hz".to_owned(), manifest.rate.to_string()));
        }
        if manifest.speakers.is_empty() {
            return Err(wrong("one speaker or more".to_owned(), "none".to_owned()));
        }
        manifest
            .vocabulary
            .check()
            .map_err(|(expected, found)| wrong(expected, found))?;
        Ok(manifest)
    }

    /// All sizes, the postnet's lookahead aside, which may be 0.
    fn sizes(&self) -> [(&'static str, usize); 13] {
        [
            ("hop", self.hop),
            ("mels", self.mels),
            ("frames_per_step", self.frames_per_step),
            ("text_units", self.text_units),
            ("speaker_units", self.speaker_units),
            ("emotion_units", self.emotion_units),
            ("most_tokens", self.most_tokens),
            ("duration_state", self.duration_state),
            ("memory_rows", self.memory_rows),
            ("key_units", self.key_units),
            ("postnet_frames", self.postnet_frames),
            (
                "postnet_lookahead + 1",
                self.postnet_lookahead.saturating_add(1),
            ),
            // It holds tens of frames of hundreds of values for each of its layers.
            ("postnet_state / 64", self.postnet_state.div_ceil(64)),
        ]
    }

    /// The rate of the voice.
    pub(super) fn rate(&self) -> SampleRate {
        SampleRate::of(self.rate)
    }

    /// Values of a row of memory.
    pub(super) fn memory_units(&self) -> usize {
        self.text_units * self.frames_per_step + self.speaker_units + self.emotion_units
    }

    /// Values of what the network for durations hears of a token.
    pub(super) fn condition_units(&self) -> usize {
        self.text_units + self.speaker_units + self.emotion_units
    }

    /// The file of a role.
    ///
    /// # Errors
    /// If the manifest has no such role, or no file has the name.
    pub(super) fn file<'a>(
        &self,
        role: &str,
        files: &'a [SpeechFile],
    ) -> Result<&'a SpeechFile, SpeechError> {
        let Some(name) = self.files.get(role) else {
            return Err(SpeechError::File {
                file: "the manifest".to_owned(),
                expected: format!("a file of the role {role:?}"),
                found: self.files.keys().cloned().collect::<Vec<_>>().join(", "),
            });
        };
        let found = files.iter().find(|file| file.name == *name);
        found.ok_or_else(|| SpeechError::File {
            file: "the voice".to_owned(),
            expected: format!("the file {name}, which is its {role}"),
            found: match files {
                [] => "no files".to_owned(),
                files => files
                    .iter()
                    .map(|file| file.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            },
        })
    }
}
