//! The phones that a voice can say, to be compared with those of a segment before it is spoken.

use std::collections::HashSet;
use std::ops::Range;

use crate::segment::Segment;

/// The symbols that a voice can say.
#[derive(Clone, Debug, Default)]
pub struct PhoneSet {
    symbols: HashSet<String>,
}

/// A phone that a voice cannot say.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the voice has no phone \"{symbol}\", which \"{word}\" at byte {} needs", .span.start)]
pub struct UnknownPhone {
    /// The phone.
    pub symbol: String,
    /// The word that it stands in.
    pub word: String,
    /// The bytes of the script that the word was written with.
    pub span: Range<usize>,
}

impl PhoneSet {
    /// The set of these symbols, written as in [`Phone::symbol`](crate::Phone::symbol).
    pub fn new<S: Into<String>>(symbols: impl IntoIterator<Item = S>) -> PhoneSet {
        PhoneSet {
            symbols: symbols.into_iter().map(Into::into).collect(),
        }
    }

    /// Whether the voice can say this symbol.
    pub fn contains(&self, symbol: &str) -> bool {
        self.symbols.contains(symbol)
    }

    /// Compares all phones of a segment with the set.
    ///
    /// # Errors
    /// With the first phone that is not in the set, and its word.
    pub fn check(&self, segment: &Segment) -> Result<(), UnknownPhone> {
        for word in &segment.words {
            if let Some(phone) = word
                .phones
                .iter()
                .find(|phone| !self.contains(&phone.symbol))
            {
                return Err(UnknownPhone {
                    symbol: phone.symbol.to_string(),
                    word: word.text.clone(),
                    span: word.span.clone(),
                });
            }
        }
        Ok(())
    }
}
