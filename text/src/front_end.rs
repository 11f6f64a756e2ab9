//! From scripts to segments, in one language and with one lexicon.

use std::fmt;
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

impl Language {
    /// Its code, as in `--language`: "en" or "zh".
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Mandarin => "zh",
        }
    }

    /// The language that a tag or a name means, as voices state theirs: "en-us", "cmn", "Chinese"; `None` for any other.
    ///
    /// Of several, as in "Chinese + English", the first counts.
    pub fn of_tag(tag: &str) -> Option<Language> {
        let tag = tag.to_lowercase();
        match tag.split(|letter: char| !letter.is_alphabetic()).next()? {
            "en" | "eng" | "english" => Some(Language::English),
            "zh" | "zho" | "chi" | "cmn" | "chinese" | "mandarin" => Some(Language::Mandarin),
            _ => None,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::English => "English",
            Language::Mandarin => "Mandarin",
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_voices_mean_a_language_or_none() {
        for (tag, language) in [
            ("en", Some(Language::English)),
            ("en-us", Some(Language::English)),
            ("en_GB", Some(Language::English)),
            ("English", Some(Language::English)),
            ("zh", Some(Language::Mandarin)),
            ("cmn", Some(Language::Mandarin)),
            ("Chinese + English", Some(Language::Mandarin)),
            ("yue", None),
            ("de", None),
            ("enough", None),
            ("", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag:?}");
        }
        for language in [Language::English, Language::Mandarin] {
            assert_eq!(Language::of_tag(language.code()), Some(language));
            assert_eq!(Language::of_tag(&language.to_string()), Some(language));
        }
    }
}
