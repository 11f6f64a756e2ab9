//! What a host can turn about where the pitch is led.

use std::sync::Arc;

use nice_plug::prelude::*;
use syrinx_dsp::{Note, PitchSettings, PitchTarget, Scale, ScaleKind, Semitones};

use super::{ScaleChoice, TargetChoice, percent, within};
use crate::{formats, note_names};

/// The slowest correction, ms: as far as [`PitchTarget::Scale`] goes.
const SLOWEST_MS: f32 = 1_000.0;

/// The correction's time constant in a new instance, ms: fast enough for a sung melody, slow enough to leave most of a
/// vibrato. As the command has it.
const SPEED_MS: f32 = 50.0;

/// The longest glide, ms: beyond it, one note has ended before the next is reached.
const LONGEST_MS: f32 = 2_000.0;

/// The glide in a new instance, ms: about as long as singers take from one note to the next.
const GLIDE_MS: f32 = 60.0;

/// What the wheel's end means in a new instance, semitones: as keyboards have it.
const BEND: i32 = 2;

/// The furthest that it may mean, semitones.
const FURTHEST_BEND: i32 = 48;

/// The note of the monotone in a new instance: A2, 110 Hz, in the middle of men's speech and at the lower end of women's.
const MONOTONE: i32 = 45;

/// What a host can turn about where the pitch is led. Notes of a keyboard are no parameters.
#[derive(Params)]
#[allow(missing_docs)] // Their names say what they are; units and ranges stand at their making.
pub struct PitchParameters {
    #[id = "target"]
    pub target: EnumParam<TargetChoice>,
    #[id = "key"]
    pub key: IntParam,
    #[id = "scale"]
    pub scale: EnumParam<ScaleChoice>,
    #[id = "corstr"]
    pub strength: FloatParam,
    #[id = "corspd"]
    pub speed: FloatParam,
    #[id = "mnote"]
    pub note: IntParam,
    #[id = "vibrat"]
    pub vibrato: FloatParam,
    #[id = "glide"]
    pub glide: FloatParam,
    #[id = "bendrg"]
    pub bend_range: IntParam,
}

impl PitchParameters {
    /// Where the pitch is led; a target that follows a keyboard has no note yet. A saved state can hold any number, so
    /// every value is brought into its range.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn settings(&self) -> PitchSettings {
        let target = match self.target.value() {
            TargetChoice::Free => PitchTarget::Free,
            TargetChoice::Scale => PitchTarget::Scale {
                scale: self.notes(),
                strength: within(self.strength.value(), 0.0, 100.0, 100.0) / 100.0,
                speed_ms: within(self.speed.value(), 0.0, SLOWEST_MS, SPEED_MS),
            },
            TargetChoice::Midi => PitchTarget::Held {
                note: None,
                bend: 0.0,
                bend_range: Semitones(self.bend_range.value().clamp(0, FURTHEST_BEND) as f32),
                glide_ms: within(self.glide.value(), 0.0, LONGEST_MS, GLIDE_MS),
            },
            TargetChoice::Monotone => {
                let (lowest, highest) = note_range();
                let note = self.note.value().clamp(lowest, highest);
                PitchTarget::Monotone {
                    note: Note(note as f32),
                }
            }
        };
        PitchSettings {
            target,
            vibrato: within(self.vibrato.value(), 0.0, 200.0, 100.0) / 100.0,
            ..PitchSettings::default()
        }
    }

    /// The notes of key and scale.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn notes(&self) -> Scale {
        let key = self.key.value().clamp(0, 11) as u8;
        // Every key below 12 has its scales.
        Scale::of(key, self.scale.value().into()).unwrap_or(Scale::CHROMATIC)
    }
}

impl Default for PitchParameters {
    fn default() -> Self {
        PitchParameters {
            target: EnumParam::new("Pitch Target", TargetChoice::Free),
            key: IntParam::new("Key", 0, IntRange::Linear { min: 0, max: 11 })
                .with_value_to_string(Arc::new(note_names::key))
                .with_string_to_value(Arc::new(note_names::parse_key)),
            scale: EnumParam::new("Scale", ScaleChoice::from(ScaleKind::Chromatic)),
            strength: percent("Correction", 100.0, 100.0),
            speed: time("Correction Speed", SPEED_MS, SLOWEST_MS),
            note: note(),
            vibrato: percent("Vibrato", 100.0, 200.0),
            glide: time("Glide", GLIDE_MS, LONGEST_MS),
            bend_range: bend_range(),
        }
    }
}

/// The lowest and the highest note that a voice is asked for.
fn note_range() -> (i32, i32) {
    (Note::LOWEST.0 as i32, Note::HIGHEST.0 as i32)
}

/// A whole note: a voice that stays on one has nothing to be tuned to but an instrument.
fn note() -> IntParam {
    let (min, max) = note_range();
    IntParam::new("Monotone Note", MONOTONE, IntRange::Linear { min, max })
        .with_value_to_string(Arc::new(note_names::note))
        .with_string_to_value(Arc::new(note_names::parse_note))
}

/// From at once to `most` ms.
fn time(name: &str, default: f32, most: f32) -> FloatParam {
    let range = FloatRange::Linear {
        min: 0.0,
        max: most,
    };
    FloatParam::new(name, default, range)
        .with_step_size(1.0)
        .with_value_to_string(Arc::new(formats::milliseconds))
        .with_string_to_value(Arc::new(formats::parse_milliseconds))
}

fn bend_range() -> IntParam {
    let range = IntRange::Linear {
        min: 0,
        max: FURTHEST_BEND,
    };
    IntParam::new("Bend Range", BEND, range)
        .with_value_to_string(Arc::new(|value| formats::distance(value as f32)))
        .with_string_to_value(Arc::new(|text| {
            formats::whole(formats::parse_semitones(text)?)
        }))
}
