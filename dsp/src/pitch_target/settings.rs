//! What a user chooses for the edited pitch.

use super::note::Note;
use super::scale::Scale;
use super::scale_interval::ScaleInterval;
use crate::{ConfigError, Semitones};

/// Where F0 is led.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PitchTarget {
    /// Nowhere: F0 stays as it is sung.
    Free,
    /// To the notes of a scale.
    Scale {
        /// Which notes.
        scale: Scale,
        /// Share of the distance to the note that is taken away, 0 (none) to 1 (all).
        strength: f32,
        /// Time constant of the correction in ms, 0 to 1000; fast ones also take the vibrato away, and at 0 every
        /// frame is on its note.
        speed_ms: f32,
    },
    /// To the note that is held on a keyboard.
    ///
    /// A note that is released sounds on until the voice pauses; from then on, and before the first note, F0 stays as
    /// it is sung. Changing pitch in the middle of a word because a finger was early would be worse.
    Held {
        /// The note; `None` when no key is down. Within [`Note::LOWEST`] and [`Note::HIGHEST`].
        note: Option<Note>,
        /// Where the pitch wheel stands, -1 to 1.
        bend: f32,
        /// What the wheel's end means, 0 to 48.
        bend_range: Semitones,
        /// Time from one note to the next in ms, 0 to 5000, whatever the distance; straight in semitones.
        glide_ms: f32,
    },
    /// To one note, without vibrato. Within [`Note::LOWEST`] and [`Note::HIGHEST`].
    Monotone {
        /// The note.
        note: Note,
    },
}

/// What a user chooses for the edited pitch. The default changes nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PitchSettings {
    /// Where F0 is led.
    pub target: PitchTarget,
    /// Depth of the vibrato, 0 (flat), 1 (as sung) to 2 (twice as deep).
    pub vibrato: f32,
    /// A second voice takes the place of the one that was led: so far from it. `None` is the voice itself.
    pub interval: Option<ScaleInterval>,
}

impl Default for PitchSettings {
    fn default() -> Self {
        PitchSettings {
            target: PitchTarget::Free,
            vibrato: 1.0,
            interval: None,
        }
    }
}

impl PitchSettings {
    /// Whether F0 stays as it is, bit-exact.
    pub fn is_neutral(&self) -> bool {
        *self == PitchSettings::default()
    }

    /// Checks every number against its range.
    ///
    /// # Errors
    /// If one is out of its range, with its name.
    pub fn check(&self) -> Result<(), ConfigError> {
        let check = |name, expected, value: f32, low: f32, high: f32| {
            ConfigError::check((low..=high).contains(&value), name, expected, value.into())
        };
        let check_note = |note: Note| {
            let (low, high) = (Note::LOWEST.0, Note::HIGHEST.0);
            check("note", "24 (C1) to 96 (C7)", note.0, low, high)
        };
        check("vibrato", "0 to 2", self.vibrato, 0.0, 2.0)?;
        if let Some(interval) = self.interval {
            let furthest = f32::from(ScaleInterval::FURTHEST);
            let degrees = f32::from(interval.degrees);
            check("interval", "-14 to 14", degrees, -furthest, furthest)?;
        }
        match self.target {
            PitchTarget::Free => Ok(()),
            PitchTarget::Scale {
                strength, speed_ms, ..
            } => {
                check("correction strength", "0 to 1", strength, 0.0, 1.0)?;
                check("correction speed", "0 to 1000 ms", speed_ms, 0.0, 1000.0)
            }
            PitchTarget::Held {
                note,
                bend,
                bend_range,
                glide_ms,
            } => {
                note.map_or(Ok(()), check_note)?;
                check("bend", "-1 to 1", bend, -1.0, 1.0)?;
                check("bend range", "0 to 48", bend_range.0, 0.0, 48.0)?;
                check("glide", "0 to 5000 ms", glide_ms, 0.0, 5000.0)
            }
            PitchTarget::Monotone { note } => check_note(note),
        }
    }

