//! The live program: opens devices, reads keys, prints states, until it is asked to stop.

use std::io::Write;
use std::time::{Duration, Instant};

use syrinx_dsp::Decibels;
use syrinx_engine::Engine;

use crate::args::{Backend, LiveArgs};
use crate::controls::{Action, HELP};
use crate::cpal_devices::Devices;
use crate::cpal_rig::{CpalConfig, CpalRig};
use crate::cpal_streams::InputChannel;
use crate::device_list::{DeviceEntry, DeviceList};
use crate::error::LiveError;
use crate::interrupt::Interrupt;
use crate::jack_rig::{self, JackConfig, JackRig};
use crate::peak_hold::PeakHold;
use crate::rig::Rig;
use crate::snapshot::Snapshot;
use crate::terminal::Terminal;
use crate::voice_choice::{speaker_number, voice_slot};

/// How often lines are drawn and callbacks looked after: fast enough for meters, slow enough to cost nothing.
const TICK: Duration = Duration::from_millis(100);

/// Prints the devices of every backend.
///
/// # Errors
/// If standard output cannot be written.
pub fn list_devices(args: &LiveArgs, out: &mut dyn Write) -> Result<(), LiveError> {
    let mut lists = Vec::new();
    if let Ok((rate, capture, playback)) = jack_rig::physical_ports() {
        lists.push(jack_list(rate, &capture, &playback));
    }
    lists.push(Devices::of(Backend::Auto)?.list().clone());
    for list in lists {
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&list).unwrap_or_default())?;
        } else {
            write!(out, "{}", list.to_text())?;
        }
    }
    Ok(())
}

/// JACK's ports, each a device of one channel. The first are connected to unless told otherwise.
fn jack_list(rate: u32, capture: &[String], playback: &[String]) -> DeviceList {
    let ports = capture.iter().map(|port| (port, 1, 0));
    let ports = ports.chain(playback.iter().map(|port| (port, 0, 1)));
    let devices = ports
        .enumerate()
        .map(|(number, (name, inputs, outputs))| DeviceEntry {
            number,
            name: name.clone(),
            inputs,
            outputs,
            rates: vec![rate],
            default_input: capture.first() == Some(name),
            default_output: playback.iter().take(2).any(|port| port == name),
        });
    DeviceList {
        backend: "jack".to_owned(),
        devices: devices.collect(),
    }
}

/// Opens devices with a voice and runs until it is asked to stop.
///
/// # Errors
/// If voice, speaker or devices are not to be had, or went away.
pub fn live(args: &LiveArgs, out: &mut dyn Write) -> Result<(), LiveError> {
    let interrupt = Interrupt::listen();
    let mut rig = open(args, Engine::new())?;
    Run::begin(args, rig.as_mut(), out)?.until_stopped(&interrupt)
}

fn open(args: &LiveArgs, engine: Engine) -> Result<Box<dyn Rig>, LiveError> {
    let mut settings = args.settings();
    settings.voice = voice_slot(engine.voices(), &args.voice)?;
    if let Some(speaker) = &args.speaker {
        settings.controls.speaker = speaker_number(engine.voices(), settings.voice, speaker)?;
    }
    let quality = args.quality.into();
    let names_devices = args.input.is_some() || args.output.is_some() || args.monitor.is_some();
    let jack = match args.backend {
        Backend::Jack => true,
        // Whoever names devices means the system's.
        Backend::Auto => !names_devices && jack_rig::is_running(),
        _ => false,
    };
    if jack {
        refuse_for_jack(args)?;
        let config = JackConfig {
            name: args.name.clone(),
            connect: !args.no_connect,
            quality,
            settings,
        };
        return Ok(Box::new(JackRig::open(&config, engine)?));
    }
    let channel = args
        .input_channel
        .map(|channel| InputChannel::One(usize::from(channel) - 1));
    let monitor = args
        .monitor
        .clone()
        .map(|name| (name, Decibels(args.monitor_gain)));
    let config = CpalConfig {
        backend: args.backend,
        input: args.input.clone(),
        input_channel: channel.unwrap_or(InputChannel::Mean),
        output: args.output.clone(),
        monitor,
        rate: args.rate,
        block: args.block,
        safety: Duration::from_secs_f32(args.safety / 1e3),
        quality,
        settings,
    };
    Ok(Box::new(CpalRig::open(&config, engine)?))
}

/// JACK's server decides on these; passing them over silently would mislead.
fn refuse_for_jack(args: &LiveArgs) -> Result<(), LiveError> {
    let given = [
        ("--input", args.input.is_some()),
        ("--output", args.output.is_some()),
        ("--monitor", args.monitor.is_some()),
        ("--input-channel", args.input_channel.is_some()),
        ("--rate", args.rate.is_some()),
        ("--block", args.block.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(LiveError::Backend {
            name: "jack",
            problem: format!(
                "{option} is the server's to decide (expected none; a patchbay connects ports, and another --backend \
                 has devices)"
            ),
        }),
        None => Ok(()),
    }
}

/// One run from start to stop.
struct Run<'a> {
    args: &'a LiveArgs,
    rig: &'a mut dyn Rig,
    out: &'a mut dyn Write,
    terminal: Option<Terminal>,
    meters: [PeakHold; 2],
    start: Instant,
    last_tick: Instant,
    next_line: Duration,
}

