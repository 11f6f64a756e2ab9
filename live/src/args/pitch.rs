//! The options that say where the pitch is led; they mean what they mean for `syrinx convert`.

use clap::{Args, ValueEnum};
use syrinx_dsp::{Note, PitchSettings, PitchTarget, Scale, ScaleKind};

use super::between;

/// Semitones above C of the notes A to G, by their place in the alphabet.
const ABOVE_C: [i32; 7] = [9, 11, 0, 2, 4, 5, 7];

/// The time constant of the correction where none is said, in ms: fast enough for a sung melody, slow enough to leave
/// most of a vibrato.
const SPEED_MS: f32 = 50.0;

/// Where the pitch is led.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TargetArg {
    /// nowhere: it stays as it is sung
    #[default]
    Free,
    /// to the notes of a scale
    Scale,
    /// to one note
    Monotone,
}

impl TargetArg {
    fn name(self) -> &'static str {
        match self {
            TargetArg::Free => "free",
            TargetArg::Scale => "scale",
            TargetArg::Monotone => "monotone",
        }
    }
}

/// Where the pitch is led, after transpose and intonation.
#[derive(Args, Clone, Debug)]
pub struct PitchArgs {
    /// Where the pitch is led, after transpose and intonation
    #[arg(long, value_name = "TARGET", value_enum, default_value_t)]
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
    #[arg(long, value_name = "X", value_parser = between((0.0, 1.0)), allow_negative_numbers = true)]
    pub correction_strength: Option<f32>,
    /// With the target scale, its time constant in milliseconds, 0 (at once) to 1000 [default: 50]
    #[arg(long, value_name = "MS", value_parser = between((0.0, 1000.0)), allow_negative_numbers = true)]
    pub correction_speed: Option<f32>,
    /// Depth of the vibrato, 0 (flat), 1 (as sung) to 2 (twice as deep); monotone has none
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between((0.0, 2.0)), allow_negative_numbers = true)]
    pub vibrato: f32,
}

impl PitchArgs {
    /// Checks that no option was given which neither its target nor a harmony hears.
    ///
    /// # Errors
    /// If there is one: which, and what it needs.
    pub fn check(&self, has_harmony: bool) -> Result<(), String> {
        let given = [
            (
                "--key",
                TargetArg::Scale,
                self.key.is_some() && !has_harmony,
            ),
            (
                "--scale",
                TargetArg::Scale,
                self.scale.is_some() && !has_harmony,
            ),
            (
                "--correction-strength",
                TargetArg::Scale,
                self.correction_strength.is_some(),
            ),
            (
                "--correction-speed",
                TargetArg::Scale,
                self.correction_speed.is_some(),
            ),
            ("--note", TargetArg::Monotone, self.note.is_some()),
        ];
        let unheard = given
            .iter()
            .find(|(_, needs, given)| *given && *needs != self.pitch_target);
        match unheard {
            None => Ok(()),
            Some((option, needs, _)) => Err(format!(
                "{option} needs --pitch-target {}, found {}",
                needs.name(),
                self.pitch_target.name()
            )),
        }
    }

    /// The notes of key and scale.
    pub fn notes(&self) -> Scale {
        let kind = self.scale.unwrap_or(ScaleKind::Chromatic);
        // Keys are 0 to 11, or they are no keys.
        Scale::of(self.key.unwrap_or(0), kind).unwrap_or(Scale::CHROMATIC)
    }

    /// As the engine takes it.
    pub fn settings(&self) -> PitchSettings {
        let target = match (self.pitch_target, self.note) {
            // The command line is refused where monotone has no note.
            (TargetArg::Free, _) | (TargetArg::Monotone, None) => PitchTarget::Free,
            (TargetArg::Monotone, Some(note)) => PitchTarget::Monotone { note: Note(note) },
            (TargetArg::Scale, _) => PitchTarget::Scale {
                scale: self.notes(),
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

/// The semitones above C of a name such as `F#` at the start of `text`, and what follows it.
fn named(text: &str) -> Option<(i32, &str)> {
    let letter = text.chars().next()?.to_ascii_uppercase();
    let place = ('A'..='G').position(|name| name == letter)?;
    let rest = &text[1..];
    let (shift, rest) = match rest.chars().next() {
        Some('#') => (1, &rest[1..]),
        Some('b') => (-1, &rest[1..]),
        _ => (0, rest),
    };
    Some((ABOVE_C[place] + shift, rest))
}

/// Reads the key of a scale as a number of semitones above C.
///
/// # Errors
/// If it is none, with what was expected.
pub fn key(text: &str) -> Result<u8, String> {
    let step = match named(text) {
        Some((step, "")) => Some(step.rem_euclid(12) as u8),
        _ => text.parse::<u8>().ok().filter(|step| *step < 12),
    };
    step.ok_or_else(|| format!("expected C to B, with # or b, or 0 to 11, found {text}"))
}

/// Reads a note as MIDI counts them; C4 is 60.
///
/// # Errors
/// If it is none that a voice sings, with what was expected.
pub fn note(text: &str) -> Result<f32, String> {
    let number = match named(text) {
        Some((step, octave)) => octave
            .parse::<u8>()
            .ok()
            .map(|octave| 12.0 * (f32::from(octave) + 1.0) + step as f32),
        None => text.parse::<f32>().ok(),
    };
    number
        .filter(|number| (Note::LOWEST.0..=Note::HIGHEST.0).contains(number))
        .ok_or_else(|| format!("expected C1 to C7 or 24 to 96, found {text}"))
}

/// Reads the kind of a scale.
///
/// # Errors
/// If there is none of that name, with those that there are.
pub fn scale_kind(text: &str) -> Result<ScaleKind, String> {
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
