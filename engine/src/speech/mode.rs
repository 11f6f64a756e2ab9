//! What is heard: the converted input, lines that are spoken, or lines in the converting voice.

/// What is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpeechMode {
    /// The input, converted.
    #[default]
    Convert,
    /// Lines, in the speaking voice. The input is not converted; the mix still lets it through.
    Speak,
    /// Lines, spoken and then converted in the place of the input.
    SpeakAndConvert,
}
