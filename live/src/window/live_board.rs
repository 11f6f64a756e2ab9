//! Connects a panel to a live session.

use std::cell::RefCell;

use syrinx_dsp::PitchTarget;
use syrinx_engine::{Priority, VoiceSlots, VoiceState};
use syrinx_views::{
    Board, Choice, Control, Form, LatencyPart, Line, PitchFrame, Readings, typed_choice,
};

use super::knob::{self, Knob};
use super::link::WindowLink;
use super::wishes::Wishes;

/// The slot that is no voice.
const LAST_SLOT: usize = VoiceSlots::COUNT - 1;

/// Connects a panel to a live session: controls ask the run around the devices for settings, readings come from the
/// engine.
pub struct LiveBoard {
    link: WindowLink,
    wishes: RefCell<Wishes>,
}

impl LiveBoard {
    /// Of the session behind `link`.
    pub fn new(link: WindowLink) -> LiveBoard {
        let wishes = RefCell::new(Wishes::of(&link.settings()));
        LiveBoard { link, wishes }
    }

    /// Takes over what keys and other programs have changed; to be called before each picture.
    pub fn follow(&self) {
        let settings = self.link.settings();
        let mut wishes = self.wishes.borrow_mut();
        if wishes.settings() != settings {
            wishes.follow(&settings);
        }
    }

    /// The number of a control and what is behind it; voices and what a session lacks have none.
    fn with<T>(&self, control: Control, work: impl FnOnce(&Knob) -> T) -> Option<T> {
        knob::of(control).map(|knob| work(&knob))
    }

    fn slot(&self) -> usize {
        self.wishes.borrow().settings().voice as usize
    }

    fn voices(&self) -> Vec<Choice> {
        let voices = self.link.voices().identities().into_iter().enumerate();
        let named = voices
            .take(LAST_SLOT)
            .map(|(slot, voice)| (slot, voice.name));
        named
            .chain([(LAST_SLOT, "no voice".to_owned())])
            .map(|(slot, text)| Choice {
                position: slot as f32 / LAST_SLOT as f32,
                text,
            })
            .collect()
    }

    fn speakers(&self) -> Vec<Choice> {
        let speakers = self.link.voices().speakers(self.slot() as u32).into_iter();
        speakers
            .map(|(number, text)| Choice {
                position: number as f32 / knob::LAST_SPEAKER,
                text,
            })
            .collect()
    }

    /// The name at a position of a list whose names are not numbers'.
    fn named(&self, control: Control, position: f32) -> Option<String> {
        let list = match control {
            Control::Voice => self.voices(),
            Control::Speaker => self.speakers(),
            _ => return None,
        };
        let near = |choice: &Choice| (choice.position - position).abs() < self.step(control) / 2.0;
        list.into_iter().find(near).map(|choice| choice.text)
    }

    fn change_wishes(&self, change: impl FnOnce(&mut Wishes)) {
        let mut wishes = self.wishes.borrow_mut();
        change(&mut wishes);
        self.link.ask(wishes.settings());
    }

    fn notices(&self, mut notices: Vec<String>) -> Vec<String> {
        let status = self.link.status();
        if status.feedback() {
            notices.push(
                "the microphone hears the loudspeakers: the feedback guard turns the output down"
                    .to_owned(),
            );
        }
        let counts = self.link.counts();
        for (is_so, words) in [
            (counts.muted(), "muted"),
            (counts.panic(), "panic: your own voice is heard, undelayed"),
        ] {
            if is_so {
                notices.push(words.to_owned());
            }
        }
        notices
    }
}

impl Board for LiveBoard {
    fn has(&self, control: Control) -> bool {
        control == Control::Voice || knob::of(control).is_some()
    }

    fn name(&self, control: Control) -> String {
        let name = self.with(control, |knob| knob.name);
        name.unwrap_or("Voice").to_owned()
    }

    fn position(&self, control: Control) -> f32 {
        if control == Control::Voice {
            return self.slot() as f32 / LAST_SLOT as f32;
        }
        let wishes = self.wishes.borrow();
        let position = |knob: &Knob| ((knob.get)(&wishes) - knob.low) / (knob.high - knob.low);
        self.with(control, position).unwrap_or(0.0)
    }

