//! Why an output could not be written, with expected and found.

use std::path::PathBuf;

use super::wav_format::BitDepth;

/// Why an output could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The system refused.
    #[error("cannot write: {0}")]
    Io(#[from] std::io::Error),
    /// Another program has the file open, on systems that replace no such file.
    #[error("is open in another program, which must close it first ({0})")]
    Held(std::io::Error),
    /// The folder of the output is missing.
    #[error("cannot write: the folder {0} does not exist")]
    NoFolder(PathBuf),
    /// The output path names something that must not be replaced.
    #[error("cannot be written to (expected a new or regular file, found {0})")]
    NotAFile(&'static str),
    /// The output would replace its own input.
    #[error("is the input itself (expected another file, found the same one)")]
    SameFile,
    /// The output would not fit into a WAV file.
    #[error(
        "too long for one WAV file (expected at most {max} samples at {depth} bits, found {found}); split the input"
    )]
    TooLong {
        /// Samples that fit.
        max: u64,
        /// The sample format.
        depth: BitDepth,
        /// Samples to be written.
        found: u64,
    },
    /// The voice computed something that is not a number.
    #[error("the voice's sample {sample} is not a number (expected a finite value, found {found})")]
    NotFinite {
        /// Position from 0.
        sample: u64,
        /// The value.
        found: f32,
    },
    /// The voice computed more or less than the input has.
    #[error("the conversion has the wrong length (expected {expected} samples, found {found})")]
    Length {
        /// Samples of the input.
        expected: u64,
        /// Samples of the output.
        found: u64,
    },
}
