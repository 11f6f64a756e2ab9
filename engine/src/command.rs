//! What the audio side tells the model side, tied to a sample.

use syrinx_dsp::Decibels;
use syrinx_models::LiveControls;

use crate::{Cue, Harmony, Settings, SpeechMode};

/// The part of the settings that the model side needs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ModelSettings {
    /// The slot of the voice.
    pub voice: u32,
    /// What the converter takes.
    pub controls: LiveControls,
    /// The corner of the high-pass, Hz.
    pub high_pass: Option<f32>,
    /// Share of the denoised input.
    pub denoise: f32,
    /// Input below this level is silence.
    pub gate: Option<Decibels>,
    /// How far the loudness follows the input.
    pub loudness: f32,
    /// The second voices.
    pub harmony: Harmony,
    /// Whether echoes of the output turn it down.
    pub feedback_guard: bool,
    /// Whether the input is heard in the place of what is converted.
    pub bypass: bool,
    /// Whether the input is converted, or lines are spoken.
    pub speech: SpeechMode,
}

impl From<&Settings> for ModelSettings {
    fn from(settings: &Settings) -> ModelSettings {
        ModelSettings {
            voice: settings.voice,
            controls: settings.controls,
            high_pass: settings.high_pass,
            denoise: settings.denoise,
            gate: settings.gate,
            loudness: settings.loudness,
            harmony: settings.harmony,
            feedback_guard: settings.feedback_guard,
            bypass: settings.bypass,
            speech: settings.speech,
        }
    }
}

/// What the model side is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// Take these settings up; a later command wins.
    Set(ModelSettings),
    /// Start a line.
    Speak(Cue),
    /// Forget the past.
    Reset,
}

/// A command, and the input sample before which it takes effect.
///
/// Tied to a sample, a change sounds the same however late the model thread runs: that makes a bounce repeatable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stamped {
    /// Input samples that come before it.
    pub at: u64,
    /// What to do.
    pub command: Command,
}
