//! English phones in IPA and back, in the dialects that voices are trained on.

use std::borrow::Cow;

use crate::english::syllables;
use crate::phone::{Alphabet, Phone};
use crate::word::Word;

/// Whose IPA.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IpaStyle {
    /// As espeak-ng writes American English, which piper's voices are fed with: "həlˈoʊ".
    Espeak,
    /// As misaki writes it for Kokoro, where diphthongs are capital letters: "həlˈO".
    Misaki,
}

/// Phone, espeak's IPA where it is stressed, and where it is not, misaki's likewise.
const VOWELS: [(&str, [&str; 4]); 16] = [
    ("aa", ["ɑː", "ɑː", "ɑ", "ɑ"]),
    ("ae", ["æ", "æ", "æ", "æ"]),
    ("ah", ["ʌ", "ʌ", "ʌ", "ʌ"]),
    ("ao", ["ɔː", "ɔː", "ɔ", "ɔ"]),
    ("aw", ["aʊ", "aʊ", "W", "W"]),
    ("ax", ["ə", "ə", "ə", "ə"]),
    ("ay", ["aɪ", "aɪ", "I", "I"]),
    ("eh", ["ɛ", "ɛ", "ɛ", "ɛ"]),
    ("er", ["ɜː", "ɚ", "ɜɹ", "əɹ"]),
    ("ey", ["eɪ", "eɪ", "A", "A"]),
    ("ih", ["ɪ", "ɪ", "ɪ", "ɪ"]),
    ("iy", ["iː", "i", "i", "i"]),
    ("ow", ["oʊ", "oʊ", "O", "O"]),
    ("oy", ["ɔɪ", "ɔɪ", "Y", "Y"]),
    ("uh", ["ʊ", "ʊ", "ʊ", "ʊ"]),
    ("uw", ["uː", "uː", "u", "u"]),
];

/// Phone, espeak's IPA, misaki's.
const CONSONANTS: [(&str, &str, &str); 24] = [
    ("b", "b", "b"),
    ("ch", "tʃ", "ʧ"),
    ("d", "d", "d"),
    ("dh", "ð", "ð"),
    ("f", "f", "f"),
    ("g", "ɡ", "ɡ"),
    ("hh", "h", "h"),
    ("jh", "dʒ", "ʤ"),
    ("k", "k", "k"),
    ("l", "l", "l"),
    ("m", "m", "m"),
    ("n", "n", "n"),
    ("ng", "ŋ", "ŋ"),
    ("p", "p", "p"),
    ("r", "ɹ", "ɹ"),
    ("s", "s", "s"),
    ("sh", "ʃ", "ʃ"),
    ("t", "t", "t"),
    ("th", "θ", "θ"),
    ("v", "v", "v"),
    ("w", "w", "w"),
    ("y", "j", "j"),
    ("z", "z", "z"),
    ("zh", "ʒ", "ʒ"),
];

/// What users write, and the phone that it is; the longest that fits counts.
const READ_AS: &[(&str, &str)] = &[
    ("t͡ʃ", "ch"),
    ("d͡ʒ", "jh"),
    ("tʃ", "ch"),
    ("dʒ", "jh"),
    ("ʧ", "ch"),
    ("ʤ", "jh"),
    ("aɪ", "ay"),
    ("aʊ", "aw"),
    ("eɪ", "ey"),
    ("oʊ", "ow"),
    ("əʊ", "ow"),
    ("ɔɪ", "oy"),
    ("ɜːɹ", "er"),
    ("ɜɹ", "er"),
    ("ɜːr", "er"),
    ("ɜː", "er"),
    ("ɜ", "er"),
    ("ɝː", "er"),
    ("ɝ", "er"),
    ("ɚ", "er"),
    ("ɑː", "aa"),
    ("ɑ", "aa"),
    ("ɒ", "aa"),
    ("a", "aa"),
    ("æ", "ae"),
    ("ʌ", "ah"),
    ("ɔː", "ao"),
    ("ɔ", "ao"),
    ("ə", "ax"),
    ("ɐ", "ax"),
    ("ɛː", "eh"),
    ("ɛ", "eh"),
    ("eː", "ey"),
    ("e", "eh"),
    ("ɪ", "ih"),
    ("ᵻ", "ih"),
    ("iː", "iy"),
    ("i", "iy"),
    ("oː", "ow"),
    ("o", "ow"),
    ("ʊ", "uh"),
    ("uː", "uw"),
    ("u", "uw"),
    ("b", "b"),
    ("d", "d"),
    ("ð", "dh"),
    ("f", "f"),
    ("ɡ", "g"),
    ("g", "g"),
    ("h", "hh"),
    ("k", "k"),
    ("l", "l"),
    ("ɫ", "l"),
    ("m", "m"),
    ("n", "n"),
    ("ŋ", "ng"),
    ("p", "p"),
    ("ɹ", "r"),
    ("r", "r"),
    ("ɾ", "t"),
    ("s", "s"),
    ("ʃ", "sh"),
    ("t", "t"),
    ("θ", "th"),
    ("v", "v"),
    ("w", "w"),
    ("j", "y"),
    ("z", "z"),
    ("ʒ", "zh"),
];

