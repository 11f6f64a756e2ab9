//! Edits an F0 contour frame by frame: scale, held note, one note, vibrato.

use super::glide::Glide;
use super::note::Note;
use super::note_chooser::NoteChooser;
use super::scale::Scale;
use super::scale_interval::SecondVoice;
use super::settings::{PitchSettings, PitchTarget};
use super::vibrato_band::{SHORTEST_FRAME_MS, Split, VibratoBand};
use crate::ConfigError;

/// Unvoiced time after which a note is over, in ms. Consonants within a sung word are shorter; a longer one would carry
/// what is known of one note into the next.
const PAUSE_MS: f32 = 100.0;

/// Edits an F0 contour frame by frame, as [`PitchSettings`] say; unvoiced frames (0 Hz) stay 0.
///
/// Transposing and intonation come before: the notes are those that are heard. After 100 ms without voice a note is
/// over, and nothing of it is remembered. Adds no latency. Everything inside is of fixed size, so a clone allocates
/// nothing either.
#[derive(Clone, Debug)]
pub struct PitchEditor {
    settings: PitchSettings,
    frame_ms: f32,
    pause_frames: u32,
    /// Frames without voice so far.
    unvoiced: u32,
    chooser: NoteChooser,
    band: VibratoBand,
    /// What leads to the scale, in semitones.
    correction: f32,
    held: Option<Glide>,
    second: SecondVoice,
    /// The pitch of the last voiced frame, until the note is over.
    last: Option<f32>,
}

impl PitchEditor {
    /// For frames of `frame_ms`, 5 to 20, with settings that change nothing.
    ///
    /// # Errors
    /// If `frame_ms` is out of its range.
    pub fn new(frame_ms: f32) -> Result<PitchEditor, ConfigError> {
        ConfigError::check(
            (SHORTEST_FRAME_MS..=20.0).contains(&frame_ms),
            "frame",
            "5 to 20 ms",
            f64::from(frame_ms),
        )?;
        Ok(PitchEditor {
            settings: PitchSettings::default(),
            frame_ms,
            pause_frames: (PAUSE_MS / frame_ms).round() as u32,
            unvoiced: 0,
            chooser: NoteChooser::new(frame_ms),
            band: VibratoBand::new(frame_ms),
            correction: 0.0,
            held: None,
            second: SecondVoice::new(frame_ms),
            last: None,
        })
    }

    /// Changes the settings, from the next frame on; each number is brought into its range. A note that is newly held
    /// while the voice sounds is glided to; else the voice begins on it.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn set(&mut self, settings: PitchSettings) {
        let settings = settings.clamped();
        match settings.target {
            PitchTarget::Held {
                note: Some(note),
                glide_ms,
                ..
            } => self.hold(note.0, glide_ms),
            // A released note sounds on.
            PitchTarget::Held { note: None, .. } => {}
            _ => self.held = None,
        }
        if !matches!(settings.target, PitchTarget::Scale { .. }) {
            self.correction = 0.0;
            self.chooser.reset();
        }
        if settings.interval.is_none() {
            self.second.reset();
        }
        self.settings = settings;
    }

    /// The settings, in their ranges.
    pub fn settings(&self) -> &PitchSettings {
        &self.settings
    }

    fn hold(&mut self, note: f32, glide_ms: f32) {
        let from = match &self.held {
            Some(held) if held.goal() == note => return,
            Some(held) => Some(held.now()),
            None => self.last,
        };
        self.held = Some(match (from, self.last) {
            (Some(from), Some(_)) => {
                Glide::between(from, note, (glide_ms / self.frame_ms).floor() as u32)
            }
            _ => Glide::at(note),
        });
    }

    /// The F0 in Hz that takes the place of `f0_hz` in the next frame. What is not a positive number is unvoiced, 0.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn next_frame(&mut self, f0_hz: f32) -> f32 {
        // Time passes in unvoiced frames, too.
        if let Some(held) = &mut self.held {
            held.step();
        }
        if !(f0_hz > 0.0 && f0_hz.is_finite()) {
            self.pause();
            return 0.0;
        }
        self.unvoiced = 0;
        let sung = Note::from_hz(f0_hz).0;
        let split = self.band.push(sung);
        let pitch = self.lead(sung, split);
        self.last = Some(pitch);
        let pitch = match self.settings.interval {
            Some(interval) => self.second.next(pitch, interval),
            None => pitch,
        };
        // What is not changed is not rounded either.
        if pitch == sung {
            f0_hz
        } else {
            Note(pitch).to_hz()
        }
    }

    /// Edits a contour in place, in Hz; blocks of any size give the same.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn process(&mut self, contour: &mut [f32]) {
        for f0_hz in contour {
            *f0_hz = self.next_frame(*f0_hz);
        }
    }

    /// Forgets what was sung; the settings stay, and so does a note that is held.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.end_note();
        self.unvoiced = 0;
    }

    /// Where the pitch `sung` is led.
    fn lead(&mut self, sung: f32, split: Split) -> f32 {
        let vibrato = self.settings.vibrato;
        // Less vibrato is less of all that is around the slow contour; more is more of what swings alone, because a step
        // twice as high would be another note.
        let shaped = if vibrato < 1.0 {
            sung + (vibrato - 1.0) * split.around
        } else {
            sung + (vibrato - 1.0) * split.swing
        };
        match self.settings.target {
            PitchTarget::Free => shaped,
            PitchTarget::Scale {
                scale,
                strength,
                speed_ms,
            } => self.correct(shaped, scale, strength, speed_ms),
            PitchTarget::Held {
                bend, bend_range, ..
            } => match &self.held {
                Some(held) => held.now() + bend * bend_range.0 + vibrato * split.swing,
                None => shaped,
            },
            PitchTarget::Monotone { note } => note.0,
        }
    }

    fn correct(&mut self, pitch: f32, scale: Scale, strength: f32, speed_ms: f32) -> f32 {
        let wanted = self.chooser.choose(pitch, scale) - pitch;
        let share = if speed_ms > 0.0 {
            1.0 - (-self.frame_ms / speed_ms).exp()
        } else {
            1.0
        };
        self.correction += share * (wanted - self.correction);
        pitch + strength * self.correction
    }

    /// An unvoiced frame.
    fn pause(&mut self) {
        self.unvoiced = self.unvoiced.saturating_add(1);
        if self.unvoiced == self.pause_frames {
            self.end_note();
        }
    }

    fn end_note(&mut self) {
        self.chooser.reset();
        self.second.reset();
        self.band.reset();
        self.correction = 0.0;
        self.last = None;
        self.held = match self.settings.target {
            PitchTarget::Held {
                note: Some(note), ..
            } => Some(Glide::at(note.0)),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests;
