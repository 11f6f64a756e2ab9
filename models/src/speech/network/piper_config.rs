//! Reads the configuration beside a piper voice (`<voice>.onnx.json`).

use std::collections::HashMap;

use serde::Deserialize;
use syrinx_dsp::SampleRate;

use super::tokens::Tokens;
use crate::speech::error::SpeechError;

/// The configuration of a piper voice. Source: `piper.config` of piper 1.x.
#[derive(Clone, Debug, PartialEq)]
pub struct PiperConfig {
    /// The rate of its samples.
    pub rate: SampleRate,
    /// The numbers of each phoneme.
    pub tokens: Tokens,
    /// What its phonemes are.
    pub phonemes: PiperPhonemes,
    /// The language as the voice states it: "en-us".
    pub language: Option<String>,
    /// Names of the speakers, by number; one without a name for a voice of one.
    pub speakers: Vec<String>,
    /// How much the noise of the latents counts.
    pub noise_scale: f32,
    /// How long phonemes are: 2 is half as fast.
    pub length_scale: f32,
    /// How much the noise of the durations counts.
    pub noise_w: f32,
}

/// What the phonemes of a piper voice are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PiperPhonemes {
    /// IPA as espeak-ng writes it.
    Ipa,
    /// Letters.
    Letters,
}

#[derive(Deserialize)]
struct File {
    audio: Audio,
    #[serde(default)]
    espeak: Option<Espeak>,
    #[serde(default)]
    language: Option<Stated>,
    #[serde(default)]
    phoneme_type: Option<String>,
    #[serde(default)]
    num_speakers: Option<usize>,
    #[serde(default)]
    speaker_id_map: HashMap<String, usize>,
    phoneme_id_map: HashMap<String, Vec<i64>>,
    #[serde(default)]
    inference: Inference,
}

#[derive(Deserialize)]
struct Audio {
    sample_rate: u32,
}

#[derive(Deserialize)]
struct Espeak {
    voice: String,
}

#[derive(Deserialize)]
struct Stated {
    code: String,
}

#[derive(Deserialize)]
#[serde(default)]
struct Inference {
    noise_scale: f32,
    length_scale: f32,
    noise_w: f32,
}

impl Default for Inference {
    /// Piper's own.
    fn default() -> Inference {
        Inference {
            noise_scale: 0.667,
            length_scale: 1.0,
            noise_w: 0.8,
        }
    }
}

impl PiperConfig {
    /// Reads it.
    ///
    /// # Errors
    /// If it is not such a configuration, or of phonemes that are not known.
    pub fn parse(name: &str, json: &[u8]) -> Result<PiperConfig, SpeechError> {
        let refuse = |expected: &str, found: String| SpeechError::File {
            file: name.to_owned(),
            expected: expected.to_owned(),
            found,
        };
        let file: File = serde_json::from_slice(json)
            .map_err(|error| refuse("the configuration of a piper voice", error.to_string()))?;
        let rate = SampleRate::new(file.audio.sample_rate)
            .ok_or_else(|| refuse("a sample rate", "0".to_owned()))?;
        let phonemes = match file.phoneme_type.as_deref() {
            None | Some("espeak") => PiperPhonemes::Ipa,
            Some("text") => PiperPhonemes::Letters,
            Some(other) => {
                return Err(refuse("phoneme_type espeak or text", other.to_owned()));
            }
        };
        let tokens = Tokens::new(file.phoneme_id_map);
        for mark in ["^", "_", "$"] {
            if tokens.get(mark).is_none_or(<[i64]>::is_empty) {
                let expected = format!("{mark:?} in phoneme_id_map");
                return Err(refuse(&expected, "no such phoneme".to_owned()));
            }
        }
        let inference = file.inference;
        let scales = [
            inference.noise_scale,
            inference.length_scale,
            inference.noise_w,
        ];
        if scales
            .iter()
            .any(|scale| !scale.is_finite() || *scale < 0.0)
            || inference.length_scale == 0.0
        {
            return Err(refuse("scales of 0 and more", format!("{scales:?}")));
        }
        Ok(PiperConfig {
            rate,
            tokens,
            phonemes,
            language: file
                .language
                .map(|language| language.code)
                .or(file.espeak.map(|espeak| espeak.voice)),
            speakers: speakers(file.num_speakers.unwrap_or(1), &file.speaker_id_map)
                .map_err(|found| refuse("a name for each speaker at most", found))?,
            noise_scale: inference.noise_scale,
            length_scale: inference.length_scale,
            noise_w: inference.noise_w,
        })
    }
}

/// The names of speakers; the number where there is no name.
fn speakers(count: usize, names: &HashMap<String, usize>) -> Result<Vec<String>, String> {
    // More would be a damaged file: the largest public voice has 904.
    if !(1..=100_000).contains(&count) {
        return Err(format!("{count} speakers"));
    }
    let mut speakers: Vec<String> = (0..count).map(|number| number.to_string()).collect();
    for (name, &number) in names {
        let speaker = speakers.get_mut(number);
        *speaker.ok_or_else(|| format!("speaker {number} of {count}"))? = name.clone();
    }
    Ok(speakers)
}
