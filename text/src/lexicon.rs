//! A user's lexicon: how words are to be spoken, one a line.

use std::collections::HashMap;

use crate::english;
use crate::error::TextError;
use crate::phone::Phone;
use crate::phoneme::{Notation, phoneme_words};
use crate::position::quoted;

/// How words are to be spoken, where a user knows better than the front-end.
///
/// One word a line, a tab, and its sounds: in ARPAbet (`Syrinx⇥s ih1 r ih0 ng k s`), in IPA between slashes
/// (`Syrinx⇥/sˈɪɹɪŋks/`), or for words in Chinese characters in pinyin (`了解⇥liao3 jie3`). Empty lines and those that
/// begin with `#` say nothing. A word in lower case holds for every case, one with a capital for itself alone.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    entries: HashMap<String, LexiconEntry>,
    /// Letters of the longest word, so that longer stretches of a text need no look.
    longest: usize,
}

/// How one word is to be spoken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LexiconEntry {
    pub phones: Vec<Phone>,
    pub ipa: Option<String>,
}

impl Lexicon {
    /// Reads a lexicon.
    ///
    /// # Errors
    /// With the line for a line without a tab, more than a word, a word that stands there twice, and sounds that are none.
    pub fn parse(text: &str) -> Result<Lexicon, TextError> {
        let mut lexicon = Lexicon::default();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim_end_matches('\r');
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            lexicon
                .add(line)
                .map_err(|(expected, found)| TextError::Lexicon {
                    line: index + 1,
                    expected,
                    found,
                })?;
        }
        Ok(lexicon)
    }

    /// Adds one line; the error is what was expected and found.
    fn add(&mut self, line: &str) -> Result<(), (String, String)> {
        let wrong = |expected: &str, found: String| (expected.to_string(), found);
        let (word, sounds) = line
            .split_once('\t')
            .ok_or_else(|| wrong("a word, a tab and its sounds", quoted(line)))?;
        let word = word.trim();
        if !english::is_one_token(word) && !word.chars().all(char::is_alphabetic) || word.is_empty()
        {
            return Err(wrong(
                "one word without blanks and punctuation before the tab",
                quoted(word),
            ));
        }
        let notation = match Notation::of(sounds) {
            Notation::Arpabet if word.chars().any(crate::mandarin::is_han) => Notation::Pinyin,
            notation => notation,
        };
        let words =
            phoneme_words(sounds, notation).map_err(|error| (error.expected, error.found))?;
        let [only] = words.as_slice() else {
            return Err(wrong(
                "the sounds of one word behind the tab",
                quoted(sounds),
            ));
        };
        let entry = LexiconEntry {
            phones: only.phones.clone(),
            ipa: only.ipa.clone(),
        };
        if self
            .entries
            .insert(english::plain_letters(word), entry)
            .is_some()
        {
            return Err(wrong("every word once", format!("{} again", quoted(word))));
        }
        self.longest = self.longest.max(word.chars().count());
        Ok(())
    }

    /// How a word is to be spoken, written like this.
    pub(crate) fn find(&self, written: &str) -> Option<&LexiconEntry> {
        if self.entries.is_empty() {
            return None;
        }
        let plain = english::plain_letters(written);
        self.entries
            .get(&plain)
            .or_else(|| self.entries.get(&plain.to_lowercase()))
    }

    /// How many letters the longest word has.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// How many words it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::spell;

    #[test]
    fn words_are_found_as_their_case_wants_it() {
        let lexicon = Lexicon::parse("# ours\n\nsyrinx\ts ih1 r ih0 ng k s\nUS\ty uw1 eh1 s\r\ncafé\t/kæfˈeɪ/\n了解\tliao3 jie3\n").unwrap();
        assert_eq!(lexicon.len(), 4);
        let said = |word: &str| lexicon.find(word).map(|entry| spell(&entry.phones));
        assert_eq!(said("Syrinx").unwrap(), "s ih1 r ih0 ng k s");
        assert_eq!(said("US").unwrap(), "y uw1 eh1 s");
        assert_eq!(said("us"), None);
        assert_eq!(said("Café").unwrap(), "k ae0 f ey1");
        assert_eq!(lexicon.find("café").unwrap().ipa.as_deref(), Some("kæfˈeɪ"));
        assert_eq!(said("了解").unwrap(), "l_c3 iao_c3 j_c3 ie_c3");
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line, expected, found) in [
            (
                "ok\tow1 k ey1\nno tab here",
                2,
                "a word, a tab and its sounds",
                "\"no tab here\"",
            ),
            (
                "two words\tt uw1",
                1,
                "one word without blanks and punctuation before the tab",
                "\"two words\"",
            ),
            (
                "\tt uw1",
                1,
                "one word without blanks and punctuation before the tab",
                "\"\"",
            ),
            ("x\t", 1, "the sounds of one word behind the tab", "\"\""),
            ("\n\nx\tk qq", 3, "", "\"qq\""),
            (
                "x\tk | t",
                1,
                "the sounds of one word behind the tab",
                "\"k | t\"",
            ),
            ("x\tk\nx\tt", 2, "every word once", "\"x\" again"),
        ] {
            let error = Lexicon::parse(text).unwrap_err();
            let TextError::Lexicon {
                line: at,
                expected: wanted,
                found: got,
            } = &error
            else {
                panic!("{error}")
            };
            assert_eq!((*at, got.as_str()), (line, found), "{text:?}");
            assert!(wanted.contains(expected), "{text:?}: {wanted}");
        }
    }
}