/// Words that bear no stress in a sentence, so IPA marks none.
const UNSTRESSED: &str = "a am an and are as at be been but by can could did do does for from had has have he her him his i if \
     in is it its me my of on or our shall she should so some than that the their them they this to us was we were \
     will with would you your";

/// The word in IPA: as script or lexicon gave it, or else from its phones. Phones of IPA that ARPAbet lacks stand as
/// they are; phones of Mandarin have no IPA here and are left out.
pub fn spell_ipa(word: &Word, style: IpaStyle) -> String {
    if let Some(ipa) = &word.ipa {
        return ipa.clone();
    }
    let one_syllable = word.phones.iter().filter(|phone| phone.is_vowel()).count() == 1;
    let weak = one_syllable
        && UNSTRESSED
            .split_whitespace()
            .any(|other| other == word.text);
    let mut ipa = String::new();
    for (at, phone) in word.phones.iter().enumerate() {
        match phone.alphabet {
            Alphabet::Arpabet => {
                if !weak {
                    ipa.push_str(["", "ˈ", "ˌ"][usize::from(phone.stress_or_tone.min(2))]);
                }
                ipa.push_str(sound(&word.phones, at, style));
            }
            Alphabet::Ipa => ipa.push_str(&phone.symbol),
            Alphabet::KanTts => {}
        }
    }
    ipa
}

/// One phone, with its neighbours in mind.
fn sound(phones: &[Phone], at: usize, style: IpaStyle) -> &'static str {
    let phone = &phones[at];
    if phone.symbol == "t" && is_flapped(phones, at) {
        return if style == IpaStyle::Espeak { "ɾ" } else { "T" };
    }
    let shift = if style == IpaStyle::Espeak { 0 } else { 2 };
    if let Some((_, forms)) = VOWELS.iter().find(|(symbol, _)| *symbol == phone.symbol) {
        return forms[shift + usize::from(phone.stress_or_tone == 0)];
    }
    let consonant = CONSONANTS
        .iter()
        .find(|(symbol, ..)| *symbol == phone.symbol);
    consonant.map_or("", |(_, espeak, misaki)| {
        if style == IpaStyle::Espeak {
            espeak
        } else {
            misaki
        }
    })
}

/// Americans tap a "t" between a vowel, or an "r", and an unstressed vowel: "water", "party".
fn is_flapped(phones: &[Phone], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| phones.get(before));
    let behind = phones.get(at + 1);
    before.is_some_and(|phone| phone.is_vowel() || phone.symbol == "r")
        && behind.is_some_and(|phone| phone.is_vowel() && phone.stress_or_tone == 0)
}

/// Phones of a word in IPA: of ARPAbet if that has all of them, otherwise its own letters. Stress marks hold for the
/// next vowel.
///
/// # Errors
/// With the first character that is no letter of the IPA.
pub(crate) fn phones(written: &str) -> Result<Vec<Phone>, String> {
    let mut rest = written;
    let mut stress = 0;
    let mut phones = Vec::new();
    while let Some(first) = rest.chars().next() {
        if let Some(mark) = stress_mark(first) {
            stress = mark;
            rest = &rest[first.len_utf8()..];
        } else if matches!(first, '.' | '‿' | '|' | '‖' | '-') {
            rest = &rest[first.len_utf8()..];
        } else if let Some((ipa, symbol)) = longest(rest) {
            let mut phone = Phone::arpabet(symbol, stress).ok_or_else(|| ipa.to_string())?;
            if phone.is_vowel() {
                stress = 0;
            }
            phone.starts_syllable = false;
            phones.push(phone);
            rest = &rest[ipa.len()..];
        } else {
            return own_letters(written);
        }
    }
    syllables::mark(&mut phones);
    Ok(phones)
}

fn stress_mark(c: char) -> Option<u8> {
    match c {
        'ˈ' | '\'' => Some(1),
        'ˌ' | ',' => Some(2),
        _ => None,
    }
}

fn longest(rest: &str) -> Option<(&'static str, &'static str)> {
    let fits = |(ipa, _): &&(&'static str, &'static str)| rest.starts_with(*ipa);
    let found = READ_AS
        .iter()
        .filter(fits)
        .max_by_key(|(ipa, _)| ipa.len())?;
    // A modifier behind it makes another sound of it than ours.
    let behind = rest[found.0.len()..].chars().next();
    (!behind.is_some_and(is_modifier)).then_some(*found)
}