    fn default_position(&self, control: Control) -> f32 {
        let position = |knob: &Knob| (knob.default - knob.low) / (knob.high - knob.low);
        self.with(control, position).unwrap_or(0.0)
    }

    fn step(&self, control: Control) -> f32 {
        let step = |knob: &Knob| knob.step / (knob.high - knob.low);
        self.with(control, step).unwrap_or(1.0 / LAST_SLOT as f32)
    }

    fn snap(&self, control: Control, position: f32) -> f32 {
        let snapped = |knob: &Knob| {
            let range = knob.high - knob.low;
            (knob.snap(knob.low + position * range) - knob.low) / range
        };
        let slot = (position * LAST_SLOT as f32).round() / LAST_SLOT as f32;
        self.with(control, snapped).unwrap_or(slot)
    }

    fn text(&self, control: Control, position: f32) -> String {
        if let Control::Voice | Control::Speaker = control {
            return self
                .named(control, position)
                .unwrap_or_else(|| "none".to_owned());
        }
        let text = |knob: &Knob| (knob.show)(knob.low + position * (knob.high - knob.low));
        self.with(control, text).unwrap_or_default()
    }

    fn parse(&self, control: Control, text: &str) -> Option<f32> {
        if let Control::Voice | Control::Speaker = control {
            let choices = self.choices(control);
            let index = typed_choice::find(text, choices.iter().map(|choice| &choice.text))?;
            return Some(choices[index].position);
        }
        let read = |knob: &Knob| {
            let value = (knob.read)(text)?;
            let position = (value - knob.low) / (knob.high - knob.low);
            Some(position.clamp(0.0, 1.0))
        };
        self.with(control, read).flatten()
    }

    fn choices(&self, control: Control) -> Vec<Choice> {
        match control {
            Control::Voice => return self.voices(),
            Control::Speaker => return self.speakers(),
            _ if control.form() != Form::List => return Vec::new(),
            _ => {}
        }
        let all = |knob: &Knob| {
            let last = ((knob.high - knob.low) / knob.step).round() as usize;
            let positions = (0..=last).map(|index| index as f32 / last as f32);
            let choice = |position| Choice {
                position,
                text: (knob.show)(knob.low + position * (knob.high - knob.low)),
            };
            positions.map(choice).collect()
        };
        self.with(control, all).unwrap_or_default()
    }

    fn begin(&self, _: Control) {}

    fn set(&self, control: Control, position: f32) {
        if control == Control::Voice {
            let slot = (position * LAST_SLOT as f32).round() as u32;
            return self.change_wishes(|wishes| {
                wishes.rest().voice = slot;
                // Numbers of speakers mean nothing in another voice.
                wishes.rest().controls.speaker = 0;
            });
        }
        if let Some(knob) = knob::of(control) {
            let value = knob.snap(knob.low + position * (knob.high - knob.low));
            self.change_wishes(|wishes| (knob.set)(wishes, value));
        }
    }

    fn end(&self, _: Control) {}

    fn readings(&self) -> Readings {
        let (status, told) = (self.link.status(), self.link.told());
        let [input_peak, output_peak] = self.link.take_peaks();
        let latency = told.latency.as_ref();
        let terms = latency.into_iter().flat_map(|latency| latency.terms());
        let devices = LatencyPart {
            name: "devices".to_owned(),
            ms: told.device_ms,
            note: "beyond what the engine takes: a smaller --block shortens it".to_owned(),
        };
        let parts = terms.map(|term| LatencyPart {
            name: term.name.to_owned(),
            ms: term.ms,
            note: term.note.to_owned(),
        });
        Readings {
            input_peak,
            output_peak,
            gate: self.wishes.borrow().settings().gate.map(|gate| gate.0),
            latency_samples: latency.map(|latency| latency.samples().0 as u32),
            latency_ms: latency.map_or(0.0, |latency| latency.ms()),
            latency_parts: parts
                .chain((told.device_ms > 0.0).then_some(devices))
                .collect(),
            load: status.load(),
            peak_load: status.peak_load(),
            underruns: status.underruns(),
            missing_samples: status.missing_samples(),
            overruns: status.overruns(),
            voice: match status.voice_state() {
                VoiceState::Loading => "loading the voice",
                VoiceState::Failed => "no voice",
                VoiceState::None | VoiceState::Ready => "",
            }
            .to_owned(),
            backend: status
                .backend()
                .unwrap_or_else(|| "no voice loaded yet".to_owned()),
            priority: match status.priority() {
                Priority::Unknown => "priority: not running",
                Priority::Granted => "real-time priority",
                Priority::Refused => "ordinary priority",
            }
            .to_owned(),
            notices: self.notices(told.notices),
        }
    }

