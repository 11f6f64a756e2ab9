//! What a language makes of text, before sounds are looked up and segments are cut.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::boundary::Ending;
use crate::phone::Phone;
use crate::prosody::Prosody;

/// One step of speech.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Word(Spoken),
    /// A slight break.
    Group,
    /// A comma.
    Comma,
    /// The end of a sentence.
    Stop(Ending),
    /// A break that the script asks for.
    Break(Duration),
}

/// A word to be spoken.
#[derive(Clone, Debug)]
pub(crate) struct Spoken {
    /// In letters of the language, in lower case.
    pub text: String,
    /// The bytes of the script.
    pub span: Range<usize>,
    pub sound: Sound,
    pub prosody: Arc<Prosody>,
}

/// How the sounds of a word are found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sound {
    /// The language looks the word up; the letters as they are written, for lexicons that tell cases apart.
    Written(String),
    /// It is the name of a letter.
    Letter(char),
    /// They are known.
    Known {
        phones: Vec<Phone>,
        ipa: Option<String>,
    },
}
