//! How a word is to be spoken: rate, pitch, volume and emotion.

use std::sync::Arc;

/// How a word is to be spoken, relative to the voice's own way. The ranges are those that a script may ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Prosody {
    /// Speed as a factor, 0.2 to 5; 2 is twice as fast.
    pub rate: f32,
    /// Shift of the pitch in semitones, -24 to 24.
    pub pitch: f32,
    /// Change of the volume in decibels, -60 to 20, or negative infinity for silence.
    pub volume: f32,
    /// The emotion, where the script names one.
    pub emotion: Option<Emotion>,
}

impl Default for Prosody {
    fn default() -> Prosody {
        Prosody {
            rate: 1.0,
            pitch: 0.0,
            volume: 0.0,
            emotion: None,
        }
    }
}

/// An emotion that the script asks for. Which names there are is the voice's business.
#[derive(Clone, Debug, PartialEq)]
pub struct Emotion {
    /// The name as the script has it, in lower case.
    pub name: Arc<str>,
    /// How much of it, 0 to 2; 1 is the voice's own measure.
    pub intensity: f32,
}
