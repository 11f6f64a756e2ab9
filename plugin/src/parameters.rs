//! What a host can turn, automate and save.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use nice_plug::prelude::*;
use syrinx_dsp::{Decibels, Semitones};
use syrinx_engine::{LiveControls, OnUnderrun, Quality, Settings, SpeechLines, VoiceSlots};

use crate::state::{EditorSize, SavedVoices, StateVersion};
use crate::{formats, typed_choice};

mod harmony_parameters;
mod input_parameters;
mod mode_choice;
mod note_choice;
mod output_parameters;
mod pitch_parameters;
mod quality_choice;
mod scale_choice;
mod speaker_names;
mod speech_parameters;
mod target_choice;
mod underrun_choice;

pub use harmony_parameters::HarmonyParameters;
pub use input_parameters::InputParameters;
pub use mode_choice::ModeChoice;
pub use note_choice::NoteChoice;
pub use output_parameters::OutputParameters;
pub use pitch_parameters::PitchParameters;
pub use quality_choice::QualityChoice;
pub use scale_choice::ScaleChoice;
pub use speaker_names::SpeakerNames;
pub use speech_parameters::SpeechParameters;
pub use target_choice::TargetChoice;
pub use underrun_choice::UnderrunChoice;

/// The highest speaker number: what fits into the parameter, for ever.
const LAST_SPEAKER: i32 = 255;

/// What a host can turn, automate and save. The ids are for ever: projects and automation refer to them.
///
/// Values are raw; what could click is smoothed by the engine.
#[derive(Params)]
#[allow(missing_docs)] // Their names say what they are; units and ranges stand at their making.
pub struct VoiceParameters {
    #[id = "voice"]
    pub voice: IntParam,
    #[id = "spkr"]
    pub speaker: IntParam,
    #[id = "transp"]
    pub transpose: IntParam,
    #[id = "fine"]
    pub fine: FloatParam,
    #[id = "formnt"]
    pub formant: FloatParam,
    #[id = "intona"]
    pub intonation: FloatParam,
    #[id = "streng"]
    pub strength: IntParam,
    #[id = "gate"]
    pub gate: FloatParam,
    #[id = "ingain"]
    pub input_gain: FloatParam,
    #[id = "outgan"]
    pub output_gain: FloatParam,
    #[id = "loud"]
    pub loudness: FloatParam,
    #[id = "mix"]
    pub mix: FloatParam,
    #[id = "bypass"]
    pub bypass: BoolParam,
    #[id = "qualty"]
    pub quality: EnumParam<QualityChoice>,
    #[id = "underr"]
    pub on_underrun: EnumParam<UnderrunChoice>,
    #[id = "seed"]
    pub seed: IntParam,

    #[nested(group = "Speech")]
    pub speech: SpeechParameters,

    #[nested(group = "Input")]
    pub input: InputParameters,

    #[nested(group = "Pitch")]
    pub pitch: PitchParameters,

    #[nested(group = "Harmony")]
    pub harmony: HarmonyParameters,

    #[nested(group = "Output")]
    pub output: OutputParameters,

    #[persist = "state-version"]
    pub state_version: StateVersion,
    #[persist = "voices"]
    pub voices: SavedVoices,
    #[persist = "editor-size"]
    pub editor_size: EditorSize,

    pub speaker_names: Arc<SpeakerNames>,
}

