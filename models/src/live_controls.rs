//! What may change while a stream runs.

use syrinx_dsp::{PitchSettings, Semitones};

/// What may change while a stream runs; a converter takes it up with its next chunk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiveControls {
    /// The number of the speaker inside the voice; one that the voice does not know is its first speaker.
    pub speaker: u32,
    /// The shift of F0, fractions included, -25 to 25.
    pub transpose: Semitones,
    /// The shift of the formants, -12 to 12; F0 is not touched.
    pub formant: Semitones,
    /// The range of F0 around its mean, 0 (monotone) to 2; 1 leaves it.
    pub intonation: f32,
    /// Where F0 is led after that, and its vibrato; the default leaves it.
    pub pitch: PitchSettings,
    /// For voices that have it, 0 (the source's own timbre) to 1 (the voice's alone); `None` is the voice's
    /// default. Voices without it pass it over.
    pub strength: Option<f32>,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for LiveControls {
    fn default() -> Self {
        LiveControls {
            speaker: 0,
            transpose: Semitones(0.0),
            formant: Semitones(0.0),
            intonation: 1.0,
            pitch: PitchSettings::default(),
            strength: None,
            seed: 0,
        }
    }
}

impl LiveControls {
    /// Each control within its range; what is not a number becomes the default.
    #[must_use]
    pub fn clamped(self) -> LiveControls {
        let within = |value: f32, low: f32, high: f32, default: f32| match value.is_nan() {
            true => default,
            false => value.clamp(low, high),
        };
        LiveControls {
            transpose: Semitones(within(self.transpose.0, -25.0, 25.0, 0.0)),
            formant: Semitones(within(self.formant.0, -12.0, 12.0, 0.0)),
            intonation: within(self.intonation, 0.0, 2.0, 1.0),
            pitch: self.pitch.clamped(),
            strength: self
                .strength
                .filter(|strength| !strength.is_nan())
                .map(|strength| strength.clamp(0.0, 1.0)),
            ..self
        }
    }
}
