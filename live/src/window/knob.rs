//! The numbers behind the window's controls: ranges, steps, and what they mean in words.

use syrinx_dsp::{Decibels, HighPass, Note, ScaleKind, Semitones};
use syrinx_engine::{HarmonyVoice, OnUnderrun};
use syrinx_views::{Control, formats, interval_names, note_names, typed_choice};

use super::wishes::{Target, Wishes};

/// The highest number of a speaker.
pub const LAST_SPEAKER: f32 = 255.0;

/// What is heard while converted sound is missing, in the order of the list.
const ON_UNDERRUN: [&str; 2] = ["Dry voice", "Silence"];

/// A number behind a control.
pub struct Knob {
    /// What the control is called.
    pub name: &'static str,
    /// The lowest.
    pub low: f32,
    /// The highest.
    pub high: f32,
    /// From one to the next.
    pub step: f32,
    /// Where it stands by default.
    pub default: f32,
    /// Its number.
    pub get: fn(&Wishes) -> f32,
    /// Sets it.
    pub set: fn(&mut Wishes, f32),
    /// What a number means.
    pub show: fn(f32) -> String,
    /// The number that a text means.
    pub read: fn(&str) -> Option<f32>,
}

/// A number with this range, in steps.
fn knob(name: &'static str, (low, high): (f32, f32), step: f32, default: f32) -> Knob {
    Knob {
        name,
        low,
        high,
        step,
        default,
        get: |_| 0.0,
        set: |_, _| {},
        show: formats::percent,
        read: |_| None,
    }
}

impl Knob {
    fn at(self, get: fn(&Wishes) -> f32, set: fn(&mut Wishes, f32)) -> Knob {
        Knob { get, set, ..self }
    }

    fn said(self, show: fn(f32) -> String, read: fn(&str) -> Option<f32>) -> Knob {
        Knob { show, read, ..self }
    }

    /// The nearest number that it can be.
    pub fn snap(&self, value: f32) -> f32 {
        let steps = ((value - self.low) / self.step).round();
        (self.low + steps * self.step).clamp(self.low, self.high)
    }
}

fn per_cent(name: &'static str, most: f32, default: f32) -> Knob {
    let read = match most > 100.0 {
        true => |text: &str| formats::parse_percent(text, 200.0),
        false => |text: &str| formats::parse_percent(text, 100.0),
    };
    knob(name, (0.0, most), 1.0, default).said(formats::percent, read)
}

fn decibels(name: &'static str, range: (f32, f32), default: f32) -> Knob {
    knob(name, range, 0.1, default).said(formats::decibels, formats::parse_decibels)
}

fn switch(name: &'static str) -> Knob {
    let show = |value: f32| if value >= 0.5 { "On" } else { "Off" }.to_owned();
    let read = |text: &str| formats::parse_switch(text).map(|on| if on { 1.0 } else { 0.0 });
    knob(name, (0.0, 1.0), 1.0, 0.0).said(show, read)
}

fn number(on: bool) -> f32 {
    if on { 1.0 } else { 0.0 }
}

/// The number behind a control; `None` for what a live session does not have.
pub fn of(control: Control) -> Option<Knob> {
    voice(control)
        .or_else(|| signal(control))
        .or_else(|| pitch(control))
        .or_else(|| harmony(control))
}

fn voice(control: Control) -> Option<Knob> {
    Some(match control {
        Control::Bypass => switch("Bypass").at(
            |w| number(w.settings().bypass),
            |w, value| w.rest().bypass = value >= 0.5,
        ),
        Control::Speaker => knob("Speaker", (0.0, LAST_SPEAKER), 1.0, 0.0).at(
            |w| w.settings().controls.speaker as f32,
            |w, value| w.rest().controls.speaker = value as u32,
        ),
        Control::Transpose => knob("Transpose", (-24.0, 24.0), 0.1, 0.0)
            .said(
                |value| formats::semitones(value, 1),
                formats::parse_semitones,
            )
            .at(
                |w| w.settings().controls.transpose.0,
                |w, value| w.rest().controls.transpose = Semitones(value),
            ),
        Control::Formant => knob("Formant", (-12.0, 12.0), 0.1, 0.0)
            .said(
                |value| formats::semitones(value, 1),
                formats::parse_semitones,
            )
            .at(
                |w| w.settings().controls.formant.0,
                |w, value| w.rest().controls.formant = Semitones(value),
            ),
        Control::Intonation => per_cent("Intonation", 200.0, 100.0).at(
            |w| 100.0 * w.settings().controls.intonation,
            |w, value| w.rest().controls.intonation = value / 100.0,
        ),
        Control::Strength => knob("Strength", (-1.0, 100.0), 1.0, -1.0)
            .said(
                |value| formats::strength(value.round() as i32),
                |text| formats::parse_strength(text).map(|value| value as f32),
            )
            .at(
                |w| {
                    w.settings()
                        .controls
                        .strength
                        .map_or(-1.0, |share| 100.0 * share)
                },
                |w, value| w.rest().controls.strength = (value >= 0.0).then_some(value / 100.0),
            ),
        Control::Seed => knob("Seed", (0.0, 9999.0), 1.0, 0.0)
            .said(
                |value| format!("{value:.0}"),
                |text| formats::parse_whole(text).map(|value| value as f32),
            )
            .at(
                |w| w.settings().controls.seed as f32,
                |w, value| w.rest().controls.seed = value as u64,
            ),
        _ => return None,
    })
}

