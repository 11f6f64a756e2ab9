//! What is heard, as a host's parameter.

use nice_plug::prelude::Enum;
use syrinx_engine::SpeechMode;

/// The engine's [`SpeechMode`] as a host's parameter; the ids are for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ModeChoice {
    /// [`SpeechMode::Convert`].
    #[id = "convert"]
    #[name = "Convert"]
    Convert,
    /// [`SpeechMode::Speak`].
    #[id = "speak"]
    #[name = "Speak"]
    Speak,
    /// [`SpeechMode::SpeakAndConvert`].
    #[id = "speak-convert"]
    #[name = "Speak and convert"]
    SpeakAndConvert,
}

impl From<SpeechMode> for ModeChoice {
    fn from(mode: SpeechMode) -> Self {
        match mode {
            SpeechMode::Convert => ModeChoice::Convert,
            SpeechMode::Speak => ModeChoice::Speak,
            SpeechMode::SpeakAndConvert => ModeChoice::SpeakAndConvert,
        }
    }
}

impl From<ModeChoice> for SpeechMode {
    fn from(choice: ModeChoice) -> Self {
        match choice {
            ModeChoice::Convert => SpeechMode::Convert,
            ModeChoice::Speak => SpeechMode::Speak,
            ModeChoice::SpeakAndConvert => SpeechMode::SpeakAndConvert,
        }
    }
}
