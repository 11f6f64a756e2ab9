//! What a host can turn about the voices that sing along.

use std::sync::Arc;

use nice_plug::prelude::*;
use syrinx_dsp::{Decibels, Scale};
use syrinx_engine::{Harmony, HarmonyVoice};

use super::within;
use crate::{formats, interval_names};

/// Levels, dB: from hardly heard to a little above the voice that is followed.
const LEVELS: (f32, f32) = (-36.0, 6.0);

/// The level in a new instance, dB: behind the voice that is followed.
const LEVEL: f32 = -6.0;

/// What a host can turn about the voices that sing along, up to three.
#[derive(Params)]
#[allow(missing_docs)] // Their names say what they are; units and ranges stand at their making.
pub struct HarmonyParameters {
    #[id = "hm1int"]
    pub interval_1: IntParam,
    #[id = "hm1lev"]
    pub level_1: FloatParam,
    #[id = "hm2int"]
    pub interval_2: IntParam,
    #[id = "hm2lev"]
    pub level_2: FloatParam,
    #[id = "hm3int"]
    pub interval_3: IntParam,
    #[id = "hm3lev"]
    pub level_3: FloatParam,
}

impl HarmonyParameters {
    /// The voices that sing along, at intervals counted in `scale`; where none does, the default, whatever the rest
    /// says. A saved state can hold any number, so every value is brought into its range.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn settings(&self, scale: Scale) -> Harmony {
        let voices = [
            voice(&self.interval_1, &self.level_1),
            voice(&self.interval_2, &self.level_2),
            voice(&self.interval_3, &self.level_3),
        ];
        match voices.iter().any(|voice| voice.degrees != 0) {
            true => Harmony { scale, voices },
            false => Harmony::default(),
        }
    }
}

impl Default for HarmonyParameters {
    fn default() -> Self {
        HarmonyParameters {
            interval_1: interval("Harmony 1"),
            level_1: level("Harmony 1 Level"),
            interval_2: interval("Harmony 2"),
            level_2: level("Harmony 2 Level"),
            interval_3: interval("Harmony 3"),
            level_3: level("Harmony 3 Level"),
        }
    }
}

fn voice(interval: &IntParam, level: &FloatParam) -> HarmonyVoice {
    let furthest = interval_names::FURTHEST;
    let (quietest, loudest) = LEVELS;
    HarmonyVoice {
        degrees: interval.value().clamp(-furthest, furthest) as i8,
        level: Decibels(within(level.value(), quietest, loudest, LEVEL)),
    }
}

/// In notes of the scale, two octaves of seven either way; 0 is off.
fn interval(name: &str) -> IntParam {
    let max = interval_names::FURTHEST;
    IntParam::new(name, 0, IntRange::Linear { min: -max, max })
        .with_value_to_string(Arc::new(interval_names::interval))
        .with_string_to_value(Arc::new(interval_names::parse_interval))
}

fn level(name: &str) -> FloatParam {
    let (min, max) = LEVELS;
    FloatParam::new(name, LEVEL, FloatRange::Linear { min, max })
        .with_step_size(0.1)
        .with_value_to_string(Arc::new(formats::decibels))
        .with_string_to_value(Arc::new(formats::parse_decibels))
}
