//! What a user should know about a script that is spoken all the same.

use std::ops::Range;

/// Something in the script that is spoken otherwise than it is written, or not at all.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Notice {
    /// Characters that the language has no sounds for.
    #[error("byte {}: \"{sample}\" cannot be spoken and is left out", .span.start)]
    Skipped {
        /// The bytes of the script.
        span: Range<usize>,
        /// The first of the characters.
        sample: String,
    },
    /// A word of more letters than any word has is cut into several.
    #[error("byte {}: a word of more than {most} letters is spoken in pieces", .span.start)]
    CutWord {
        /// The bytes of the script.
        span: Range<usize>,
        /// How many letters each piece has at most.
        most: usize,
    },
    /// There were more notices than are kept.
    #[error("and {count} more places like these")]
    More {
        /// How many were not kept.
        count: usize,
    },
}