fn signal(control: Control) -> Option<Knob> {
    Some(match control {
        Control::InputGain => decibels("Input Gain", (-24.0, 24.0), 0.0).at(
            |w| w.settings().input_gain.0,
            |w, value| w.rest().input_gain = Decibels(value),
        ),
        Control::OutputGain => decibels("Output Gain", (-24.0, 24.0), 0.0).at(
            |w| w.settings().output_gain.0,
            |w, value| w.rest().output_gain = Decibels(value),
        ),
        Control::HighPass => {
            let range = (formats::HIGH_PASS_OFF, HighPass::MAX_HZ);
            knob("High-pass", range, 1.0, formats::HIGH_PASS_OFF)
                .said(formats::high_pass, formats::parse_high_pass)
                .at(
                    |w| w.settings().high_pass.unwrap_or(formats::HIGH_PASS_OFF),
                    |w, value| {
                        w.rest().high_pass = (value > formats::HIGH_PASS_OFF).then_some(value);
                    },
                )
        }
        Control::Denoise => knob("Denoise", (0.0, 100.0), 1.0, 0.0)
            .said(formats::denoise, formats::parse_denoise)
            .at(
                |w| 100.0 * w.settings().denoise,
                |w, value| w.rest().denoise = value / 100.0,
            ),
        Control::Gate => knob("Gate", (formats::GATE_OFF, -10.0), 1.0, formats::GATE_OFF)
            .said(formats::gate, formats::parse_gate)
            .at(
                |w| w.settings().gate.map_or(formats::GATE_OFF, |gate| gate.0),
                |w, value| w.rest().gate = (value > formats::GATE_OFF).then_some(Decibels(value)),
            ),
        Control::Loudness => per_cent("Loudness Match", 100.0, 0.0).at(
            |w| 100.0 * w.settings().loudness,
            |w, value| w.rest().loudness = value / 100.0,
        ),
        Control::Mix => per_cent("Mix", 100.0, 100.0).at(
            |w| 100.0 * w.settings().mix,
            |w, value| w.rest().mix = value / 100.0,
        ),
        Control::OnUnderrun => knob("On Underrun", (0.0, 1.0), 1.0, 0.0)
            .said(
                |value| ON_UNDERRUN[usize::from(value >= 0.5)].to_owned(),
                |text| typed_choice::find(text, ON_UNDERRUN).map(|index| index as f32),
            )
            .at(
                |w| number(w.settings().on_underrun == OnUnderrun::Gap),
                |w, value| {
                    w.rest().on_underrun = match value >= 0.5 {
                        true => OnUnderrun::Gap,
                        false => OnUnderrun::Dry,
                    };
                },
            ),
        Control::Limiter => switch("Limiter").at(
            |w| number(w.settings().limit),
            |w, value| w.rest().limit = value >= 0.5,
        ),
        Control::FeedbackGuard => switch("Feedback Guard").at(
            |w| number(w.settings().feedback_guard),
            |w, value| w.rest().feedback_guard = value >= 0.5,
        ),
        _ => return None,
    })
}

