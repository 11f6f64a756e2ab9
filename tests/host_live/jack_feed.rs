//! A client of a JACK server that feeds a program and hears it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use jack::{
    AudioIn, AudioOut, Client, ClientOptions, Control, LoggerType, Port, ProcessHandler,
    ProcessScope,
};
use syrinx_dsp::SampleRate;
use syrinx_tests::jackd::Jackd;
use syrinx_tests::signals;

/// The rate of the servers.
pub const RATE: u32 = 48_000;

/// Frames of a block: 5 ms, and room for a machine without real-time priorities.
pub const PERIOD: u32 = 256;

/// How long a connection may take.
const LIMIT: Duration = Duration::from_secs(20);

/// Names the program in the second run, which feeds it.
const FED: &str = "SYRINX_LIVE_FED";

/// A client that sings into a program and hears what comes out, in a process of its own: which server a client
/// connects to is in the environment. Dropped, it ends.
pub struct JackFeed {
    child: Child,
    peaks: Receiver<f32>,
}

impl JackFeed {
    /// Connects to the program of this name on the server.
    pub fn connect(server: &Jackd, program: &str) -> JackFeed {
        let mut child = client(server, program);
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, peaks) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let peak = line
                    .split_once("peak ")
                    .and_then(|(_, peak)| peak.parse().ok());
                if peak.is_some_and(|peak| sender.send(peak).is_err()) {
                    return;
                }
            }
        });
        JackFeed { child, peaks }
    }

    /// The highest amplitude since it was last taken; 0 if nothing was heard.
    pub fn take_peak(&self) -> f32 {
        self.peaks.try_iter().fold(0.0, f32::max)
    }
}

impl Drop for JackFeed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client in a process of its own that feeds `program`.
fn client(server: &Jackd, program: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_feed", "--nocapture"])
        .envs([server.environment()])
        .env(FED, program)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// In the second run: the client itself, until it is ended.
pub fn be_the_feed() {
    let Ok(program) = std::env::var(FED) else {
        return;
    };
    jack::set_logger(LoggerType::None);
    let start = Instant::now();
    let client = loop {
        match Client::new("feed", ClientOptions::NO_START_SERVER) {
            Ok((client, _)) => break client,
            Err(error) => assert!(start.elapsed() < LIMIT, "{error}"),
        }
        thread::sleep(Duration::from_millis(100));
    };
    let peak = Arc::<AtomicU32>::default();
    let feed = Feed {
        out: client.register_port("out", AudioOut::default()).unwrap(),
        heard: client.register_port("heard", AudioIn::default()).unwrap(),
        signal: signals::vowel(SampleRate::of(RATE), 4.0, 110.0, 180.0),
        at: 0,
        peak: Arc::clone(&peak),
    };
    let client = client.activate_async((), feed).unwrap();
    let own = client.as_client();
    for (from, to) in [
        ("feed:out".to_owned(), format!("{program}:input")),
        (format!("{program}:output_1"), "feed:heard".to_owned()),
    ] {
        // Ports exist a moment before their client is active.
        while let Err(error) = own.connect_ports_by_name(&from, &to) {
            assert!(start.elapsed() < LIMIT, "{from} to {to}: {error}");
            thread::sleep(Duration::from_millis(100));
        }
    }
    loop {
        thread::sleep(Duration::from_millis(200));
        println!("peak {}", f32::from_bits(peak.swap(0, SeqCst)));
    }
}

struct Feed {
    out: Port<AudioOut>,
    heard: Port<AudioIn>,
    signal: Vec<f32>,
    at: usize,
    peak: Arc<AtomicU32>,
}

impl ProcessHandler for Feed {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        for sample in self.out.as_mut_slice(scope) {
            *sample = self.signal[self.at];
            self.at = (self.at + 1) % self.signal.len();
        }
        for sample in self.heard.as_slice(scope) {
            self.peak.fetch_max(sample.abs().to_bits(), SeqCst);
        }
        Control::Continue
    }
}
