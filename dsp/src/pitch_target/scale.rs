//! Which notes belong to a scale, and which of them is nearest to a pitch.

use crate::ConfigError;

/// The usual scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleKind {
    /// All twelve semitones.
    Chromatic,
    /// Ionian: 0 2 4 5 7 9 11.
    Major,
    /// Aeolian: 0 2 3 5 7 8 10.
    NaturalMinor,
    /// The minor with a leading note: 0 2 3 5 7 8 11.
    HarmonicMinor,
    /// Five notes without semitones: 0 2 4 7 9.
    MajorPentatonic,
    /// Five notes without semitones: 0 3 5 7 10.
    MinorPentatonic,
}

impl ScaleKind {
    /// All of them, the one with the most notes first.
    pub const ALL: [ScaleKind; 6] = [
        ScaleKind::Chromatic,
        ScaleKind::Major,
        ScaleKind::NaturalMinor,
        ScaleKind::HarmonicMinor,
        ScaleKind::MajorPentatonic,
        ScaleKind::MinorPentatonic,
    ];

    /// What a user calls it, in lower case with hyphens.
    pub fn name(self) -> &'static str {
        match self {
            ScaleKind::Chromatic => "chromatic",
            ScaleKind::Major => "major",
            ScaleKind::NaturalMinor => "minor",
            ScaleKind::HarmonicMinor => "harmonic-minor",
            ScaleKind::MajorPentatonic => "major-pentatonic",
            ScaleKind::MinorPentatonic => "minor-pentatonic",
        }
    }

    /// Bit n stands for n semitones above the key.
    pub fn steps(self) -> u16 {
        match self {
            ScaleKind::Chromatic => 0b1111_1111_1111,
            ScaleKind::Major => 0b1010_1011_0101,
            ScaleKind::NaturalMinor => 0b0101_1010_1101,
            ScaleKind::HarmonicMinor => 0b1001_1010_1101,
            ScaleKind::MajorPentatonic => 0b0010_1001_0101,
            ScaleKind::MinorPentatonic => 0b0100_1010_1001,
        }
    }
}

/// The notes of a scale in all octaves; at least one in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    key: u8,
    steps: u16,
}

impl Scale {
    /// The scale on `key`, 0 (C) to 11 (B), whose notes are the bits of `steps`: bit n stands for n semitones above
    /// the key.
    ///
    /// # Errors
    /// If the key is above 11, or of the lower twelve bits none is set, or a higher one is.
    pub fn new(key: u8, steps: u16) -> Result<Scale, ConfigError> {
        ConfigError::check(key < 12, "key", "0 (C) to 11 (B)", f64::from(key))?;
        ConfigError::check(
            (1..1 << 12).contains(&steps),
            "steps",
            "1 to 4095, a bit for each semitone",
            f64::from(steps),
        )?;
        Ok(Scale { key, steps })
    }

    /// One of the usual scales on `key`, 0 (C) to 11 (B).
    ///
    /// # Errors
    /// If the key is above 11.
    pub fn of(key: u8, kind: ScaleKind) -> Result<Scale, ConfigError> {
        Scale::new(key, kind.steps())
    }

    /// All semitones.
    pub const CHROMATIC: Scale = Scale {
        key: 0,
        steps: 0b1111_1111_1111,
    };

    /// 0 (C) to 11 (B).
    pub fn key(self) -> u8 {
        self.key
    }

    /// Bit n stands for n semitones above the key.
    pub fn steps(self) -> u16 {
        self.steps
    }

    /// Whether the whole note `note`, as MIDI counts, belongs to it.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn contains(self, note: i32) -> bool {
        let step = (note - i32::from(self.key)).rem_euclid(12);
        (self.steps >> step) & 1 == 1
    }

    /// The note of the scale nearest to `pitch`, both as MIDI counts; the lower one of two.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn nearest(self, pitch: f32) -> f32 {
        let middle = pitch.round() as i32;
        // An octave to both sides holds a note of every scale.
        (middle - 12..=middle + 12)
            .filter(|&note| self.contains(note))
            .map(|note| note as f32)
            .min_by(|a, b| (a - pitch).abs().total_cmp(&(b - pitch).abs()))
            .unwrap_or(pitch)
    }

    /// The note that is `degrees` notes of the scale above (below 0: beneath) the one nearest to `pitch`.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic; its time grows with `degrees`.
    pub fn step(self, pitch: f32, degrees: i32) -> f32 {
        let mut note = self.nearest(pitch) as i32;
        for _ in 0..degrees.unsigned_abs() {
            note += degrees.signum();
            // Every octave holds a note.
            while !self.contains(note) {
                note += degrees.signum();
            }
        }
        note as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(key: u8, kind: ScaleKind) -> Vec<i32> {
        let scale = Scale::of(key, kind).unwrap();
        (60..72).filter(|&note| scale.contains(note)).collect()
    }

    #[test]
    fn the_usual_scales_are_those_of_the_books() {
        assert_eq!(notes(0, ScaleKind::Major), [60, 62, 64, 65, 67, 69, 71]);
        assert_eq!(
            notes(9, ScaleKind::NaturalMinor),
            notes(0, ScaleKind::Major)
        );
        // A harmonic minor has G sharp.
        assert_eq!(
            notes(9, ScaleKind::HarmonicMinor),
            [60, 62, 64, 65, 68, 69, 71]
        );
        assert_eq!(notes(0, ScaleKind::MajorPentatonic), [60, 62, 64, 67, 69]);
        assert_eq!(
            notes(9, ScaleKind::MinorPentatonic),
            notes(0, ScaleKind::MajorPentatonic)
        );
        assert_eq!(notes(3, ScaleKind::Chromatic).len(), 12);
    }

    #[test]
    fn the_nearest_note_is_found_in_every_octave() {
        let d_major = Scale::of(2, ScaleKind::Major).unwrap();
        for (pitch, nearest) in [(60.4, 61.0), (60.0, 59.0), (67.9, 67.0), (25.1, 25.0)] {
            assert_eq!(d_major.nearest(pitch), nearest, "of {pitch}");
        }
        let octaves = Scale::new(0, 1).unwrap();
        assert_eq!(octaves.nearest(65.9), 60.0);
        assert_eq!(octaves.nearest(66.1), 72.0);
    }

    #[test]
    fn steps_count_the_notes_of_the_scale() {
        let a_minor = Scale::of(9, ScaleKind::NaturalMinor).unwrap();
        for (pitch, degrees, note) in [
            (57.0, 2, 60.0),
            (60.2, 2, 64.0),
            (60.0, -2, 57.0),
            (60.0, 7, 72.0),
            (60.0, -14, 36.0),
            (60.0, 0, 60.0),
        ] {
            assert_eq!(a_minor.step(pitch, degrees), note, "{pitch} {degrees}");
        }
        assert_eq!(Scale::new(0, 1).unwrap().step(60.0, -2), 36.0);
    }

    #[test]
    fn a_scale_without_a_note_is_refused() {
        for (key, steps) in [(12, 1), (0, 0), (0, 1 << 12)] {
            assert!(Scale::new(key, steps).is_err(), "{key} {steps}");
        }
    }
}
