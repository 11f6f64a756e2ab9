//! The pronouncing dictionary of English, searched where it lies in the program: nothing is read or built at start.
//!
//! `text/training/dictionary.py` makes and describes the file, from CMUdict as festival and CMU distribute it.

use crate::english::codes::phone_of;
use crate::phone::Phone;

static FILE: &[u8] = include_bytes!("../../data/english.dict");

/// Words per block; a search decodes one block.
const BLOCK: usize = 16;
/// Stands before the readings of a homograph.
const HOMOGRAPH: u8 = 0x7e;
/// Marks the last phone of a pronunciation.
const LAST: u8 = 0x80;

/// What part of speech a pronunciation belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reading {
    /// Every use of the word.
    Any,
    /// The noun.
    Noun,
    /// The verb.
    Verb,
    /// The adjective.
    Adjective,
    /// The verb's past.
    Past,
}

/// The pronunciations of a word, `None` for words that are not in the dictionary. Words are in lower case.
pub(crate) fn look_up(word: &str) -> Option<Vec<(Reading, Vec<Phone>)>> {
    let entry = find(word.as_bytes())?;
    if entry.first() != Some(&HOMOGRAPH) {
        return Some(vec![(Reading::Any, phones(entry)?.0)]);
    }
    let (&count, mut rest) = entry[1..].split_first()?;
    let mut readings = Vec::new();
    for _ in 0..count {
        let (&tag, behind) = rest.split_first()?;
        let (phones, length) = phones(behind)?;
        readings.push((reading(tag), phones));
        rest = &behind[length..];
    }
    Some(readings)
}

/// Whether the word is in the dictionary.
pub(crate) fn contains(word: &str) -> bool {
    find(word.as_bytes()).is_some()
}

fn reading(tag: u8) -> Reading {
    match tag {
        1 => Reading::Noun,
        2 => Reading::Verb,
        3 => Reading::Adjective,
        4 => Reading::Past,
        _ => Reading::Any,
    }
}

/// The phones at the start of `bytes`, and how many bytes they take.
fn phones(bytes: &[u8]) -> Option<(Vec<Phone>, usize)> {
    let length = bytes.iter().position(|byte| byte & LAST != 0)? + 1;
    let phones = bytes[..length].iter().map(|byte| phone_of(byte & !LAST));
    Some((phones.collect::<Option<_>>()?, length))
}

fn number(at: usize) -> Option<usize> {
    let bytes = FILE.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

/// The bytes from block `index` on.
fn block(index: usize, count: usize) -> Option<&'static [u8]> {
    FILE.get(8 + 4 * count + number(8 + 4 * index)?..)
}

/// The letters of the first word of a block.
fn first_word(block: &[u8]) -> Option<&[u8]> {
    let (letters, rest) = suffix_length(block)?;
    rest.get(..letters)
}

/// How many letters follow, and the bytes from there on.
fn suffix_length(entry: &[u8]) -> Option<(usize, &[u8])> {
    let (&head, rest) = entry.split_first()?;
    match usize::from(head & 15) {
        15 => rest
            .split_first()
            .map(|(&more, rest)| (15 + usize::from(more), rest)),
        letters => Some((letters, rest)),
    }
}

/// The pronunciations of a word as they stand in the file.
fn find(word: &[u8]) -> Option<&'static [u8]> {
    let count = number(4)?;
    let (mut low, mut high) = (0, count);
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        if first_word(block(middle, count)?)? <= word {
            low = middle;
        } else {
            high = middle;
        }
    }
    let mut rest = block(low, count)?;
    let mut spelled: Vec<u8> = Vec::new();
    for _ in 0..BLOCK {
        let shared = usize::from(rest.first()? >> 4);
        let (letters, behind) = suffix_length(rest)?;
        spelled.truncate(shared);
        spelled.extend_from_slice(behind.get(..letters)?);
        let entry = &behind[letters..];
        if spelled == word {
            return Some(entry);
        }
        rest = &entry[entry_length(entry)?..];
    }
    None
}

/// How many bytes the pronunciations of one word take.
fn entry_length(entry: &[u8]) -> Option<usize> {
    let one = |bytes: &[u8]| Some(bytes.iter().position(|byte| byte & LAST != 0)? + 1);
    if entry.first() != Some(&HOMOGRAPH) {
        return one(entry);
    }
    let mut length = 2;
    for _ in 0..*entry.get(1)? {
        length += 1 + one(entry.get(length + 1..)?)?;
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::spell;

    fn first(word: &str) -> Option<String> {
        look_up(word).map(|readings| spell(&readings[0].1))
    }

    #[test]
    fn words_are_found_with_their_stress() {
        assert_eq!(first("hello").unwrap(), "hh ax0 l ow1");
        assert_eq!(first("abandon").unwrap(), "ax0 b ae1 n d ax0 n");
        // The first and the last word of the file, and one of more than 15 letters.
        assert_eq!(first("a").unwrap(), "ey1");
        assert!(first("zyuganov's").is_some() || first("zywicki").is_some());
        assert!(contains("telecommunications"));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for word in [
            "",
            "zzzzzz",
            "abandonn",
            "aband",
            "Hello",
            "é",
            "hello\u{0}",
        ] {
            assert_eq!(first(word), None, "{word:?}");
        }
    }

    #[test]
    fn homographs_have_their_readings() {
        let readings = look_up("record").unwrap();
        let of = |reading| {
            let (_, phones) = readings.iter().find(|(tag, _)| *tag == reading).unwrap();
            spell(phones)
        };
        assert_eq!(of(Reading::Noun), "r eh1 k er0 d");
        assert_eq!(of(Reading::Verb), "r ax0 k ao1 r d");
    }

    #[test]
    fn every_word_of_every_block_is_found_again() {
        let count = number(4).unwrap();
        let mut words = 0;
        for index in 0..count {
            let mut rest = block(index, count).unwrap();
            let mut word = Vec::new();
            for _ in 0..BLOCK {
                let Some(&head) = rest.first() else { break };
                let (letters, behind) = suffix_length(rest).unwrap();
                word.truncate(usize::from(head >> 4));
                word.extend_from_slice(&behind[..letters]);
                let text = std::str::from_utf8(&word).unwrap();
                let readings = look_up(text).unwrap_or_else(|| panic!("{text} is not found"));
                assert!(readings.iter().all(|(_, phones)| !phones.is_empty()));
                words += 1;
                rest = &behind[letters + entry_length(&behind[letters..]).unwrap()..];
            }
        }
        assert_eq!(words, 125_132);
    }
}
