//! One sentence or clause, spoken in one go.

use std::ops::Range;

use crate::boundary::Pause;
use crate::phone::Phone;
use crate::word::Word;

/// One sentence or clause, spoken in one go.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The words in order. Empty where a script begins with a break: such a segment is its pause alone.
    pub words: Vec<Word>,
    /// How long the voice rests behind it.
    pub pause_after: Pause,
}

/// The most phones that a segment has, [`Segment::phone_count`]; about 15 seconds of speech. Networks take time and
/// memory with the length of what they are given at once, and the first sound waits for it. A single word may be longer
/// than that only up to the front-end's own limit of letters.
pub const MAX_PHONES: usize = 200;

impl Segment {
    /// All phones, word after word.
    pub fn phones(&self) -> impl Iterator<Item = &Phone> {
        self.words.iter().flat_map(|word| &word.phones)
    }

    /// How many phones there are.
    pub fn phone_count(&self) -> usize {
        self.words.iter().map(|word| word.phones.len()).sum()
    }

    /// The bytes of the script from the first word to the last; `None` without words.
    pub fn span(&self) -> Option<Range<usize>> {
        let start = self.words.iter().map(|word| word.span.start).min()?;
        let end = self.words.iter().map(|word| word.span.end).max()?;
        Some(start..end)
    }
}
