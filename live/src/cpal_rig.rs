//! Serves between the system's own devices, each with a clock of its own.
//!
//! The engine runs in the output's callback, in its clock: what an output misses is heard, while input can wait. The
//! input crosses over to that clock, and a monitor has a second crossing behind the engine ([`crate::drift`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{Device, Error, Stream, SupportedStreamConfigRange};
use syrinx_dsp::{Decibels, SampleRate};
use syrinx_engine::{Quality, Settings};

use crate::args::Backend;
use crate::cpal_devices::{Devices, Opening, USUAL_BLOCK, choose_opening};
use crate::cpal_streams::InputChannel;
use crate::device_list::Role;
use crate::device_watch::DeviceWatch;
use crate::drift::DriftState;
use crate::error::LiveError;
use crate::live_engine::LiveEngine;
use crate::rig::{Rig, RigFacts};
use crate::session::{Session, SessionConfig};

mod wiring;

use wiring::Wiring;

/// What devices are opened with.
#[derive(Clone, Debug)]
pub struct CpalConfig {
    /// Which system.
    pub backend: Backend,
    /// The microphone's name or number; `None` is the system's choice.
    pub input: Option<String>,
    /// Which channel of it.
    pub input_channel: InputChannel,
    /// The output's name or number; `None` is the system's choice.
    pub output: Option<String>,
    /// A second output, and its gain.
    pub monitor: Option<(String, Decibels)>,
    /// Whether to go on without that one where it is not to be had: the voice matters more.
    pub monitor_may_miss: bool,
    /// The rate; `None` is the output's own.
    pub rate: Option<u32>,
    /// Frames of a block; `None` is [`USUAL_BLOCK`].
    pub block: Option<u32>,
    /// What is kept in hand between two clocks.
    pub safety: Duration,
    /// Latency against sound and safety.
    pub quality: Quality,
    /// Time kept in hand for chunks that come late; all of it is latency.
    pub reserve: Duration,
    /// What to begin with.
    pub settings: Settings,
}

