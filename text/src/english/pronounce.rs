//! Finds the phones of English words: own entries, the dictionary, the dictionary and an ending, and letters at last.

use crate::english::dictionary::{self, Reading};
use crate::english::homographs::{Neighbours, choose, own_readings};
use crate::english::{letters, syllables};
use crate::phone::{Phone, arpabet_phones};

/// What the dictionary lacks, or has otherwise than it is said within a sentence.
const OWN: &[(&str, &str)] = &[
    ("a", "ax"),
    ("to", "t ax"),
    ("the", "dh ax"),
    ("bought", "b ao1 t"),
    ("miz", "m ih1 z"),
    ("hm", "hh ah1 m"),
    ("hmm", "hh ah1 m"),
    ("mm", "m ah1 m"),
    ("mmm", "m ah1 m"),
    ("sh", "sh ah1 sh"),
    ("shh", "sh ah1 sh"),
    ("psst", "p ih1 s t"),
    ("brr", "b er1"),
];

/// The names of the letters a to z.
const NAMES: [&str; 26] = [
    "ey1",
    "b iy1",
    "s iy1",
    "d iy1",
    "iy1",
    "eh1 f",
    "jh iy1",
    "ey1 ch",
    "ay1",
    "jh ey1",
    "k ey1",
    "eh1 l",
    "eh1 m",
    "eh1 n",
    "ow1",
    "p iy1",
    "k y uw1",
    "aa1 r",
    "eh1 s",
    "t iy1",
    "y uw1",
    "v iy1",
    "d ah1 b ax l y uw0",
    "eh1 k s",
    "w ay1",
    "z iy1",
];

/// Endings with their phones, and what may be put back onto the stem: "making" is "make" and "-ing".
const ENDINGS: &[(&str, &str, &[&str])] = &[
    ("ing", "ih ng", &["", "e"]),
    ("ings", "ih ng z", &["", "e"]),
    ("er", "er", &["", "e"]),
    ("ers", "er z", &["", "e"]),
    ("est", "ax s t", &["", "e"]),
    ("ly", "l iy", &[""]),
    ("ness", "n ax s", &[""]),
    ("less", "l ax s", &[""]),
    ("ful", "f ax l", &[""]),
    ("ment", "m ax n t", &[""]),
    ("ish", "ih sh", &[""]),
    ("able", "ax b ax l", &["", "e"]),
    ("like", "l ay k", &[""]),
    ("'d", "d", &[""]),
    ("'ll", "ax l", &[""]),
    ("'ve", "ax v", &[""]),
    ("'re", "er", &[""]),
];
/// Beginnings with their phones.
const BEGINNINGS: &[(&str, &str)] = &[
    ("un", "ah n"),
    ("re", "r iy"),
    ("non", "n aa n"),
    ("over", "ow v er"),
    ("anti", "ae n t iy"),
    ("micro", "m ay k r ow"),
    ("multi", "m ah l t iy"),
    ("sub", "s ah b"),
    ("super", "s uw p er"),
    ("inter", "ih n t er"),
    ("pre", "p r iy"),
    ("mis", "m ih s"),
];

/// The phones of a word in lower case, of the letters a to z and apostrophes.
pub(crate) fn word(text: &str, around: Neighbours) -> Vec<Phone> {
    let mut phones = match text {
        "used" if around.after == Some("to") => entry("y uw1 s t"),
        _ => known(text, around)
            .or_else(|| derived(text))
            .or_else(|| joined(text))
            .unwrap_or_else(|| letters::phones(text)),
    };
    syllables::mark(&mut phones);
    phones
}

/// The name of a letter.
pub(crate) fn letter(letter: char) -> Vec<Phone> {
    let index = u32::from(letter.to_ascii_lowercase()).wrapping_sub(u32::from('a'));
    let name = usize::try_from(index)
        .ok()
        .and_then(|index| NAMES.get(index));
    let mut phones = entry(name.copied().unwrap_or(""));
    syllables::mark(&mut phones);
    phones
}

/// "the" before a vowel.
pub(crate) fn the_before_a_vowel() -> Vec<Phone> {
    let mut phones = entry("dh iy");
    syllables::mark(&mut phones);
    phones
}

fn entry(phones: &str) -> Vec<Phone> {
    arpabet_phones(phones).unwrap_or_default()
}

fn known(text: &str, around: Neighbours) -> Option<Vec<Phone>> {
    if let Some((_, phones)) = OWN.iter().find(|(own, _)| *own == text) {
        return Some(entry(phones));
    }
    let readings = own_readings(text).or_else(|| dictionary::look_up(text))?;
    choose(text, &readings, around).map(<[Phone]>::to_vec)
}

/// A stem of which we know the sounds: in the dictionary, or a letter.
fn stem(text: &str) -> Option<Vec<Phone>> {
    if text.len() == 1 {
        return text
            .chars()
            .next()
            .filter(char::is_ascii_lowercase)
            .map(letter);
    }
    let readings: Vec<(Reading, Vec<Phone>)> = dictionary::look_up(text)?;
    choose(text, &readings, Neighbours::default()).map(<[Phone]>::to_vec)
}

