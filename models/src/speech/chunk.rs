//! A piece of speech as the pipeline hands it out.

use super::timing::WordTiming;

/// A piece of speech.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpeechChunk {
    /// Samples at the voice's rate, one channel. They follow those of the chunk before without a seam.
    pub samples: Vec<f32>,
    /// Whether nothing follows.
    pub is_last: bool,
    /// The words of a segment, with the chunk in which it begins; empty in all others. Their times count from the start
    /// of the speech.
    pub words: Vec<WordTiming>,
}
