//! The options for second voices; they mean what they mean for `syrinx convert`.

use clap::Args;
use syrinx_dsp::{Decibels, Scale, ScaleInterval};
use syrinx_engine::{Harmony, HarmonyVoice};

use super::between;

/// How loud second voices are where nothing is said, in dB: behind the first, but heard.
const LEVEL_DB: f32 = -6.0;

/// Second voices.
#[derive(Args, Clone, Debug)]
pub struct HarmonyArgs {
    /// Up to three second voices at intervals of --key and --scale, as musicians count: 3 is a third above, -6 a sixth
    /// below, 8 an octave; each takes as much of the processor as the first
    #[arg(long, value_name = "N,...", value_delimiter = ',', value_parser = interval, allow_hyphen_values = true)]
    pub harmony: Vec<i8>,
    /// How loud second voices are beside the first, in dB, -60 to 12 [default: -6]
    #[arg(long, value_name = "DB", requires = "harmony", value_parser = between((-60.0, 12.0)), allow_negative_numbers = true)]
    pub harmony_level: Option<f32>,
}

impl HarmonyArgs {
    /// Checks that there are not too many.
    ///
    /// # Errors
    /// If there are.
    pub fn check(&self) -> Result<(), String> {
        match self.harmony.len() {
            0..=Harmony::MOST => Ok(()),
            count => Err(format!(
                "--harmony: expected up to {} voices, found {count}",
                Harmony::MOST
            )),
        }
    }

    /// As the engine takes it, counted in `scale`.
    pub fn settings(&self, scale: Scale) -> Harmony {
        let mut harmony = Harmony {
            scale,
            ..Harmony::default()
        };
        for (voice, interval) in harmony.voices.iter_mut().zip(&self.harmony) {
            *voice = HarmonyVoice {
                // Musicians count the note itself as well.
                degrees: interval - interval.signum(),
                level: Decibels(self.harmony_level.unwrap_or(LEVEL_DB)),
            };
        }
        harmony
    }
}

/// Reads an interval: 1 is the same note, so the next one is 2.
fn interval(text: &str) -> Result<i8, String> {
    let furthest = ScaleInterval::FURTHEST + 1;
    let number = text.trim().trim_start_matches('+').parse::<i8>().ok();
    number
        .filter(|number| (2..=furthest.unsigned_abs()).contains(&number.unsigned_abs()))
        .ok_or_else(|| format!("expected 2 to {furthest} or -2 to -{furthest}, found {text}"))
}
