//! Serves as a client of a JACK server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jack::{
    AsyncClient, AudioIn, AudioOut, Client, ClientOptions, ClientStatus, Control, Frames,
    LatencyType, NotificationHandler, Port, PortFlags, ProcessHandler, ProcessScope,
};
use syrinx_dsp::SampleRate;
use syrinx_engine::{Quality, Settings};

use crate::audio_side::AudioSide;
use crate::counts::Counts;
use crate::drift::DriftState;
use crate::error::LiveError;
use crate::jack_latency::JackLatency;
use crate::live_engine::LiveEngine;
use crate::quiet::be_quiet;
use crate::rig::{Rig, RigFacts, Wire};
use crate::session::{Session, SessionConfig};
use crate::watchdog::Watchdog;

/// What a client is opened with.
#[derive(Clone, Debug)]
pub struct JackConfig {
    /// Its name; where that is taken, JACK adds a number.
    pub name: String,
    /// Whether to connect the ports to microphones and loudspeakers.
    pub connect: bool,
    /// Latency against sound and safety.
    pub quality: Quality,
    /// Time kept in hand for chunks that come late; all of it is latency.
    pub reserve: Duration,
    /// What to begin with.
    pub settings: Settings,
}

/// A client with the ports `input`, `output_1` and `output_2`; both outputs give the same.
///
/// JACK is told the engine's latency. While JACK runs faster than real time ("freewheels"), the engine does not
/// wait, so converted sound may be missing; [`Counts::freewheel`] tells of it.
pub struct JackRig {
    // Dropped in this order: the client before what its latency callback reads.
    client: AsyncClient<Notices, Process>,
    latency: JackLatency,
    session: Session,
    lost: Arc<AtomicBool>,
    watchdog: Watchdog,
    /// As of the last look: a server that has ended does not tell.
    wires: Vec<Wire>,
}

/// Our ports.
const PORTS: [&str; 3] = ["input", "output_1", "output_2"];

struct Process {
    input: Port<AudioIn>,
    outputs: [Port<AudioOut>; 2],
    side: AudioSide,
    counts: Arc<Counts>,
}

struct Notices {
    counts: Arc<Counts>,
    lost: Arc<AtomicBool>,
}

/// Whether a JACK server runs.
pub fn is_running() -> bool {
    probe().is_ok()
}

fn probe() -> Result<(), LiveError> {
    open("syrinx-probe").map(|_| ())
}

/// The server's ports for microphones and loudspeakers.
///
/// # Errors
/// If no server runs.
pub fn physical_ports() -> Result<(u32, Vec<String>, Vec<String>), LiveError> {
    let client = open("syrinx-list")?;
    let (capture, playback) = system_ports(&client);
    Ok((client.sample_rate(), capture, playback))
}

fn open(name: &str) -> Result<Client, LiveError> {
    // Its crate loads the library when it is first called, and panics where that fails.
    if let Err(error) = jack::jack_sys::library() {
        return Err(failure(&format!("JACK is not installed ({error})")));
    }
    be_quiet();
    let opened = Client::new(name, ClientOptions::NO_START_SERVER);
    let (client, _) =
        opened.map_err(|error| failure(&format!("no server to connect to ({error})")))?;
    Ok(client)
}

fn failure(problem: &str) -> LiveError {
    LiveError::Backend {
        name: "jack",
        problem: problem.to_owned(),
    }
}

fn system_ports(client: &Client) -> (Vec<String>, Vec<String>) {
    let ports = |direction| {
        let flags = PortFlags::IS_PHYSICAL | direction;
        client.ports(None, Some("32 bit float mono audio"), flags)
    };
    (ports(PortFlags::IS_OUTPUT), ports(PortFlags::IS_INPUT))
}

impl JackRig {
    /// Opens a client, activates the engine and begins.
    ///
    /// # Errors
    /// If no server runs, or it refuses.
    pub fn open(config: &JackConfig, engine: impl Into<LiveEngine>) -> Result<JackRig, LiveError> {
        let client = open(&config.name)?;
        let refused = |error: jack::Error| failure(&format!("the server refuses: {error}"));
        let rate = SampleRate::new(client.sample_rate())
            .ok_or_else(|| failure("expected a rate, found 0 Hz"))?;
        let (session, side) = Session::new(
            engine,
            SessionConfig {
                rate,
                max_block: client.buffer_size() as usize,
                quality: config.quality,
                reserve: config.reserve,
                settings: config.settings,
            },
        );
        let port = |name| client.register_port(name, AudioOut::default());
        let outputs = [
            port("output_1").map_err(refused)?,
            port("output_2").map_err(refused)?,
        ];
        let input = client
            .register_port("input", AudioIn::default())
            .map_err(refused)?;
        let latency = JackLatency::report(&client, &input, &outputs, reported(&session));
        let lost = Arc::<AtomicBool>::default();
        let notices = Notices {
            counts: Arc::clone(session.counts()),
            lost: Arc::clone(&lost),
        };
        let process = Process {
            input,
            outputs,
            side,
            counts: Arc::clone(session.counts()),
        };
        let client = client.activate_async(notices, process).map_err(refused)?;
        let rig = JackRig {
            client,
            latency,
            session,
            lost,
            watchdog: Watchdog::new(Instant::now()),
            wires: Vec::new(),
        };
        if config.connect {
            rig.connect()?;
        }
        Ok(rig)
    }

