//! Translates intervals, counted in notes of a scale, to text and back.

/// The intervals from one note upwards in words and with numbers: a third is two notes away.
const INTERVALS: [(&str, &str); 14] = [
    ("second", "2nd"),
    ("third", "3rd"),
    ("fourth", "4th"),
    ("fifth", "5th"),
    ("sixth", "6th"),
    ("seventh", "7th"),
    ("octave", "8th"),
    ("ninth", "9th"),
    ("tenth", "10th"),
    ("eleventh", "11th"),
    ("twelfth", "12th"),
    ("thirteenth", "13th"),
    ("fourteenth", "14th"),
    ("two octaves", "15th"),
];

/// Other words for an octave and for two.
const OCTAVES: [(&str, i32); 4] = [
    ("1 octave", 7),
    ("one octave", 7),
    ("2 octaves", 14),
    ("fifteenth", 14),
];

/// The notes of the furthest interval.
pub const FURTHEST: i32 = INTERVALS.len() as i32;

/// `third above`, `sixth below`, or `off` for 0.
pub fn interval(degrees: i32) -> String {
    let far = degrees.unsigned_abs().min(INTERVALS.len() as u32) as usize;
    let Some(index) = far.checked_sub(1) else {
        return "off".to_owned();
    };
    let side = if degrees < 0 { "below" } else { "above" };
    format!("{} {side}", INTERVALS[index].0)
}

/// Reads an interval: `third above`, `6th below`, `+3rd`, `-6th`, `octave down`, `third`, which is above, or `off`. A bare
/// number is none, because some count notes and some the intervals' own numbers.
pub fn parse_interval(text: &str) -> Option<i32> {
    let text = text.trim().to_lowercase().replace('\u{2212}', "-");
    if ["off", "no", "none", "0"].contains(&text.as_str()) {
        return Some(0);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let (side, words) = match words.split_last()? {
        (&("above" | "up"), rest) => (Some(1), rest),
        (&("below" | "beneath" | "down"), rest) => (Some(-1), rest),
        _ => (None, &words[..]),
    };
    let name = words.join(" ");
    let (side, name) = match (side, name.strip_prefix('+'), name.strip_prefix('-')) {
        (None, Some(rest), _) => (1, rest),
        (None, _, Some(rest)) => (-1, rest),
        (side, ..) => (side.unwrap_or(1), name.as_str()),
    };
    Some(side * far(name)?)
}

/// The notes of the interval of this name.
fn far(name: &str) -> Option<i32> {
    let numbered = INTERVALS.iter().zip(1..);
    let names = numbered.flat_map(|((word, number), far)| [(*word, far), (*number, far)]);
    let mut names = names.chain(OCTAVES);
    names.find(|(known, _)| *known == name).map(|(_, far)| far)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_as_musicians_say_them() {
        for (text, degrees) in [
            ("third above", 2),
            ("Third", 2),
            ("3rd up", 2),
            ("+3rd", 2),
            ("sixth  below", -5),
            ("-6th", -5),
            ("\u{2212}6th", -5),
            ("octave down", -7),
            ("Octave above", 7),
            ("2 octaves below", -14),
            ("15th", 14),
            ("off", 0),
            ("0", 0),
        ] {
            assert_eq!(parse_interval(text), Some(degrees), "{text:?}");
        }
        for text in [
            "",
            "above",
            "3",
            "+3",
            "3nd",
            "-third below",
            "+ third",
            "unison",
            "third third",
        ] {
            assert_eq!(parse_interval(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_interval_is_shown_and_read() {
        for degrees in -FURTHEST..=FURTHEST {
            let text = interval(degrees);
            assert_eq!(parse_interval(&text), Some(degrees), "{text}");
        }
        assert_eq!(interval(2), "third above");
        assert_eq!(interval(-7), "octave below");
        assert_eq!(interval(0), "off");
    }
}
