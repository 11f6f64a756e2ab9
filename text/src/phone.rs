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

/// Phones written with spaces between them, stress as a digit behind its vowel: "hh ax l ow1". Upper case will do, and
/// CMUdict's "AH0" is the schwa "ax".
///
/// # Errors
/// With the first symbol that is no phone of ARPAbet.
pub fn arpabet_phones(text: &str) -> Result<Vec<Phone>, String> {
    let mut phones = Vec::new();
    for symbol in text.split_whitespace() {
        let lower = symbol.to_ascii_lowercase();
        let name = lower.trim_end_matches(['0', '1', '2']);
        let stress = match &lower[name.len()..] {
            "" | "0" => 0,
            "1" => 1,
            "2" => 2,
            _ => return Err(symbol.to_string()),
        };
        let name = if lower == "ah0" { "ax" } else { name };
        let phone = Phone::arpabet(name, stress).ok_or_else(|| symbol.to_string())?;
        if !phone.is_vowel() && lower.len() > name.len() {
            return Err(symbol.to_string());
        }
        phones.push(phone);
    }
    Ok(phones)
}

/// The phones with spaces between them, stress or tone as a digit behind vowels and behind phones of Mandarin.
pub fn spell(phones: &[Phone]) -> String {
    let one = |phone: &Phone| {
        if phone.is_vowel() || phone.alphabet == Alphabet::KanTts {
            format!("{}{}", phone.symbol, phone.stress_or_tone)
        } else {
            phone.symbol.to_string()
        }
    };
    phones.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_read_as_they_are_spelled() {
        let phones = arpabet_phones("HH AH0 l ow1").unwrap();
        assert_eq!(spell(&phones), "hh ax0 l ow1");
        assert_eq!(arpabet_phones(""), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_phone_is_named() {
        for wrong in ["xx", "ah3", "t1", "ah11", "1", "pau", "é"] {
            assert_eq!(
                arpabet_phones(&format!("k {wrong} t")),
                Err(wrong.to_string())
            );
        }
    }

    #[test]
    fn every_phone_of_the_list_is_one() {
        assert!(
            ARPABET
                .iter()
                .all(|symbol| Phone::arpabet(symbol, 1).is_some())
        );
        assert_eq!(ARPABET[..16], VOWELS);
        assert_eq!(Phone::arpabet("t", 1).unwrap().stress_or_tone, 0);
    }
}
