//! Pitches as musicians call them.

/// The names of the twelve notes, from C on.
const NAMES: [&str; 12] = [
    "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B",
];

/// The pitch of `hz` as MIDI counts semitones: 69 is 440 Hz. `None` for silence.
pub fn pitch_of(hz: f32) -> Option<f32> {
    (hz > 0.0 && hz.is_finite()).then(|| 69.0 + 12.0 * (hz / 440.0).log2())
}

/// The name of a note as MIDI counts, 60 being C4.
pub fn name(note: i32) -> String {
    let class = note.rem_euclid(12) as usize;
    format!("{}{}", NAMES[class], note.div_euclid(12) - 1)
}

/// Whether its key on a piano is black.
pub fn is_black(note: i32) -> bool {
    matches!(note.rem_euclid(12), 1 | 3 | 6 | 8 | 10)
}

/// The note nearest to `hz` with the distance to it, such as `A4 -12 ct`; a dash for silence.
pub fn in_words(hz: f32) -> String {
    let Some(pitch) = pitch_of(hz) else {
        return "-".to_owned();
    };
    let note = pitch.round();
    let cents = (100.0 * (pitch - note)).round() as i32;
    match cents {
        0 => name(note as i32),
        cents => format!("{} {cents:+} ct", name(note as i32)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pitches_have_the_names_that_musicians_give_them() {
        for (hz, words) in [
            (440.0, "A4"),
            (261.626, "C4"),
            (445.0, "A4 +20 ct"),
            (27.5, "A0"),
            (0.0, "-"),
            (f32::NAN, "-"),
        ] {
            assert_eq!(in_words(hz), words, "{hz}");
        }
        assert_eq!(name(-1), "B-2");
        let black = (60..72).filter(|&note| is_black(note)).count();
        assert_eq!(black, 5);
    }
}