    /// The name that JACK gave the client.
    pub fn name(&self) -> &str {
        self.client.as_client().name()
    }

    /// Connects the input to the first microphone, and the outputs to the first two loudspeakers.
    fn connect(&self) -> Result<(), LiveError> {
        let client = self.client.as_client();
        let (capture, playback) = system_ports(client);
        let own = |port: &str| format!("{}:{port}", client.name());
        let pairs = capture.first().map(|port| (port.clone(), own("input")));
        let outputs = ["output_1", "output_2"].map(own).into_iter().zip(playback);
        for (from, to) in pairs.into_iter().chain(outputs) {
            client
                .connect_ports_by_name(&from, &to)
                .map_err(|error| failure(&format!("{from} to {to}: {error}")))?;
        }
        Ok(())
    }

    /// What our ports are connected with.
    fn look_at_wires(&self) -> Vec<Wire> {
        let client = self.client.as_client();
        let of = |own| {
            let port = client.port_by_name(&format!("{}:{own}", client.name()));
            let others = port.map(|port| port.get_connections()).unwrap_or_default();
            others.into_iter().map(move |other| Wire { own, other })
        };
        PORTS.into_iter().flat_map(of).collect()
    }

    /// What the devices behind JACK add, in seconds, as they told JACK.
    fn device_delay(&self) -> f64 {
        let client = self.client.as_client();
        let frames = |port: &str, mode| {
            let port = client.port_by_name(&format!("{}:{port}", client.name()));
            port.map_or(0, |port| port.get_latency_range(mode).1)
        };
        let both =
            frames("input", LatencyType::Capture) + frames("output_1", LatencyType::Playback);
        f64::from(both) / f64::from(self.session.config().rate.hz())
    }
}

fn reported(session: &Session) -> u32 {
    session.latency().samples().0 as u32
}

impl Rig for JackRig {
    fn facts(&self) -> RigFacts {
        let connected = |port: &str| {
            let client = self.client.as_client();
            let port = client.port_by_name(&format!("{}:{port}", client.name()));
            let names = port.map(|port| port.get_connections()).unwrap_or_default();
            match names.is_empty() {
                true => "unconnected".to_owned(),
                false => names.join(", "),
            }
        };
        RigFacts {
            backend: "jack".to_owned(),
            input: connected("input"),
            output: connected("output_1"),
            monitor: None,
            rate: self.session.config().rate.hz(),
            block: self.session.config().max_block as u32,
        }
    }

    fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    fn tend(&mut self) -> Result<(), LiveError> {
        let blocks = self.session.counts().blocks();
        let problem = if self.lost.load(Ordering::Relaxed) {
            Some("the server shut down")
        } else if self.watchdog.stands_still(blocks, Instant::now()) {
            Some("the server stands still")
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(LiveError::Lost {
                device: "jack".to_owned(),
                problem: problem.to_owned(),
            });
        }
        self.wires = self.look_at_wires();
        if self.session.tend() {
            self.latency
                .change(self.client.as_client(), reported(&self.session));
        }
        self.session.counts().set_device_delay(self.device_delay());
        Ok(())
    }

    fn wires(&self) -> &[Wire] {
        &self.wires
    }

    fn wire(&mut self, wires: &[Wire]) {
        let client = self.client.as_client();
        let full = |own: &str| format!("{}:{own}", client.name());
        for port in PORTS
            .iter()
            .filter_map(|own| client.port_by_name(&full(own)))
        {
            // A port that has no connections has nothing to lose.
            let _ = client.disconnect(&port);
        }
        for Wire { own, other } in wires {
            let (from, to) = match *own {
                "input" => (other.clone(), full(own)),
                _ => (full(own), other.clone()),
            };
            // Who has not come back yet is connected by hand, as before.
            let _ = client.connect_ports_by_name(&from, &to);
        }
    }

    fn drifts(&self) -> Vec<(&'static str, &DriftState)> {
        Vec::new()
    }
}

impl ProcessHandler for Process {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let [first, second] = &mut self.outputs;
        let block = first.as_mut_slice(scope);
        block.copy_from_slice(self.input.as_slice(scope));
        self.side.process(block);
        second.as_mut_slice(scope).copy_from_slice(block);
        Control::Continue
    }

    fn buffer_size(&mut self, _: &Client, frames: Frames) -> Control {
        self.counts.want_block(frames);
        Control::Continue
    }
}

impl NotificationHandler for Notices {
    #[allow(unsafe_code)]
    unsafe fn shutdown(&mut self, _: ClientStatus, _: &str) {
        self.lost.store(true, Ordering::Relaxed);
    }

    fn freewheel(&mut self, _: &Client, on: bool) {
        self.counts.set_freewheel(on);
    }

    fn xrun(&mut self, _: &Client) -> Control {
        self.counts.count_xrun();
        Control::Continue
    }
}
