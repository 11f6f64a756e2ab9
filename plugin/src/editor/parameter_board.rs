//! Connects a panel to the plugin's parameters and the engine's status.

use nice_plug::plugin::ParamValue;
use nice_plug::prelude::*;
use syrinx_dsp::{PitchTarget, Scale};
use syrinx_engine::{Priority, SpeechLine, SpeechLines, VoiceSlots, VoiceState};
use syrinx_views::{Board, Choice, Control, Form, LatencyPart, Line, PitchFrame, Readings};

use super::EditorParts;
use crate::host_presets::Saved;
use crate::typed_choice;

/// Connects a panel to the plugin's parameters, which change through the host, and to the engine's status.
pub struct ParameterBoard<'a> {
    parts: &'a EditorParts,
    setter: ParamSetter<'a>,
}

/// The parameter of each control: what is added to `Control` stands here as well.
macro_rules! with_parameter {
    ($board:expr, $control:expr, $parameter:ident => $work:expr) => {
        with_parameter!(@table $board, $control, $parameter => $work,
            Voice => voice;
            Speaker => speaker;
            Transpose => transpose;
            Fine => fine;
            Formant => formant;
            Intonation => intonation;
            Strength => strength;
            Gate => gate;
            InputGain => input_gain;
            HighPass => input.high_pass;
            Denoise => input.denoise;
            OutputGain => output_gain;
            Loudness => loudness;
            Mix => mix;
            Bypass => bypass;
            Quality => quality;
            OnUnderrun => on_underrun;
            Seed => seed;
            Mode => speech.mode;
            Speak => speech.speak;
            Line => speech.line;
            Notes => speech.notes;
            SpeechRate => speech.rate;
            SpeechPitch => speech.pitch;
            SpeechIntonation => speech.intonation;
            SpeechPauses => speech.pause;
            SpeechEmotion => speech.emotion;
            SpeechIntensity => speech.intensity;
            PitchTarget => pitch.target;
            Key => pitch.key;
            Scale => pitch.scale;
            Correction => pitch.strength;
            CorrectionSpeed => pitch.speed;
            MonotoneNote => pitch.note;
            Vibrato => pitch.vibrato;
            Glide => pitch.glide;
            BendRange => pitch.bend_range;
            Harmony1 => harmony.interval_1;
            Harmony1Level => harmony.level_1;
            Harmony2 => harmony.interval_2;
            Harmony2Level => harmony.level_2;
            Harmony3 => harmony.interval_3;
            Harmony3Level => harmony.level_3;
            Limiter => output.limiter;
            FeedbackGuard => output.feedback_guard;
        )
    };
    (@table $board:expr, $control:expr, $parameter:ident => $work:expr,
        $($name:ident => $($field:ident).+;)*) => {{
        let parameters = &$board.parts.parameters;
        match $control {
            $(Control::$name => {
                let $parameter = &parameters.$($field).+;
                $work
            })*
        }
    }};
}

