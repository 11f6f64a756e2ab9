//! Translates parameter values to text and back, with units, the way people type them.

use crate::typed_choice;

/// The number in `text`, followed by nothing or by one of `units` in any case. A comma counts as a decimal point
/// and a typographic minus as a minus; exponents, infinities and other units are `None`.
pub fn number(text: &str, units: &[&str]) -> Option<f32> {
    let (value, unit) = split(text)?;
    let known = unit.is_empty() || units.iter().any(|known| known.eq_ignore_ascii_case(&unit));
    known.then_some(value)
}

/// The number in `text` and what follows it.
fn split(text: &str) -> Option<(f32, String)> {
    let text = text.trim().replace('\u{2212}', "-").replace(',', ".");
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)))
        .unwrap_or(text.len());
    let (value, unit) = text.split_at(end);
    Some((value.parse().ok()?, unit.trim().to_owned()))
}

/// A value with its sign, rounded to `decimals`; 0 has none.
pub fn signed(value: f32, decimals: usize) -> String {
    let text = format!("{value:+.decimals$}");
    match text.trim_start_matches(['+', '-', '0', '.']) {
        "" => text[1..].to_owned(),
        _ => text,
    }
}

/// Spellings of semitones.
const SEMITONES: &[&str] = &["st", "semi", "semitone", "semitones"];
/// Spellings of cents.
const CENTS: &[&str] = &["ct", "c", "cent", "cents"];
/// Spellings of decibels.
const DECIBELS: &[&str] = &["db", "dbfs"];
/// Spellings of hertz.
const HERTZ: &[&str] = &["hz", "hertz"];
/// Spellings of kilohertz.
const KILOHERTZ: &[&str] = &["khz", "k", "kilohertz"];
/// Spellings of milliseconds.
const MILLISECONDS: &[&str] = &["ms", "msec", "millisecond", "milliseconds"];
/// Spellings of seconds.
const SECONDS: &[&str] = &["s", "sec", "second", "seconds"];
/// Spellings of per cent.
const PERCENT: &[&str] = &["%", "percent", "per cent"];

/// Words for on and for off.
const SWITCHED: [(&str, bool); 8] = [
    ("on", true),
    ("yes", true),
    ("true", true),
    ("1", true),
    ("off", false),
    ("no", false),
    ("false", false),
    ("0", false),
];

/// What a strength or an emotion is called where the voice decides.
const OWN: &str = "voice's own";

/// The level at and below which the gate is off, in decibels: the lowest position of its knob.
pub const GATE_OFF: f32 = -80.0;

/// The corner at and below which the high-pass is off, Hz: the lowest position of its knob.
pub const HIGH_PASS_OFF: f32 = 19.0;

/// `+3 st`.
pub fn semitones(value: f32, decimals: usize) -> String {
    format!("{} st", signed(value, decimals))
}

/// Reads semitones.
pub fn parse_semitones(text: &str) -> Option<f32> {
    number(text, SEMITONES)
}

/// `2 st`: a distance, which has no sign.
pub fn distance(value: f32) -> String {
    format!("{value:.0} st")
}

/// `-50 ct`.
pub fn cents(value: f32) -> String {
    format!("{} ct", signed(value, 0))
}

/// Reads cents.
pub fn parse_cents(text: &str) -> Option<f32> {
    number(text, CENTS)
}

/// `+1.5 dB`.
pub fn decibels(value: f32) -> String {
    format!("{} dB", signed(value, 1))
}

/// Reads decibels.
pub fn parse_decibels(text: &str) -> Option<f32> {
    number(text, DECIBELS)
}

/// `-40 dB`, or `off` at the bottom.
pub fn gate(value: f32) -> String {
    match value <= GATE_OFF {
        true => "off".to_owned(),
        false => format!("{value:.0} dB"),
    }
}

/// Reads the level of a gate; `off` and `no` are words for none.
pub fn parse_gate(text: &str) -> Option<f32> {
    match is_off(text) {
        true => Some(GATE_OFF),
        false => parse_decibels(text),
    }
}

/// Whether `text` is a word for off. A number is none: 0 dB is a level.
fn is_off(text: &str) -> bool {
    ["off", "no"].contains(&text.trim().to_lowercase().as_str())
}

