//! What a user chooses for a conversion.

use syrinx_dsp::{ConfigError, Decibels, PitchSettings, Semitones};

use crate::error::ConvertError;

/// How far the F0 is shifted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transpose {
    /// The whole number of semitones that brings the recording's median F0 nearest to the voice's own; it
    /// needs the recording beforehand, so a live stream treats it as 0.
    Auto,
    /// This many semitones, -24 to 24.
    Fixed(Semitones),
}

/// What a user chooses for a conversion.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvertSettings {
    /// The speaker inside the voice: name or number; `None` is the first.
    pub speaker: Option<String>,
    /// The shift of F0.
    pub transpose: Transpose,
    /// The shift of the formants, -12 to 12; F0 is not touched.
    pub formant: Semitones,
    /// The range of F0 around its mean, 0 (monotone) to 2; 1 leaves it.
    pub intonation: f32,
    /// Where F0 is led after transpose and intonation, and its vibrato; the default leaves it.
    pub pitch: PitchSettings,
    /// For voices that have it, 0 (the source's own timbre, matched in the mean) to 1 (the voice's alone);
    /// `None` is the voice's default. Asking for it from a voice without it is an error.
    pub strength: Option<f32>,
    /// Input below this level is silence; `None` is the gate off.
    pub gate: Option<Decibels>,
    /// Share of the converted signal, 0 (dry) to 1 (converted); the dry signal is delayed to fit.
    pub mix: f32,
    /// Seed of everything random: the same seed and settings give the same samples.
    pub seed: u64,
}

/// What is wished of a stream, in milliseconds; `None` is the voice's own. Each is rounded to what the voice can do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StreamWish {
    /// New audio per call: part of the latency, and the shorter, the more is computed.
    pub chunk_ms: Option<f64>,
    /// Past audio that is heard again with each chunk; only of voices that have such a window.
    pub context_ms: Option<f64>,
    /// Future audio that is waited for: part of the latency; only of voices that have such a window.
    pub lookahead_ms: Option<f64>,
    /// Threads of its networks, at least 1; `None` is what calibration found, else what the runtime says.
    pub threads: Option<usize>,
}

impl From<Option<f64>> for StreamWish {
    /// The wish for a chunk alone.
    fn from(chunk_ms: Option<f64>) -> StreamWish {
        StreamWish {
            chunk_ms,
            ..StreamWish::default()
        }
    }
}

impl Default for ConvertSettings {
    fn default() -> Self {
        ConvertSettings {
            speaker: None,
            transpose: Transpose::Auto,
            formant: Semitones(0.0),
            intonation: 1.0,
            pitch: PitchSettings::default(),
            strength: None,
            gate: None,
            mix: 1.0,
            seed: 0,
        }
    }
}

impl ConvertSettings {
    /// Checks formant, intonation and pitch, which every kind of voice has.
    ///
    /// # Errors
    /// If one is out of its range.
    pub(crate) fn check_shape(&self) -> Result<(), ConvertError> {
        ConvertError::check_range("formant", self.formant.0.into(), -12.0, 12.0)?;
        ConvertError::check_range("intonation", self.intonation.into(), 0.0, 2.0)?;
        self.pitch.check().map_err(|error| match error {
            ConfigError::OutOfRange {
                setting,
                expected,
                found,
            } => ConvertError::Setting {
                name: setting,
                expected: expected.to_owned(),
                // As f32, which settings are: 1.1 is not to be shown as 1.10000002384.
                found: (found as f32).to_string(),
            },
            other => ConvertError::Setting {
                name: "pitch",
                expected: "settings in their ranges".to_owned(),
                found: other.to_string(),
            },
        })
    }
}
