//! A PulseAudio server of our own with null sinks, which ALSA's plugin makes devices of.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use syrinx_dsp::SampleRate;
use syrinx_tests::{hosts, signals};
use tempfile::TempDir;

/// The rate of the voice that is played in: not that of the output, so that rates meet.
const RATE: u32 = 44_100;

/// How long the server may take to start.
const LIMIT: Duration = Duration::from_secs(20);

/// The devices that ALSA shows: a microphone that hears one sink, an output into another, and what that one plays.
const ALSA: &str = "\
pcm.syrinx_mic {
    type pulse
    device \"mic_sink.monitor\"
    hint { show on description \"Syrinx test microphone\" }
}
pcm.syrinx_out {
    type pulse
    device \"out_sink\"
    hint { show on description \"Syrinx test output\" }
}
pcm.syrinx_loop {
    type pulse
    device \"out_sink.monitor\"
    hint { show on description \"Syrinx test loopback\" }
}
";

/// A server in a folder of its own. Dropped, both end.
pub struct PulseServer {
    folder: TempDir,
    child: Child,
}

/// A voice that speaks into the microphone until this is dropped.
pub struct Voice {
    player: Child,
}

impl Voice {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.player.id()
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.player.kill();
        let _ = self.player.wait();
    }
}

impl PulseServer {
    /// Starts it; `None`, said aloud, where there is none.
    pub fn start() -> Option<PulseServer> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".asoundrc"), ALSA).unwrap();
        let child = spawn(&folder);
        let Ok(child) = child else {
            assert!(
                !hosts::are_required(),
                "pulseaudio: expected on the path, found none"
            );
            println!("skipped: PulseAudio is not installed");
            return None;
        };
        let server = PulseServer { folder, child };
        server.wait_until_it_answers();
        Some(server)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What its clients need.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let folder = self.folder.path().display().to_string();
        vec![
            ("PULSE_SERVER", format!("unix:{folder}/native")),
            ("PULSE_RUNTIME_PATH", folder.clone()),
            ("PULSE_COOKIE", format!("{folder}/cookie")),
            ("SYRINX_HOME", format!("{folder}/syrinx")),
            ("HOME", folder),
        ]
    }

    fn wait_until_it_answers(&self) {
        let start = Instant::now();
        while !self
            .command("pactl")
            .arg("info")
            .output()
            .unwrap()
            .status
            .success()
        {
            assert!(start.elapsed() < LIMIT, "PulseAudio does not answer");
            thread::sleep(Duration::from_millis(100));
        }
        for sink in ["mic_sink", "out_sink"] {
            self.plug(sink);
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.environment()).stdin(Stdio::null());
        command
    }

    /// What `pactl` prints.
    pub fn pactl(&self, arguments: &[&str]) -> String {
        hosts::run(self.command("pactl").args(arguments))
    }

    /// Plugs a null sink in.
    pub fn plug(&self, name: &str) {
        let name = format!("sink_name={name}");
        self.pactl(&["load-module", "module-null-sink", &name]);
    }

    /// Unplugs it.
    pub fn unplug(&self, name: &str) {
        let loaded = self.pactl(&["list", "short", "modules"]);
        let line = loaded.lines().find(|line| line.contains(name)).unwrap();
        self.pactl(&["unload-module", line.split('\t').next().unwrap()]);
    }

    /// Ends the server and starts another one in its place.
    pub fn restart(&mut self) {
        self.kill();
        thread::sleep(Duration::from_secs(2));
        self.child = spawn(&self.folder).unwrap();
        self.wait_until_it_answers();
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Lets a voice speak into the microphone.
    pub fn speak(&self) -> Voice {
        let mut player = self
            .command("pacat")
            .args([
                "--playback",
                "--device=mic_sink",
                "--format=float32le",
                "--channels=1",
            ])
            .arg(format!("--rate={RATE}"))
            .arg("--latency-msec=100")
            .stdin(Stdio::piped())
            // It complains when its server is taken away, as it shall be.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = player.stdin.take().unwrap();
        let signal = signals::vowel(SampleRate::of(RATE), 4.0, 110.0, 180.0);
        let bytes: Vec<u8> = signal
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        thread::spawn(move || {
            // Until the player ends.
            while input.write_all(&bytes).is_ok() {}
        });
        Voice { player }
    }

    /// The highest amplitude that comes out for so long.
    pub fn listen(&self, time: Duration) -> f32 {
        let mut recorder = self
            .command("parec")
            .args([
                "--device=out_sink.monitor",
                "--format=float32le",
                "--channels=1",
            ])
            .args(["--rate=48000", "--latency-msec=100"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = recorder.stdout.take().unwrap();
        let mut bytes = vec![0; (time.as_secs_f64() * 48_000.0) as usize * 4];
        let heard = output.read_exact(&mut bytes);
        let _ = recorder.kill();
        let _ = recorder.wait();
        heard.unwrap();
        let samples = bytes.chunks_exact(4);
        samples
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]).abs())
            .fold(0.0, f32::max)
    }
}

impl Drop for PulseServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(folder: &TempDir) -> std::io::Result<Child> {
    let path = folder.path().display();
    let protocol = format!("module-native-protocol-unix auth-anonymous=1 socket={path}/native");
    let _ = std::fs::remove_file(folder.path().join("native"));
    Command::new("pulseaudio")
        .args([
            "-n",
            "--daemonize=no",
            "--use-pid-file=no",
            "--exit-idle-time=-1",
        ])
        .args(["--realtime=yes", "--high-priority=yes", "--log-target=null"])
        .arg(format!("--load={protocol}"))
        .env("HOME", folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("PULSE_RUNTIME_PATH", folder.path())
        .env("PULSE_COOKIE", folder.path().join("cookie"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}
