//! Makes what the tests play: voices of full size, imported by the command, and what it converts with them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

use serde_json::Value;
use syrinx_dsp::{SampleRate, resample_all};
use syrinx_models::import::{ImportRequest, import};
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::{Backend, Device, Quiet, Runtime, VoiceBundle};
use syrinx_tests::full_size::Network;
use syrinx_tests::hosts::{are_required, paths, recording, run, runtime_beside_clap};

/// The rate of the hosts.
pub const RATE: SampleRate = SampleRate::of(48_000);

/// How much is bounced: fifteen chunks of the lowest latency. A second of it takes about two of a core.
const SECONDS: f64 = 1.5;

const MANIFEST: &str = "voice.json";

/// Where things are.
pub struct Stage {
    /// The built bundles, and the programs beside them.
    pub bundles: PathBuf,
    /// The Python that has the hosts.
    pub python: PathBuf,
    /// The ONNX Runtime library of the command: the CLAP plugin's, whose optimised networks it then shares.
    pub runtime: PathBuf,
    /// `SYRINX_HOME` of all that is run.
    pub home: PathBuf,
    /// What is converted: speech of [`RATE`], 16 bits, mono.
    pub recording: PathBuf,
    /// Networks of full size, kept from run to run.
    networks: PathBuf,
}

/// A voice, and what the command converts with it.
pub struct Played {
    /// Its folder.
    pub bundle: PathBuf,
    /// A mono WAV file of floats.
    pub converted: PathBuf,
}

impl Stage {
    /// The one of this process; `None`, said aloud, without what the gate prepares.
    pub fn get() -> Option<&'static Stage> {
        static STAGE: OnceLock<Option<Stage>> = OnceLock::new();
        STAGE.get_or_init(Stage::set_up).as_ref()
    }

    fn set_up() -> Option<Stage> {
        let names = ["SYRINX_BUNDLES", "SYRINX_HOSTS_PYTHON", "SYRINX_FULL_SIZE"];
        let [bundles, python, folder] = paths(names)?;
        let Some(runtime) = runtime_beside_clap(&bundles) else {
            assert!(!are_required(), "{} has no ONNX Runtime", bundles.display());
            println!("skipped: voices of full size need ONNX Runtime beside the plugin");
            return None;
        };
        let home = folder.join("home");
        // Voices of an earlier run may have been made by another command.
        if home.exists() {
            std::fs::remove_dir_all(&home).expect("what an earlier run left is removed");
        }
        std::fs::create_dir_all(&home).expect("a folder");
        let recording = home.join("speech.wav");
        record(&recording);
        Some(Stage {
            bundles,
            python,
            runtime,
            home,
            recording,
            networks: folder.join("networks"),
        })
    }

    /// A So-VITS voice, imported by the command.
    pub fn so_vits(&self) -> &'static Played {
        static PLAYED: OnceLock<Played> = OnceLock::new();
        PLAYED.get_or_init(|| {
            let [voice, encoder] =
                [Network::SoVits, Network::Encoder].map(|network| self.network(network));
            timed("imported So-VITS", || {
                run(self
                    .command(&["voices", "import"])
                    .arg(voice)
                    .arg("--encoder")
                    .arg(encoder)
                    .args(["--rate", "44100", "--name", "full"]))
            });
            let bundle = self.home.join("voices/full");
            check(&bundle);
            self.converted(bundle)
        })
    }

    /// The same, computing with eight bits by the plan that is kept beside the graphs.
    pub fn int8(&self) -> &'static Played {
        static PLAYED: OnceLock<Played> = OnceLock::new();
        PLAYED.get_or_init(|| {
            let bundle = copied(&self.so_vits().bundle, "full-int8");
            let plan: Value = serde_json::from_slice(&std::fs::read(plan()).expect("a plan"))
                .expect("the plan is JSON");
            change(&bundle, |manifest| manifest["parameters"]["int8"] = plan);
            self.converted(bundle)
        })
    }

    /// Lets the command plan the voice, which takes a minute or two, and keeps the plan.
    pub fn plan_int8(&self) {
        let bundle = copied(&self.so_vits().bundle, "full-planned");
        timed("quantised", || {
            run(&mut self.command(&["voices", "quantise", "full-planned"]))
        });
        let planned = manifest(&bundle)["parameters"]["int8"].to_string();
        std::fs::write(plan(), planned + "\n").expect("written");
    }

    /// An RVC voice. The command imports the other one; here nobody waits for its measurements.
    pub fn rvc(&self) -> &'static Played {
        static PLAYED: OnceLock<Played> = OnceLock::new();
        PLAYED.get_or_init(|| {
            let [voice, encoder] =
                [Network::Rvc, Network::Encoder].map(|network| self.network(network));
            let request = ImportRequest {
                paths: vec![voice],
                out: self.home.join("voices"),
                name: Some("full-rvc".to_owned()),
                rate: Some(48_000),
                encoder: Some(encoder),
                ..ImportRequest::default()
            };
            let config = RuntimeConfig {
                backend: Some(Backend::OnnxRuntime),
                library: Some(self.runtime.clone()),
                ..RuntimeConfig::default()
            };
            let runtime = Runtime::new(config).expect("ONNX Runtime");
            let imported = timed("imported RVC", || {
                import(&request, &runtime, Device::Cpu, &mut Quiet).expect("an import")
            });
            check(&imported.path);
            self.converted(imported.path)
        })
    }

    fn network(&self, network: Network) -> PathBuf {
        // Two imports may want the encoder at once.
        static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _one = ONE.lock().expect("nobody panics while writing");
        network.make_in(&self.networks).expect("a network")
    }

    /// What the command makes of the recording, as the plugin does at its lowest latency: chunks of 100 ms have the same
    /// context and lookahead there.
    fn converted(&self, bundle: PathBuf) -> Played {
        let name = bundle.file_name().expect("a name").to_owned();
        let converted = self.home.join(&name).with_extension("wav");
        timed(&format!("converted with {}", name.display()), || {
            run(self
                .command(&["convert", "--streamed", "--chunk", "100", "--transpose=0"])
                .args(["--bit-depth", "32f", "--voice"])
                .arg(&name)
                .args([&self.recording, &converted]))
        });
        Played { bundle, converted }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.bundles.join("bin/syrinx"));
        command
            .env("SYRINX_HOME", &self.home)
            .env("SYRINX_ONNXRUNTIME", &self.runtime)
            .args(arguments);
        command
    }
}

