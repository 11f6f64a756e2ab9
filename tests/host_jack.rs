//! Through a JACK server: the latency is what is reported, to the sample, and the program runs.
//!
//! The server is jackd on its dummy device, in synchronous mode: without that, a loaded machine moves sound by whole
//! periods. It has a name of its own, which clients learn from the environment; hence the test runs itself a second
//! time with that set. Without jackd it is skipped, unless `SYRINX_REQUIRE_HOSTS` is set. `SYRINX_JACK_SECONDS` is
//! how long the voice runs, 20 unless told otherwise.
#![forbid(unsafe_code)]

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use jack::{
    AsyncClient, AudioIn, AudioOut, Client, ClientOptions, Control, Frames, LatencyType,
    LoggerType, NotificationHandler, Port, ProcessHandler, ProcessScope,
};
use serde_json::Value;
use syrinx_dsp::SampleRate;
use syrinx_engine::{Engine, Quality, Settings, VoiceSlots};
use syrinx_live::{Exit, JackConfig, JackRig, Rig};
use syrinx_tests::jackd::Jackd;
use syrinx_tests::signals;

const RATE: u32 = 48_000;
const PERIOD: u32 = 128;

/// Set in the second run, which has a server.
const INNER: &str = "SYRINX_JACK_INNER";

/// The amplitude of the impulse: exact in any arithmetic.
const IMPULSE: f32 = 0.5;

#[test]
fn through_jack() {
    if env::var_os(INNER).is_some() {
        latency_is_what_is_reported();
        the_program_runs();
        return;
    }
    let Some(server) = Jackd::start("syrinx", &["-S"], RATE, PERIOD) else {
        return;
    };
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "through_jack", "--nocapture"])
        .envs([server.environment()])
        .env(INNER, "1")
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}

/// Sends a signal, or one impulse where it is asked to.
struct Source {
    port: Port<AudioOut>,
    signal: Vec<f32>,
    at: usize,
    shared: Arc<Shared>,
}

/// Notes when the impulse came.
struct Sink {
    ports: [Port<AudioIn>; 2],
    shared: Arc<Shared>,
}

struct Notices(Arc<Shared>);

/// What the callbacks and the test have in common. Frames are of JACK's own count.
#[derive(Default)]
struct Shared {
    fire: AtomicBool,
    fired: AtomicU32,
    caught: [AtomicU32; 2],
    amplitude: [AtomicU32; 2],
    peak: AtomicU32,
    xruns: AtomicU32,
}

impl ProcessHandler for Source {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let block = self.port.as_mut_slice(scope);
        block.fill(0.0);
        if !self.signal.is_empty() {
            for sample in block.iter_mut() {
                *sample = self.signal[self.at];
                self.at = (self.at + 1) % self.signal.len();
            }
        }
        if self.shared.fire.swap(false, SeqCst) {
            // Somewhere within the block, where no rounding to blocks would hide an error.
            let offset = 37;
            block[offset] = IMPULSE;
            self.shared
                .fired
                .store(scope.last_frame_time() + offset as Frames, SeqCst);
        }
        Control::Continue
    }
}

impl ProcessHandler for Sink {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        for (index, port) in self.ports.iter().enumerate() {
            for (offset, sample) in port.as_slice(scope).iter().enumerate() {
                let bits = sample.abs().to_bits();
                self.shared.peak.fetch_max(bits, SeqCst);
                if self.shared.amplitude[index].fetch_max(bits, SeqCst) < bits {
                    let frame = scope.last_frame_time() + offset as Frames;
                    self.shared.caught[index].store(frame, SeqCst);
                }
            }
        }
        Control::Continue
    }
}

impl NotificationHandler for Notices {
    fn xrun(&mut self, _: &Client) -> Control {
        self.0.xruns.fetch_add(1, SeqCst);
        Control::Continue
    }
}

/// A client that sends and one that receives: two, so that JACK sees no circle, which it would cut with a period of
/// delay.
struct Ends {
    source: AsyncClient<Notices, Source>,
    sink: AsyncClient<Notices, Sink>,
    shared: Arc<Shared>,
}

impl Ends {
    fn open(signal: Vec<f32>) -> Ends {
        let shared = Arc::<Shared>::default();
        let source = connect("source");
        let process = Source {
            port: source.register_port("out", AudioOut::default()).unwrap(),
            signal,
            at: 0,
            shared: Arc::clone(&shared),
        };
        let source = source
            .activate_async(Notices(Arc::clone(&shared)), process)
            .unwrap();
        let sink = connect("sink");
        let process = Sink {
            ports: ["in_1", "in_2"]
                .map(|name| sink.register_port(name, AudioIn::default()).unwrap()),
            shared: Arc::clone(&shared),
        };
        let sink = sink
            .activate_async(Notices(Arc::clone(&shared)), process)
            .unwrap();
        Ends {
            source,
            sink,
            shared,
        }
    }

    fn wire(&self, name: &str) {
        for (from, to) in [
            ("source:out".to_owned(), format!("{name}:input")),
            (format!("{name}:output_1"), "sink:in_1".to_owned()),
            (format!("{name}:output_2"), "sink:in_2".to_owned()),
        ] {
            self.source
                .as_client()
                .connect_ports_by_name(&from, &to)
                .unwrap();
        }
    }

