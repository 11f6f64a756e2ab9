//! When words and phones are spoken.

use std::ops::Range;

/// When a word is spoken. Times are samples at the voice's rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordTiming {
    /// What is spoken, in letters.
    pub text: String,
    /// The bytes of the script that it was written with.
    pub span: Range<usize>,
    /// From its first sample to behind its last.
    pub samples: Range<u64>,
    /// Its phones, which fill the word.
    pub phones: Vec<PhoneTiming>,
}

/// When a phone is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneTiming {
    /// The sound, as the voice calls it.
    pub symbol: String,
    /// From its first sample to behind its last.
    pub samples: Range<u64>,
}

impl WordTiming {
    /// The same, this many samples later.
    #[must_use]
    pub(crate) fn later(mut self, samples: u64) -> WordTiming {
        let shift = |range: &mut Range<u64>| *range = range.start + samples..range.end + samples;
        shift(&mut self.samples);
        self.phones
            .iter_mut()
            .for_each(|phone| shift(&mut phone.samples));
        self
    }
}
