//! Says why a feature index or a file of centres was refused.

/// Why a feature index or a file of k-means centres was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RetrievalError {
    /// The file cannot be read.
    #[error("cannot read {file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is larger than its bound.
    #[error("{file}: {found} bytes, at most {limit} are allowed")]
    TooLarge {
        /// The file.
        file: String,
        /// Its size.
        found: u64,
        /// The bound.
        limit: u64,
    },
    /// The file ends before what it announces.
    #[error(
        "{file}: {part} at byte {offset}: expected {expected} bytes, found {found} before the end; the file is truncated or damaged"
    )]
    Truncated {
        /// The file.
        file: String,
        /// What was being read.
        part: String,
        /// Where it starts, in bytes.
        offset: usize,
        /// Its size by what the file itself says.
        expected: u128,
        /// Bytes left.
        found: usize,
    },
    /// A part of the file is not what its format says.
    #[error("{file}: {part} at byte {offset}: expected {expected}, found {found}")]
    Malformed {
        /// The file.
        file: String,
        /// What was being read.
        part: String,
        /// Where it starts, in bytes.
        offset: usize,
        /// What the format, or this program, wants there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// The vectors are not as wide as the voice's content.
    #[error(
        "{file}: expected vectors {expected} wide, as the voice's content is, found {found}; the file belongs to another voice or content encoder"
    )]
    Width {
        /// The file.
        file: String,
        /// The width of the voice's content.
        expected: usize,
        /// The width in the file.
        found: u64,
    },
    /// The file is of another kind, or holds something else than vectors.
    #[error("{file}: expected {expected}, found {found}")]
    Content {
        /// The file.
        file: String,
        /// What is taken.
        expected: String,
        /// What the file is or holds, and what to do.
        found: String,
    },
}