impl VoiceParameters {
    /// Everything at its default, for an instance whose voices are `voices` and that speaks `lines`.
    pub fn new(voices: &Arc<VoiceSlots>, lines: &Arc<SpeechLines>) -> VoiceParameters {
        let slot = Arc::new(AtomicU32::new(0));
        let speaker_names = Arc::new(SpeakerNames::new(voices, &slot));
        VoiceParameters {
            voice: voice(voices, &slot),
            speaker: speaker(&speaker_names),
            transpose: transpose(),
            fine: shift("Fine", 100.0, 1.0, formats::cents, formats::parse_cents),
            formant: shift(
                "Formant",
                12.0,
                0.1,
                |value| formats::semitones(value, 1),
                formats::parse_semitones,
            ),
            intonation: percent("Intonation", 100.0, 200.0),
            strength: strength(),
            gate: gate(),
            input_gain: gain("Input Gain"),
            output_gain: gain("Output Gain"),
            loudness: percent("Loudness Match", 0.0, 100.0),
            mix: percent("Mix", 100.0, 100.0),
            bypass: switch("Bypass").make_bypass(),
            // It changes the latency, which hosts let no automation do.
            quality: EnumParam::new("Quality", QualityChoice::from(Quality::default()))
                .non_automatable(),
            on_underrun: EnumParam::new("On Underrun", UnderrunChoice::from(OnUnderrun::default())),
            seed: IntParam::new("Seed", 0, IntRange::Linear { min: 0, max: 9999 })
                .with_string_to_value(Arc::new(formats::parse_whole)),
            speech: SpeechParameters::new(lines),
            input: InputParameters::default(),
            pitch: PitchParameters::default(),
            harmony: HarmonyParameters::default(),
            output: OutputParameters::default(),
            state_version: StateVersion::default(),
            voices: SavedVoices(Arc::clone(voices)),
            editor_size: EditorSize::default(),
            speaker_names,
        }
    }

    /// What the engine is to do now, but for notes of a keyboard, which are no parameters. A saved state can hold any
    /// number, so every value is brought into its range.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn settings(&self) -> Settings {
        let transpose = self.transpose.value().clamp(-24, 24) as f32;
        let fine = within(self.fine.value(), -100.0, 100.0, 0.0);
        let gate = within(
            self.gate.value(),
            formats::GATE_OFF,
            -10.0,
            formats::GATE_OFF,
        );
        let gain = |value| Decibels(within(value, -24.0, 24.0, 0.0));
        let share = |value, default| within(value, 0.0, 100.0, default) / 100.0;
        let strength = self.strength.value();
        Settings {
            voice: slot_of(self.voice.value()),
            controls: LiveControls {
                speaker: self.speaker.value().clamp(0, LAST_SPEAKER) as u32,
                transpose: Semitones(transpose + fine / 100.0),
                formant: Semitones(within(self.formant.value(), -12.0, 12.0, 0.0)),
                intonation: within(self.intonation.value(), 0.0, 200.0, 100.0) / 100.0,
                strength: (strength >= 0).then(|| strength.min(100) as f32 / 100.0),
                pitch: self.pitch.settings(),
                seed: self.seed(),
            },
            high_pass: self.input.high_pass_hz(),
            denoise: self.input.denoise_share(),
            gate: (gate > formats::GATE_OFF).then_some(Decibels(gate)),
            loudness: share(self.loudness.value(), 0.0),
            input_gain: gain(self.input_gain.value()),
            output_gain: gain(self.output_gain.value()),
            harmony: self.harmony.settings(self.pitch.notes()),
            limit: self.output.limiter.value(),
            feedback_guard: self.output.feedback_guard.value(),
            mix: share(self.mix.value(), 100.0),
            bypass: self.bypass.value(),
            on_underrun: self.on_underrun.value().into(),
            speech: self.speech.mode(),
        }
    }

    /// What decides everything random.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn seed(&self) -> u64 {
        self.seed.value().clamp(0, 9999) as u64
    }

    /// The quality that is asked for; it counts from the next activation on.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn quality(&self) -> Quality {
        self.quality.value().into()
    }
}

/// The value in its range; `default` for what is no number.
fn within(value: f32, min: f32, max: f32, default: f32) -> f32 {
    match value.is_nan() {
        true => default,
        false => value.clamp(min, max),
    }
}

fn slot_of(value: i32) -> u32 {
    value.clamp(0, VoiceSlots::COUNT as i32 - 1) as u32
}

/// The slot of a voice, shown by the voice's name; `slot` follows it.
fn voice(voices: &Arc<VoiceSlots>, slot: &Arc<AtomicU32>) -> IntParam {
    let (shown, typed, slot) = (Arc::clone(voices), Arc::clone(voices), Arc::clone(slot));
    let max = VoiceSlots::COUNT as i32 - 1;
    IntParam::new("Voice", 0, IntRange::Linear { min: 0, max })
        .with_callback(Arc::new(move |value| {
            slot.store(slot_of(value), Ordering::Relaxed);
        }))
        .with_value_to_string(Arc::new(move |value| {
            let slot = slot_of(value);
            shown
                .name(slot)
                .unwrap_or_else(|| format!("no voice {slot}"))
        }))
        .with_string_to_value(Arc::new(move |text| {
            let text = text.trim();
            if ["no voice", "none"].contains(&text.to_lowercase().as_str()) {
                return Some(max);
            }
            let named = || {
                let names = typed.identities().into_iter().map(|voice| voice.name);
                typed_choice::find(text, names).map(|slot| slot as i32)
            };
            let known = typed.find(text).map(|slot| slot as i32).or_else(named);
            known.or_else(|| numbered(text, "no voice"))
        }))
}