/// Whether a voice came of the import that streams in parts, with an encoder of full size.
fn check(bundle: &Path) {
    let bundle = VoiceBundle::open(bundle).expect("a voice");
    let files = &bundle.manifest().files;
    for role in ["encoder", "head", "generator"] {
        assert!(files.contains_key(role), "{role} among {:?}", files.keys());
    }
    let bytes: u64 = files.values().map(|file| file.bytes).sum();
    assert!(bytes > 450_000_000, "full size: {bytes} bytes");
}

/// A voice of the same files under another name.
fn copied(from: &Path, name: &str) -> PathBuf {
    let to = from.with_file_name(name);
    std::fs::create_dir(&to).expect("a folder");
    for entry in from.read_dir().expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.file_name() == MANIFEST {
            std::fs::copy(entry.path(), target).expect("written");
        } else {
            // Half a gigabyte that nobody changes.
            std::fs::hard_link(entry.path(), target).expect("a link");
        }
    }
    change(&to, |manifest| manifest["name"] = name.into());
    to
}

fn manifest(bundle: &Path) -> Value {
    let text = std::fs::read(bundle.join(MANIFEST)).expect("a manifest");
    serde_json::from_slice(&text).expect("JSON")
}

fn change(bundle: &Path, change: impl FnOnce(&mut Value)) {
    let mut manifest = manifest(bundle);
    change(&mut manifest);
    std::fs::write(bundle.join(MANIFEST), manifest.to_string()).expect("written");
}

/// The plan by which the So-VITS voice computes with eight bits: it fits its weights alone, which are always the same.
fn plan() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("full_size/int8.json")
}

/// Writes the recording: what is said in the demo, at the rate of the hosts.
fn record(target: &Path) {
    let reader = hound::WavReader::open(recording()).expect("the demo's recording");
    let from = SampleRate::of(reader.spec().sample_rate);
    let count = (SECONDS * f64::from(from.hz())) as usize;
    let said: Vec<f32> = reader
        .into_samples::<i16>()
        .take(count)
        .map(|sample| f32::from(sample.expect("a sample")))
        .collect();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE.hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(target, spec).expect("a WAV file");
    for sample in resample_all(&said, from, RATE).expect("usual rates") {
        writer.write_sample(sample as i16).expect("written");
    }
    writer.finalize().expect("written");
}

/// Does it, and prints how long it took.
fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    println!("{what} in {:.1} s", start.elapsed().as_secs_f64());
    done
}
