//! Translates notes and keys to text and back, the way musicians write them.

use syrinx_dsp::Note;

use crate::formats;

/// The letters of an octave and their semitones above C.
const LETTERS: [(char, i32); 7] = [
    ('c', 0),
    ('d', 2),
    ('e', 4),
    ('f', 5),
    ('g', 7),
    ('a', 9),
    ('b', 11),
];

/// Spellings of a sharp and of a flat, the longer ones first.
const ACCIDENTALS: [(&str, i32); 6] = [
    ("sharp", 1),
    ("flat", -1),
    ("#", 1),
    ("\u{266f}", 1),
    ("\u{266d}", -1),
    ("b", -1),
];

/// The keys as most music is written in them.
const KEYS: [&str; 12] = [
    "C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B",
];

/// The notes as the keyboards of hosts are labelled.
const NOTES: [&str; 12] = [
    "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B",
];

/// The key of a number from 0 (C) to 11 (B): `F#`.
pub fn key(number: i32) -> String {
    KEYS[number.rem_euclid(12) as usize].to_owned()
}

/// Reads a key: a letter in any case, sharp or flat (`F#`, `gb`, `B flat`), or its number from 0 (C) to 11.
pub fn parse_key(text: &str) -> Option<i32> {
    match named(text) {
        Some((step, rest)) => rest.is_empty().then(|| step.rem_euclid(12)),
        None => formats::parse_whole(text).filter(|number| (0..12).contains(number)),
    }
}

/// The whole note of a number as MIDI counts, 60 being the middle C, C4: `A2`.
pub fn note(number: i32) -> String {
    let octave = number.div_euclid(12) - 1;
    format!("{}{octave}", NOTES[number.rem_euclid(12) as usize])
}

/// Reads a note: `A2`, `Bb 2`, the number as MIDI counts, or the nearest one to a frequency like `110 Hz`.
pub fn parse_note(text: &str) -> Option<i32> {
    if let Some((step, octave)) = named(text) {
        let octave: i32 = octave.parse().ok()?;
        // What any keyboard has, and more.
        return (-1..=10)
            .contains(&octave)
            .then_some(12 * (octave + 1) + step);
    }
    formats::parse_whole(text).or_else(|| {
        let hz = formats::parse_hertz(text).filter(|hz| *hz > 0.0)?;
        formats::whole(Note::from_hz(hz).0)
    })
}

/// The semitones above C of the name that `text` begins with, and what follows it.
fn named(text: &str) -> Option<(i32, String)> {
    let text = text.trim().to_lowercase();
    let first = text.chars().next()?;
    let (_, step) = LETTERS.into_iter().find(|(letter, _)| *letter == first)?;
    let rest = text[first.len_utf8()..].trim_start();
    for (spelling, shift) in ACCIDENTALS {
        if let Some(rest) = rest.strip_prefix(spelling) {
            return Some((step + shift, rest.trim().to_owned()));
        }
    }
    Some((step, rest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_people_write_them() {
        for (text, number) in [
            ("C", 0),
            ("f#", 6),
            ("Gb", 6),
            ("Bb", 10),
            ("BB", 10),
            ("b", 11),
            ("Cb", 11),
            ("B#", 0),
            (" e flat ", 3),
            ("F Sharp", 6),
            ("A\u{266d}", 8),
            ("7", 7),
        ] {
            assert_eq!(parse_key(text), Some(number), "{text:?}");
        }
        for text in ["", "H", "C4", "D##", "12", "-1", "Bbb", "C major", "\u{e4}"] {
            assert_eq!(parse_key(text), None, "{text:?}");
        }
        for number in 0..12 {
            assert_eq!(parse_key(&key(number)), Some(number));
        }
    }

    #[test]
    fn notes_are_read_as_people_write_them() {
        for (text, number) in [
            ("A2", 45),
            ("a4", 69),
            ("C1", 24),
            ("F#3", 54),
            ("Bb 2", 46),
            ("c-1", 0),
            ("57", 57),
            ("110 Hz", 45),
            ("111hz", 45),
            ("0.44 kHz", 69),
        ] {
            assert_eq!(parse_note(text), Some(number), "{text:?}");
        }
        for text in ["", "C", "H3", "A2.5", "0 Hz", "-3 Hz", "A99", "110 dB"] {
            assert_eq!(parse_note(text), None, "{text:?}");
        }
        for number in 0..=127 {
            assert_eq!(parse_note(&note(number)), Some(number));
        }
        assert_eq!(note(45), "A2");
    }
}
