//! A pitch in semitones, as MIDI counts notes.

/// The tuning: F0 of A4 in Hz (ISO 16).
pub const REFERENCE_HZ: f32 = 440.0;

/// The number of A4.
const REFERENCE_NOTE: f32 = 69.0;

/// A pitch as MIDI numbers notes, fractions included: 69 is A4 ([`REFERENCE_HZ`]), 60 is middle C, 0.01 is a cent.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Note(pub f32);

impl Note {
    /// The lowest note that a voice is asked for, C1, 32.7 Hz: pulses below it are heard one by one.
    pub const LOWEST: Note = Note(24.0);

    /// The highest note that a voice is asked for, C7, 2093 Hz: above, there is no voice left.
    pub const HIGHEST: Note = Note(96.0);

    /// The pitch of an F0 above 0 Hz.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn from_hz(hz: f32) -> Note {
        Note(REFERENCE_NOTE + 12.0 * (hz / REFERENCE_HZ).log2())
    }

    /// The F0 in Hz.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn to_hz(self) -> f32 {
        REFERENCE_HZ * ((self.0 - REFERENCE_NOTE) / 12.0).exp2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_those_of_midi() {
        // A hundredth of a Hz is 0.07 cents at middle C.
        assert!((Note(60.0).to_hz() - 261.63).abs() < 0.01);
        assert!((Note(57.0).to_hz() - 220.0).abs() < 1e-3);
        assert_eq!(Note::from_hz(440.0), Note(69.0));
        for note in [24.0, 45.5, 69.37, 96.0] {
            // A hundredth of a cent; a wrong reference would be off by semitones.
            assert!((Note::from_hz(Note(note).to_hz()).0 - note).abs() < 1e-4);
        }
    }
}
