//! What a speaking voice says about itself.

use std::fmt;

use syrinx_dsp::SampleRate;
use syrinx_text::{Language, Segment};

use super::error::SpeechError;

/// What a speaking voice says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeechVoiceSpec {
    /// What kind of voice it is, for cards and messages: "piper".
    pub kind: &'static str,
    /// The rate of its samples.
    pub rate: SampleRate,
    /// The codes of the languages that it speaks, its own first: "en", "zh", or as it states another one; never empty.
    pub languages: Vec<String>,
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

    /// The language in which a script is read for a voice of these languages: the one that is asked for, else the voice's
    /// own. A voice of other languages alone can be given either by asking for it: its sounds may stand in double brackets.
    ///
    /// # Errors
    /// If the voice has another one, or its own is none that scripts can be read in.
    pub fn language(
        languages: &[String],
        wanted: Option<Language>,
    ) -> Result<Language, SpeechError> {
        let known: Vec<Language> = languages
            .iter()
            .filter_map(|tag| Language::of_tag(tag))
            .collect();
        let refuse = |expected: String, found: &str| SpeechError::Setting {
            name: "language",
            expected,
            found: found.to_owned(),
        };
        match (wanted, known.first()) {
            (Some(wanted), Some(_)) if !known.contains(&wanted) => {
                let codes: Vec<&str> = known.iter().map(|language| language.code()).collect();
                Err(refuse(
                    format!("{}, which the voice speaks", codes.join(" or ")),
                    wanted.code(),
                ))
            }
            (Some(wanted), _) => Ok(wanted),
            (None, Some(own)) => Ok(*own),
            (None, None) => Err(refuse(
                "en or zh, since the voice's own language cannot be read".to_owned(),
                languages.first().map_or("none", String::as_str),
            )),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_read_in_a_language_of_the_voice() {
        let language = |languages: &[&str], wanted| {
            let languages: Vec<String> = languages.iter().map(|tag| (*tag).to_owned()).collect();
            SpeechVoiceSpec::language(&languages, wanted).map_err(|error| error.to_string())
        };
        let (english, mandarin) = (Language::English, Language::Mandarin);
        assert_eq!(language(&["zh", "en"], None), Ok(mandarin));
        assert_eq!(language(&["zh", "en"], Some(english)), Ok(english));
        assert_eq!(
            language(&["en"], Some(mandarin)),
            Err("language: expected en, which the voice speaks, found zh".to_owned())
        );
        assert_eq!(language(&["de"], Some(english)), Ok(english));
        let error = language(&["de"], None).unwrap_err();
        assert!(error.starts_with("language: expected en or zh") && error.ends_with("found de"));
    }
}