    /// Each number within its range; what is not a number becomes what changes least.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    #[must_use]
    pub fn clamped(self) -> PitchSettings {
        let target = match self.target {
            PitchTarget::Free => PitchTarget::Free,
            PitchTarget::Scale {
                scale,
                strength,
                speed_ms,
            } => PitchTarget::Scale {
                scale,
                strength: within(strength, 0.0, 1.0, 0.0),
                speed_ms: within(speed_ms, 0.0, 1000.0, 0.0),
            },
            PitchTarget::Held {
                note,
                bend,
                bend_range,
                glide_ms,
            } => PitchTarget::Held {
                note: note.filter(|note| !note.0.is_nan()).map(clamped_note),
                bend: within(bend, -1.0, 1.0, 0.0),
                bend_range: Semitones(within(bend_range.0, 0.0, 48.0, 0.0)),
                glide_ms: within(glide_ms, 0.0, 5000.0, 0.0),
            },
            PitchTarget::Monotone { note } if note.0.is_nan() => PitchTarget::Free,
            PitchTarget::Monotone { note } => PitchTarget::Monotone {
                note: clamped_note(note),
            },
        };
        PitchSettings {
            target,
            vibrato: within(self.vibrato, 0.0, 2.0, 1.0),
            interval: self.interval.map(|interval| ScaleInterval {
                degrees: interval
                    .degrees
                    .clamp(-ScaleInterval::FURTHEST, ScaleInterval::FURTHEST),
                ..interval
            }),
        }
    }
}

fn clamped_note(note: Note) -> Note {
    Note(note.0.clamp(Note::LOWEST.0, Note::HIGHEST.0))
}

fn within(value: f32, low: f32, high: f32, otherwise: f32) -> f32 {
    match value.is_nan() {
        true => otherwise,
        false => value.clamp(low, high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named_or_clamped() {
        let scale = |strength, speed_ms| PitchTarget::Scale {
            scale: Scale::CHROMATIC,
            strength,
            speed_ms,
        };
        let held = |note, bend, range, glide_ms| PitchTarget::Held {
            note: Some(Note(note)),
            bend,
            bend_range: Semitones(range),
            glide_ms,
        };
        let monotone = |note| PitchTarget::Monotone { note: Note(note) };
        for (target, vibrato, name) in [
            (PitchTarget::Free, 2.1, "vibrato"),
            (PitchTarget::Free, f32::NAN, "vibrato"),
            (scale(1.5, 0.0), 1.0, "correction strength"),
            (scale(f32::NAN, 0.0), 1.0, "correction strength"),
            (scale(1.0, -1.0), 1.0, "correction speed"),
            (held(97.0, 0.0, 2.0, 0.0), 1.0, "note"),
            (held(60.0, -1.5, 2.0, 0.0), 1.0, "bend"),
            (held(60.0, 0.0, 49.0, 0.0), 1.0, "bend range"),
            (held(60.0, 0.0, 2.0, 5001.0), 1.0, "glide"),
            (monotone(23.0), 1.0, "note"),
            (monotone(f32::NAN), 1.0, "note"),
        ] {
            let settings = PitchSettings {
                target,
                vibrato,
                ..PitchSettings::default()
            };
            let ConfigError::OutOfRange { setting, .. } = settings.check().unwrap_err();
            assert_eq!(setting, name, "{settings:?}");
            settings.clamped().check().unwrap();
        }
        let far = PitchSettings {
            interval: Some(ScaleInterval {
                scale: Scale::CHROMATIC,
                degrees: 15,
            }),
            ..PitchSettings::default()
        };
        assert!(far.check().is_err());
        far.clamped().check().unwrap();
        let fine = PitchSettings {
            target: held(60.5, 1.0, 2.0, 80.0),
            vibrato: 0.0,
            interval: Some(ScaleInterval {
                scale: Scale::CHROMATIC,
                degrees: -14,
            }),
        };
        fine.check().unwrap();
        assert_eq!(fine.clamped(), fine);
        assert!(!fine.is_neutral() && PitchSettings::default().is_neutral());
    }
}
