//! Live use on sound servers: JACK on its dummy driver and PulseAudio on null sinks.
//!
//! Both run for five minutes at the same time without a gap, at a level memory; a machine that stands still is not heard;
//! devices that are unplugged in the middle come back; recordings, hotkeys, remote control, the virtual microphone and
//! the measured delay do what they say. Each server is our own, in a folder that goes away, so no server of the machine
//! is touched. `SYRINX_LIVE_SECONDS` is how long the voice runs: 300 unless told otherwise, 3600 for an hour. Without
//! the servers all is skipped, unless `SYRINX_REQUIRE_HOSTS` is set. The program is this test itself, run a second time.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]

#[path = "host_live/endurance.rs"]
mod endurance;
#[path = "host_live/freeze.rs"]
mod freeze;
#[path = "host_live/jack_feed.rs"]
mod jack_feed;
#[path = "host_live/keys.rs"]
mod keys;
#[path = "host_live/program.rs"]
mod program;
#[path = "host_live/pulse_server.rs"]
mod pulse_server;
#[path = "host_live/standstill.rs"]
mod standstill;
#[path = "host_live/usage.rs"]
mod usage;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use syrinx_tests::jackd::Jackd;
use tungstenite::Message;

use jack_feed::{JackFeed, PERIOD, RATE};
use program::Program;
use pulse_server::PulseServer;

/// How long a program may take to start, to notice, or to come back: ten times what it takes on a quiet machine.
const LIMIT: Duration = Duration::from_secs(40);

/// A voice on a null sink is not silent: a tenth of what it is.
const AUDIBLE: f32 = 0.01;

/// One after the other: they share the processor.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Arguments that the tests have in common, for PulseAudio by ALSA's plugin.
const PULSE: [&str; 9] = [
    "--backend",
    "alsa",
    "--input",
    "syrinx_mic",
    "--output",
    "syrinx_out",
    "--json",
    "--status-interval",
    "0.2",
];

/// The same for JACK.
const JACK: [&str; 8] = [
    "--backend",
    "jack",
    "--no-connect",
    "--name",
    "program",
    "--json",
    "--status-interval",
    "0.2",
];

fn jack_server() -> Option<Jackd> {
    Jackd::start("syrinx-live", &[], RATE, PERIOD)
}

/// What makes a program its client.
fn environment_of(server: &Jackd) -> [(&'static str, String); 1] {
    let (name, value) = server.environment();
    [(name, value.to_owned())]
}

/// Not a test of its own: what [`Program`] runs.
#[test]
fn the_program() {
    program::be_the_program();
}

/// Not a test of its own: what [`JackFeed`] runs.
#[test]
fn the_feed() {
    jack_feed::be_the_feed();
}

/// Not a test of its own: what [`Standstill`] runs.
#[test]
fn the_witness() {
    standstill::be_the_witness();
}

#[test]
fn unplugged_devices_come_back() {
    let _alone = alone();
    let Some(mut pulse) = PulseServer::start() else {
        return;
    };
    let mut program = Program::start(&PULSE, &pulse.environment());
    let voice = pulse.speak();
    program.wait_for(LIMIT, "the voice", |state| {
        state["voice_state"] == "ready" && state["output_db"].as_f64() > Some(-50.0)
    });
    // Microphone and loudspeaker, as if a headset's plug were drawn. The server would move a stream to what is left.
    drop(voice);
    pulse.unplug("mic_sink");
    pulse.unplug("out_sink");
    let away = program.wait_for(LIMIT, "being away", |state| {
        state["state"] == "waiting for device"
    });
    assert!(away["lost"].is_string(), "{away}");
    thread::sleep(Duration::from_secs(3));
    pulse.plug("mic_sink");
    pulse.plug("out_sink");
    let _voice = pulse.speak();
    let back = program.wait_for(LIMIT, "coming back", |state| {
        state["state"] == "running" && state["output_db"].as_f64() > Some(-50.0)
    });
    assert_eq!(back["returns"], 1, "{back}");
    // The whole server.
    pulse.restart();
    program.wait_for(LIMIT, "coming back a second time", |state| {
        state["returns"] == 2
    });
    let _voice = pulse.speak();
    program.wait_for(LIMIT, "the voice of then", |state| {
        state["state"] == "running" && state["output_db"].as_f64() > Some(-50.0)
    });
    assert!(pulse.listen(Duration::from_secs(1)) > AUDIBLE);
    let end = program.interrupt();
    println!(
        "pulse: {} returns, {} underruns",
        end["returns"], end["underruns"]
    );
}

#[test]
fn a_jack_server_that_dies_is_found_again() {
    let _alone = alone();
    let Some(mut jack) = jack_server() else {
        return;
    };
    let mut program = Program::start(&JACK, &environment_of(&jack));
    program.wait_for(LIMIT, "the voice", |state| state["voice_state"] == "ready");
    jack.patch("system:capture_2", "program:input");
    jack.patch("program:output_2", "system:playback_1");
    // It looks ten times a second how it is connected.
    thread::sleep(Duration::from_secs(1));
    let wires = jack.wires("program");
    assert!(
        wires.contains("capture_2") && wires.contains("playback_1"),
        "{wires}"
    );
    jack.end();
    program.wait_for(LIMIT, "being away", |state| {
        state["state"] == "waiting for device"
    });
    jack.start_again();
    program.wait_for(LIMIT, "coming back", |state| {
        state["state"] == "running" && state["returns"] == 1
    });
    assert_eq!(jack.wires("program"), wires);
    let feed = JackFeed::connect(&jack, "program");
    let start = Instant::now();
    while feed.take_peak() < AUDIBLE {
        assert!(start.elapsed() < LIMIT, "nothing is heard");
        thread::sleep(Duration::from_millis(100));
    }
    let end = program.interrupt();
    assert_eq!(end["voice_state"], "ready", "{end}");
}

#[test]
fn without_jack_installed_the_systems_own_devices_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    // The first that the loader finds, and no library at all.
    std::fs::write(folder.path().join("libjack.so.0"), "no library").unwrap();
    let environment = [("LD_LIBRARY_PATH", folder.path().display().to_string())];
    let listed = program::run_once(&["--list-devices"], &environment);
    assert!(listed.contains("alsa\n"), "{listed}");
    assert!(!listed.contains("jack\n"), "{listed}");
    let refused = program::run_once(&["--backend", "jack", "--json"], &environment);
    assert!(refused.contains("JACK is not installed"), "{refused}");
}

