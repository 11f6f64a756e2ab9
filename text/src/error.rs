//! Why a script or a lexicon cannot be used.

/// Why a script or a lexicon cannot be used. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// There is nothing in the script that could be spoken.
    #[error("there is nothing to speak: expected words, found {found}")]
    NothingToSpeak {
        /// What the script holds instead.
        found: String,
    },
    /// Something in a script is not as it should be.
    #[error("line {line}, column {column}: expected {expected}, found {found}")]
    Script {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// What could stand there.
        expected: String,
        /// What does.
        found: String,
    },
    /// A script is larger, or more deeply nested, than is accepted.
    #[error("{what}: at most {most}, found {found}")]
    TooLarge {
        /// What there is too much of, with its unit.
        what: &'static str,
        /// The limit.
        most: usize,
        /// How much there is.
        found: usize,
    },
    /// A line of a lexicon is not as it should be.
    #[error("lexicon, line {line}: expected {expected}, found {found}")]
    Lexicon {
        /// The line.
        line: usize,
        /// What could stand there.
        expected: String,
        /// What does.
        found: String,
    },
}
