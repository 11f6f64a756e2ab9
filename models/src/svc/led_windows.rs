//! Leads the F0 of windows that overlap to its target, as if each frame were heard once.

use std::collections::VecDeque;

use syrinx_dsp::{ConfigError, PitchEditor, PitchSettings, Semitones};

/// The distance of the frames of a contour.
const FRAME_MS: f32 = 10.0;

/// Frames at the end of a window that the next one may hear differently: the tracker decides with 200 ms of lookahead.
const LOOSE: usize = 20;

/// Edits contours of 10 ms frames that overlap. What was edited before stays as it was; the end of a window, of which
/// the tracker is not sure yet, is edited again with the next one.
#[derive(Clone, Debug)]
pub(super) struct LedWindows {
    /// As it is before the frame `at`.
    editor: PitchEditor,
    at: i64,
    /// F0 in Hz of the frames before `at` as they are to be heard, 0 where unvoiced.
    led_hz: VecDeque<f32>,
}

impl LedWindows {
    /// At the start of a recording.
    ///
    /// # Errors
    /// If the editor does not take frames of this length.
    pub(super) fn new() -> Result<LedWindows, ConfigError> {
        Ok(LedWindows {
            editor: PitchEditor::new(FRAME_MS)?,
            at: 0,
            led_hz: VecDeque::new(),
        })
    }

    /// Edits the contour of a window that begins at the frame `first` of the recording. It will be transposed by
    /// `transpose` afterwards; the targets are what is heard then. Neutral settings leave it, bit-exact.
    pub(super) fn lead(
        &mut self,
        contour: &mut [f32],
        first: i64,
        settings: PitchSettings,
        transpose: Semitones,
    ) {
        if settings.is_neutral() {
            self.editor.set(settings);
            self.begin(first);
            return;
        }
        self.editor.set(settings);
        if !(self.at - self.led_hz.len() as i64..=self.at).contains(&first) {
            self.begin(first);
        }
        let ratio = transpose.to_ratio();
        let known = (self.at - first) as usize;
        self.led_hz.drain(..self.led_hz.len() - known);
        let firm_end = contour.len().saturating_sub(LOOSE).max(known);
        for (f0_hz, &led_hz) in contour.iter_mut().zip(&self.led_hz) {
            // Where the tracker has changed its mind since, what it says now counts.
            if *f0_hz > 0.0 && led_hz > 0.0 {
                *f0_hz = led_hz / ratio;
            }
        }
        let mut editor = self.editor.clone();
        for (n, f0_hz) in contour.iter_mut().enumerate().skip(known) {
            if n == firm_end {
                self.editor = editor.clone();
            }
            let led_hz = editor.next_frame(*f0_hz * ratio);
            if n < firm_end {
                self.led_hz.push_back(led_hz);
                self.at += 1;
            }
            *f0_hz = led_hz / ratio;
        }
        if firm_end >= contour.len() {
            self.editor = editor;
        }
    }

    /// Begins anew at a frame.
    fn begin(&mut self, first: i64) {
        self.editor.reset();
        self.at = first;
        self.led_hz.clear();
    }

    /// Forgets what was sung: another recording begins.
    pub(super) fn reset(&mut self) {
        self.begin(0);
    }
}

#[cfg(test)]
mod tests {
    use syrinx_dsp::{Note, PitchTarget, Scale};

    use super::*;

    /// Ten seconds that wander over an octave, with vibrato and pauses.
    fn song() -> Vec<f32> {
        (0..1000)
            .map(|n| {
                let time = n as f32 * 0.01;
                let pitch = 57.0 + 6.0 * (0.7 * time).sin() + 0.4 * (34.0 * time).sin();
                let f0_hz = Note(pitch).to_hz();
                if n % 130 < 20 { 0.0 } else { f0_hz }
            })
            .collect()
    }

    fn settings() -> PitchSettings {
        PitchSettings {
            target: PitchTarget::Scale {
                scale: Scale::CHROMATIC,
                strength: 1.0,
                speed_ms: 40.0,
            },
            vibrato: 0.5,
            ..PitchSettings::default()
        }
    }

    #[test]
    fn windows_that_overlap_give_what_one_pass_gives() {
        let song = song();
        let mut editor = PitchEditor::new(10.0).unwrap();
        editor.set(settings());
        let mut expected = song.clone();
        editor.process(&mut expected);
        assert_ne!(expected, song);

        let (window, chunk) = (120, 7);
        let mut led = LedWindows::new().unwrap();
        for end in (chunk..song.len()).step_by(chunk) {
            // The first windows reach before the recording, where nothing is voiced.
            let first = end as i64 - window;
            let at = |n: i64| usize::try_from(n).map_or(0.0, |n| song[n]);
            let mut contour: Vec<f32> = (first..end as i64).map(at).collect();
            // The tracker is not sure of what comes last.
            contour[window as usize - 5..].fill(333.0);
            led.lead(&mut contour, first, settings(), Semitones(0.0));
            for (n, &f0_hz) in (first..).zip(&contour[..window as usize - 5]) {
                let expected = usize::try_from(n).map_or(0.0, |n| expected[n]);
                assert_eq!(f0_hz, expected, "frame {n} of the window to {end}");
            }
        }
    }

    #[test]
    fn targets_are_what_is_heard_after_the_transpose() {
        let monotone = PitchSettings {
            target: PitchTarget::Monotone { note: Note(60.0) },
            ..PitchSettings::default()
        };
        let mut led = LedWindows::new().unwrap();
        let mut contour = song()[20..120].to_vec();
        led.lead(&mut contour, 20, monotone, Semitones(7.0));
        for f0_hz in contour {
            let heard = Note::from_hz(f0_hz * Semitones(7.0).to_ratio());
            // A thousandth of a cent is rounding.
            assert!((heard.0 - 60.0).abs() < 1e-4, "{heard:?}");
        }
    }

    #[test]
    fn neutral_settings_are_bit_exact_and_leave_nothing_behind() {
        let song = song();
        let mut led = LedWindows::new().unwrap();
        let mut neutral = song.clone();
        led.lead(&mut neutral, 0, PitchSettings::default(), Semitones(3.3));
        assert_eq!(neutral, song);

        let (mut after, mut fresh) = (song.clone(), song);
        led.lead(&mut after, 0, settings(), Semitones(0.0));
        let mut other = LedWindows::new().unwrap();
        other.lead(&mut fresh, 0, settings(), Semitones(0.0));
        assert_eq!(after, fresh);
    }
}
