//! Opens what the command line asks for, or lists what there is.

use std::io::Write;
use std::thread;
use std::time::Duration;

use syrinx_dsp::Decibels;
use syrinx_engine::Engine;

use crate::args::{Backend, LiveArgs};
use crate::cpal_devices::Devices;
use crate::cpal_rig::CpalConfig;
use crate::cpal_streams::InputChannel;
use crate::device_list::{DeviceEntry, DeviceList};
use crate::error::LiveError;
use crate::interrupt::Interrupt;
use crate::jack_rig::{self, JackConfig};
use crate::kept_rig::{KeptRig, RigConfig};
use crate::live_engine::LiveEngine;
use crate::run::Run;
use crate::voice_choice::{speaker_number, voice_slot};
use crate::window::{self, WindowLink};

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
/// If voice, speaker, devices, keys or files are not to be had.
pub fn live(args: &LiveArgs, out: &mut (dyn Write + Send)) -> Result<(), LiveError> {
    let interrupt = Interrupt::listen();
    let engine = LiveEngine::from(Engine::new());
    if args.live_use.window {
        return in_window(args, out, engine, &interrupt);
    }
    let kept = open(args, engine)?;
    Run::begin(args, kept, out, None)?.until_stopped(&interrupt)
}

/// The same with a window, which has this thread: some systems want that.
fn in_window(
    args: &LiveArgs,
    out: &mut (dyn Write + Send),
    engine: LiveEngine,
    interrupt: &Interrupt,
) -> Result<(), LiveError> {
    let link = WindowLink::new(engine.clone(), args.settings());
    thread::scope(|scope| {
        let running = link.clone();
        let run = scope.spawn(move || {
            let begun = open(args, engine)
                .and_then(|kept| Run::begin(args, kept, out, Some(running.clone())));
            let outcome = begun.and_then(|run| run.until_stopped(interrupt));
            running.end();
            outcome
        });
        let shown = window::open(link);
        let ran = run.join().unwrap_or(Err(LiveError::Panicked));
        ran.and(shown)
    })
}

fn open(args: &LiveArgs, engine: LiveEngine) -> Result<KeptRig, LiveError> {
    // Before there is any sound to be heard.
    engine.counts().set_push_to_talk(args.live_use.push_to_talk);
    let mut settings = args.settings();
    settings.voice = voice_slot(engine.voices(), &args.voice)?;
    if let Some(speaker) = &args.speaker {
        settings.controls.speaker = speaker_number(engine.voices(), settings.voice, speaker)?;
    }
    let quality = args.quality.into();
    let reserve = Duration::from_secs_f32(args.reserve / 1e3);
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
            reserve,
            settings,
        };
        return KeptRig::open(RigConfig::Jack(config), engine);
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
        monitor_may_miss: false,
        rate: args.rate,
        block: args.block,
        safety: Duration::from_secs_f32(args.safety / 1e3),
        quality,
        reserve,
        settings,
    };
    KeptRig::open(RigConfig::System(config), engine)
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
