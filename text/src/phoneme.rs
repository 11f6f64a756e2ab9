//! Reads sounds as users write them: in ARPAbet, in IPA, in the phones of KAN-TTS or in pinyin.

use crate::english::syllables;
use crate::ipa;
use crate::mandarin::syllable;
use crate::phone::{Alphabet, Phone, arpabet_phones, spell};
use crate::position::quoted;
use crate::segment::MAX_PHONES;

/// What sounds are written in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Notation {
    Arpabet,
    Ipa,
    Kan,
    Pinyin,
}

/// A word as its sounds give it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PhonemeWord {
    pub text: String,
    pub phones: Vec<Phone>,
    pub ipa: Option<String>,
}

/// Sounds that are none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PhonemeError {
    pub expected: String,
    pub found: String,
}

impl Notation {
    /// IPA where there is a letter beyond ASCII or a slash around, otherwise ARPAbet.
    pub fn of(written: &str) -> Notation {
        let written = written.trim();
        if written.starts_with('/') || !written.is_ascii() {
            Notation::Ipa
        } else {
            Notation::Arpabet
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Notation::Arpabet => {
                "phones of ARPAbet with spaces between them (\"hh ax l ow1\"), or IPA between slashes"
            }
            Notation::Ipa => "letters of the IPA",
            Notation::Kan => {
                "initials and finals of KAN-TTS with the tone at the final (\"n_c i_c3\")"
            }
            Notation::Pinyin => "syllables of pinyin with their tones (\"ni3 hao3\")",
        }
    }
}

/// The words that these sounds make up; none for blanks alone.
pub(crate) fn phoneme_words(
    written: &str,
    notation: Notation,
) -> Result<Vec<PhonemeWord>, PhonemeError> {
    let parts: Vec<&str> = match notation {
        Notation::Arpabet | Notation::Kan => written.split('|').collect(),
        Notation::Ipa => written
            .trim()
            .trim_matches('/')
            .split_whitespace()
            .collect(),
        Notation::Pinyin => vec![written],
    };
    let mut words = Vec::new();
    for part in parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let word = one_word(part, notation).map_err(|found| PhonemeError {
            expected: notation.expected().to_string(),
            found: quoted(&found),
        })?;
        if word.phones.len() > MAX_PHONES {
            return Err(PhonemeError {
                expected: format!("words of at most {MAX_PHONES} sounds"),
                found: format!("one of {}", word.phones.len()),
            });
        }
        words.push(word);
    }
    Ok(words)
}

/// One word, or the symbol in it that is none.
fn one_word(written: &str, notation: Notation) -> Result<PhonemeWord, String> {
    let (phones, ipa) = match notation {
        Notation::Arpabet => (english(arpabet_phones(written)?), None),
        Notation::Ipa => (ipa::phones(written)?, Some(written.to_string())),
        Notation::Kan => (syllable::kan_phones(written)?, None),
        Notation::Pinyin => (syllable::pinyin_phones(written)?, None),
    };
    let text = ipa.clone().unwrap_or_else(|| spell(&phones));
    Ok(PhonemeWord { text, phones, ipa })
}

fn english(mut phones: Vec<Phone>) -> Vec<Phone> {
    debug_assert!(
        phones
            .iter()
            .all(|phone| phone.alphabet == Alphabet::Arpabet)
    );
    syllables::mark(&mut phones);
    phones
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(written: &str) -> Vec<String> {
        let words = phoneme_words(written, Notation::of(written)).unwrap();
        words.iter().map(|word| spell(&word.phones)).collect()
    }

    #[test]
    fn arpabet_and_ipa_are_told_apart() {
        assert_eq!(
            spelled("hh ax l ow1 | w er1 l d"),
            ["hh ax0 l ow1", "w er1 l d"]
        );
        assert_eq!(spelled("həlˈoʊ wˈɜːld"), ["hh ax0 l ow1", "w er1 l d"]);
        assert_eq!(spelled("/sun/"), ["s uw0 n"]);
        assert!(spelled("  ").is_empty());
    }

    #[test]
    fn what_is_no_sound_is_named() {
        let wrong = |written| {
            phoneme_words(written, Notation::of(written))
                .unwrap_err()
                .found
        };
        assert_eq!(wrong("hh qq"), "\"qq\"");
        assert_eq!(wrong("hello"), "\"hello\"");
        assert_eq!(wrong("/h3llo/"), "\"3\"");
        assert_eq!(wrong(&"t ".repeat(201)), "one of 201");
    }
}