/// The number of a speaker, shown by their name.
fn speaker(names: &Arc<SpeakerNames>) -> IntParam {
    let (shown, typed) = (Arc::clone(names), Arc::clone(names));
    IntParam::new(
        "Speaker",
        0,
        IntRange::Linear {
            min: 0,
            max: LAST_SPEAKER,
        },
    )
    .with_value_to_string(Arc::new(move |value| {
        let name = shown.name(value.clamp(0, LAST_SPEAKER) as u32);
        name.unwrap_or_else(|| format!("speaker {value}"))
    }))
    .with_string_to_value(Arc::new(move |text| {
        let text = text.trim();
        let named = || {
            let all = typed.all();
            let index = typed_choice::find(text, all.iter().map(|speaker| &speaker.1))?;
            Some(all[index].0)
        };
        let known = typed.number(text).or_else(named);
        known
            .map(|number| number as i32)
            .or_else(|| numbered(text, "speaker"))
    }))
}

/// The number in `text`, alone or after `word` in any case.
fn numbered(text: &str, word: &str) -> Option<i32> {
    let text = text.to_lowercase();
    formats::parse_whole(text.strip_prefix(word).unwrap_or(&text))
}

/// Off, until it is switched on.
fn switch(name: &str) -> BoolParam {
    BoolParam::new(name, false).with_string_to_value(Arc::new(formats::parse_switch))
}

/// Semitones in whole steps; the rest is for the fine control.
fn transpose() -> IntParam {
    IntParam::new("Transpose", 0, IntRange::Linear { min: -24, max: 24 })
        .with_value_to_string(Arc::new(|value| formats::semitones(value as f32, 0)))
        .with_string_to_value(Arc::new(|text| {
            formats::whole(formats::parse_semitones(text)?)
        }))
}

/// A shift of up to `most` either way.
fn shift(
    name: &str,
    most: f32,
    step: f32,
    show: fn(f32) -> String,
    parse: fn(&str) -> Option<f32>,
) -> FloatParam {
    let range = FloatRange::Linear {
        min: -most,
        max: most,
    };
    FloatParam::new(name, 0.0, range)
        .with_step_size(step)
        .with_value_to_string(Arc::new(show))
        .with_string_to_value(Arc::new(parse))
}

fn percent(name: &str, default: f32, max: f32) -> FloatParam {
    FloatParam::new(name, default, FloatRange::Linear { min: 0.0, max })
        .with_step_size(1.0)
        .with_value_to_string(Arc::new(formats::percent))
        .with_string_to_value(Arc::new(move |text| formats::parse_percent(text, max)))
}

/// Per cent; one position below 0 leaves it to the voice, so that any host's knob reaches it.
fn strength() -> IntParam {
    IntParam::new("Strength", -1, IntRange::Linear { min: -1, max: 100 })
        .with_value_to_string(Arc::new(formats::strength))
        .with_string_to_value(Arc::new(formats::parse_strength))
}

/// -80 dB, where it is off, to -10 dB: above, it would cut speech of any level.
fn gate() -> FloatParam {
    let range = FloatRange::Linear {
        min: formats::GATE_OFF,
        max: -10.0,
    };
    FloatParam::new("Gate", formats::GATE_OFF, range)
        .with_step_size(1.0)
        .with_value_to_string(Arc::new(formats::gate))
        .with_string_to_value(Arc::new(formats::parse_gate))
}

/// 24 dB either way, so that unity is in the middle of the knob.
fn gain(name: &str) -> FloatParam {
    FloatParam::new(
        name,
        0.0,
        FloatRange::Linear {
            min: -24.0,
            max: 24.0,
        },
    )
    .with_step_size(0.1)
    .with_value_to_string(Arc::new(formats::decibels))
    .with_string_to_value(Arc::new(formats::parse_decibels))
}

#[cfg(test)]
mod tests;
