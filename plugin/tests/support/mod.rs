//! A host made of nothing but what the framework's traits ask for.
#![allow(dead_code)] // Each test uses its part.

use std::cell::Cell;
use std::collections::VecDeque;

use nice_plug::context::process::SendEventError;
use nice_plug::midi::{Channel, Key, VoiceID};
use nice_plug::params::InternalParamMut;
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::*;
use syrinx_plugin::VoicePlugin;

/// Where the plugin is activated: keeps the latency that it is told.
#[derive(Default)]
pub struct Activating {
    /// The latency that was told last.
    pub latency: Cell<Option<u32>>,
}

impl ActivateContext<VoicePlugin> for Activating {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }

    fn execute(&self, _: ()) {}

    fn set_latency_samples(&self, samples: u32) {
        self.latency.set(Some(samples));
    }

    fn set_current_voice_capacity(&self, _: u32) {}
}

/// Where the plugin processes: counts what it asks for.
pub struct Processing {
    /// Where the host's transport stands.
    pub transport: Transport,
    /// The notes of the next block.
    pub notes: VecDeque<NoteEvent<()>>,
    /// How often a restart was asked for.
    pub restarts: Cell<u32>,
}

impl Processing {
    /// A host at `rate`.
    pub fn new(rate: f32) -> Processing {
        Processing {
            transport: Transport::new(rate),
            notes: VecDeque::with_capacity(1_024),
            restarts: Cell::new(0),
        }
    }
}

impl ProcessContext<VoicePlugin> for Processing {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }

    fn execute_background(&self, _: ()) {}

    fn execute_gui(&self, _: ()) {}

    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn next_event(&mut self) -> Option<PluginNoteEvent<VoicePlugin>> {
        self.notes.pop_front()
    }

    fn try_send_event(
        &mut self,
        _: PluginNoteEvent<VoicePlugin>,
    ) -> Result<(), (PluginNoteEvent<VoicePlugin>, SendEventError)> {
        Ok(())
    }

    fn set_latency_samples(&self, _: u32) {
        panic!("the latency is set in activation only");
    }

    fn request_restart(&self) {
        self.restarts.set(self.restarts.get() + 1);
    }

    fn set_current_voice_capacity(&self, _: u32) {}
}

/// A note on at a sample of a block.
pub fn note_on(timing: u32, note: u8, velocity: f32) -> NoteEvent<()> {
    NoteEvent::NoteOn {
        timing,
        voice_id: VoiceID::Wildcard,
        channel: Channel::Number(0),
        key: Key::Number(note),
        velocity,
    }
}

/// A note off at a sample of a block.
pub fn note_off(timing: u32, note: u8) -> NoteEvent<()> {
    NoteEvent::NoteOff {
        timing,
        voice_id: VoiceID::Wildcard,
        channel: Channel::Number(0),
        key: Key::Number(note),
        velocity: 0.0,
    }
}

/// The pitch wheel at a sample of a block, from 0 to 1.
pub fn bend(timing: u32, value: f32) -> NoteEvent<()> {
    NoteEvent::MidiPitchBend {
        timing,
        channel: 0,
        value,
    }
}

/// A controller of MIDI at a sample of a block.
pub fn controller(timing: u32, number: u8) -> NoteEvent<()> {
    NoteEvent::MidiCC {
        timing,
        channel: 0,
        cc: number,
        value: 0.0,
    }
}

/// A host with one instance.
pub struct Host {
    /// The instance.
    pub plugin: VoicePlugin,
    /// What it asked for while it processed.
    pub processing: Processing,
}

impl Host {
    /// An instance as a host first makes it.
    pub fn new() -> Host {
        Host {
            plugin: VoicePlugin::default(),
            processing: Processing::new(48_000.0),
        }
    }