impl<'a> Run<'a> {
    fn begin(
        args: &'a LiveArgs,
        rig: &'a mut dyn Rig,
        out: &'a mut dyn Write,
    ) -> Result<Run<'a>, LiveError> {
        let facts = rig.facts();
        if args.json {
            let mut value = serde_json::to_value(&facts).unwrap_or_default();
            value["event"] = "start".into();
            writeln!(out, "{value}")?;
        } else {
            let monitor = facts.monitor.map(|name| format!(", monitor: {name}"));
            writeln!(
                out,
                "{}: {} -> {}{}; {} Hz, blocks of {}",
                facts.backend,
                facts.input,
                facts.output,
                monitor.unwrap_or_default(),
                facts.rate,
                facts.block
            )?;
            writeln!(out, "{}", latency_terms(rig))?;
        }
        out.flush()?;
        let terminal = if args.json { None } else { Terminal::open()? };
        Ok(Run {
            args,
            rig,
            out,
            terminal,
            meters: Default::default(),
            start: Instant::now(),
            last_tick: Instant::now(),
            next_line: Duration::ZERO,
        })
    }

    fn until_stopped(mut self, interrupt: &Interrupt) -> Result<(), LiveError> {
        let limit = self.args.seconds.map(Duration::from_secs_f32);
        loop {
            let over = limit.is_some_and(|limit| self.start.elapsed() >= limit);
            if over || interrupt.is_asked() || !self.wait()? {
                break;
            }
            self.rig.tend()?;
            self.show()?;
        }
        self.finish()
    }

    /// Waits for a tick and does what keys ask for; false to stop.
    fn wait(&mut self) -> Result<bool, LiveError> {
        let Some(terminal) = &self.terminal else {
            std::thread::sleep(TICK);
            return Ok(true);
        };
        let until = Instant::now() + TICK;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match terminal.key(left)? {
                Some(Action::Quit) => return Ok(false),
                Some(action) => {
                    self.act(action)?;
                    return Ok(true);
                }
                None if left.is_zero() => return Ok(true),
                None => {}
            }
        }
    }

    fn act(&mut self, action: Action) -> Result<(), LiveError> {
        match action {
            Action::Mute => {
                let counts = self.rig.session().counts();
                counts.set_muted(!counts.muted());
            }
            Action::ResetCounts => {
                self.rig.session().reset_counts();
                for (_, drift) in self.rig.drifts() {
                    drift.reset_counts();
                }
            }
            Action::Latency => {
                let terms = latency_terms(self.rig);
                self.print(&terms)?;
            }
            Action::Help => self.print(HELP)?,
            _ => {
                let session = self.rig.session();
                let voices = session.voices().identities().len();
                session.set(action.apply(session.settings(), voices));
            }
        }
        Ok(())
    }

    fn print(&mut self, text: &str) -> Result<(), LiveError> {
        match &mut self.terminal {
            Some(terminal) => terminal.print(self.out, text)?,
            None => writeln!(self.out, "{text}")?,
        }
        Ok(())
    }

    fn show(&mut self) -> Result<(), LiveError> {
        let now = Instant::now();
        let passed = now - self.last_tick;
        self.last_tick = now;
        let status = self.rig.session().status();
        let peaks = [status.take_input_peak(), status.take_output_peak()];
        for (meter, peak) in self.meters.iter_mut().zip(peaks) {
            meter.update(peak, passed);
        }
        if self.terminal.is_none() && self.start.elapsed() < self.next_line {
            return Ok(());
        }
        self.next_line = self.start.elapsed() + Duration::from_secs_f32(self.args.status_interval);
        let state = self.snapshot();
        let [input, output] = &self.meters;
        match &mut self.terminal {
            Some(terminal) => terminal.draw(self.out, &state, input, output)?,
            None if self.args.json => writeln!(self.out, "{}", state.to_json("status"))?,
            None => writeln!(self.out, "{}", state.to_line())?,
        }
        self.out.flush()?;
        Ok(())
    }

    fn snapshot(&mut self) -> Snapshot {
        let seconds = self.start.elapsed().as_secs_f64();
        Snapshot::of(self.rig, seconds, &self.meters[0], &self.meters[1])
    }

    fn finish(mut self) -> Result<(), LiveError> {
        let state = self.snapshot();
        // The terminal becomes its own again before the last line.
        self.terminal = None;
        if self.args.json {
            writeln!(self.out, "{}", state.to_json("end"))?;
        } else {
            writeln!(self.out, "{}", state.to_summary())?;
        }
        self.out.flush()?;
        Ok(())
    }
}

/// The parts of the engine's latency, one per line.
fn latency_terms(rig: &mut dyn Rig) -> String {
    let latency = rig.session().latency();
    let mut text = format!("engine {:.1} ms:", latency.ms());
    for term in latency.terms() {
        text.push_str(&format!(
            "\n  {:>6.1} ms  {}  ({})",
            term.ms, term.name, term.note
        ));
    }
    text
}
