//! A CLAP host in the test's own process, around the built bundle.

mod host;
#[cfg(target_os = "linux")]
mod screen;

use std::cell::OnceCell;
use std::ffi::CString;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

#[cfg(target_os = "linux")]
use clack_extensions::gui::{GuiApiType, GuiConfiguration, PluginGui, Window};
use clack_extensions::latency::PluginLatency;
use clack_extensions::params::{ParamInfoBuffer, PluginParams};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_host::events::event_types::{ParamValueEvent, TransportEvent};
use clack_host::prelude::*;
use host::{Log, MainThread, Shared, TestHost};
#[cfg(target_os = "linux")]
pub use screen::Screen;
use serde_json::{Value, json};
use syrinx_engine::VoiceIdentity;

/// A parameter as the plugin declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub id: ClapId,
    pub name: String,
    pub min: f64,
    pub max: f64,
    pub default: f64,
}

/// A change of a parameter at a sample of a block.
pub type Change = (u32, ClapId, f64);

/// One instance of the plugin and what it asked for.
pub struct Rig {
    pub log: Arc<Log>,
    instance: PluginInstance<TestHost>,
    processor: Option<StartedPluginAudioProcessor<TestHost>>,
    inputs: AudioPorts,
    outputs: AudioPorts,
}

/// The folder with the built bundles, or `None`, said aloud. The gate builds them and says where they are.
pub fn bundles() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("SYRINX_BUNDLES").map(PathBuf::from) else {
        println!(
            "skipped: `cargo xtask test --only hosts` builds the bundle and sets SYRINX_BUNDLES"
        );
        return None;
    };
    Some(folder)
}

