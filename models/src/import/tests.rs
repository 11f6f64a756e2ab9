mod bad;
mod files;
mod projects;
mod streaming;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::*;
use crate::bundle::VoiceBundle;
use crate::progress::Quiet;
use crate::runtime::{Backend, RuntimeConfig};

/// A synthesizer built as real ones are, which can be parted; `tests/golden/streamed/make_streamed.py` says how.
const STREAMED: &[u8] = include_bytes!("../../../tests/golden/streamed/streamed.onnx");
/// One that cannot, of content 768 wide with a volume.
const VOLUME: &[u8] = include_bytes!("../../../tests/golden/sovits/v41_vol.onnx");
const ENCODER_256: &[u8] = include_bytes!("../../../tests/golden/sovits/encoder_256.onnx");
const ENCODER_768: &[u8] = include_bytes!("../../../tests/golden/sovits/encoder_768.onnx");

fn tract() -> Runtime {
    Runtime::new(RuntimeConfig {
        backend: Some(Backend::Tract),
        ..RuntimeConfig::default()
    })
    .unwrap()
}

/// A folder with files to import from, and a place to import to.
struct Import {
    folder: tempfile::TempDir,
    request: ImportRequest,
}

impl Import {
    fn of(files: &[(&str, &[u8])]) -> Import {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        fs::create_dir(&source).unwrap();
        for (name, content) in files {
            let path = source.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let request = ImportRequest {
            out: folder.path().join("voices"),
            name: Some("tiny".to_owned()),
            ..ImportRequest::default()
        };
        Import { folder, request }
    }

    /// The tiny voice that can be parted, with all that it needs.
    fn whole() -> Import {
        let config = config();
        Import::of(&[
            ("a.onnx", STREAMED),
            ("config.json", &config),
            ("b.onnx", ENCODER_256),
        ])
    }

    fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    fn run(&self) -> Result<VoiceBundle, ImportError> {
        self.run_at(self.source())
    }

    fn run_named(&self, name: &str) -> Result<VoiceBundle, ImportError> {
        self.run_at(self.source().join(name))
    }

    fn run_at(&self, path: PathBuf) -> Result<VoiceBundle, ImportError> {
        Ok(self.run_with(vec![path])?.0)
    }

    /// The voice, and what was noted.
    fn run_with(&self, paths: Vec<PathBuf>) -> Result<(VoiceBundle, Vec<String>), ImportError> {
        let request = ImportRequest {
            paths,
            ..self.request.clone()
        };
        let made = import(&request, &tract(), Device::Cpu, &mut Quiet)?;
        let bundle = VoiceBundle::open(&made.path)?;
        bundle.verify()?;
        Ok((bundle, made.notes))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.source().join(name)
    }

    /// The message of a refusal, after which nothing is left behind.
    fn refused(&self) -> String {
        let message = self.run().unwrap_err().to_string();
        self.check_nothing_left();
        message
    }

    fn check_nothing_left(&self) {
        let left = fs::read_dir(&self.request.out);
        let left: Vec<_> = left.into_iter().flatten().flatten().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn speakers(bundle: &VoiceBundle) -> Vec<&str> {
    let speakers = bundle.manifest().speakers.iter();
    speakers.map(|speaker| speaker.name.as_str()).collect()
}

fn config() -> Vec<u8> {
    json!({
        "train": {"segment_size": 10240},
        "data": {"sampling_rate": 44_100, "hop_length": 512},
        "model": {"speech_encoder": "vec256l9"},
        "spk": {"bert": 1, "anna": 0},
    })
    .to_string()
    .into_bytes()
}

fn zip(path: &Path, entries: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, content) in entries {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(*name, options).unwrap();
        std::io::Write::write_all(&mut zip, content).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn a_folder_with_a_configuration_becomes_a_parted_voice() {
    let config = config();
    let import = Import::of(&[
        ("model/streamed.onnx", STREAMED),
        ("config.json", &config),
        ("encoders/vec256l9.onnx", ENCODER_256),
        ("readme.txt", b"nothing"),
    ]);
    let voice = import.run().unwrap();
    assert_eq!((voice.manifest().rate, voice.manifest().hop), (44_100, 512));
    assert_eq!(speakers(&voice), ["anna", "bert"]);
    assert!(voice.has("head") && voice.has("generator") && !voice.has("synthesizer"));
    assert!(voice.manifest().licence.contains("streamed.onnx"));
    assert_eq!(fs::read_dir(&import.request.out).unwrap().count(), 1);
}

#[test]
fn a_graph_that_cannot_be_parted_is_taken_whole() {
    let mut import = Import::of(&[("a.onnx", VOLUME), ("b.onnx", ENCODER_768)]);
    import.request.rate = Some(44_100);
    import.request.speakers = vec!["carla".to_owned()];
    let voice = import.run().unwrap();
    assert!(voice.has("synthesizer") && !voice.has("head"));
    assert_eq!(speakers(&voice), ["carla"]);
}

#[test]
fn a_name_that_is_taken_is_replaced_only_when_asked() {
    let config = config();
    let mut import = Import::of(&[
        ("a.onnx", STREAMED),
        ("config.json", &config),
        ("b.onnx", ENCODER_256),
    ]);
    import.request.licence = Some("CC0-1.0".to_owned());
    let voice = import.run().unwrap();
    let message = import.run().unwrap_err().to_string();
    assert!(message.contains("--replace"), "{message}");
    let again = VoiceBundle::open(voice.path()).unwrap();
    assert_eq!(again.manifest().licence, "CC0-1.0");
    import.request.licence = Some("CC-BY-4.0".to_owned());
    import.request.replace = true;
    let voice = import.run().unwrap();
    assert_eq!(voice.manifest().licence, "CC-BY-4.0");
    // A folder that is no voice is not touched.
    fs::remove_file(voice.path().join("voice.json")).unwrap();
    import.run().unwrap_err();
    assert!(voice.path().join("head.onnx").is_file());
}

#[test]
fn a_stop_leaves_nothing() {
    struct StopAt(&'static str, bool);
    impl ImportObserver for StopAt {
        fn stage(&mut self, what: &str, _bytes: Option<u64>) {
            self.1 |= what.starts_with(self.0);
        }
        fn cancelled(&self) -> bool {
            self.1
        }
    }
    let import = Import::whole();
    zip(&import.path("more.zip"), &[("c.json", b"{}")]);
    for stage in [
        "unpacking",
        "reading",
        "preparing",
        "hashing",
        "loading",
        "speaking",
        "streaming",
        "measuring",
        "packing",
    ] {
        let request = ImportRequest {
            paths: vec![import.source()],
            speech: Some(speech()),
            zip: true,
            ..import.request.clone()
        };
        let mut stop = StopAt(stage, false);
        let error = super::import(&request, &tract(), Device::Cpu, &mut stop).unwrap_err();
        assert!(matches!(error, ImportError::Stopped), "{stage}: {error}");
        import.check_nothing_left();
    }
}

/// Two seconds of a gliding tone with harmonics.
fn speech() -> Speech {
    let phase = |n: f32| 150.0 * n / 16_000.0 + (n / 3_000.0).sin();
    let harmonic = |n: f32, k: f32| (std::f32::consts::TAU * phase(n) * k).sin() / k;
    let wave = |n: f32| (1..9).map(|k| harmonic(n, k as f32)).sum::<f32>();
    Speech {
        samples: (0..32_000).map(|n| 0.2 * wave(n as f32)).collect(),
        rate: syrinx_dsp::SampleRate::of(16_000),
    }
}

#[test]
fn what_streams_cost_is_measured_and_kept() {
    let mut import = Import::whole();
    import.request.speech = Some(speech());
    let request = ImportRequest {
        paths: vec![import.source()],
        ..import.request.clone()
    };
    let made = super::import(&request, &tract(), Device::Cpu, &mut Quiet).unwrap();
    assert_eq!(made.streams.len(), 4);
    let kept = VoiceBundle::open(&made.path).unwrap();
    assert_eq!(kept.manifest().streams, made.streams);
    // A voice that is streamed in whole windows has no generator whose lookahead could be short.
    let mut import = Import::of(&[("a.onnx", VOLUME), ("b.onnx", ENCODER_768)]);
    import.request.speech = Some(speech());
    import.request.rate = Some(44_100);
    assert!(import.run().unwrap().manifest().streams.is_empty());
}
