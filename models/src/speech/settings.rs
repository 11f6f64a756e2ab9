//! What a user chooses for a speech as a whole.

use super::error::SpeechError;
use super::spec::SpeechVoiceSpec;

/// What a user chooses for a speech as a whole; a script's own prosody comes on top of it, word by word.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeechSettings {
    /// The speaker inside the voice: name or number; `None` is the first.
    pub speaker: Option<String>,
    /// Speed as a factor, 0.25 to 4; 2 is twice as fast.
    pub rate: f32,
    /// Shift of the pitch in semitones, -24 to 24. Asking it of a voice without F0 is an error.
    pub pitch: f32,
    /// The range of F0 around its mean, 0 (monotone) to 2; 1 is the voice's own. As `pitch`.
    pub intonation: f32,
    /// Change of the level in decibels, -60 to 20.
    pub volume: f32,
    /// The pauses between segments as a factor, 0 to 4; pauses that a script gives as a time are not touched.
    pub pause: f32,
    /// The emotion by its name; `None` is the voice's own. Asking it of a voice that lacks it is an error.
    pub emotion: Option<String>,
    /// How much of the emotion, 0 to 2.
    pub intensity: f32,
    /// How much is left to chance: a factor on the noise of voices that draw it, 0 to 2; 1 is the voice's own.
    pub variation: f32,
}

impl Default for SpeechSettings {
    fn default() -> SpeechSettings {
        SpeechSettings {
            speaker: None,
            rate: 1.0,
            pitch: 0.0,
            intonation: 1.0,
            volume: 0.0,
            pause: 1.0,
            emotion: None,
            intensity: 1.0,
            variation: 1.0,
        }
    }
}

impl SpeechSettings {
    /// Checks the ranges, and that the voice has what is asked for.
    ///
    /// # Errors
    /// With the first setting that does not hold.
    pub fn check(&self, voice: &SpeechVoiceSpec) -> Result<(), SpeechError> {
        SpeechError::check_range("rate", self.rate, 0.25, 4.0)?;
        SpeechError::check_range("pitch", self.pitch, -24.0, 24.0)?;
        SpeechError::check_range("intonation", self.intonation, 0.0, 2.0)?;
        SpeechError::check_range("volume", self.volume, -60.0, 20.0)?;
        SpeechError::check_range("pause", self.pause, 0.0, 4.0)?;
        SpeechError::check_range("intensity", self.intensity, 0.0, 2.0)?;
        SpeechError::check_range("variation", self.variation, 0.0, 2.0)?;
        if !voice.has_pitch && (self.pitch != 0.0 || self.intonation != 1.0) {
            return Err(SpeechError::Setting {
                name: if self.pitch == 0.0 {
                    "intonation"
                } else {
                    "pitch"
                },
                expected: "its own, since this voice has no F0 that could be changed".to_owned(),
                found: if self.pitch == 0.0 {
                    self.intonation.to_string()
                } else {
                    format!("{} semitones", self.pitch)
                },
            });
        }
        match &self.emotion {
            Some(emotion) if !voice.emotions.contains(emotion) => Err(SpeechError::Setting {
                name: "emotion",
                expected: match voice.emotions.as_slice() {
                    [] => "none: this voice has no emotions".to_owned(),
                    known => known.join(", "),
                },
                found: emotion.clone(),
            }),
            _ => voice.speaker(self.speaker.as_deref()).map(|_| ()),
        }
    }

    /// The level as a factor.
    pub fn gain(&self) -> f32 {
        10f32.powf(self.volume / 20.0)
    }
}
