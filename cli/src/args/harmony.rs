//! The part of the command line that asks for second voices.

use clap::Args;
use syrinx_dsp::{Decibels, ScaleInterval};

use super::between;

/// How loud second voices are where nothing is said, in dB: behind the first, but heard.
const LEVEL_DB: f32 = -6.0;

/// Second voices.
#[derive(Args, Clone, Debug)]
pub struct HarmonyArgs {
    /// Up to three second voices at intervals of --key and --scale, as musicians count: 3 is a third above, -6 a sixth
    /// below, 8 an octave; each converts the recording once more
    #[arg(long, value_name = "N,...", value_delimiter = ',', value_parser = interval, allow_hyphen_values = true)]
    pub harmony: Vec<i8>,
    /// How loud second voices are beside the first, in dB, -60 to 12 [default: -6]
    #[arg(long, value_name = "DB", requires = "harmony", value_parser = between(-60.0, 12.0), allow_negative_numbers = true)]
    pub harmony_level: Option<f32>,
}

impl HarmonyArgs {
    /// Checks that there are not too many.
    ///
    /// # Errors
    /// If there are.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.harmony.len() {
            0..=3 => Ok(()),
            count => Err(format!("--harmony: expected up to 3 voices, found {count}")),
        }
    }

    /// How loud they are.
    pub fn level(&self) -> Decibels {
        Decibels(self.harmony_level.unwrap_or(LEVEL_DB))
    }

    /// How many notes of the scale each lies above the first voice; below 0 beneath.
    pub fn degrees(&self) -> Vec<i8> {
        let degrees = |interval: &i8| interval - interval.signum();
        self.harmony.iter().map(degrees).collect()
    }
}

/// Reads an interval: 1 is the same note, so the next one is 2.
fn interval(text: &str) -> Result<i8, String> {
    let furthest = ScaleInterval::FURTHEST + 1;
    let number = text.trim().trim_start_matches('+').parse::<i8>().ok();
    number
        .filter(|number| (2..=furthest.unsigned_abs()).contains(&number.unsigned_abs()))
        .ok_or_else(|| {
            format!("expected 2 to {furthest} or -2 to -{furthest}, 3 for a third, found {text}")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_counted_as_musicians_do() {
        for (text, found) in [("3", 3), ("+8", 8), ("-6", -6), (" 15", 15)] {
            assert_eq!(interval(text), Ok(found));
        }
        for text in ["1", "0", "-1", "16", "third", "", "-128"] {
            assert!(interval(text).is_err(), "{text}");
        }
        let args = HarmonyArgs {
            harmony: vec![3, -6, 8],
            harmony_level: None,
        };
        assert_eq!(args.degrees(), [2, -5, 7]);
    }
}
