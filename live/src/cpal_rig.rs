//! Serves between the system's own devices, each with a clock of its own.
//!
//! The engine runs in the output's callback, in its clock: what an output misses is heard, while input can wait. The
//! input crosses over to that clock, and a monitor has a second crossing behind the engine ([`crate::drift`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{Device, Error, ErrorKind, Stream, SupportedStreamConfigRange};
use syrinx_dsp::{Decibels, SampleRate};
use syrinx_engine::{Quality, Settings};

use crate::args::Backend;
use crate::counts::Counts;
use crate::cpal_devices::{Devices, Opening, USUAL_BLOCK, choose_opening};
use crate::cpal_streams::{InputChannel, LONGEST, open_input, open_output};
use crate::device_list::Role;
use crate::device_watch::DeviceWatch;
use crate::drift::{DriftConfig, DriftReader, DriftState, DriftWriter, drift_buffer};
use crate::error::LiveError;
use crate::live_engine::LiveEngine;
use crate::rig::{Rig, RigFacts};
use crate::session::{Session, SessionConfig};

/// Errors that wait to be read. A device that is gone tells of it without end, and the first ones say it all.
const ERRORS: usize = 16;

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

/// What is put together while streams are opened.
struct Wiring {
    rate: SampleRate,
    safety: Duration,
    /// All callbacks count time from here.
    epoch: Instant,
    counts: Arc<Counts>,
    hardware: Arc<Hardware>,
    streams: Vec<Stream>,
    monitor: Option<Stream>,
    drifts: Vec<(&'static str, Arc<DriftState>)>,
    from_input: Option<DriftReader>,
    to_monitor: Option<DriftWriter>,
    error_sender: SyncSender<(Role, String, Error)>,
    errors: Receiver<(Role, String, Error)>,
}

impl Wiring {
    fn new(rate: SampleRate, config: &CpalConfig, counts: &Arc<Counts>) -> Wiring {
        let (error_sender, errors) = sync_channel(ERRORS);
        Wiring {
            rate,
            safety: config.safety,
            epoch: Instant::now(),
            counts: Arc::clone(counts),
            hardware: Arc::default(),
            streams: Vec::new(),
            monitor: None,
            drifts: Vec::new(),
            from_input: None,
            to_monitor: None,
            error_sender,
            errors,
        }
    }

    /// What a stream does with its errors. It is called between callbacks, not within them.
    fn on_error(&self, chosen: &Chosen) -> impl FnMut(Error) + Send + 'static {
        let (counts, sender) = (Arc::clone(&self.counts), self.error_sender.clone());
        let (role, name) = (chosen.role, chosen.name.clone());
        move |error| match error.kind() {
            // A device that is busy for a moment goes on; one that stays so is found standing still.
            ErrorKind::Xrun | ErrorKind::DeviceBusy => counts.count_xrun(),
            // Told once at the start, and visible in the counts; the sound goes on.
            ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged => {}
            // Where nobody listens any more, the program ends.
            _ => drop(sender.try_send((role, name.clone(), error))),
        }
    }

    fn crossing(
        &mut self,
        name: &'static str,
        from: SampleRate,
        to: SampleRate,
    ) -> Result<(DriftWriter, DriftReader), LiveError> {
        let config = DriftConfig {
            from,
            to,
            safety: self.safety,
        };
        let (writer, reader, state) = drift_buffer(config)?;
        self.drifts.push((name, state));
        Ok((writer, reader))
    }

    fn input(&mut self, chosen: &Chosen, channel: InputChannel) -> Result<(), LiveError> {
        let from = SampleRate::new(chosen.opening.config.sample_rate);
        let from = from.ok_or_else(|| chosen.refused("no rate"))?;
        let (mut writer, reader) = self.crossing("input", from, self.rate)?;
        self.from_input = Some(reader);
        let (epoch, hardware) = (self.epoch, Arc::clone(&self.hardware));
        let take = move |block: &[f32], age: Duration| {
            // The block itself is in hand already; what is older is the device's own delay.
            let block_us = block.len() as u64 * 1_000_000 / u64::from(from.hz());
            let own = (age.as_micros() as u64).saturating_sub(block_us);
            hardware.input.store(own as u32, Relaxed);
            hardware.input_calls.fetch_add(1, Relaxed);
            writer.write(block.iter().copied(), epoch.elapsed());
        };
        let stream = open_input(
            &chosen.device,
            &chosen.opening,
            channel,
            take,
            self.on_error(chosen),
        );
        self.streams
            .push(stream.map_err(|error| chosen.refused(error))?);
        Ok(())
    }

    fn monitor(&mut self, chosen: &Chosen, gain: Decibels) -> Result<(), LiveError> {
        let to = SampleRate::new(chosen.opening.config.sample_rate);
        let to = to.ok_or_else(|| chosen.refused("no rate"))?;
        let (writer, mut reader) = self.crossing("monitor", self.rate, to)?;
        self.to_monitor = Some(writer);
        let (epoch, gain) = (self.epoch, gain.to_amplitude());
        let give = move |block: &mut [f32], _: Duration| {
            reader.read(block, epoch.elapsed());
            for sample in block {
                *sample *= gain;
            }
        };
        let stream = open_output(&chosen.device, &chosen.opening, give, self.on_error(chosen));
        self.monitor = Some(stream.map_err(|error| chosen.refused(error))?);
        Ok(())
    }

    fn output(&mut self, chosen: &Chosen, mut side: crate::AudioSide) -> Result<(), LiveError> {
        let (mut from_input, mut to_monitor) = (self.from_input.take(), self.to_monitor.take());
        let (epoch, hardware) = (self.epoch, Arc::clone(&self.hardware));
        let mut started = false;
        let give = move |block: &mut [f32], ahead: Duration| {
            hardware.output.store(ahead.as_micros() as u32, Relaxed);
            hardware.output_calls.fetch_add(1, Relaxed);
            let now = epoch.elapsed();
            match &mut from_input {
                Some(reader) => reader.read(block, now),
                None => block.fill(0.0),
            }
            // Devices fill their buffers at the start by calls in quick succession, with which no engine keeps up;
            // until there is input, there is nothing to convert either.
            started |= from_input.as_ref().is_none_or(DriftReader::is_running);
            if started {
                side.process(block);
            }
            if let Some(writer) = &mut to_monitor {
                writer.write(block.iter().copied(), now);
            }
        };
        let stream = open_output(&chosen.device, &chosen.opening, give, self.on_error(chosen));
        let stream = stream.map_err(|error| chosen.refused(error))?;
        // Some systems choose blocks of their own; known now, they need no restart later.
        if let Ok(block) = stream.buffer_size()
            && (1..=LONGEST as u32).contains(&block)
            && block > chosen.opening.block
        {
            self.counts.want_block(block);
        }
        self.streams.push(stream);
        Ok(())
    }
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