    fn pitch(&self, from: u64, frames: &mut Vec<PitchFrame>) -> u64 {
        let mut fresh = Vec::new();
        let next = self.link.status().pitch().frames(from, &mut fresh);
        frames.extend(fresh.iter().map(|frame| PitchFrame {
            input_hz: frame.input_hz,
            output_hz: frame.output_hz,
        }));
        next
    }

    fn scale(&self) -> Option<u16> {
        match self.wishes.borrow().settings().controls.pitch.target {
            PitchTarget::Scale { scale, .. } => {
                let notes = (0..12).filter(|&note| scale.contains(note));
                Some(notes.fold(0, |bits, note| bits | 1 << note))
            }
            _ => None,
        }
    }

    fn reset_counts(&self) {
        self.link.ask_reset();
    }

    fn lines(&self) -> Vec<Line> {
        Vec::new()
    }

    fn set_lines(&self, _: Vec<Line>) {}

    fn most_lines(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use syrinx_engine::{Engine, Settings};

    use super::*;

    fn board() -> (WindowLink, LiveBoard) {
        let link = WindowLink::new(Engine::new().into(), Settings::default());
        (link.clone(), LiveBoard::new(link))
    }

    #[test]
    fn what_is_typed_is_asked_for() {
        let (link, board) = board();
        for (control, typed, shown) in [
            (Control::Transpose, "+3", "+3.0 st"),
            (Control::OutputGain, "-12dB", "-12.0 dB"),
            (Control::Mix, "0.5", "50 %"),
            (Control::Gate, "-40 dB", "-40 dB"),
            (Control::PitchTarget, "scale", "Scale"),
            (Control::Key, "f#", "F#"),
            (Control::Scale, "harmonic", "Harmonic minor"),
            (Control::Harmony2, "third above", "third above"),
            (Control::Voice, "no voice", "no voice"),
        ] {
            let position = board
                .parse(control, typed)
                .unwrap_or_else(|| panic!("{typed:?}"));
            board.change(control, position);
            assert_eq!(board.text(control, board.position(control)), shown);
        }
        let asked = link.take().unwrap();
        assert_eq!(asked.controls.transpose.0, 3.0);
        assert_eq!(asked.harmony.voices[1].degrees, 2);
        assert_eq!(asked.voice as usize, LAST_SLOT);
        assert_eq!(board.scale(), Some(link.settings_scale()));
        assert_eq!(board.parse(Control::Transpose, "high"), None);
        assert!(!board.has(Control::Quality) && !board.has(Control::Speak));
    }

    impl WindowLink {
        fn settings_scale(&self) -> u16 {
            // F sharp harmonic minor, from C on: C# D F F# G# A B.
            let notes = [1, 2, 5, 6, 8, 9, 11];
            notes.iter().fold(0, |bits, note| bits | 1 << note)
        }
    }

    #[test]
    fn what_a_key_has_turned_is_seen() {
        let (link, board) = board();
        let mut settings = Settings::default();
        settings.controls.transpose.0 = -5.0;
        link.hold(settings);
        board.follow();
        let position = board.position(Control::Transpose);
        assert_eq!(board.text(Control::Transpose, position), "-5.0 st");
        assert_eq!(link.take(), None, "nothing is asked for by looking");
    }
}