    /// Activates with `channels` and returns the latency that was told.
    pub fn activate(&mut self, channels: u32, rate: f32, max_block: u32, mode: ProcessMode) -> u32 {
        let layouts = VoicePlugin::AUDIO_IO_LAYOUTS.iter();
        let layout = layouts
            .copied()
            .find(|layout| layout.main_input_channels == NonZeroU32::new(channels))
            .expect("a layout");
        let config = BufferConfig {
            sample_rate: rate,
            min_buffer_size: None,
            max_buffer_size: max_block,
            process_mode: mode,
        };
        let mut context = Activating::default();
        assert!(self.plugin.activate(&layout, &config, &mut context));
        self.plugin.reset();
        context.latency.get().expect("the latency is told")
    }

    /// Processes one block in place.
    pub fn process(&mut self, channels: &mut [Vec<f32>]) -> ProcessStatus {
        let samples = channels.first().map_or(0, Vec::len);
        let mut buffer = Buffer::default();
        // SAFETY: all channels have as many samples as the first one and outlive the buffer.
        unsafe {
            buffer.set_slices(samples, |slices| {
                slices.extend(channels.iter_mut().map(Vec::as_mut_slice));
            });
        }
        let mut aux = AuxiliaryBuffers {
            inputs: &mut [],
            outputs: &mut [],
        };
        self.plugin
            .process(&mut buffer, &mut aux, &mut self.processing)
    }

    /// Sets a parameter as a host does.
    pub fn set<P: InternalParamMut>(parameter: &P, value: P::Plain) {
        // SAFETY: the caller plays the framework, on one thread.
        unsafe { parameter._internal_set_plain_value(value) };
    }

    /// What the framework would write into a project.
    pub fn save(&self) -> PluginState {
        let params = self.plugin.params();
        let entries = params.param_map().into_iter();
        PluginState {
            version: VoicePlugin::VERSION.to_owned(),
            // SAFETY: the pointers lead into `params`, which is alive.
            params: entries
                .map(|(id, pointer, _)| (id, unsafe { value_of(pointer) }))
                .collect(),
            fields: params.serialize_fields(),
        }
    }

    /// Opens what was saved, in the framework's order: filter, parameters, fields.
    pub fn open(&mut self, mut state: PluginState) {
        VoicePlugin::filter_state(&mut state);
        let params = self.plugin.params();
        for (id, pointer, _) in params.param_map() {
            if let Some(value) = state.params.get(&id) {
                // SAFETY: as above.
                unsafe { set_value(pointer, value) };
            }
        }
        params.deserialize_fields(&state.fields);
    }
}

/// The saved form of a parameter.
///
/// # Safety
/// The parameter must be alive.
unsafe fn value_of(pointer: ParamPtr) -> ParamValue {
    // SAFETY: see above.
    unsafe {
        match pointer {
            ParamPtr::FloatParam(p) => ParamValue::F32((*p).unmodulated_plain_value()),
            ParamPtr::IntParam(p) => ParamValue::I32((*p).unmodulated_plain_value()),
            ParamPtr::BoolParam(p) => ParamValue::Bool((*p).unmodulated_plain_value()),
            ParamPtr::EnumParam(p) => match (*p).unmodulated_plain_id() {
                Some(id) => ParamValue::String(id.to_owned()),
                None => ParamValue::I32((*p).unmodulated_plain_value()),
            },
        }
    }
}

/// Gives a parameter its saved value; one of another type is passed over, as the framework does.
///
/// # Safety
/// The parameter must be alive.
unsafe fn set_value(pointer: ParamPtr, value: &ParamValue) {
    // SAFETY: see above.
    unsafe {
        match (pointer, value) {
            (ParamPtr::FloatParam(p), ParamValue::F32(value)) => {
                (*p)._internal_set_plain_value(*value);
            }
            (ParamPtr::IntParam(p), ParamValue::I32(value)) => {
                (*p)._internal_set_plain_value(*value);
            }
            (ParamPtr::BoolParam(p), ParamValue::Bool(value)) => {
                (*p)._internal_set_plain_value(*value);
            }
            (ParamPtr::EnumParam(p), ParamValue::I32(index)) => {
                (*p)._internal_set_plain_value(*index);
            }
            (ParamPtr::EnumParam(p), ParamValue::String(id)) => {
                (*p).set_from_id(id);
            }
            _ => {}
        }
    }
}
