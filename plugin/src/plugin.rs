//! The plugin as a host sees it: its life cycle around the engine.

use std::ops::Range;
use std::sync::Arc;

use nice_plug::prelude::*;
use syrinx_engine::{Activation, AudioPath, Engine, Pace, Quality, Settings, SpeechMode};

use crate::editor::{EditorParts, Report, Reported, WindowEditor};
use crate::panic_guard::scrub;
use crate::sung_parts::SungParts;
use crate::triggers::Triggers;
use crate::{PanicGuard, VoiceParameters, runtime_library, state};

/// How long the output may outlast the latency, in milliseconds: resamplers and the filters of voices ring for some
/// tens of them.
const RING_MS: f64 = 100.0;

/// Converts a voice in real time.
///
/// Making one is cheap: no file, library or thread before [`Plugin::activate`], so that hosts can scan. It adds the
/// engine's latency, which is reported in [`Plugin::activate`] and nowhere else.
pub struct VoicePlugin {
    parameters: Arc<VoiceParameters>,
    engine: Engine,
    reported: Reported,
    active: Option<Active>,
}

/// What there is from activation to deactivation.
struct Active {
    path: AudioPath,
    guard: PanicGuard,
    triggers: Triggers,
    sung: SungParts,
    tail: u32,
    fixed: Fixed,
    /// What a restart was asked for; one request per change.
    asked: Fixed,
}

/// What the latency follows from besides the voice: it holds from one activation to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fixed {
    quality: Quality,
    denoises: bool,
    limits: bool,
}

impl Default for VoicePlugin {
    fn default() -> Self {
        let engine = Engine::new();
        VoicePlugin {
            parameters: Arc::new(VoiceParameters::new(engine.voices(), engine.lines())),
            engine,
            reported: Reported::default(),
            active: None,
        }
    }
}

impl VoicePlugin {
    /// Its parameters and saved fields.
    pub fn parameters(&self) -> &Arc<VoiceParameters> {
        &self.parameters
    }

    /// The control side of what converts.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    fn fixed(&self) -> Fixed {
        Fixed {
            quality: self.parameters.quality(),
            denoises: self.parameters.input.denoise_share() > 0.0,
            limits: self.parameters.output.limiter.value(),
        }
    }

    /// What the editor shows and changes.
    pub fn editor_parts(&self) -> EditorParts {
        EditorParts {
            parameters: Arc::clone(&self.parameters),
            voices: Arc::clone(self.engine.voices()),
            status: Arc::clone(self.engine.status()),
            reported: self.reported.clone(),
        }
    }
}

impl Active {
    /// Whether the host should restart the plugin: the latency wants to change, and only activation may do that.
    fn wants_restart(&mut self, wanted: Fixed, asked_by_engine: bool) -> bool {
        let changed = wanted != self.asked;
        self.asked = wanted;
        asked_by_engine || (changed && wanted != self.fixed)
    }
}

impl Plugin for VoicePlugin {
    const NAME: &'static str = "Syrinx";
    const VENDOR: &'static str = "Syrinx";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[layout(2), layout(1)];
    // Notes start lines and are sung, and the wheel bends them. The wheel costs parameters in VST3: 2080 as the framework
    // was published, four in bundles.
    const MIDI_INPUT: MidiConfig = MidiConfig::MidiCCs;
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;

