//! What a speaking voice says about itself.

use std::fmt;

use syrinx_dsp::SampleRate;
use syrinx_text::Segment;

use super::error::SpeechError;

/// What a speaking voice says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeechVoiceSpec {
    /// What kind of voice it is, for cards and messages: "piper".
    pub kind: &'static str,
    /// The rate of its samples.
    pub rate: SampleRate,
    /// Its speakers by name; never empty.
    pub speakers: Vec<String>,
    /// Its emotions by name.
    pub emotions: Vec<String>,
    /// Whether its F0 can be changed.
    pub has_pitch: bool,
    /// How its samples come.
    pub streaming: Streaming,
}

/// How the samples of a voice come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Streaming {
    /// Chunk by chunk, the same samples as if the segment were made as a whole.
    Exact {
        /// Samples per frame.
        hop: usize,
        /// Past frames that a sample depends on.
        left: usize,
        /// Future frames that a sample depends on.
        right: usize,
    },
    /// A whole segment at once: the first sound waits for all of it.
    PerSegment {
        /// Why it does not come in chunks.
        reason: String,
    },
}

impl SpeechVoiceSpec {
    /// The number of a speaker, by name or number; `None` is the first.
    ///
    /// # Errors
    /// If there is no such speaker.
    pub fn speaker(&self, wanted: Option<&str>) -> Result<usize, SpeechError> {
        let Some(wanted) = wanted else {
            return Ok(0);
        };
        let named = self.speakers.iter().position(|name| name == wanted);
        let numbered = || {
            let number: usize = wanted.parse().ok()?;
            (number < self.speakers.len()).then_some(number)
        };
        named.or_else(numbered).ok_or_else(|| SpeechError::Setting {
            name: "speaker",
            expected: match self.speakers.len() {
                1..=16 => self.speakers.join(", "),
                count => format!("a name, or a number from 0 to {}", count - 1),
            },
            found: wanted.to_owned(),
        })
    }

    /// Checks that the voice can do what the script asks of each word.
    ///
    /// # Errors
    /// With the first pitch or emotion that it cannot.
    pub fn check(&self, segment: &Segment) -> Result<(), SpeechError> {
        for word in &segment.words {
            let prosody = &word.prosody;
            if prosody.pitch != 0.0 && !self.has_pitch {
                return Err(SpeechError::Setting {
                    name: "pitch",
                    expected: "none, since this voice has no F0 that could be changed".to_owned(),
                    found: format!("{} semitones at {:?}", prosody.pitch, word.text),
                });
            }
            let emotion = prosody.emotion.as_ref().map(|emotion| &*emotion.name);
            if let Some(name) =
                emotion.filter(|name| !self.emotions.iter().any(|known| known == name))
            {
                return Err(SpeechError::Setting {
                    name: "emotion",
                    expected: match self.emotions.as_slice() {
                        [] => "none: this voice has no emotions".to_owned(),
                        known => known.join(", "),
                    },
                    found: format!("{name} at {:?}", word.text),
                });
            }
        }
        Ok(())
    }

    /// What a user should know before hearing the voice; nothing for most.
    pub fn notice(&self) -> Option<String> {
        match &self.streaming {
            Streaming::Exact { .. } => None,
            Streaming::PerSegment { reason } => Some(format!(
                "this voice gives whole sentences at once, so the first sound takes longer: {reason}"
            )),
        }
    }
}

impl fmt::Display for Streaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Streaming::Exact { left, right, .. } => {
                write!(f, "exact, {left} frames of past and {right} of future")
            }
            Streaming::PerSegment { reason } => write!(f, "per sentence: {reason}"),
        }
    }
}