/// A known stem and an ending, or a beginning and a known word.
fn derived(text: &str) -> Option<Vec<Phone>> {
    if let Some(owner) = text.strip_suffix("'s") {
        let phones = stem(owner)
            .or_else(|| derived(owner))
            .unwrap_or_else(|| letters::phones(owner));
        return Some(with_s(phones));
    }
    if let Some(phones) = plural(text).or_else(|| past(text)) {
        return Some(phones);
    }
    for (ending, sound, restored) in ENDINGS {
        let Some(rest) = text.strip_suffix(ending).filter(|rest| rest.len() > 2) else {
            continue;
        };
        let found = restored
            .iter()
            .find_map(|more| stem(&format!("{rest}{more}")));
        let undoubled = || doubled(rest).filter(|_| restored.len() > 1).and_then(stem);
        if let Some(mut phones) = found.or_else(undoubled) {
            phones.extend(entry(sound));
            return Some(phones);
        }
    }
    BEGINNINGS.iter().find_map(|(beginning, sound)| {
        let rest = text.strip_prefix(beginning).filter(|rest| rest.len() > 3)?;
        let mut phones = entry(sound);
        // The beginning bears the weaker stress.
        if let Some(vowel) = phones.iter_mut().find(|phone| phone.is_vowel()) {
            vowel.stress_or_tone = 2;
        }
        phones.extend(stem(rest).or_else(|| plural(rest)).or_else(|| past(rest))?);
        Some(phones)
    })
}

/// The stem of "running": its last letter once.
fn doubled(stem: &str) -> Option<&str> {
    let bytes = stem.as_bytes();
    let twice = bytes.len() > 2 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2];
    twice.then(|| &stem[..stem.len() - 1])
}

fn plural(text: &str) -> Option<Vec<Phone>> {
    let one = match text.strip_suffix("ies") {
        Some(rest) if rest.len() > 1 => stem(&format!("{rest}y")),
        _ => None,
    };
    let rest = text.strip_suffix('s').filter(|rest| rest.len() > 2)?;
    let found = one
        .or_else(|| stem(rest))
        .or_else(|| stem(rest.strip_suffix('e')?));
    found.map(with_s)
}

fn past(text: &str) -> Option<Vec<Phone>> {
    let rest = text.strip_suffix("ed").filter(|rest| rest.len() > 2)?;
    let y = rest.strip_suffix('i').map(|rest| format!("{rest}y"));
    let found = stem(rest)
        .or_else(|| stem(&format!("{rest}e")))
        .or_else(|| stem(&y?))
        .or_else(|| stem(doubled(rest)?))?;
    Some(with_ed(found))
}

/// Two known words of four letters and more, written as one: the longest first part counts.
fn joined(text: &str) -> Option<Vec<Phone>> {
    let cuts = (4..text.len().saturating_sub(3))
        .rev()
        .filter(|cut| text.is_char_boundary(*cut));
    cuts.into_iter().find_map(|cut| {
        let mut phones = stem(&text[..cut])?;
        let mut second = stem(&text[cut..])?;
        for phone in second.iter_mut().filter(|phone| phone.stress_or_tone == 1) {
            phone.stress_or_tone = 2;
        }
        phones.append(&mut second);
        Some(phones)
    })
}

/// The "s" of plurals and owners, as the sound before it wants it.
fn with_s(mut phones: Vec<Phone>) -> Vec<Phone> {
    let sound = match phones.last().map(|phone| &*phone.symbol) {
        Some("s" | "z" | "sh" | "zh" | "ch" | "jh") => "ax z",
        Some("p" | "t" | "k" | "f" | "th") => "s",
        _ => "z",
    };
    phones.extend(entry(sound));
    phones
}

/// The "ed" of the past.
fn with_ed(mut phones: Vec<Phone>) -> Vec<Phone> {
    let sound = match phones.last().map(|phone| &*phone.symbol) {
        Some("t" | "d") => "ax d",
        Some("p" | "k" | "f" | "th" | "s" | "sh" | "ch") => "t",
        _ => "d",
    };
    phones.extend(entry(sound));
    phones
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::spell;

    fn said(text: &str) -> String {
        spell(&word(text, Neighbours::default()))
    }

    #[test]
    fn words_come_from_the_dictionary_and_from_its_stems() {
        for (text, phones) in [
            ("the", "dh ax0"),
            ("hello", "hh ax0 l ow1"),
            ("don't", "d ow1 n t"),
            ("zebra's", "z iy1 b r ax0 z"),
            ("v's", "v iy1 z"),
        ] {
            assert_eq!(said(text), phones, "{text}");
        }
    }

    #[test]
    fn endings_take_the_sound_that_fits() {
        let with =
            |phones: &str, ending: fn(Vec<Phone>) -> Vec<Phone>| spell(&ending(entry(phones)));
        assert_eq!(with("k ae1 t", with_s), "k ae1 t s");
        assert_eq!(with("d ao1 g", with_s), "d ao1 g z");
        assert_eq!(with("b ah1 s", with_s), "b ah1 s ax0 z");
        assert_eq!(with("w aa1 n t", with_ed), "w aa1 n t ax0 d");
        assert_eq!(with("l ih1 p", with_ed), "l ih1 p t");
        assert_eq!(with("l iy1 n", with_ed), "l iy1 n d");
    }

    #[test]
    fn every_letter_has_a_name() {
        assert_eq!(spell(&letter('w')), "d ah1 b ax0 l y uw0");
        assert!(('a'..='z').all(|c| !letter(c).is_empty()));
        assert!(letter('é').is_empty());
    }

    #[test]
    fn any_word_has_phones() {
        for text in ["zzxq", "qwrtp", "aaaaaaaa", "x'y'z", "bcdfgh"] {
            assert!(!word(text, Neighbours::default()).is_empty(), "{text}");
        }
    }
}
