//! The one trait behind which the decoders of recordings stand.

use super::decode_error::DecodeError;

/// Samples per second and channels of decoded audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Samples per second and channel, as the file says; not yet checked against any range.
    pub rate: u32,
    /// Channels of one interleaved frame, at least 1.
    pub channels: usize,
}

/// Decodes a recording piece by piece, in memory that does not depend on its length.
pub trait Decode {
    /// Replaces `interleaved` by the next piece and says how it is laid out; `None` at the end. A piece has at
    /// least one frame; its values are full scale at ±1 and may still be infinite or not a number.
    ///
    /// # Errors
    /// If the file cannot be read or is damaged.
    fn next(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<Layout>, DecodeError>;

    /// Frames that the file promises, and how many fewer still count as complete; `None` where it promises none.
    fn promised(&self) -> Option<Promise>;

    /// What is known only after the last piece, such as a checksum over the whole.
    ///
    /// # Errors
    /// If the file is damaged.
    fn finish(&mut self) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// The length that a file promises in its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Frames.
    pub frames: u64,
    /// By how many frames a complete file of this format may fall short of it.
    pub slack: u64,
}
