//! The second voices that recordings get.

use syrinx_dsp::{Decibels, PitchSettings, ScaleInterval};
use syrinx_models::ConvertSettings;

use crate::args::ConvertArgs;

/// The second voices that recordings get.
#[derive(Clone, Debug)]
pub struct SecondVoices {
    intervals: Vec<ScaleInterval>,
    /// How loud they are beside the first.
    pub level: Decibels,
}

impl SecondVoices {
    /// As the command line says.
    pub fn of(arguments: &ConvertArgs) -> SecondVoices {
        let scale = arguments.pitch.chosen_scale();
        let degrees = arguments.harmony.degrees().into_iter();
        SecondVoices {
            intervals: degrees
                .map(|degrees| ScaleInterval { scale, degrees })
                .collect(),
            level: arguments.harmony.level(),
        }
    }

    /// The settings of each, where the first voice has `settings`.
    pub fn each(&self, settings: &ConvertSettings) -> Vec<ConvertSettings> {
        let voices = (1..).zip(&self.intervals);
        voices
            .map(|(place, interval)| ConvertSettings {
                pitch: PitchSettings {
                    interval: Some(*interval),
                    ..settings.pitch
                },
                mix: 1.0,
                // The same breath twice would be one voice with a comb filter.
                seed: settings.seed.wrapping_add(place),
                ..settings.clone()
            })
            .collect()
    }
}
