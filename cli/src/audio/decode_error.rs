//! Why a recording could not be decoded, with expected and found.

/// Why a recording could not be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The file cannot be opened or read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The path names a folder, device or pipe.
    #[error("not a recording (expected a regular file, found {0})")]
    NotAFile(&'static str),
    /// The file has no bytes.
    #[error("the file is empty (expected wav, flac, mp3 or ogg vorbis, found 0 bytes)")]
    EmptyFile,
    /// No decoder knows the file.
    #[error("not a recording that can be read (expected wav, flac, mp3 or ogg vorbis, found: {0})")]
    Unrecognised(String),
    /// The sample rate cannot be converted.
    #[error("sample rate out of range (expected {min} to {max} Hz, found {found} Hz)")]
    Rate {
        /// The lowest rate.
        min: u32,
        /// The highest rate.
        max: u32,
        /// The rate of the file.
        found: u32,
    },
    /// There is nothing to convert.
    #[error("the recording has no samples (expected at least 1, found 0)")]
    NoSamples,
    /// The file ends before its own header says.
    #[error("the recording is cut off (expected {expected} samples, found {found})")]
    CutOff {
        /// Frames by the header.
        expected: u64,
        /// Frames in the file.
        found: u64,
    },
    /// A float file holds infinity or not-a-number.
    #[error(
        "sample {sample} of channel {channel} is not a number to work with (expected a finite value, found {found})"
    )]
    NotFinite {
        /// Position in frames, from 0.
        sample: u64,
        /// Channel, from 1.
        channel: usize,
        /// The value.
        found: f32,
    },
    /// The coded data is broken.
    #[error("damaged near sample {sample} (expected decodable audio, found: {reason})")]
    Damaged {
        /// Frames decoded before it.
        sample: u64,
        /// What the decoder said.
        reason: String,
    },
    /// The layout changes in the middle.
    #[error("the layout changes near sample {sample} (expected {expected}, found {found})")]
    LayoutChange {
        /// Frames decoded before it.
        sample: u64,
        /// Rate and channels at the start.
        expected: String,
        /// Rate and channels from here.
        found: String,
    },
    /// The checksum that the file carries is not that of its samples.
    #[error("damaged (expected the samples that the file's own checksum names, found others)")]
    Checksum,
}