/// An input, an output, and perhaps a monitor.
pub struct CpalRig {
    // Streams first: their callbacks end before what they use is dropped.
    streams: Vec<Stream>,
    monitor: Option<Stream>,
    trouble: Option<String>,
    session: Session,
    facts: RigFacts,
    drifts: Vec<(&'static str, Arc<DriftState>)>,
    hardware: Arc<Hardware>,
    watches: [DeviceWatch; 2],
    errors: Receiver<(Role, String, Error)>,
}

/// What the devices say of their own delay, in microseconds, and how often they called.
#[derive(Debug, Default)]
struct Hardware {
    input: AtomicU32,
    output: AtomicU32,
    input_calls: AtomicU64,
    output_calls: AtomicU64,
}

/// A device that was chosen, and how it will be opened.
pub(crate) struct Chosen {
    role: Role,
    /// The device.
    pub device: Device,
    /// Its name.
    pub name: String,
    /// How it will be opened.
    pub opening: Opening,
}

impl Chosen {
    /// The error for a device that refuses to be opened like this.
    pub fn refused(&self, error: impl std::fmt::Display) -> LiveError {
        let config = &self.opening.config;
        LiveError::Stream {
            role: self.role.name(),
            device: self.name.clone(),
            problem: format!(
                "{error} (asked for {} channels, {} Hz, {}, blocks of {})",
                config.channels, config.sample_rate, self.opening.format, self.opening.block
            ),
        }
    }
}

impl CpalRig {
    /// Opens the devices, activates the engine and begins.
    ///
    /// # Errors
    /// If a device is not to be found, or refuses.
    pub fn open(config: &CpalConfig, engine: impl Into<LiveEngine>) -> Result<CpalRig, LiveError> {
        let devices = Devices::of(config.backend)?;
        let output = choose(&devices, Role::Output, config.output.as_deref(), config)?;
        let rate = output.opening.config.sample_rate;
        let at_rate = CpalConfig {
            rate: Some(rate),
            ..config.clone()
        };
        let input = choose(&devices, Role::Input, config.input.as_deref(), &at_rate)?;
        let monitor = config.monitor.as_ref();
        let monitor =
            monitor.map(|(name, _)| choose(&devices, Role::Monitor, Some(name), &at_rate));
        let (monitor, trouble) = match monitor.transpose() {
            Ok(monitor) => (monitor, None),
            Err(error) if config.monitor_may_miss => (None, Some(error.to_string())),
            Err(error) => return Err(error),
        };
        let rate = SampleRate::new(rate).ok_or_else(|| output.refused("no rate"))?;
        let (session, side) = Session::new(
            engine,
            SessionConfig {
                rate,
                max_block: output.opening.block as usize,
                quality: config.quality,
                reserve: config.reserve,
                settings: config.settings,
            },
        );
        let facts = RigFacts {
            backend: devices.list().backend.clone(),
            input: input.name.clone(),
            output: output.name.clone(),
            monitor: monitor.as_ref().map(|monitor| monitor.name.clone()),
            rate: rate.hz(),
            block: output.opening.block,
        };
        let mut wiring = Wiring::new(rate, config, session.counts());
        wiring.input(&input, config.input_channel)?;
        if let (Some(monitor), Some((_, gain))) = (&monitor, &config.monitor) {
            wiring.monitor(monitor, *gain)?;
        }
        wiring.output(&output, side)?;
        let now = Instant::now();
        let watches = [&input, &output].map(|chosen| DeviceWatch::new(chosen.name.clone(), now));
        let rig = CpalRig {
            streams: wiring.streams,
            monitor: wiring.monitor,
            trouble,
            session,
            facts,
            drifts: wiring.drifts,
            hardware: wiring.hardware,
            watches,
            errors: wiring.errors,
        };
        for (stream, chosen) in rig.streams.iter().zip([&input, &output]) {
            stream.play().map_err(|error| chosen.refused(error))?;
        }
        if let (Some(stream), Some(chosen)) = (&rig.monitor, &monitor) {
            stream.play().map_err(|error| chosen.refused(error))?;
        }
        Ok(rig)
    }
}

/// Chooses a device for a role. An output must have the wanted rate; others are resampled.
pub(crate) fn choose(
    devices: &Devices,
    role: Role,
    asked: Option<&str>,
    config: &CpalConfig,
) -> Result<Chosen, LiveError> {
    let (device, name) = devices.choose(role, asked)?;
    let refused = |problem: String| LiveError::Stream {
        role: role.name(),
        device: name.clone(),
        problem,
    };
    let (ranges, usual) = match role {
        Role::Input => (
            device.supported_input_configs().map(Iterator::collect),
            device.default_input_config(),
        ),
        _ => (
            device.supported_output_configs().map(Iterator::collect),
            device.default_output_config(),
        ),
    };
    let ranges: Vec<SupportedStreamConfigRange> =
        ranges.map_err(|error: Error| refused(error.to_string()))?;
    let usual = usual.ok().map(|config| config.sample_rate());
    let rate = config.rate.or(usual);
    let rate = rate.ok_or_else(|| refused("no rate of its own; --rate names one".to_owned()))?;
    let any_rate = usual.filter(|_| role != Role::Output);
    let block = config.block.unwrap_or(USUAL_BLOCK);
    let opening = choose_opening(&ranges, rate, any_rate, block).map_err(refused)?;
    Ok(Chosen {
        role,
        device,
        name,
        opening,
    })
}

impl Rig for CpalRig {
    fn facts(&self) -> RigFacts {
        RigFacts {
            block: self.session.config().max_block as u32,
            ..self.facts.clone()
        }
    }

    fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    fn tend(&mut self) -> Result<(), LiveError> {
        let now = Instant::now();
        let calls = [&self.hardware.input_calls, &self.hardware.output_calls];
        let calls = calls.map(|calls| calls.load(Relaxed));
        for (role, device, error) in self.errors.try_iter() {
            match role {
                Role::Input => self.watches[0].tell(&error, calls[0], now)?,
                Role::Output => self.watches[1].tell(&error, calls[1], now)?,
                // Whoever takes the headphones off goes on speaking.
                Role::Monitor => {
                    let problem = error.to_string();
                    let lost = LiveError::Lost { device, problem };
                    self.monitor = None;
                    self.facts.monitor = None;
                    self.trouble = Some(format!("monitor: {lost}"));
                }
            }
        }
        for (watch, calls) in self.watches.iter_mut().zip(calls) {
            watch.look(calls, now)?;
        }
        self.session.tend();
        let hardware = [&self.hardware.input, &self.hardware.output];
        let own: f64 = hardware
            .iter()
            .map(|delay| f64::from(delay.load(Relaxed)) / 1e6)
            .sum();
        let crossing = self.drifts.iter().find(|(name, _)| *name == "input");
        let crossing = crossing.map_or(0.0, |(_, state)| state.delay());
        self.session.counts().set_device_delay(own + crossing);
        Ok(())
    }

    fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    fn drifts(&self) -> Vec<(&'static str, &DriftState)> {
        let drifts = self.drifts.iter();
        drifts.map(|(name, state)| (*name, &**state)).collect()
    }
}