#[test]
fn recordings_are_whole_after_an_interruption() {
    let _alone = alone();
    let Some(pulse) = PulseServer::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let files = ["dry.wav", "wet.wav"].map(|name| folder.path().join(name));
    let [dry, wet] = files.each_ref().map(|file| file.to_str().unwrap());
    let more = ["--record-dry", dry, "--record-wet", wet];
    let mut program = Program::start(&[&PULSE[..], &more[..]].concat(), &pulse.environment());
    let _voice = pulse.speak();
    program.wait_for(LIMIT, "a recording of four seconds", |state| {
        state["recorded"].as_f64() > Some(4.0) && state["voice_state"] == "ready"
    });
    let end = program.interrupt();
    let [dry, wet] = files.map(|file| syrinx_tests::hosts::samples(&file));
    println!(
        "recorded {} samples, {} lost",
        dry.len(),
        end["record_lost"]
    );
    assert_eq!(dry.len(), wet.len());
    assert!(dry.len() > 4 * 48_000, "{}", dry.len());
    let peak = |samples: &[f32]| samples.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    let late = dry.len() - 24_000;
    assert!(peak(&dry[late..]) > AUDIBLE && peak(&wet[late..]) > AUDIBLE);
    // A voice is not what went in.
    assert!(dry != wet);
}