    /// Sends an impulse; where nothing disturbed the server meanwhile, the delay in frames and the amplitude on both
    /// outputs.
    fn measure(&self, rig: &mut JackRig) -> Option<[(u32, f32); 2]> {
        let shared = &self.shared;
        for index in 0..2 {
            shared.amplitude[index].store(0, SeqCst);
        }
        let before = shared.xruns.load(SeqCst);
        shared.fire.store(true, SeqCst);
        // Longer than any latency here.
        tend(rig, Duration::from_millis(600));
        let fired = shared.fired.load(SeqCst);
        let found = [0, 1].map(|index| {
            let amplitude = f32::from_bits(shared.amplitude[index].load(SeqCst));
            (
                shared.caught[index].load(SeqCst).wrapping_sub(fired),
                amplitude,
            )
        });
        (shared.xruns.load(SeqCst) == before).then_some(found)
    }
}

/// A client; the server may still be starting.
fn connect(name: &str) -> Client {
    jack::set_logger(LoggerType::None);
    let start = Instant::now();
    loop {
        match Client::new(name, ClientOptions::NO_START_SERVER) {
            Ok((client, _)) => return client,
            Err(error) => assert!(start.elapsed() < Duration::from_secs(20), "{error}"),
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn tend(rig: &mut JackRig, time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        rig.tend().unwrap();
        thread::sleep(Duration::from_millis(20));
    }
}

fn latency_is_what_is_reported() {
    let ends = Ends::open(Vec::new());
    let config = JackConfig {
        name: "measured".to_owned(),
        connect: false,
        quality: Quality::default(),
        // Latency like any other.
        reserve: Duration::from_millis(30),
        settings: Settings {
            // No voice: the input, delayed as a voice would be.
            voice: VoiceSlots::COUNT as u32 - 1,
            ..Settings::default()
        },
    };
    let mut rig = JackRig::open(&config, Engine::new()).unwrap();
    ends.wire(rig.name());
    let first = assert_latency(&ends, &mut rig);
    // The server takes longer blocks from now on: the engine follows, and its latency by as much.
    ends.source.as_client().set_buffer_size(2 * PERIOD).unwrap();
    tend(&mut rig, Duration::from_secs(1));
    let second = assert_latency(&ends, &mut rig);
    assert_eq!(second, first + PERIOD);
    assert_eq!(rig.session().restarts(), 1);
    ends.source.as_client().set_buffer_size(PERIOD).unwrap();
    println!(
        "latency {first} samples at blocks of {PERIOD}, {second} at {}",
        2 * PERIOD
    );
}

/// Asserts that engine, JACK and an impulse tell the same latency, and returns it.
fn assert_latency(ends: &Ends, rig: &mut JackRig) -> u32 {
    tend(rig, Duration::from_millis(500));
    let reported = rig.session().latency().samples().0 as u32;
    // After an xrun JACK's count of frames goes on while sound does not, so that time is measured anew.
    let found = (0..20).find_map(|_| ends.measure(rig));
    let found = found.expect("twenty impulses, each with an xrun meanwhile: the server is starved");
    for (delay, amplitude) in found {
        assert_eq!(delay, reported, "impulse against report");
        // Dry and dry-for-missing are mixed in f32: two roundings of 2^-24.
        assert!((amplitude - IMPULSE).abs() < 1e-6, "{amplitude}");
    }
    let sink = ends.sink.as_client().port_by_name("sink:in_1").unwrap();
    let told = sink.get_latency_range(LatencyType::Capture);
    assert_eq!(
        told,
        (reported, reported),
        "JACK's latency range against report"
    );
    reported
}

fn the_program_runs() {
    let seconds = env::var("SYRINX_JACK_SECONDS").unwrap_or_else(|_| "20".to_owned());
    let arguments = [
        "syrinx-live",
        "--backend",
        "jack",
        "--no-connect",
        "--name",
        "program",
        "--json",
        "--seconds",
        &seconds,
    ];
    let arguments: Vec<_> = arguments.iter().map(Into::into).collect();
    let program = thread::spawn(move || {
        let mut out = Vec::new();
        let exit = syrinx_live::run(arguments, &mut out);
        (exit, String::from_utf8(out).unwrap())
    });
    let ends = Ends::open(signals::vowel(SampleRate::of(RATE), 4.0, 110.0, 180.0));
    let start = Instant::now();
    let client = ends.source.as_client();
    while client.port_by_name("program:input").is_none() {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "no port program:input"
        );
        thread::sleep(Duration::from_millis(50));
    }
    // Ports exist a moment before their client is active.
    thread::sleep(Duration::from_millis(500));
    ends.wire("program");
    let (exit, out) = program.join().unwrap();
    assert_eq!(exit, Exit::Success);
    let events: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events.first().unwrap()["event"], "start");
    let end = events.last().unwrap();
    assert_eq!(end["event"], "end");
    assert_eq!(end["voice_state"], "ready", "{end}");
    assert!(end["blocks"].as_u64().unwrap() > 0);
    // The vowel is at -20 dB or so; what came out is a voice and not a remainder.
    let peak = f32::from_bits(ends.shared.peak.load(SeqCst));
    assert!(peak > 0.01 && peak <= 4.0, "{peak}");
    println!(
        "program: {:.1} s, {} blocks, {} underruns ({} samples missing), {} overruns, {} xruns, {} samples of \
         latency, peak load {:.2}, priority {}, {}",
        end["seconds"].as_f64().unwrap(),
        end["blocks"],
        end["underruns"],
        end["missing_samples"],
        end["overruns"],
        end["xruns"],
        end["latency_samples"],
        end["peak_load"].as_f64().unwrap(),
        end["priority"],
        end["runtime"]
    );
}
