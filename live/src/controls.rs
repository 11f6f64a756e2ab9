//! What keys ask for, and what that does to settings.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use syrinx_dsp::{Decibels, Semitones};
use syrinx_engine::{Settings, VoiceSlots};

use crate::args::{FORMANT_RANGE, GAIN_RANGE, TRANSPOSE_RANGE};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
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
    /// The unchanged voice at once and undelayed, or no longer.
    Panic,
    /// The talk key goes down (true) or up; only where releases are known.
    Talk(bool),
    /// Talking, or no longer, where releases are not known.
    ToggleTalk,
    /// Recording, or no longer.
    Record,
    /// The next voice that there is.
    NextVoice,
    /// The voice in this slot, if there is one.
    Voice(u32),
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
pub const HELP: &str = "space panic  m mute  t talk  b bypass  1-9 voices  v next voice  o record  up/down transpose  \
                        left/right fine  f/F formant  +/- gain  i latency  r reset counts  q quit";

/// What `key` asks for; `releases` is whether the terminal tells of keys that go up.
pub fn action(key: KeyEvent, releases: bool) -> Option<Action> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let action = of_key(key.code, control)?;
    match (action, key.kind) {
        (Action::ToggleTalk, KeyEventKind::Press) if releases => Some(Action::Talk(true)),
        (Action::ToggleTalk, KeyEventKind::Release) if releases => Some(Action::Talk(false)),
        (_, KeyEventKind::Release) => None,
        // A key that is held goes on turning, but switches once.
        (action, KeyEventKind::Repeat) if !action.turns() => None,
        (action, _) => Some(action),
    }
}

fn of_key(code: KeyCode, control: bool) -> Option<Action> {
    Some(match code {
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
        KeyCode::Char(' ') => Action::Panic,
        KeyCode::Char('t') => Action::ToggleTalk,
        KeyCode::Char('o') => Action::Record,
        KeyCode::Char(digit @ '1'..='9') => Action::Voice(u32::from(digit) - u32::from('1')),
        KeyCode::Char('v') => Action::NextVoice,
        KeyCode::Char('r') => Action::ResetCounts,
        KeyCode::Char('i') => Action::Latency,
        KeyCode::Char('?' | 'h') => Action::Help,
        KeyCode::Char('q') | KeyCode::Esc => Action::Quit,
        _ => return None,
    })
}

impl Action {
    /// The action that is called so in hotkeys and by remote controls.
    pub fn named(name: &str) -> Option<Action> {
        Some(match name {
            "mute" => Action::Mute,
            "panic" => Action::Panic,
            "talk" => Action::ToggleTalk,
            "bypass" => Action::Bypass,
            "record" => Action::Record,
            "next-voice" => Action::NextVoice,
            "reset-counts" => Action::ResetCounts,
            _ => {
                let slot = name.strip_prefix("voice-")?.parse::<u32>().ok()?;
                Action::Voice(slot.checked_sub(1).filter(|slot| *slot < 9)?)
            }
        })
    }

    /// The names of [`Action::named`], for people.
    pub const NAMES: &str =
        "mute, panic, talk, bypass, record, next-voice, reset-counts or voice-1 to voice-9";

    /// Whether it changes by steps, so that a held key repeats it.
    fn turns(self) -> bool {
        matches!(
            self,
            Action::Transpose(_) | Action::Formant(_) | Action::Gain(_)
        )
    }

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
            Action::Voice(slot) if (slot as usize) < voices && slot != settings.voice => {
                settings.voice = slot;
                settings.controls.speaker = 0;
            }
            Action::Voice(_)
            | Action::Mute
            | Action::Panic
            | Action::Talk(_)
            | Action::ToggleTalk
            | Action::Record
            | Action::ResetCounts
            | Action::Latency
            | Action::Help
            | Action::Quit => {}
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
        action(KeyEvent::new(code, KeyModifiers::NONE), false)
    }

    fn event(code: char, kind: KeyEventKind, releases: bool) -> Option<Action> {
        let key = KeyEvent::new_with_kind(KeyCode::Char(code), KeyModifiers::NONE, kind);
        action(key, releases)
    }

    #[test]
    fn the_talk_key_is_held_where_releases_are_known_and_pressed_again_elsewhere() {
        use KeyEventKind::{Press, Release, Repeat};
        assert_eq!(event('t', Press, true), Some(Action::Talk(true)));
        assert_eq!(event('t', Repeat, true), None);
        assert_eq!(event('t', Release, true), Some(Action::Talk(false)));
        assert_eq!(event('t', Press, false), Some(Action::ToggleTalk));
        assert_eq!(event('t', Release, false), None);
    }

    #[test]
    fn a_held_key_turns_on_but_switches_once() {
        use KeyEventKind::Repeat;
        assert_eq!(event('+', Repeat, true), Some(Action::Gain(1.0)));
        for key in [' ', 'm', 'b', 'o', 'v', '1'] {
            assert_eq!(event(key, Repeat, true), None, "{key:?}");
        }
    }

    #[test]
    fn digits_choose_voices_that_there_are() {
        let mut settings = Settings::default();
        settings.controls.speaker = 2;
        assert_eq!(press(KeyCode::Char('3')), Some(Action::Voice(2)));
        assert_eq!(Action::Voice(2).apply(settings, 2), settings);
        assert_eq!(Action::Voice(0).apply(settings, 2), settings);
        let chosen = Action::Voice(2).apply(settings, 3);
        assert_eq!((chosen.voice, chosen.controls.speaker), (2, 0));
        assert_eq!(Action::named("voice-3"), Some(Action::Voice(2)));
        for name in ["voice-0", "voice-10", "voice-", "quit", ""] {
            assert_eq!(Action::named(name), None, "{name}");
        }
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
        let control = |key| {
            action(
                KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL),
                false,
            )
        };
        assert_eq!(control('c'), Some(Action::Quit));
        assert_eq!(control('b'), None);
        assert_eq!(press(KeyCode::Char('z')), None);
        let release =
            KeyEvent::new_with_kind(KeyCode::Up, KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(action(release, true), None);
    }
}