/// Every letter with its modifiers as a phone of its own.
fn own_letters(written: &str) -> Result<Vec<Phone>, String> {
    let mut phones: Vec<Phone> = Vec::new();
    let mut stress = 0;
    let mut tied = false;
    for c in written.chars() {
        if let Some(mark) = stress_mark(c) {
            stress = mark;
        } else if matches!(c, '.' | '‿' | '|' | '‖' | '-') {
        } else if let Some(last) = phones.last_mut().filter(|_| tied || is_modifier(c)) {
            last.symbol.to_mut().push(c);
            tied = c == '͡' || c == '͜';
        } else if is_letter(c) {
            phones.push(Phone {
                alphabet: Alphabet::Ipa,
                symbol: Cow::Owned(c.to_string()),
                stress_or_tone: std::mem::take(&mut stress),
                starts_syllable: false,
            });
        } else {
            return Err(c.to_string());
        }
    }
    Ok(phones)
}

/// Diacritics, length, aspiration, and tone letters.
fn is_modifier(c: char) -> bool {
    matches!(c, '\u{2b0}'..='\u{2c7}' | '\u{2d0}' | '\u{2d1}' | '\u{2de}'..='\u{2ff}' | '\u{300}'..='\u{36f}' | 'ⁿ' | 'ᵊ')
}

fn is_letter(c: char) -> bool {
    c.is_ascii_lowercase()
        || matches!(c, 'æ' | 'ç' | 'ð' | 'ø' | 'ħ' | 'ŋ' | 'œ' | 'ɐ'..='ʯ' | 'β' | 'θ' | 'χ' | 'ᵻ' | 'ǀ'..='ǃ' | 'ⱱ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::Boundary;
    use crate::phone::{arpabet_phones, spell};
    use crate::prosody::Prosody;

    fn word(text: &str, phones: &str) -> Word {
        Word {
            text: text.to_string(),
            span: 0..text.len(),
            phones: arpabet_phones(phones).unwrap(),
            ipa: None,
            boundary: Boundary::Word,
            prosody: Prosody::default(),
        }
    }

    #[test]
    fn words_in_ipa_of_espeak_and_misaki() {
        for (text, phones, espeak, misaki) in [
            ("hello", "hh ax l ow1", "həlˈoʊ", "həlˈO"),
            ("water", "w ao1 t er", "wˈɔːɾɚ", "wˈɔTəɹ"),
            ("birds", "b er1 d z", "bˈɜːdz", "bˈɜɹdz"),
            ("happy", "hh ae1 p iy", "hˈæpi", "hˈæpi"),
            ("judge", "jh ah1 jh", "dʒˈʌdʒ", "ʤˈʌʤ"),
            ("and", "ae1 n d", "ænd", "ænd"),
            ("baking", "b ey1 k ih ng", "bˈeɪkɪŋ", "bˈAkɪŋ"),
            (
                "alligator",
                "ae1 l ax g ey2 t er",
                "ˈæləɡˌeɪɾɚ",
                "ˈæləɡˌATəɹ",
            ),
        ] {
            assert_eq!(
                spell_ipa(&word(text, phones), IpaStyle::Espeak),
                espeak,
                "{text}"
            );
            assert_eq!(
                spell_ipa(&word(text, phones), IpaStyle::Misaki),
                misaki,
                "{text}"
            );
        }
    }

    #[test]
    fn ipa_that_was_given_is_not_touched() {
        let mut given = word("x", "ae1");
        given.ipa = Some("ʔæ̃".to_string());
        assert_eq!(spell_ipa(&given, IpaStyle::Espeak), "ʔæ̃");
    }

    #[test]
    fn every_phone_comes_back_from_espeaks_ipa() {
        for symbol in crate::phone::ARPABET {
            let phone = Phone::arpabet(symbol, 1).unwrap();
            let ipa = spell_ipa(
                &word("x", &spell(std::slice::from_ref(&phone))),
                IpaStyle::Espeak,
            );
            assert_eq!(phones(&ipa).unwrap()[0].symbol, symbol, "{ipa}");
        }
    }

    #[test]
    fn ipa_is_read_with_its_stress() {
        assert_eq!(spell(&phones("ɹˈɛkɚd").unwrap()), "r eh1 k er0 d");
        assert_eq!(
            spell(&phones("ˌʌndɚˈstænd").unwrap()),
            "ah2 n d er0 s t ae1 n d"
        );
        assert_eq!(spell(&phones("t͡ʃɜːɹtʃ").unwrap()), "ch er0 ch");
    }

    #[test]
    fn sounds_that_english_lacks_keep_their_letters() {
        let found = phones("ʃˈøːn").unwrap();
        let symbols: Vec<&str> = found.iter().map(|phone| &*phone.symbol).collect();
        assert_eq!(symbols, ["ʃ", "øː", "n"]);
        assert!(found.iter().all(|phone| phone.alphabet == Alphabet::Ipa));
        assert_eq!(phones("a7"), Err("7".to_string()));
        assert_eq!(phones("你"), Err("你".to_string()));
    }
}
