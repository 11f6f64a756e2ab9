//! One segment that is being spoken.

use super::error::SpeechError;
use super::timing::WordTiming;

/// One segment that is being spoken: what its voice made of it before the vocoder, and the vocoder's state.
///
/// Several utterances of one voice may live at once and are independent of each other: running one changes no sample of
/// another.
///
/// # Real-time safety
///
/// Not real-time safe: networks allocate. It belongs on a thread of its own.
pub trait Utterance: Send {
    /// Appends the next samples to `samples`, at the voice's rate; true while more follow, false when these were the
    /// last ones. After that it appends nothing.
    ///
    /// Chunks begin short, so that the first sound comes early, and get longer. How they are parted changes no sample.
    ///
    /// # Errors
    /// If a network fails. The utterance is of no use afterwards.
    fn next_chunk(&mut self, samples: &mut Vec<f32>) -> Result<bool, SpeechError>;

    /// When its words are spoken, from its own first sample on; empty where the voice does not tell. All are known before
    /// the first chunk.
    fn words(&self) -> &[WordTiming];
}
