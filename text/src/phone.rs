//! One sound of a word, in the alphabet that it is written in.

use std::borrow::Cow;

/// What a phone's symbol is written in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Alphabet {
    /// American English in lower case, with "ax" for the schwa: the 40 phones of [`ARPABET`].
    Arpabet,
    /// One IPA sound that ARPAbet lacks, as the script or the lexicon gave it, length and diacritics included.
    Ipa,
    /// Initials and finals of Mandarin as KAN-TTS calls them, "zh_c" or "iou_c".
    KanTts,
}

/// One sound.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Phone {
    /// What the symbol is written in.
    pub alphabet: Alphabet,
    /// The sound, "ah" or "zh_c"; stress and tone are not part of it.
    pub symbol: Cow<'static, str>,
    /// Stress of an English vowel: 1 primary, 2 secondary, 0 none, and 0 for consonants. Tone of a Mandarin
    /// syllable, on its initial and its final: 1 to 4, and 5 for the neutral tone.
    pub stress_or_tone: u8,
    /// Whether a syllable begins with this phone. English syllables are parted so that as many consonants as
    /// may begin an English word go to the syllable behind them.
    pub starts_syllable: bool,
}

/// The vowels of ARPAbet, in lower case.
pub const VOWELS: [&str; 16] = [
    "aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw",
];

/// The phones of English, in lower case, without the silence "pau": that one is the voice's to add.
pub const ARPABET: [&str; 40] = [
    "aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw",
    "b", "ch", "d", "dh", "f", "g", "hh", "jh", "k", "l", "m", "n", "ng", "p", "r", "s", "sh", "t",
    "th", "v", "w", "y", "z", "zh",
];

impl Phone {
    /// A phone of ARPAbet, or `None` where ARPAbet has none of this name. A stress on a consonant is dropped.
    pub fn arpabet(symbol: &str, stress: u8) -> Option<Phone> {
        let symbol = *ARPABET.iter().find(|known| **known == symbol)?;
        Some(Phone {
            alphabet: Alphabet::Arpabet,
            symbol: Cow::Borrowed(symbol),
            stress_or_tone: if VOWELS.contains(&symbol) {
                stress.min(2)
            } else {
                0
            },
            starts_syllable: false,
        })
    }

    /// Whether it is a vowel of ARPAbet.
    pub fn is_vowel(&self) -> bool {
        self.alphabet == Alphabet::Arpabet && VOWELS.contains(&&*self.symbol)
    }
}