#[test]
fn other_programs_turn_the_controls() {
    let _alone = alone();
    let Some(pulse) = PulseServer::start() else {
        return;
    };
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port().to_string()
    };
    let more = ["--remote", &port, "--remote-token", "0123456789abcdef"];
    let mut program = Program::start(&[&PULSE[..], &more[..]].concat(), &pulse.environment());
    program.wait_for(LIMIT, "being there", |state| state["state"] == "running");
    let address = format!("ws://127.0.0.1:{port}/?token=");
    assert!(tungstenite::connect(format!("{address}wrong")).is_err());
    let (mut client, _) = tungstenite::connect(format!("{address}0123456789abcdef")).unwrap();
    let receive = |client: &mut tungstenite::WebSocket<_>, event: &str| loop {
        if let Message::Text(text) = client.read().unwrap() {
            let value: Value = serde_json::from_str(&text).unwrap();
            if value["event"] == event {
                return value;
            }
        }
    };
    let hello = receive(&mut client, "hello");
    assert!(hello["parameters"].as_array().unwrap().len() > 10);
    let mut ask = |message: Value| {
        client.send(Message::text(message.to_string())).unwrap();
        receive(&mut client, "reply")
    };
    let reply =
        ask(json!({"set": {"transpose": "+3 st", "output-gain": "-12dB", "mute": "on"}, "id": 1}));
    assert_eq!(reply, json!({"event": "reply", "id": 1, "ok": true}));
    let reply = ask(json!({"set": {"transpose": "+5", "mix": "far too much"}, "id": 2}));
    assert_eq!(reply["ok"], false, "{reply}");
    let reply = ask(json!({"set": {"voice": "nobody"}}));
    assert!(
        reply["error"].as_str().unwrap().contains("nobody"),
        "{reply}"
    );
    assert_eq!(ask(json!({"do": "panic"}))["ok"], true);
    assert_eq!(ask(json!({"do": "quit"}))["ok"], false);
    let values = ask(json!({"get": "values"}));
    // All of a message or nothing: the second one left the transpose.
    assert_eq!(values["value"]["transpose"], 3.0, "{values}");
    let state = program.wait_for(LIMIT, "what was turned", |state| state["panic"] == true);
    assert_eq!(state["muted"], true);
    assert_eq!(state["transpose"], 3.0);
    assert_eq!(state["output_gain"], -12.0);
    program.interrupt();
}

#[test]
fn hotkeys_count_in_every_window() {
    let _alone = alone();
    let Some(pulse) = PulseServer::start() else {
        return;
    };
    let Some(keyboard) = keys::Keyboard::connect() else {
        return;
    };
    let more = [
        "--push-to-talk",
        "--hotkey",
        "talk=F9",
        "--hotkey",
        "panic=Ctrl+Shift+M",
    ];
    let mut program = Program::start(&[&PULSE[..], &more[..]].concat(), &pulse.environment());
    let state = program.wait_for(LIMIT, "being there", |state| state["state"] == "running");
    assert_eq!(
        (&state["push_to_talk"], &state["talking"]),
        (&json!(true), &json!(false))
    );
    keyboard.press(keys::F9);
    program.wait_for(LIMIT, "talking", |state| state["talking"] == true);
    keyboard.release(keys::F9);
    program.wait_for(LIMIT, "silence", |state| state["talking"] == false);
    for key in [keys::CONTROL, keys::SHIFT, keys::M] {
        keyboard.press(key);
    }
    program.wait_for(LIMIT, "panic", |state| state["panic"] == true);
    for key in [keys::M, keys::SHIFT, keys::CONTROL] {
        keyboard.release(key);
    }
    program.interrupt();
}

#[test]
fn a_virtual_microphone_is_made_and_taken_away_and_the_delay_measured() {
    let _alone = alone();
    let Some(pulse) = PulseServer::start() else {
        return;
    };
    let route = |more: &[&str]| {
        Program::start(&[&["route"], more].concat(), &pulse.environment()).printed()
    };
    let count = |kind, name: &str| {
        let listed = pulse.pactl(&["list", "short", kind]);
        listed.lines().filter(|line| line.contains(name)).count()
    };
    assert!(route(&[]).contains("Made"));
    // A second time makes no second one.
    assert!(route(&[]).contains("There already"));
    assert_eq!(count("sources", "syrinx_microphone"), 1);
    assert_eq!(count("modules", "syrinx_sink "), 1);
    assert!(route(&["--remove"]).contains("Removed"));
    assert!(route(&["--remove"]).contains("There was none"));
    assert_eq!(count("sinks", "syrinx_sink"), 0);
    assert_eq!(count("sinks", "out_sink"), 1);

    let latency = ["latency", "--backend", "alsa", "--json", "--clicks", "5"];
    let devices = ["--input", "syrinx_loop", "--output", "syrinx_out"];
    let program = Program::start(&[&latency[..], &devices[..]].concat(), &pulse.environment());
    let printed = program.printed();
    let line = printed
        .lines()
        .find(|line| line.starts_with('{'))
        .expect(&printed);
    let result: Value = serde_json::from_str(line).unwrap();
    println!("{result}");
    let devices = &result["devices"];
    assert!(devices["heard"].as_u64() >= Some(3), "{result}");
    // A null sink plays what it was given, not before it was given.
    assert!(
        devices["median_ms"].as_f64() > Some(0.0) && devices["median_ms"].as_f64() < Some(600.0)
    );
    assert!(result["engine_ms"].as_f64() > Some(40.0), "{result}");
}
