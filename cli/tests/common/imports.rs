//! A place to import voices into, which must be as it was after an import that failed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Run, command, names_in, read_wav, speech_like, write_wav};

/// The rate and length of the recording that imported voices convert.
pub const RATE: u32 = 16_000;
pub const SAMPLES: usize = 9_600;

/// A file of the golden data, by its path below `tests/golden` or `models/tests/golden`.
pub fn golden(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["tests/golden", "models/tests/golden"];
    let found = folders.map(|folder| root.join(folder).join(name));
    let found = found.into_iter().find(|path| path.exists());
    // Whole, with its drive where there are drives: the command runs on another one than the sources lie on.
    let found = found.unwrap().canonicalize().unwrap();
    found.to_string_lossy().into_owned()
}

/// A folder for voices (`out`), one for temporary files (`tmp`), and a recording (`me.wav`).
pub struct Place {
    pub root: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Place {
        let root = tempfile::tempdir().unwrap();
        for folder in ["out", "tmp"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        let path = root.path().join("me.wav");
        write_wav(&path, &speech_like(SAMPLES, RATE), RATE, 1);
        Place { root }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes a file, in folders that are made for it.
    pub fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Copies a file of the golden data.
    pub fn copy(&self, from: &str, to: &str) {
        self.write(to, &fs::read(golden(from)).unwrap());
    }

    /// Writes a zip.
    pub fn zip(&self, name: &str, entries: &[(&str, &[u8])]) {
        let mut zip = zip::ZipWriter::new(fs::File::create(self.path(name)).unwrap());
        for (name, content) in entries {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(*name, options).unwrap();
            std::io::Write::write_all(&mut zip, content).unwrap();
        }
        zip.finish().unwrap();
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        let mut command = command(self.root.path());
        let scratch = self.path("tmp");
        // Windows looks into the second.
        command
            .env("TMPDIR", &scratch)
            .env("TMP", &scratch)
            .args(arguments);
        command.output().expect("the command starts").into()
    }

    pub fn import(&self, arguments: &[&str]) -> Run {
        self.run(&[&["voices", "import", "--out", "out"], arguments].concat())
    }

    /// Imports, and says what was told.
    pub fn imported(&self, arguments: &[&str]) -> Value {
        let run = self.import(&[arguments, &["--json"]].concat());
        assert_eq!(run.code, Some(0), "{arguments:?}: {run:?}");
        assert_eq!(names_in(&self.path("tmp")), [""; 0], "{arguments:?}");
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// Everything about a voice.
    pub fn inspected(&self, voice: &str) -> Value {
        let run = self.run(&["voices", "inspect", voice, "--json"]);
        assert_eq!(run.code, Some(0), "{voice}: {run:?}");
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// The recording in a voice: as long as it was, and not silent.
    pub fn converted(&self, voice: &str, more: &[&str]) -> Vec<f32> {
        let arguments = ["convert", "me.wav", "other.wav", "--transpose=0"];
        let run = self.run(&[&arguments, &["--voice", voice][..], more].concat());
        assert_eq!(run.code, Some(0), "{voice}: {run:?}");
        let (format, samples) = read_wav(&self.path("other.wav"));
        assert_eq!(format.sample_rate, RATE, "{voice}");
        assert_eq!(samples.len(), SAMPLES, "{voice}");
        let peak = samples.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
        assert!(peak > 1e-4, "{voice}: silent");
        samples
    }

    /// An import that must fail with one message that says all of `says`, and leave everything as it was.
    pub fn refused(&self, arguments: &[&str], says: &[&str]) {
        let before = names_in(&self.path("out"));
        let run = self.import(arguments);
        assert_eq!(run.code, Some(1), "{arguments:?}: {run:?}");
        assert_eq!(run.errors().len(), 1, "{arguments:?}: {run:?}");
        // Paths are written with the system's own separators.
        let error = run.errors()[0].replace('\\', "/");
        for part in says {
            assert!(error.contains(part), "{part:?} in {error}");
        }
        assert!(!run.stderr.contains("panicked"), "{run:?}");
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert_eq!(names_in(&self.path("out")), before, "{arguments:?}");
        assert_eq!(names_in(&self.path("tmp")), [""; 0], "{arguments:?}");
    }
}

/// A place with `voice.onnx` and `encoder.onnx` that fit each other.
pub fn fitting() -> Place {
    let place = Place::new();
    place.copy("sovits/v40_sid.onnx", "voice.onnx");
    place.copy("sovits/encoder_256.onnx", "encoder.onnx");
    place
}

/// What else the import of `voice.onnx` there needs.
pub const FITS: [&str; 4] = ["--encoder", "encoder.onnx", "--rate", "44100"];

/// The roles of the files of an inspected voice.
pub fn roles(found: &Value) -> Vec<&str> {
    let files = found["files"].as_array().unwrap().iter();
    files.map(|file| file["role"].as_str().unwrap()).collect()
}