    type Editor = WindowEditor;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.parameters) as Arc<dyn Params>
    }

    fn editor(&mut self, _: AsyncExecutor<Self>) -> Option<WindowEditor> {
        Some(WindowEditor::new(self.editor_parts()))
    }

    fn filter_state(state: &mut PluginState) {
        state::migrate(state);
    }

    fn activate(
        &mut self,
        layout: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        if let Some(library) = runtime_library() {
            self.engine.library().prefer_runtime(library);
        }
        let fixed = self.fixed();
        let rate = f64::from(config.sample_rate);
        let channels = layout.main_input_channels.map_or(2, NonZeroU32::get);
        let path = self.engine.activate(&Activation {
            channels: channels as usize,
            pace: match config.process_mode {
                ProcessMode::Offline => Pace::Offline,
                _ => Pace::Auto,
            },
            quality: fixed.quality,
            settings: self.parameters.settings(),
            ..Activation::new(rate, config.max_buffer_size as usize)
        });
        let latency = path.latency().samples().0 as u32;
        context.set_latency_samples(latency);
        log_activation(config, latency);
        self.reported.set(Report {
            latency: path.latency().clone(),
            quality: fixed.quality,
            denoises: fixed.denoises,
            limits: fixed.limits,
        });
        self.active = Some(Active {
            path,
            guard: PanicGuard::default(),
            triggers: Triggers::new(self.parameters.speech.presses()),
            sung: SungParts::default(),
            tail: match latency {
                0 => 0,
                _ => latency + (rate * RING_MS / 1e3) as u32,
            },
            fixed,
            asked: fixed,
        });
        true
    }

    fn reset(&mut self) {
        if let Some(active) = &mut self.active {
            active.sung.reset();
            // First, so that no note of before is held behind it.
            active.path.process(&mut [], &self.parameters.settings());
            active.path.reset();
        }
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let channels = buffer.as_slice();
        let wanted = self.fixed();
        let Some(active) = &mut self.active else {
            scrub(channels);
            return ProcessStatus::Normal;
        };
        let status = self.engine.status();
        let Active {
            path,
            guard,
            triggers,
            sung,
            ..
        } = active;
        let settings = self.parameters.settings();
        guard.run(status, channels, |channels| {
            let length = channels.first().map_or(0, |channel| channel.len());
            triggers.begin(&self.parameters, context.transport(), length);
            sung.begin(length);
            while let Some(event) = context.next_event() {
                triggers.note(&self.parameters, &event);
                sung.take(&event);
            }
            let are_sung = Triggers::leave_notes(&self.parameters);
            for (part, settings) in sung.of(&settings, are_sung) {
                process_part(path, channels, &settings, part, triggers);
            }
        });
        if active.wants_restart(wanted, status.take_restart()) {
            context.request_restart();
        }
        match (settings.speech, active.tail) {
            (_, 0) => ProcessStatus::Normal,
            (SpeechMode::Convert, tail) => ProcessStatus::Tail(tail),
            // A line is heard without any input, and so is the one that a bar will start.
            (SpeechMode::Speak | SpeechMode::SpeakAndConvert, _) => ProcessStatus::KeepAlive,
        }
    }

    fn deactivate(&mut self) {
        self.active = None;
        self.engine.deactivate();
        self.reported.clear();
    }
}

/// Processes a part of a block.
fn process_part(
    path: &mut AudioPath,
    channels: &mut [&mut [f32]],
    settings: &Settings,
    part: Range<usize>,
    triggers: &mut Triggers,
) {
    let cues = triggers.cues(&part);
    match channels {
        [] => {}
        [mono] => path.process_cued(&mut [&mut mono[part]], settings, cues),
        [left, right, ..] => {
            let (left, right) = (&mut left[part.clone()], &mut right[part]);
            path.process_cued(&mut [left, right], settings, cues);
        }
    }
}

/// Writes what the host has asked for where the user wants to read it: hosts differ most in this.
fn log_activation(config: &BufferConfig, latency: u32) {
    if std::env::var_os("NICE_LOG").is_some() {
        nice_log!(
            "activated at {} Hz, blocks of at most {}, {:?}: latency {latency}",
            config.sample_rate,
            config.max_buffer_size,
            config.process_mode
        );
    }
}

const fn layout(channels: u32) -> AudioIOLayout {
    AudioIOLayout {
        main_input_channels: NonZeroU32::new(channels),
        main_output_channels: NonZeroU32::new(channels),
        ..AudioIOLayout::const_default()
    }
}

impl ClapPlugin for VoicePlugin {
    const CLAP_ID: &'static str = "org.syrinx.syrinx";
    const CLAP_DESCRIPTION: Option<&'static str> = Some("Changes voices in real time, and speaks");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::PitchShifter,
        ClapFeature::Mono,
        ClapFeature::Stereo,
    ];
}

impl Vst3Plugin for VoicePlugin {
    // For ever: projects find the plugin by it.
    const VST3_CLASS_ID: [u8; 16] = *b"SyrinxVoiceConv1";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::PitchShift];
}