/// The built `Syrinx.clap`, wherever the bundler put it in its folder.
pub fn open() -> Option<PluginEntry> {
    let folder = bundles()?;
    let places = [
        folder.join("Syrinx.clap"),
        folder.join("Syrinx/Syrinx.clap"),
    ];
    let path = places
        .iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("no Syrinx.clap in {}", folder.display()));
    // SAFETY: the file is the plugin that this workspace has built; its entry keeps CLAP's rules.
    let entry = unsafe { PluginEntry::load(path) };
    Some(entry.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

impl Rig {
    /// A new instance, as when a host scans.
    pub fn new(entry: &PluginEntry) -> Rig {
        let factory = entry.get_plugin_factory().expect("a plugin factory");
        let descriptor = factory.plugin_descriptor(0).expect("one plugin");
        let id = CString::from(descriptor.id().expect("an id"));
        let info = HostInfo::new("Syrinx tests", "Syrinx", "-", "1").expect("no zero bytes");
        let log = Arc::new(Log::default());
        let shared = Arc::clone(&log);
        let instance = PluginInstance::<TestHost>::new(
            |_| Shared(shared),
            |shared| MainThread {
                shared,
                plugin: OnceCell::new(),
            },
            entry,
            &id,
            &info,
        )
        .expect("an instance");
        Rig {
            log,
            instance,
            processor: None,
            inputs: AudioPorts::with_capacity(2, 1),
            outputs: AudioPorts::with_capacity(2, 1),
        }
    }

    /// An instance that knows these voices by their places, as a project would bring it; it plays the first.
    pub fn with_voices(entry: &PluginEntry, voices: &[VoiceIdentity]) -> Rig {
        Rig::with_field(entry, "voices", &json!(voices))
    }

    /// An instance whose state has this field, as a project would bring it.
    pub fn with_field(entry: &PluginEntry, key: &str, value: &Value) -> Rig {
        let mut rig = Rig::new(entry);
        let saved = rig.save();
        // The length comes first, in eight bytes.
        let mut state: Value = serde_json::from_slice(&saved[8..]).expect("JSON");
        state["fields"][key] = Value::String(value.to_string());
        let text = state.to_string();
        let mut changed = (text.len() as u64).to_le_bytes().to_vec();
        changed.extend(text.as_bytes());
        assert!(rig.load(&changed), "the state is taken");
        rig
    }

    /// Activates and starts; an active instance is restarted.
    pub fn activate(&mut self, rate: f64, max_block: u32) {
        self.deactivate();
        let configuration = PluginAudioConfiguration {
            sample_rate: rate,
            min_frames_count: 1,
            max_frames_count: max_block,
        };
        self.log.activating.store(true, SeqCst);
        let stopped = self
            .instance
            .activate(|_, _| (), configuration)
            .unwrap_or_else(|error| panic!("{rate} Hz, {max_block}: {error}"));
        self.log.activating.store(false, SeqCst);
        self.processor = Some(stopped.start_processing().expect("it starts"));
        self.idle();
    }

    /// Stops and deactivates, if it is active.
    pub fn deactivate(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.instance.deactivate(processor.stop_processing());
        }
        self.idle();
    }

    /// Does what the plugin wants done on the main thread.
    pub fn idle(&mut self) {
        if self.log.callback.swap(false, SeqCst) {
            self.instance.call_on_main_thread_callback();
        }
    }

    /// The latency that a host would compensate.
    pub fn latency(&mut self) -> usize {
        let plugin = self.instance.plugin_handle();
        let latency: PluginLatency = plugin.get_extension().expect("the latency extension");
        latency.get(&plugin) as usize
    }

    /// Processes one block in place, two channels of equal length.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32], changes: &[Change]) {
        let events: Vec<ParamValueEvent> = changes
            .iter()
            .map(|&(time, id, value)| ParamValueEvent::new(time, id, Pckn::match_all(), value))
            .collect();
        self.process_events(left, right, &InputEvents::from_buffer(&events), None);
    }

    /// The same, with any events and where the transport stands.
    pub fn process_events(
        &mut self,
        left: &mut [f32],
        right: &mut [f32],
        events: &InputEvents,
        transport: Option<&TransportEvent>,
    ) {
        let mut told = EventBuffer::new();
        let (mut in_left, mut in_right) = (left.to_vec(), right.to_vec());
        let inputs = self.inputs.with_input_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(
                [&mut in_left, &mut in_right]
                    .into_iter()
                    .map(InputChannel::variable),
            ),
        }]);
        let mut outputs = self.outputs.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only([left, right].into_iter()),
        }]);
        let processor = self.processor.as_mut().expect("it is active");
        processor
            .process(
                &inputs,
                &mut outputs,
                events,
                &mut OutputEvents::from_buffer(&mut told),
                None,
                transport,
            )
            .expect("processing does not fail");
    }

    /// Runs a mono signal through both channels in blocks of the given lengths, over and over, and returns the
    /// left one.
    pub fn run(&mut self, signal: &[f32], blocks: &[usize]) -> Vec<f32> {
        let (mut left, mut right) = (signal.to_vec(), signal.to_vec());
        let mut start = 0;
        for &length in blocks.iter().cycle() {
            if start == signal.len() {
                break;
            }
            let end = signal.len().min(start + length);
            self.process(&mut left[start..end], &mut right[start..end], &[]);
            start = end;
        }
        left
    }

    /// As a host does when the transport jumps.
    pub fn reset(&mut self) {
        self.processor.as_mut().expect("it is active").reset();
    }

    /// Says whether it renders offline.
    pub fn set_offline(&mut self, offline: bool) {
        let plugin = self.instance.plugin_handle();
        let render: PluginRender = plugin.get_extension().expect("the render extension");
        let mode = match offline {
            true => RenderMode::Offline,
            false => RenderMode::Realtime,
        };
        render.set(&plugin, mode).expect("the mode is taken");
    }

    /// The saved state.
    pub fn save(&mut self) -> Vec<u8> {
        let plugin = self.instance.plugin_handle();
        let state: PluginState = plugin.get_extension().expect("the state extension");
        let mut bytes = Vec::new();
        state.save(&plugin, &mut bytes).expect("it saves");
        bytes
    }

    /// Opens a saved state; whether it was taken.
    pub fn load(&mut self, bytes: &[u8]) -> bool {
        let plugin = self.instance.plugin_handle();
        let state: PluginState = plugin.get_extension().expect("the state extension");
        let taken = state.load(&plugin, &mut Cursor::new(bytes)).is_ok();
        self.idle();
        taken
    }

    fn with_params<T>(
        &mut self,
        work: impl FnOnce(&PluginParams, &PluginMainThreadHandle) -> T,
    ) -> T {
        let plugin = self.instance.plugin_handle();
        let params: PluginParams = plugin.get_extension().expect("the params extension");
        work(&params, &plugin)
    }

    /// All parameters.
    pub fn params(&mut self) -> Vec<Param> {
        self.with_params(|params, plugin| {
            (0..params.count(plugin))
                .map(|index| {
                    let mut buffer = ParamInfoBuffer::new();
                    let info = params
                        .get_info(plugin, index, &mut buffer)
                        .expect("a parameter");
                    Param {
                        id: info.id,
                        name: String::from_utf8_lossy(info.name).into_owned(),
                        min: info.min_value,
                        max: info.max_value,
                        default: info.default_value,
                    }
                })
                .collect()
        })
    }

    /// The parameter called `name`.
    pub fn param(&mut self, name: &str) -> Param {
        let params = self.params();
        let found = params.iter().find(|param| param.name == name);
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        found
            .unwrap_or_else(|| panic!("no parameter {name} among {names:?}"))
            .clone()
    }

    /// The value of a parameter.
    pub fn value(&mut self, id: ClapId) -> f64 {
        self.with_params(|params, plugin| params.get_value(plugin, id))
            .expect("a value")
    }

    /// The text of a value.
    pub fn text(&mut self, id: ClapId, value: f64) -> String {
        self.with_params(|params, plugin| {
            let mut buffer = [0; 256];
            let text = params
                .value_to_text(plugin, id, value, &mut buffer)
                .expect("a text");
            String::from_utf8_lossy(text).into_owned()
        })
    }

    /// The value that a text means, if it means one.
    pub fn typed(&mut self, id: ClapId, text: &str) -> Option<f64> {
        let text = CString::new(text).expect("no zero bytes");
        self.with_params(|params, plugin| params.text_to_value(plugin, id, &text))
    }

    /// Sets a parameter while the instance does not process; deactivates it.
    pub fn set_inactive(&mut self, id: ClapId, value: f64) {
        self.deactivate();
        let events = [ParamValueEvent::new(0, id, Pckn::match_all(), value)];
        let mut told = EventBuffer::new();
        let params: PluginParams = {
            let plugin = self.instance.plugin_handle();
            plugin.get_extension().expect("the params extension")
        };
        params.flush(
            &mut self
                .instance
                .inactive_plugin_handle()
                .expect("it is not active"),
            &InputEvents::from_buffer(&events),
            &mut OutputEvents::from_buffer(&mut told),
        );
    }

    /// Opens the editor inside a window of the X server that `DISPLAY` names, and closes it again.
    #[cfg(target_os = "linux")]
    pub fn open_and_close_editor(&mut self, screen: &Screen, while_open: impl FnOnce(&mut Rig)) {
        let embedded = GuiConfiguration {
            api_type: GuiApiType::X11,
            is_floating: false,
        };
        let plugin = self.instance.plugin_handle();
        let gui: PluginGui = plugin.get_extension().expect("the gui extension");
        gui.create(&plugin, embedded).expect("an editor for X11");
        let size = gui.get_size(&plugin).expect("a size");
        let window = screen.window((size.width as u16, size.height as u16));
        let parent = Window::from_x11_handle(window.into());
        // SAFETY: the window lives as long as the screen's connection, which outlives the editor.
        unsafe { gui.set_parent(&plugin, parent) }.expect("the window is taken");
        gui.show(&plugin).expect("it is shown");
        while_open(self);
        gui.destroy(&self.instance.plugin_handle());
        screen.close(window);
        self.idle();
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.deactivate();
    }
}
