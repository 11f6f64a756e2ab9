//! The part of the command line that says where the pitch is led.

use clap::{Args, ValueEnum};
use syrinx_dsp::{Note, PitchSettings, PitchTarget, Scale, ScaleKind};

use super::between;

/// The names of the notes of an octave, from C.
const NAMES: [&str; 7] = ["C", "D", "E", "F", "G", "A", "B"];

/// The semitones of those above C.
const STEPS: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];

/// The time constant of the correction where none is said, in ms: fast enough for a sung melody, slow enough to leave
/// most of a vibrato.
const SPEED_MS: f32 = 50.0;

/// Where the pitch is led.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TargetArg {
    /// Nowhere: it stays as it is sung
    Free,
    /// To the notes of a scale
    Scale,
    /// To one note
    Monotone,
}

/// Where the pitch is led, after transpose and intonation.
#[derive(Args, Clone, Debug)]
pub struct PitchArgs {
    /// Where the pitch is led, after transpose and intonation
    #[arg(long, value_name = "TARGET", default_value = "free")]
    pub pitch_target: TargetArg,
    /// With the target scale or --harmony, its key: C to B, with # or b, or 0 to 11 [default: C]
    #[arg(long, value_name = "KEY", value_parser = key)]
    pub key: Option<u8>,
    /// With the target scale or --harmony: chromatic, major, minor, harmonic-minor, major-pentatonic or minor-pentatonic [default:
    /// chromatic]
    #[arg(long, value_name = "SCALE", value_parser = scale_kind)]
    pub scale: Option<ScaleKind>,
    /// With the target monotone, its note: C1 to C7 (A4 is 440 Hz), or as MIDI counts, 24 to 96, fractions included
    #[arg(long, value_name = "NOTE", value_parser = note, required_if_eq("pitch_target", "monotone"))]
    pub note: Option<f32>,
    /// With the target scale, how much of the distance to the note is taken away, 0 to 1 [default: 1]
    #[arg(long, value_name = "X", value_parser = between(0.0, 1.0), allow_negative_numbers = true)]
    pub correction_strength: Option<f32>,
    /// With the target scale, its time constant in milliseconds, 0 (at once) to 1000 [default: 50]
    #[arg(long, value_name = "MS", value_parser = between(0.0, 1000.0), allow_negative_numbers = true)]
    pub correction_speed: Option<f32>,
    /// Depth of the vibrato, 0 (flat), 1 (as sung) to 2 (twice as deep); monotone has none
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(0.0, 2.0), allow_negative_numbers = true)]
    pub vibrato: f32,
}

impl PitchArgs {
    /// Checks that no option was given which neither target nor harmony hears; says which and what it needs.
    ///
    /// # Errors
    /// If there is one.
    pub(super) fn check(&self, has_harmony: bool) -> Result<(), String> {
        let needed = [
            ("--key", "scale", self.key.is_some() && !has_harmony),
            ("--scale", "scale", self.scale.is_some() && !has_harmony),
            (
                "--correction-strength",
                "scale",
                self.correction_strength.is_some(),
            ),
            (
                "--correction-speed",
                "scale",
                self.correction_speed.is_some(),
            ),
            ("--note", "monotone", self.note.is_some()),
        ];
        let target = match self.pitch_target {
            TargetArg::Free => "free",
            TargetArg::Scale => "scale",
            TargetArg::Monotone => "monotone",
        };
        let wrong = needed
            .iter()
            .find(|(_, needs, given)| *given && *needs != target);
        match wrong {
            None => Ok(()),
            Some((option, needs, _)) => Err(format!(
                "{option} needs --pitch-target {needs}, found {target}"
            )),
        }
    }

    /// The notes of key and scale.
    pub fn chosen_scale(&self) -> Scale {
        let kind = self.scale.unwrap_or(ScaleKind::Chromatic);
        // The parser gives 0 to 11 alone.
        Scale::of(self.key.unwrap_or(0), kind).unwrap_or(Scale::CHROMATIC)
    }

    /// As the conversion takes it.
    pub fn settings(&self) -> PitchSettings {
        let target = match (self.pitch_target, self.note) {
            // Monotone without a note does not get through the parser.
            (TargetArg::Free, _) | (TargetArg::Monotone, None) => PitchTarget::Free,
            (TargetArg::Monotone, Some(note)) => PitchTarget::Monotone { note: Note(note) },
            (TargetArg::Scale, _) => PitchTarget::Scale {
                scale: self.chosen_scale(),
                strength: self.correction_strength.unwrap_or(1.0),
                speed_ms: self.correction_speed.unwrap_or(SPEED_MS),
            },
        };
        PitchSettings {
            target,
            vibrato: self.vibrato,
            ..PitchSettings::default()
        }
    }
}

/// The semitones above C of a name like `F#` at the start of `text`, and what follows it.
fn named(text: &str) -> Option<(i32, &str)> {
    let index = NAMES.iter().position(|name| {
        text.get(..1)
            .is_some_and(|first| first.eq_ignore_ascii_case(name))
    })?;
    let rest = &text[1..];
    let (shift, rest) = match (rest.strip_prefix('#'), rest.strip_prefix('b')) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (-1, rest),
        _ => (0, rest),
    };
    Some((STEPS[index] + shift, rest))
}

fn key(text: &str) -> Result<u8, String> {
    let step = match named(text) {
        Some((step, "")) => Some(step.rem_euclid(12) as u8),
        _ => text.parse::<u8>().ok().filter(|step| *step < 12),
    };
    step.ok_or_else(|| format!("expected C to B, with # or b, or 0 to 11, found {text}"))
}

fn note(text: &str) -> Result<f32, String> {
    let number = match named(text) {
        Some((step, octave)) => octave
            .parse::<i32>()
            .ok()
            .filter(|octave| (0..10).contains(octave))
            .map(|octave| (12 * (octave + 1) + step) as f32),
        None => text.parse::<f32>().ok(),
    };
    number
        .filter(|number| (Note::LOWEST.0..=Note::HIGHEST.0).contains(number))
        .ok_or_else(|| format!("expected C1 to C7 or 24 to 96, found {text}"))
}

fn scale_kind(text: &str) -> Result<ScaleKind, String> {
    let found = ScaleKind::ALL.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| {
        let names = ScaleKind::ALL.map(ScaleKind::name).join(", ");
        format!("expected {names}, found {text}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_and_keys_are_read_as_people_write_them() {
        for (text, number) in [
            ("A4", 69.0),
            ("c1", 24.0),
            ("C7", 96.0),
            ("F#3", 54.0),
            ("Bb2", 46.0),
            ("57", 57.0),
            ("60.5", 60.5),
        ] {
            assert_eq!(note(text), Ok(number), "{text}");
        }
        for text in ["", "H3", "C", "B0", "C#7", "23.9", "A-1", "nan", "\u{e4}3"] {
            assert!(note(text).is_err(), "{text}");
        }
        for (text, step) in [("C", 0), ("eb", 3), ("Cb", 11), ("B#", 0), ("7", 7)] {
            assert_eq!(key(text), Ok(step), "{text}");
        }
        for text in ["", "12", "-1", "C4", "D##"] {
            assert!(key(text).is_err(), "{text}");
        }
    }
}