impl<'a> ParameterBoard<'a> {
    /// For the parameters of `parts`, changed through `setter`.
    pub fn new(parts: &'a EditorParts, setter: ParamSetter<'a>) -> ParameterBoard<'a> {
        ParameterBoard { parts, setter }
    }

    /// The parameter of a control, and what a state says of it as it stands.
    pub(crate) fn saved(&self, control: Control) -> (ParamPtr, ParamValue) {
        with_parameter!(self, control, parameter => (parameter.as_ptr(), parameter.saved()))
    }

    /// The voices by slot, and the last slot, which is none.
    fn voices(&self) -> Vec<Choice> {
        let last = VoiceSlots::COUNT - 1;
        let voices = self.parts.voices.identities().into_iter();
        let voices = voices.enumerate().map(|(slot, voice)| (slot, voice.name));
        let parameter = &self.parts.parameters.voice;
        voices
            .take(last)
            .chain([(last, "no voice".to_owned())])
            .map(|(slot, text)| Choice {
                position: parameter.preview_normalized(slot as i32),
                text,
            })
            .collect()
    }

    fn speakers(&self) -> Vec<Choice> {
        let parameter = &self.parts.parameters.speaker;
        let speakers = self.parts.parameters.speaker_names.all();
        let choice = |(number, text): &(u32, String)| Choice {
            position: parameter.preview_normalized(*number as i32),
            text: text.clone(),
        };
        speakers.iter().map(choice).collect()
    }

    fn notices(&self) -> Vec<String> {
        let status = &self.parts.status;
        let panic = status.panicked().then(|| {
            "an error inside Syrinx was caught: the input passes through until the host restarts the plugin"
                .to_owned()
        });
        let report = self.parts.reported.get();
        let parameters = &self.parts.parameters;
        let waiting = report.as_ref().and_then(|report| {
            (report.quality != parameters.quality()).then(|| {
                "the chosen quality is heard after the host restarts the plugin".to_owned()
            })
        });
        // What is off already only goes on to delay; nobody need be told to hurry.
        let wanted = parameters.input.denoise_share() > 0.0;
        let denoiser = report.as_ref().and_then(|report| {
            (wanted && !report.denoises)
                .then(|| "the denoiser is heard after the host restarts the plugin".to_owned())
        });
        let wanted = parameters.output.limiter.value();
        let limiter = report.and_then(|report| {
            (wanted && !report.limits)
                .then(|| "the limiter works after the host restarts the plugin".to_owned())
        });
        let guard = status.feedback().then(|| {
            "the microphone hears the loudspeakers: the feedback guard turns the output down"
                .to_owned()
        });
        let newer = self.parts.parameters.state_version.notice();
        let lost = match status.lost_cues() {
            0 => None,
            count => Some(format!(
                "{count} lines were not spoken: too many began at once"
            )),
        };
        [
            panic,
            status.notice(),
            status.speech_notice(),
            lost,
            waiting,
            denoiser,
            limiter,
            guard,
            newer,
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Board for ParameterBoard<'_> {
    fn name(&self, control: Control) -> String {
        with_parameter!(self, control, parameter => parameter.name().to_owned())
    }

    fn position(&self, control: Control) -> f32 {
        with_parameter!(self, control, parameter => parameter.unmodulated_normalized_value())
    }

    fn default_position(&self, control: Control) -> f32 {
        with_parameter!(self, control, parameter => parameter.default_normalized_value())
    }

    fn step(&self, control: Control) -> f32 {
        // The framework tells the steps of whole numbers only.
        match control {
            Control::Fine => 1.0 / 200.0,
            Control::Formant => 0.1 / 24.0,
            Control::Intonation
            | Control::SpeechIntonation
            | Control::SpeechIntensity
            | Control::Vibrato => 1.0 / 200.0,
            Control::SpeechRate => 1.0 / 375.0,
            Control::SpeechPitch => 0.1 / 48.0,
            Control::SpeechPauses => 1.0 / 400.0,
            Control::Gate => 1.0 / 70.0,
            Control::InputGain | Control::OutputGain => 0.1 / 48.0,
            Control::HighPass => 1.0 / 281.0,
            Control::Loudness | Control::Mix | Control::Denoise | Control::Correction => {
                1.0 / 100.0
            }
            Control::CorrectionSpeed => 1.0 / 1_000.0,
            Control::Glide => 1.0 / 2_000.0,
            Control::Harmony1Level | Control::Harmony2Level | Control::Harmony3Level => 0.1 / 42.0,
            _ => with_parameter!(self, control, parameter => {
                1.0 / parameter.step_count().unwrap_or(1) as f32
            }),
        }
    }

    fn snap(&self, control: Control, position: f32) -> f32 {
        with_parameter!(self, control, parameter => {
            parameter.preview_normalized(parameter.preview_plain(position))
        })
    }

    fn text(&self, control: Control, position: f32) -> String {
        with_parameter!(self, control, parameter => {
            parameter.normalized_value_to_string(position, true)
        })
    }

    fn lasting_text(&self, control: Control, position: f32) -> String {
        if control == Control::Speaker {
            // The names are those of the voice that is heard now.
            let speaker = self.parts.parameters.speaker.preview_plain(position);
            return format!("speaker {speaker}");
        }
        self.text(control, position)
    }

    fn parse(&self, control: Control, text: &str) -> Option<f32> {
        let understood =
            with_parameter!(self, control, parameter => parameter.string_to_normalized_value(text));
        let by_name = matches!(control, Control::Voice | Control::Speaker);
        if understood.is_some() || control.form() != Form::List || by_name {
            return understood;
        }
        // Unmended, the framework takes the names of choices letter by letter alone.
        let choices = self.choices(control);
        let index = typed_choice::find(text, choices.iter().map(|choice| &choice.text))?;
        Some(choices[index].position)
    }

    fn choices(&self, control: Control) -> Vec<Choice> {
        match control {
            Control::Voice => self.voices(),
            Control::Speaker => self.speakers(),
            _ => with_parameter!(self, control, parameter => {
                let last = parameter.step_count().unwrap_or(0);
                let positions = (0..=last).map(|index| index as f32 / last.max(1) as f32);
                let choice = |position| Choice {
                    position,
                    text: parameter.normalized_value_to_string(position, true),
                };
                positions.map(choice).collect()
            }),
        }
    }

    fn begin(&self, control: Control) {
        with_parameter!(self, control, parameter => self.setter.begin_set_parameter(parameter));
    }

    fn set(&self, control: Control, position: f32) {
        with_parameter!(self, control, parameter => {
            self.setter.set_parameter(parameter, parameter.preview_plain(position));
        });
    }

    fn end(&self, control: Control) {
        with_parameter!(self, control, parameter => self.setter.end_set_parameter(parameter));
    }

    fn readings(&self) -> Readings {
        let status = &self.parts.status;
        let latency = self.parts.reported.get().map(|report| report.latency);
        let parts = latency.iter().flat_map(|latency| latency.terms());
        Readings {
            input_peak: status.take_input_peak(),
            output_peak: status.take_output_peak(),
            gate: self.parts.parameters.settings().gate.map(|gate| gate.0),
            latency_samples: latency.as_ref().map(|latency| latency.samples().0 as u32),
            latency_ms: latency.as_ref().map_or(0.0, |latency| latency.ms()),
            latency_parts: parts
                .map(|term| LatencyPart {
                    name: term.name.to_string(),
                    ms: term.ms,
                    note: term.note.to_string(),
                })
                .collect(),
            load: status.load(),
            peak_load: status.peak_load(),
            underruns: status.underruns(),
            missing_samples: status.missing_samples(),
            overruns: status.overruns(),
            voice: voice_in_words(status.voice_state()).to_owned(),
            backend: status
                .backend()
                .unwrap_or_else(|| "no voice loaded yet".to_owned()),
            priority: priority_in_words(status.priority()).to_owned(),
            notices: self.notices(),
        }
    }

    fn pitch(&self, from: u64, frames: &mut Vec<PitchFrame>) -> u64 {
        // At most five seconds, ten numbers in a picture: no storm of memory.
        let mut fresh = Vec::new();
        let next = self.parts.status.pitch().frames(from, &mut fresh);
        frames.extend(fresh.iter().map(|frame| PitchFrame {
            input_hz: frame.input_hz,
            output_hz: frame.output_hz,
        }));
        next
    }

    fn scale(&self) -> Option<u16> {
        match self.parts.parameters.settings().controls.pitch.target {
            PitchTarget::Scale { scale, .. } => Some(in_twelve(scale)),
            _ => None,
        }
    }

    fn reset_counts(&self) {
        self.parts.status.reset_counts();
    }

    fn lines(&self) -> Vec<Line> {
        let lines = self.parts.parameters.speech.lines.0.all().into_iter();
        lines
            .map(|SpeechLine { text, bar }| Line { text, bar })
            .collect()
    }

    fn set_lines(&self, lines: Vec<Line>) {
        let lines = lines.into_iter();
        let lines = lines.map(|Line { text, bar }| SpeechLine { text, bar });
        self.parts
            .parameters
            .speech
            .lines
            .0
            .replace(lines.collect());
    }

    fn most_lines(&self) -> usize {
        SpeechLines::COUNT
    }
}

/// The notes of a scale, a bit for each from C on.
fn in_twelve(scale: Scale) -> u16 {
    let notes = (0..12).filter(|&note| scale.contains(note));
    notes.fold(0, |bits, note| bits | 1 << note)
}

fn voice_in_words(state: VoiceState) -> &'static str {
    match state {
        VoiceState::None => "",
        VoiceState::Loading => "loading the voice",
        VoiceState::Ready => "",
        VoiceState::Failed => "no voice",
    }
}

fn priority_in_words(priority: Priority) -> &'static str {
    match priority {
        Priority::Unknown => "priority: not running",
        Priority::Granted => "real-time priority",
        Priority::Refused => "ordinary priority",
    }
}
