//! A distance from a melody that is counted in the notes of a scale.

use super::note_chooser::NoteChooser;
use super::scale::Scale;

/// Time constant in ms of the way from one distance to the next. At once, a second voice would click where the first
/// slides; much slower, it would be heard looking for its note.
const TURN_MS: f32 = 20.0;

/// A distance from a melody that is counted in the notes of a scale, as second voices sing: a third above is now a major
/// one, now a minor one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScaleInterval {
    /// The notes that are counted.
    pub scale: Scale,
    /// How many notes above (below 0: beneath) the melody, -14 to 14: in a scale of seven notes 2 is a third, 7 an octave.
    pub degrees: i8,
}

impl ScaleInterval {
    /// The furthest distance, in notes: two octaves of a scale of seven.
    pub const FURTHEST: i8 = 14;
}

/// What is added to a melody so that it becomes its second voice; whatever the singer does around the notes stays.
#[derive(Clone, Debug)]
pub(super) struct SecondVoice {
    chooser: NoteChooser,
    share: f32,
    /// The distance now, in semitones; `None` before the first frame of a note.
    distance: Option<f32>,
}

impl SecondVoice {
    /// For frames of `frame_ms`.
    pub(super) fn new(frame_ms: f32) -> SecondVoice {
        SecondVoice {
            chooser: NoteChooser::new(frame_ms),
            share: 1.0 - (-frame_ms / TURN_MS).exp(),
            distance: None,
        }
    }

    /// The pitch of the second voice where the melody has `pitch`.
    pub(super) fn next(&mut self, pitch: f32, interval: ScaleInterval) -> f32 {
        let note = self.chooser.choose(pitch, interval.scale);
        let degrees = i32::from(interval.degrees);
        let wanted = interval.scale.step(note, degrees) - note;
        let distance = match self.distance {
            Some(now) => now + self.share * (wanted - now),
            None => wanted,
        };
        self.distance = Some(distance);
        pitch + distance
    }

    /// Forgets the note.
    pub(super) fn reset(&mut self) {
        self.chooser.reset();
        self.distance = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::scale::ScaleKind;
    use super::*;

    fn sing(degrees: i8, pitches: &[f32]) -> Vec<f32> {
        let scale = Scale::of(0, ScaleKind::Major).unwrap();
        let mut second = SecondVoice::new(10.0);
        let interval = ScaleInterval { scale, degrees };
        let mut sung = Vec::new();
        for &pitch in pitches {
            // Two hundred milliseconds: ten of the turn's time constants.
            sung.push(
                (0..20)
                    .map(|_| second.next(pitch, interval))
                    .last()
                    .unwrap(),
            );
        }
        sung
    }

    #[test]
    fn thirds_are_major_or_minor_as_the_scale_has_them() {
        let melody = [60.0, 62.0, 64.0, 65.0, 67.0, 69.0, 71.0];
        let thirds = sing(2, &melody);
        for (third, expected) in thirds
            .iter()
            .zip([64.0, 65.0, 67.0, 69.0, 71.0, 72.0, 74.0])
        {
            // Less than a thousandth of the step is left of the turn.
            assert!((third - expected).abs() < 1e-3, "{thirds:?}");
        }
        let below = sing(-5, &melody[..2]);
        assert!((below[0] - 52.0).abs() < 1e-3 && (below[1] - 53.0).abs() < 1e-3);
    }

    #[test]
    fn what_the_singer_does_around_a_note_stays() {
        let scale = Scale::of(0, ScaleKind::Major).unwrap();
        let mut second = SecondVoice::new(10.0);
        let interval = ScaleInterval { scale, degrees: 4 };
        for n in 0..200 {
            let pitch = 60.0 + 0.4 * (n as f32 * 0.3).sin();
            let sung = second.next(pitch, interval);
            // Rounding of numbers around 60.
            assert!((sung - pitch - 7.0).abs() < 1e-4, "{sung} at {pitch}");
        }
    }

    #[test]
    fn a_new_distance_is_turned_to_without_a_jump() {
        let scale = Scale::of(0, ScaleKind::Major).unwrap();
        let mut second = SecondVoice::new(10.0);
        let interval = ScaleInterval { scale, degrees: 2 };
        assert_eq!(second.next(60.0, interval), 64.0, "a note begins on it");
        let turned: Vec<f32> = (0..10)
            .map(|_| second.next(62.0, interval) - 62.0)
            .collect();
        assert!(turned[0] < 4.0 && turned[0] > 3.0, "{turned:?}");
        assert!(turned.windows(2).all(|pair| pair[1] < pair[0]) && turned[9] < 3.01);
    }
}