/// Reads a switch: `on`, `yes`, `true` and `1`, or `off`, `no`, `false` and `0`, or how they begin.
pub fn parse_switch(text: &str) -> Option<bool> {
    let index = typed_choice::find(text, SWITCHED.map(|(word, _)| word))?;
    Some(SWITCHED[index].1)
}

/// `80 Hz`, or `off` at the bottom.
pub fn high_pass(hz: f32) -> String {
    match hz <= HIGH_PASS_OFF {
        true => "off".to_owned(),
        false => format!("{hz:.0} Hz"),
    }
}

/// Reads the corner of a high-pass; `off` and `no` are words for none.
pub fn parse_high_pass(text: &str) -> Option<f32> {
    if is_off(text) {
        return Some(HIGH_PASS_OFF);
    }
    parse_hertz(text)
}

/// Reads a frequency in Hz.
pub fn parse_hertz(text: &str) -> Option<f32> {
    number(text, HERTZ).or_else(|| Some(1e3 * number(text, KILOHERTZ)?))
}

/// `50 ms`.
pub fn milliseconds(value: f32) -> String {
    format!("{value:.0} ms")
}

/// Reads milliseconds; seconds where the text says so.
pub fn parse_milliseconds(text: &str) -> Option<f32> {
    number(text, MILLISECONDS).or_else(|| Some(1e3 * number(text, SECONDS)?))
}

/// `50 %`, or `off` at 0.
pub fn denoise(value: f32) -> String {
    match value <= 0.0 {
        true => "off".to_owned(),
        false => percent(value),
    }
}

/// Reads the share of a denoiser; `off` and `no` are none of it, `on` and `yes` all.
pub fn parse_denoise(text: &str) -> Option<f32> {
    match text.trim().to_lowercase().as_str() {
        "off" | "no" => Some(0.0),
        "on" | "yes" => Some(100.0),
        _ => parse_percent(text, 100.0),
    }
}

/// `50 %`.
pub fn percent(value: f32) -> String {
    format!("{value:.0} %")
}

/// Reads per cent of at most `most`. A bare number with a decimal point is a share if it can be one: `0.5` is half, and
/// so is `50`, but `1` is one per cent. Values are whole per cents, so that nothing else could be meant.
pub fn parse_percent(text: &str, most: f32) -> Option<f32> {
    let value = number(text, PERCENT)?;
    let is_bare = split(text)?.1.is_empty();
    let is_share = is_bare && text.contains(['.', ',']) && value.abs() <= most / 100.0;
    Some(if is_share { 100.0 * value } else { value })
}

/// `50 %`, or in words where the voice decides: below 0.
pub fn strength(value: i32) -> String {
    match value < 0 {
        true => OWN.to_owned(),
        false => format!("{value} %"),
    }
}

/// Reads a strength; `own`, `auto` and `default` leave it to the voice.
pub fn parse_strength(text: &str) -> Option<i32> {
    let wanted = text.trim().to_lowercase();
    match [OWN, "own", "auto", "default"].contains(&wanted.as_str()) {
        true => Some(-1),
        false => whole(parse_percent(text, 100.0)?.max(0.0)),
    }
}

/// `voice's own`, or the number of an emotion. The only voice that speaks here has none but its own.
pub fn emotion(value: i32) -> String {
    match value < 1 {
        true => OWN.to_owned(),
        false => format!("emotion {value}: not in this voice"),
    }
}

/// Reads the number of an emotion; `own`, `auto` and `default` leave it to the voice.
pub fn parse_emotion(text: &str) -> Option<i32> {
    let wanted = text.trim().to_lowercase();
    if [OWN, "own", "auto", "default"].contains(&wanted.as_str()) {
        return Some(0);
    }
    let number = wanted.split(':').next()?;
    parse_whole(number.trim_start_matches("emotion"))
}

/// A whole number of something without a unit.
pub fn parse_whole(text: &str) -> Option<i32> {
    whole(number(text, &[])?)
}

