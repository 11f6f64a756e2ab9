//! One spoken word: its phones, where it stands in the script, and how it is spoken.

use std::ops::Range;

use crate::boundary::Boundary;
use crate::phone::Phone;
use crate::prosody::Prosody;

/// One spoken word. What is written in one piece may be spoken in several words: "21" is two, of the same span.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// What is spoken, in letters: "twenty" where the script has "20".
    pub text: String,
    /// The bytes of the script that it was written with.
    pub span: Range<usize>,
    /// The sounds, never empty.
    pub phones: Vec<Phone>,
    /// The pronunciation in IPA word for word, where script or lexicon gave it in IPA. Voices that are fed with IPA
    /// take it as it is; the phones say the same as far as ARPAbet goes.
    pub ipa: Option<String>,
    /// What stands behind the word.
    pub boundary: Boundary,
    /// How it is to be spoken.
    pub prosody: Prosody,
}
