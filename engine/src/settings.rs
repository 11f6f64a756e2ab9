//! What a user turns while audio runs.

use syrinx_dsp::Decibels;
use syrinx_models::LiveControls;

use crate::{Harmony, SpeechMode};

/// What is heard while converted sound is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnderrun {
    /// The unconverted voice, delayed as the converted one would be: words go on.
    #[default]
    Dry,
    /// Silence, faded: the unconverted voice never gets out.
    Gap,
}

/// What a user turns while audio runs; handed to [`crate::AudioPath::process`] with each block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The slot of the voice in [`crate::VoiceSlots`].
    pub voice: u32,
    /// Speaker, transpose, formant, intonation, strength, seed.
    pub controls: LiveControls,
    /// Where the high-pass of the input is at -3 dB, 20 to 300 Hz; `None` is off. It comes before gate, F0 and voice, and
    /// not before what is heard in bypass, in an underrun and as the dry share of the mix.
    pub high_pass: Option<f32>,
    /// Share of the denoised input in what the voice hears, 0 (off) to 1, at the same place as the high-pass. An engine
    /// has a denoiser only if this was above 0 when it was activated, since it adds to the latency.
    pub denoise: f32,
    /// Input below this level is silence; `None` is the gate off.
    pub gate: Option<Decibels>,
    /// How far the loudness of the output follows the input, 0 to 1.
    pub loudness: f32,
    /// Gain before everything else, -60 to 24 dB.
    pub input_gain: Decibels,
    /// Gain after everything else, -60 to 24 dB.
    pub output_gain: Decibels,
    /// Second voices at distances counted in a scale.
    pub harmony: Harmony,
    /// Whether true peaks of what is converted or mixed stay below -1 dB. The limiter looks ahead, so an engine has one
    /// only if this was set when it was activated; it then delays, but does nothing while this is off. Bypass is not limited.
    pub limit: bool,
    /// Whether converted sound is turned down while the input hears it from loudspeakers.
    pub feedback_guard: bool,
    /// Share of the converted signal, 0 to 1.
    pub mix: f32,
    /// Only the delayed input, without gains.
    pub bypass: bool,
    /// What is heard while converted sound is missing. Missing speech is always a gap: the input is no part of it.
    pub on_underrun: OnUnderrun,
    /// Whether the input is converted, or lines are spoken.
    pub speech: SpeechMode,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            voice: 0,
            controls: LiveControls::default(),
            high_pass: None,
            denoise: 0.0,
            gate: None,
            loudness: 0.0,
            input_gain: Decibels(0.0),
            output_gain: Decibels(0.0),
            harmony: Harmony::default(),
            limit: false,
            feedback_guard: false,
            mix: 1.0,
            bypass: false,
            on_underrun: OnUnderrun::default(),
            speech: SpeechMode::default(),
        }
    }
}
