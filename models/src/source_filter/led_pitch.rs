//! Leads the F0 of a stream to its target, frame by frame, and bridges what is unvoiced.

use syrinx_dsp::{ConfigError, PitchEditor, PitchSettings};

/// The distance of the analysis frames.
const FRAME_MS: f32 = 10.0;

/// F0 as it is to be spoken. Neutral settings give what was sung, bit-exact.
#[derive(Clone, Debug)]
pub(super) struct LedPitch {
    editor: PitchEditor,
    /// F0 of the last voiced frame, which unvoiced ones repeat as the decoder was trained; 0 before the first.
    last_hz: f32,
}

impl LedPitch {
    /// At the start of a stream.
    ///
    /// # Errors
    /// If the editor does not take frames of this length.
    pub(super) fn new(settings: PitchSettings) -> Result<LedPitch, ConfigError> {
        let mut editor = PitchEditor::new(FRAME_MS)?;
        editor.set(settings);
        Ok(LedPitch {
            editor,
            last_hz: 0.0,
        })
    }

    /// Changes the settings from the next frame on.
    pub(super) fn set(&mut self, settings: PitchSettings) {
        self.editor.set(settings);
    }

    /// The F0 to speak in place of `sung_hz`; an unvoiced frame brings the last sung one.
    pub(super) fn lead(&mut self, sung_hz: f32, voiced: bool) -> f32 {
        if voiced {
            self.last_hz = self.editor.next_frame(sung_hz);
            return self.last_hz;
        }
        self.editor.next_frame(0.0);
        if self.editor.settings().is_neutral() || self.last_hz <= 0.0 {
            return sung_hz;
        }
        self.last_hz
    }

    /// Forgets what was sung.
    pub(super) fn reset(&mut self) {
        self.editor.reset();
        self.last_hz = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use syrinx_dsp::{Note, PitchTarget};

    use super::*;

    #[test]
    fn neutral_settings_are_bit_exact() {
        let mut pitch = LedPitch::new(PitchSettings::default()).unwrap();
        for n in 0..500 {
            let sung_hz = 200.0 * (0.3 * (n as f32 * 0.3).sin()).exp2();
            assert_eq!(pitch.lead(sung_hz, n % 70 < 50), sung_hz);
        }
    }

    #[test]
    fn unvoiced_frames_repeat_what_was_spoken() {
        let target = PitchTarget::Monotone { note: Note(57.0) };
        let settings = PitchSettings {
            target,
            ..PitchSettings::default()
        };
        let mut pitch = LedPitch::new(settings).unwrap();
        assert_eq!(pitch.lead(150.0, false), 150.0, "nothing was spoken");
        assert_eq!(pitch.lead(150.0, true), Note(57.0).to_hz());
        assert_eq!(pitch.lead(150.0, false), Note(57.0).to_hz());
        pitch.set(PitchSettings::default());
        assert_eq!(pitch.lead(150.0, false), 150.0);
    }
}
