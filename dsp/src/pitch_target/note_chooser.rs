//! Chooses the note of a scale that a voice means, without fluttering between two.

use super::scale::Scale;

/// How far behind the border between two notes a pitch must be to change the note at once, in semitones. A larger one
/// sticks to notes that were left; a smaller one flutters with a voice that wavers by 20 cents, as untrained ones do.
const MARGIN: f32 = 0.25;

/// How long a pitch must stay behind the border to change the note although it is within the margin, in ms: more than
/// the half swing of a vibrato of 3.5 Hz, which would flutter. A longer one makes singers wait who are 40 cents flat a
/// semitone above.
const DWELL_MS: f32 = 150.0;

/// Chooses the note of a scale that a voice means: the nearest, but the last one near a border.
#[derive(Clone, Debug)]
pub(super) struct NoteChooser {
    current: Option<f32>,
    /// Frames behind the border so far.
    behind: u32,
    dwell: u32,
}

impl NoteChooser {
    /// For frames of `frame_ms`.
    pub(super) fn new(frame_ms: f32) -> NoteChooser {
        NoteChooser {
            current: None,
            behind: 0,
            dwell: (DWELL_MS / frame_ms).ceil() as u32,
        }
    }

    /// The note for this frame's pitch.
    pub(super) fn choose(&mut self, pitch: f32, scale: Scale) -> f32 {
        let nearest = scale.nearest(pitch);
        let current = match self.current {
            Some(current) if scale.contains(current as i32) => current,
            _ => nearest,
        };
        self.behind = match nearest == current {
            true => 0,
            false => self.behind + 1,
        };
        // Half the difference of both distances is the distance from the border.
        let past = 0.5 * ((pitch - current).abs() - (pitch - nearest).abs());
        let note = if past > MARGIN || self.behind >= self.dwell {
            self.behind = 0;
            nearest
        } else {
            current
        };
        self.current = Some(note);
        note
    }

    /// Forgets the note.
    pub(super) fn reset(&mut self) {
        self.current = None;
        self.behind = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    /// How often the note changes over `pitches` at 10 ms.
    fn changes(pitches: impl Iterator<Item = f32>) -> usize {
        let mut chooser = NoteChooser::new(10.0);
        let notes: Vec<f32> = pitches
            .map(|pitch| chooser.choose(pitch, Scale::CHROMATIC))
            .collect();
        notes.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    #[test]
    fn wobbling_around_a_border_does_not_change_the_note() {
        for wobble_hz in [3.6, 4.5, 5.5, 7.0, 12.0] {
            let wobble = |n: i32| (TAU * wobble_hz * n as f32 / 100.0).sin();
            for start in [0, 50] {
                let around = (start..1000).map(|n| 60.5 + 0.2 * wobble(n));
                assert_eq!(changes(around), 0, "{wobble_hz} Hz");
            }
            // What is no wobble around one border but a trill does change it.
            assert!(changes((0..1000).map(|n| 60.5 + 0.5 * wobble(n))) > 20);
        }
    }

    #[test]
    fn a_step_changes_it_at_once_and_a_small_one_after_the_dwell() {
        let mut chooser = NoteChooser::new(10.0);
        let mut choose = |pitch| chooser.choose(pitch, Scale::CHROMATIC);
        assert_eq!(choose(60.1), 60.0);
        assert_eq!(choose(60.8), 61.0);
        // 40 cents flat, ten behind the border: after 15 frames.
        let taken = (1..100).find(|_| choose(61.6) == 62.0);
        assert_eq!(taken, Some(15));
        assert_eq!(choose(48.0), 48.0);
    }

    #[test]
    fn a_note_that_the_scale_has_lost_is_left() {
        let mut chooser = NoteChooser::new(10.0);
        assert_eq!(chooser.choose(61.1, Scale::CHROMATIC), 61.0);
        let c_major = Scale::new(0, 0b1010_1011_0101).unwrap();
        assert_eq!(chooser.choose(61.1, c_major), 62.0);
    }
}