/// The nearest whole number.
pub fn whole(value: f32) -> Option<i32> {
    // Far inside of `i32` and exact in `f32`; no parameter comes near.
    (value.abs() <= 1e6).then_some(value.round() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_understood() {
        for text in ["+3", "3 st", "3st", " 3 ST ", "3.0", "3,0 semitones"] {
            assert_eq!(parse_semitones(text), Some(3.0), "{text:?}");
        }
        for text in ["-12dB", "-12 db", "\u{2212}12", "-12,0 dBFS"] {
            assert_eq!(parse_decibels(text), Some(-12.0), "{text:?}");
        }
        for text in ["50", "50 %", "50%", "+50 percent"] {
            assert_eq!(parse_percent(text, 100.0), Some(50.0), "{text:?}");
        }
        for text in ["-50 ct", "-50", "-50 Cents", "\u{2212}50,0c"] {
            assert_eq!(parse_cents(text), Some(-50.0), "{text:?}");
        }
        for text in ["off", "OFF", " no "] {
            assert_eq!(parse_gate(text), Some(GATE_OFF), "{text:?}");
        }
        assert_eq!(parse_gate("-40dB"), Some(-40.0));
        assert_eq!(parse_gate("0"), Some(0.0), "a level, and not off");
        for text in ["80", "80 Hz", "80hz", "80,0 Hertz", "0.08 kHz", "0.08k"] {
            assert_eq!(parse_high_pass(text), Some(80.0), "{text:?}");
        }
        assert_eq!(parse_high_pass("Off"), Some(HIGH_PASS_OFF));
        for text in ["50", "50 ms", "50ms", "0.05 s", "0,05 sec"] {
            assert_eq!(parse_milliseconds(text), Some(50.0), "{text:?}");
        }
        assert_eq!(
            [parse_denoise("on"), parse_denoise("no")],
            [Some(100.0), Some(0.0)]
        );
        assert_eq!(parse_denoise("0.25"), Some(25.0));
        for text in ["emotion 3", "3", "Emotion 3: not in this voice"] {
            assert_eq!(parse_emotion(text), Some(3), "{text:?}");
        }
        assert_eq!(parse_strength("Voice's own"), Some(-1));
        assert_eq!(parse_strength("37,6 %"), Some(38));
        assert_eq!(
            parse_strength("-20 %"),
            Some(0),
            "the voice decides only where it is asked to"
        );
    }

    #[test]
    fn a_share_may_be_typed_for_per_cent() {
        for (text, most, expected) in [
            ("0.5", 100.0, 50.0),
            ("0,25", 100.0, 25.0),
            (".5", 100.0, 50.0),
            ("1.0", 100.0, 100.0),
            ("1", 100.0, 1.0),
            ("0", 100.0, 0.0),
            ("1.5", 200.0, 150.0),
            ("1.5", 100.0, 1.5),
            ("0.5 %", 100.0, 0.5),
            ("37.6", 100.0, 37.6),
        ] {
            let found = parse_percent(text, most);
            assert_eq!(found, Some(expected), "{text:?} of {most}");
        }
        assert_eq!(parse_strength("0.5"), Some(50));
    }

    #[test]
    fn switches_are_words() {
        for text in ["on", "On", " YES", "y", "true", "1"] {
            assert_eq!(parse_switch(text), Some(true), "{text:?}");
        }
        for text in ["off", "OFF", "no", "n", "False", "0"] {
            assert_eq!(parse_switch(text), Some(false), "{text:?}");
        }
        for text in ["", "o", "maybe", "onion", "2"] {
            assert_eq!(parse_switch(text), None, "{text:?}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "st", "3 dB", "1e3", "inf", "nan", "--3", "3 3", "+"] {
            assert_eq!(parse_semitones(text), None, "{text:?}");
        }
        for text in ["", "%", "dB", "50 dB", "5O", "1/2", ".", "0.5.1"] {
            assert_eq!(parse_percent(text, 100.0), None, "{text:?}");
        }
        for text in ["", "80 dB", "high", "k", "80 mHz"] {
            assert_eq!(parse_high_pass(text), None, "{text:?}");
        }
        for text in ["", "fast", "50 st", "ms"] {
            assert_eq!(parse_milliseconds(text), None, "{text:?}");
        }
        for text in ["", "loud", "-12 st", "-12 d B", "offf"] {
            assert_eq!(parse_gate(text), None, "{text:?}");
        }
        assert_eq!(parse_whole("99999999999"), None);
        assert_eq!(parse_whole("3 st"), None);
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(signed(-0.0, 1), "0.0");
        assert_eq!(signed(0.04, 1), "0.0");
        assert_eq!(signed(-0.06, 1), "-0.1");
        assert_eq!(signed(10.0, 0), "+10");
    }
}