fn pitch(control: Control) -> Option<Knob> {
    Some(match control {
        Control::PitchTarget => knob("Pitch Target", (0.0, 2.0), 1.0, 0.0)
            .said(
                |value| Target::ALL[value.round() as usize % 3].name().to_owned(),
                |text| {
                    typed_choice::find(text, Target::ALL.map(Target::name))
                        .map(|index| index as f32)
                },
            )
            .at(
                |w| w.target as usize as f32,
                |w, value| w.target = Target::ALL[value.round() as usize % 3],
            ),
        Control::Key => knob("Key", (0.0, 11.0), 1.0, 0.0)
            .said(
                |value| note_names::key(value.round() as i32),
                |text| note_names::parse_key(text).map(|key| key as f32),
            )
            .at(|w| f32::from(w.key), |w, value| w.key = value as u8),
        Control::Scale => knob("Scale", (0.0, ScaleKind::ALL.len() as f32 - 1.0), 1.0, 0.0)
            .said(
                |value| scale_name(ScaleKind::ALL[value.round() as usize % ScaleKind::ALL.len()]),
                |text| {
                    typed_choice::find(text, ScaleKind::ALL.map(scale_name))
                        .map(|index| index as f32)
                },
            )
            .at(|w| w.kind as f32, |w, value| w.kind = value as usize),
        Control::Correction => per_cent("Correction", 100.0, 100.0).at(
            |w| 100.0 * w.strength,
            |w, value| w.strength = value / 100.0,
        ),
        Control::CorrectionSpeed => knob("Correction Speed", (0.0, 1000.0), 1.0, 50.0)
            .said(formats::milliseconds, formats::parse_milliseconds)
            .at(|w| w.speed_ms, |w, value| w.speed_ms = value),
        Control::MonotoneNote => knob(
            "Monotone Note",
            (Note::LOWEST.0, Note::HIGHEST.0),
            1.0,
            45.0,
        )
        .said(
            |value| note_names::note(value.round() as i32),
            |text| note_names::parse_note(text).map(|note| note as f32),
        )
        .at(|w| w.note, |w, value| w.note = value),
        Control::Vibrato => per_cent("Vibrato", 200.0, 100.0).at(
            |w| 100.0 * w.settings().controls.pitch.vibrato,
            |w, value| w.rest().controls.pitch.vibrato = value / 100.0,
        ),
        _ => return None,
    })
}

/// `Harmonic minor`.
fn scale_name(kind: ScaleKind) -> String {
    let name = kind.name().replace('-', " ");
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn harmony(control: Control) -> Option<Knob> {
    let interval = |name| {
        let furthest = interval_names::FURTHEST as f32;
        knob(name, (-furthest, furthest), 1.0, 0.0).said(
            |value| interval_names::interval(value.round() as i32),
            |text| interval_names::parse_interval(text).map(|degrees| degrees as f32),
        )
    };
    let level = |name| decibels(name, (-30.0, 12.0), 0.0);
    fn heard(wishes: &Wishes, place: usize) -> HarmonyVoice {
        wishes.settings().harmony.voices[place]
    }
    fn changed(wishes: &mut Wishes, place: usize) -> &mut HarmonyVoice {
        &mut wishes.rest().harmony.voices[place]
    }
    Some(match control {
        Control::Harmony1 => interval("Harmony 1").at(
            |w| f32::from(heard(w, 0).degrees),
            |w, value| changed(w, 0).degrees = value as i8,
        ),
        Control::Harmony2 => interval("Harmony 2").at(
            |w| f32::from(heard(w, 1).degrees),
            |w, value| changed(w, 1).degrees = value as i8,
        ),
        Control::Harmony3 => interval("Harmony 3").at(
            |w| f32::from(heard(w, 2).degrees),
            |w, value| changed(w, 2).degrees = value as i8,
        ),
        Control::Harmony1Level => level("Level 1").at(
            |w| heard(w, 0).level.0,
            |w, value| changed(w, 0).level = Decibels(value),
        ),
        Control::Harmony2Level => level("Level 2").at(
            |w| heard(w, 1).level.0,
            |w, value| changed(w, 1).level = Decibels(value),
        ),
        Control::Harmony3Level => level("Level 3").at(
            |w| heard(w, 2).level.0,
            |w, value| changed(w, 2).level = Decibels(value),
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use syrinx_engine::Settings;

    use super::*;

    #[test]
    fn every_knob_sets_what_it_gets_and_reads_what_it_shows() {
        for &control in Control::ALL {
            let Some(knob) = of(control) else { continue };
            for share in [0.0, 0.4, 1.0] {
                let value = knob.snap(knob.low + share * (knob.high - knob.low));
                let mut wishes = Wishes::of(&Settings::default());
                (knob.set)(&mut wishes, value);
                let found = (knob.get)(&wishes);
                // Shares are hundredths of what is shown: rounding of f32.
                assert!(
                    (found - value).abs() < 1e-3,
                    "{control:?}: {found} for {value}"
                );
                if control == Control::Speaker {
                    continue;
                }
                let text = (knob.show)(value);
                let read = (knob.read)(&text).unwrap_or_else(|| panic!("{control:?}: {text:?}"));
                assert_eq!((knob.show)(read), text, "{control:?}");
            }
            let default = (knob.get)(&Wishes::of(&Settings::default()));
            assert!(
                (default - knob.default).abs() < 1e-3,
                "{control:?}: {default}"
            );
        }
    }
}
