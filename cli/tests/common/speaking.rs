//! A place to import and hear voices that speak, and the public ones of the golden data.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::imports::golden;
use super::{Run, command, names_in, read_wav};

/// A folder to work in, with voices installed in `home/voices`.
pub struct Place {
    pub root: tempfile::TempDir,
    pub library: Option<PathBuf>,
}

impl Place {
    pub fn new(library: Option<PathBuf>) -> Place {
        let root = tempfile::tempdir().unwrap();
        Place { root, library }
    }

    pub fn home(&self) -> &Path {
        self.root.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home().join(name)
    }

    pub fn write(&self, name: &str, content: &[u8]) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), content).unwrap();
    }

    /// Puts golden files into a folder.
    pub fn lay(&self, folder: &str, files: &[&str]) {
        for file in files {
            let name = file.rsplit('/').next().unwrap();
            self.write(
                &format!("{folder}/{name}"),
                &fs::read(golden(file)).unwrap(),
            );
        }
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        let mut command = command(self.home());
        if let Some(library) = &self.library {
            command.env("SYRINX_ONNXRUNTIME", library);
        }
        command.args(arguments).output().unwrap().into()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(run.code, Some(0), "{arguments:?}: {run:?}");
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// What is spoken, which is not silence.
    pub fn spoken(&self, text: &str, more: &[&str]) -> Vec<f32> {
        let run = self.run(&[&["speak", text, "-o", "out.wav"], more].concat());
        assert_eq!(run.code, Some(0), "{more:?}: {run:?}");
        let (_, samples) = read_wav(&self.path("out.wav"));
        assert!(samples.iter().any(|x| x.abs() > 1e-4), "{more:?}: silent");
        samples
    }

    /// A command that fails with one message that says all of `says`, and leaves the folder as it was.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str], says: &[&str]) {
        let before = (names_in(self.home()), self.installed());
        let run = self.run(arguments);
        assert_eq!(run.code, Some(1), "{arguments:?}: {run:?}");
        assert_eq!(run.errors().len(), 1, "{arguments:?}: {run:?}");
        assert!(!run.stderr.contains("panicked"), "{run:?}");
        for part in says {
            assert!(run.errors()[0].contains(part), "{part:?} in {run:?}");
        }
        assert_eq!((names_in(self.home()), self.installed()), before);
    }

    pub fn installed(&self) -> Vec<String> {
        let voices = self.path("home/voices");
        match voices.is_dir() {
            true => names_in(&voices),
            false => Vec::new(),
        }
    }
}

pub const SAMBERT: [&str; 10] = [
    "sambert/sambert.json",
    "sambert/encoder.onnx",
    "sambert/prosody.onnx",
    "sambert/duration.onnx",
    "sambert/memory.onnx",
    "sambert/decoder.onnx",
    "sambert/postnet.onnx",
    "sambert/emotions.f32",
    "sambert/speaker_vectors.f32",
    "speech/kan_16k.onnx",
];

pub const LEXICAL: [&str; 2] = ["speech/tokens.txt", "speech/lexicon.txt"];

/// The text of all that know Mandarin.
pub const HELLO: &str = "你好，世界。";

/// A public voice.
pub struct Public {
    pub name: &'static str,
    pub contract: &'static str,
    pub files: Vec<&'static str>,
    pub text: &'static str,
    pub languages: &'static [&'static str],
    pub speakers: &'static [&'static str],
    pub streaming: &'static str,
    /// What the bundle's files are for.
    pub roles: &'static [&'static str],
}

pub fn public() -> Vec<Public> {
    let with = |files: &[&'static str]| [files, &LEXICAL].concat();
    let english = |name, contract, files, speakers, streaming| Public {
        name,
        contract,
        files,
        text: "Hello world.",
        languages: &["en"],
        speakers,
        streaming,
        roles: &["lexicon", "network", "symbols", "vocoder"],
    };
    vec![
        Public {
            text: "[[hɛlo wɜld]]",
            roles: &["config", "network", "symbols"],
            ..english(
                "anna",
                "piper",
                vec![
                    "speech/piper.onnx",
                    "speech/piper.json",
                    "speech/tokens.txt",
                ],
                &["anna", "ben", "cleo"],
                "exact, 11 frames of past and 11 of future",
            )
        },
        Public {
            roles: &["lexicon", "network", "symbols"],
            ..english("vits", "VITS", with(&["speech/vits.onnx"]), &["0"], "exact")
        },
        english(
            "matcha",
            "Matcha",
            with(&["speech/matcha.onnx", "speech/matcha_vocos.onnx"]),
            &["0"],
            "per sentence",
        ),
        Public {
            roles: &["lexicon", "network", "styles", "symbols"],
            ..english(
                "kokoro",
                "Kokoro",
                with(&["speech/kokoro.onnx", "speech/kokoro.bin"]),
                &["ada", "bob"],
                "per sentence",
            )
        },
        english(
            "fast",
            "FastSpeech 2",
            with(&["speech/fastspeech.onnx", "speech/hifigan_v3.onnx"]),
            &["0"],
            "exact, 11 frames of past and 11 of future",
        ),
        sambert(),
    ]
}

pub fn sambert() -> Public {
    Public {
        name: "mei",
        contract: "Sambert",
        files: SAMBERT.to_vec(),
        text: HELLO,
        languages: &["zh", "en"],
        speakers: &["F7", "M3"],
        streaming: "exact, 35 frames of past and 0 of future",
        roles: &[
            "decoder",
            "duration",
            "emotions",
            "encoder",
            "manifest",
            "memory",
            "postnet",
            "prosody",
            "speaker_vectors",
            "vocoder",
        ],
    }
}
