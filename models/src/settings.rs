//! What a user chooses for a conversion.

use syrinx_dsp::{Decibels, Semitones};

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

impl Default for ConvertSettings {
    fn default() -> Self {
        ConvertSettings {
            speaker: None,
            transpose: Transpose::Auto,
            strength: None,
            gate: None,
            mix: 1.0,
            seed: 0,
        }
    }
}
