//! What keys do to settings.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use syrinx_dsp::{Decibels, Semitones};
use syrinx_engine::{Settings, VoiceSlots};

use crate::args::{FORMANT_RANGE, GAIN_RANGE, TRANSPOSE_RANGE};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Shift the pitch by semitones.
    Transpose(f32),
    /// Shift the formants by semitones.
    Formant(f32),
    /// Change the output gain by dB.
    Gain(f32),
    /// Between the changed and the unchanged voice.
    Bypass,
    /// Silence, or no longer.
    Mute,
    /// The next voice that there is.
    NextVoice,
    /// Counts to 0.
    ResetCounts,
    /// The parts of the latency.
    Latency,
    /// The keys.
    Help,
    /// The end.
    Quit,
}

/// The keys in one line.
pub const HELP: &str = "up/down transpose  left/right fine  f/F formant  +/- gain  b bypass  m mute  v voice  \
                        i latency  r reset counts  q quit";

/// What `key` asks for.
pub fn action(key: KeyEvent) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        // In raw mode Ctrl-C is a key like others.
        KeyCode::Char('c') if control => Action::Quit,
        _ if control => return None,
        KeyCode::Up => Action::Transpose(1.0),
        KeyCode::Down => Action::Transpose(-1.0),
        KeyCode::Right => Action::Transpose(0.1),
        KeyCode::Left => Action::Transpose(-0.1),
        KeyCode::Char('f') => Action::Formant(-0.5),
        KeyCode::Char('F') => Action::Formant(0.5),
        KeyCode::Char('+' | '=') => Action::Gain(1.0),
        KeyCode::Char('-') => Action::Gain(-1.0),
        KeyCode::Char('b') => Action::Bypass,
        KeyCode::Char('m') => Action::Mute,
        KeyCode::Char('v') => Action::NextVoice,
        KeyCode::Char('r') => Action::ResetCounts,
        KeyCode::Char('i') => Action::Latency,
        KeyCode::Char('?' | 'h') => Action::Help,
        KeyCode::Char('q') | KeyCode::Esc => Action::Quit,
        _ => return None,
    })
}

impl Action {
    /// The settings after it; the same for what is no setting. `voices` is how many there are.
    pub fn apply(self, mut settings: Settings, voices: usize) -> Settings {
        let controls = &mut settings.controls;
        match self {
            // Tenths of semitones stay tenths: a sum of many would not.
            Action::Transpose(step) => {
                let value = tenths(controls.transpose.0 + step);
                controls.transpose = Semitones(value.clamp(TRANSPOSE_RANGE.0, TRANSPOSE_RANGE.1));
            }
            Action::Formant(step) => {
                let value = tenths(controls.formant.0 + step);
                controls.formant = Semitones(value.clamp(FORMANT_RANGE.0, FORMANT_RANGE.1));
            }
            Action::Gain(step) => {
                let value = settings.output_gain.0 + step;
                settings.output_gain = Decibels(value.clamp(GAIN_RANGE.0, GAIN_RANGE.1));
            }
            Action::Bypass => settings.bypass = !settings.bypass,
            Action::NextVoice => {
                let next = settings.voice as usize + 1;
                settings.voice = if next < voices { next as u32 } else { 0 };
                // Numbers of speakers mean nothing in another voice.
                settings.controls.speaker = 0;
            }
            Action::Mute | Action::ResetCounts | Action::Latency | Action::Help | Action::Quit => {}
        }
        settings
    }
}

fn tenths(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}

/// The slot of no voice: the input at the same latency.
pub const NO_VOICE: u32 = VoiceSlots::COUNT as u32 - 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode) -> Option<Action> {
        action(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn keys_change_settings_within_their_ranges() {
        let mut settings = Settings::default();
        for (code, times) in [
            (KeyCode::Up, 30),
            (KeyCode::Left, 3),
            (KeyCode::Char('f'), 3),
            (KeyCode::Char('-'), 70),
            (KeyCode::Char('b'), 1),
        ] {
            for _ in 0..times {
                settings = press(code).unwrap().apply(settings, 1);
            }
        }
        assert_eq!(settings.controls.transpose, Semitones(23.7));
        assert_eq!(settings.controls.formant, Semitones(-1.5));
        assert_eq!(settings.output_gain, Decibels(-60.0));
        assert!(settings.bypass);
    }

    #[test]
    fn voices_go_round_and_no_voice_leads_back_to_the_first() {
        let mut settings = Settings::default();
        settings.controls.speaker = 2;
        let next = |settings| Action::NextVoice.apply(settings, 3);
        let slots: Vec<u32> = (0..4)
            .map(|_| {
                settings = next(settings);
                settings.voice
            })
            .collect();
        assert_eq!(slots, [1, 2, 0, 1]);
        assert_eq!(settings.controls.speaker, 0);
        settings.voice = NO_VOICE;
        assert_eq!(next(settings).voice, 0);
    }

    #[test]
    fn control_c_ends_and_other_controls_do_nothing() {
        let control = |key| action(KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL));
        assert_eq!(control('c'), Some(Action::Quit));
        assert_eq!(control('b'), None);
        assert_eq!(press(KeyCode::Char('z')), None);
        let release =
            KeyEvent::new_with_kind(KeyCode::Up, KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(action(release), None);
    }
}
