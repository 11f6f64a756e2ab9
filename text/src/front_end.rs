//! From scripts to segments, in one language and with one lexicon.

use std::sync::Arc;

use crate::error::TextError;
use crate::lexicon::Lexicon;
use crate::script::Script;
use crate::segments::Segments;

/// What a script is read in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Language {
    /// American English.
    English,
    /// Mandarin in Chinese characters, simplified or traditional, for voices of KAN-TTS's phones. Words in Latin letters
    /// are read as English.
    Mandarin,
}

/// Reads scripts. Cheap to clone and to keep: the dictionaries are part of the program.
#[derive(Clone, Debug)]
pub struct FrontEnd {
    pub(crate) language: Language,
    pub(crate) lexicon: Arc<Lexicon>,
}

impl FrontEnd {
    /// A front-end for this language, without a lexicon.
    pub fn new(language: Language) -> FrontEnd {
        FrontEnd {
            language,
            lexicon: Arc::default(),
        }
    }

    /// The same with a user's lexicon, which comes before everything that the front-end knows.
    #[must_use]
    pub fn with_lexicon(self, lexicon: Lexicon) -> FrontEnd {
        FrontEnd {
            lexicon: Arc::new(lexicon),
            ..self
        }
    }

    /// The segments of a script, made one by one as they are asked for.
    ///
    /// # Errors
    /// When there is nothing in the script that could be spoken.
    pub fn segments(&self, script: &Script) -> Result<Segments, TextError> {
        Segments::new(self.clone(), script.clone())
    }
}
