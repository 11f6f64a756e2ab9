//! Reads the values of `prosody`, `break` and `emotion`.

use std::time::Duration;

use crate::prosody::Prosody;

pub(crate) const RATES: &str = "a factor or percentage that makes 0.2 to 5 in all (\"1.5\", \"80%\", \"+10%\"), x-slow, slow, medium, \
                                fast or x-fast";
pub(crate) const PITCHES: &str = "semitones or percent that make -24 to 24 semitones in all (\"+2st\", \"-10%\"), x-low, low, medium, \
                                  high or x-high";
pub(crate) const VOLUMES: &str =
    "decibels that make -60 to 20 in all (\"-6dB\"), silent, x-soft, soft, medium, loud or x-loud";
pub(crate) const TIMES: &str = "0 to 60 seconds (\"500ms\", \"1.5s\")";
pub(crate) const STRENGTHS: &str = "none, x-weak, weak, medium, strong or x-strong";
pub(crate) const INTENSITIES: &str = "a number from 0 to 2";

/// Multiplies the rate; `None` if the value is none of [`RATES`].
pub(crate) fn with_rate(prosody: &mut Prosody, value: &str) -> Option<()> {
    let factor = match value {
        // Steps of about a fifth and a half are what listeners call slow and very slow.
        "x-slow" => 0.5,
        "slow" => 0.8,
        "medium" | "default" => 1.0,
        "fast" => 1.25,
        "x-fast" => 1.7,
        _ => match value.strip_suffix('%') {
            Some(percent) if percent.starts_with(['+', '-']) => 1.0 + number(percent)? / 100.0,
            Some(percent) => number(percent)? / 100.0,
            None => number(value)?,
        },
    };
    prosody.rate *= factor;
    (0.2..=5.0).contains(&prosody.rate).then_some(())
}

/// Adds to the pitch; `None` if the value is none of [`PITCHES`].
pub(crate) fn with_pitch(prosody: &mut Prosody, value: &str) -> Option<()> {
    let semitones = match value {
        "x-low" => -6.0,
        "low" => -3.0,
        "medium" | "default" => 0.0,
        "high" => 3.0,
        "x-high" => 6.0,
        _ => match (value.strip_suffix("st"), value.strip_suffix('%')) {
            (Some(semitones), _) => number(semitones)?,
            (_, Some(percent)) => 12.0 * (1.0 + number(percent)? / 100.0).log2(),
            _ => return None,
        },
    };
    prosody.pitch += semitones;
    (-24.0..=24.0).contains(&prosody.pitch).then_some(())
}

/// Adds to the volume; `None` if the value is none of [`VOLUMES`].
pub(crate) fn with_volume(prosody: &mut Prosody, value: &str) -> Option<()> {
    let decibels = match value {
        "silent" => f32::NEG_INFINITY,
        "x-soft" => -12.0,
        "soft" => -6.0,
        "medium" | "default" => 0.0,
        "loud" => 6.0,
        "x-loud" => 12.0,
        _ => number(value.strip_suffix("dB")?)?,
    };
    prosody.volume += decibels;
    (prosody.volume == f32::NEG_INFINITY || (-60.0..=20.0).contains(&prosody.volume)).then_some(())
}

/// The length of a break, to the millisecond.
pub(crate) fn time(value: &str) -> Option<Duration> {
    let seconds = match value.strip_suffix("ms") {
        Some(milliseconds) => number(milliseconds)? / 1000.0,
        None => number(value.strip_suffix('s')?)?,
    };
    (0.0..=60.0)
        .contains(&seconds)
        .then(|| Duration::from_millis((seconds * 1000.0).round() as u64))
}

/// The length of a break of some strength; a medium one is that of a comma, a strong one that of a full stop.
pub(crate) fn strength(value: &str) -> Option<Duration> {
    let milliseconds = match value {
        "none" => 0,
        "x-weak" => 100,
        "weak" => 200,
        "medium" => 400,
        "strong" => 700,
        "x-strong" => 1200,
        _ => return None,
    };
    Some(Duration::from_millis(milliseconds))
}

/// How much of an emotion.
pub(crate) fn intensity(value: &str) -> Option<f32> {
    number(value).filter(|number| (0.0..=2.0).contains(number))
}

/// A finite number; "1e3", "inf" and the like are none.
fn number(value: &str) -> Option<f32> {
    let plain = value
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".+-".contains(&byte));
    if plain {
        value.parse().ok().filter(|number: &f32| number.is_finite())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f32, b: f32) -> bool {
        // Far below what anybody hears of a rate or pitch, far above rounding.
        (a - b).abs() < 1e-4
    }

    #[test]
    fn rates() {
        for (value, rate) in [
            ("150%", 1.5),
            ("+10%", 1.1),
            ("-50%", 0.5),
            ("2", 2.0),
            ("slow", 0.8),
            ("medium", 1.0),
        ] {
            let mut prosody = Prosody::default();
            with_rate(&mut prosody, value).unwrap();
            assert!(close(prosody.rate, rate), "{value}: {}", prosody.rate);
        }
        for wrong in [
            "", "0", "-1", "10", "600%", "inf", "NaN", "1e1", "fst", "%", "-100%",
        ] {
            assert_eq!(with_rate(&mut Prosody::default(), wrong), None, "{wrong}");
        }
    }

    #[test]
    fn pitches_and_volumes() {
        let mut prosody = Prosody::default();
        with_pitch(&mut prosody, "+2st").unwrap();
        with_pitch(&mut prosody, "+100%").unwrap();
        assert!(close(prosody.pitch, 14.0));
        assert_eq!(with_pitch(&mut prosody, "+11st"), None);
        for wrong in ["", "120Hz", "st", "-100%", "+2 st"] {
            assert_eq!(with_pitch(&mut Prosody::default(), wrong), None, "{wrong}");
        }
        let mut prosody = Prosody::default();
        with_volume(&mut prosody, "-6dB").unwrap();
        assert!(close(prosody.volume, -6.0));
        with_volume(&mut prosody, "silent").unwrap();
        assert_eq!(prosody.volume, f32::NEG_INFINITY);
        for wrong in ["", "50", "21dB", "-61dB", "dB", "loudest"] {
            assert_eq!(with_volume(&mut Prosody::default(), wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_and_strengths() {
        assert_eq!(time("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(time("1.5s"), Some(Duration::from_millis(1500)));
        for wrong in ["", "5", "-1s", "61s", "s", "ms", "1 s", "1m"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
        assert!(strength("weak") < strength("strong"));
        assert_eq!(strength("huge"), None);
        assert_eq!(intensity("2.1"), None);
    }
}
