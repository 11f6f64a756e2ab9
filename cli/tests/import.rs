//! Imports public voices from the command line: what works, and what every bad input is told.

mod common;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use common::{Run, names_in, onnx, read_wav, speech_like, syrinx, write_wav};

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/sovits");
    path.join(name).to_string_lossy().into_owned()
}

fn hostile(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/tests/golden/graphs/hostile");
    path.join(name).to_string_lossy().into_owned()
}

/// A home with a folder `out` that must stay empty when an import fails.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("out")).unwrap();
        Place { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn import(&self, arguments: &[&str]) -> Run {
        let all = [&["voices", "import", "--out", "out"], arguments].concat();
        syrinx(self.root.path(), &all)
    }

    fn refused(&self, arguments: &[&str], says: &[&str]) {
        let run = self.import(arguments);
        assert_eq!(run.code, Some(1), "{arguments:?}: {run:?}");
        assert_eq!(run.errors().len(), 1, "{run:?}");
        for part in says {
            assert!(run.stderr.contains(part), "{part:?} in {}", run.stderr);
        }
        assert_eq!(names_in(&self.path("out")), [""; 0], "{arguments:?}");
    }
}

#[test]
fn an_imported_voice_converts() {
    let place = Place::new();
    let (voice, encoder) = (golden("v40_random.onnx"), golden("encoder_256.onnx"));
    let run = place.import(&[
        &voice,
        "--encoder",
        &encoder,
        "--rate",
        "44100",
        "--name",
        "Mei",
        "--speakers",
        "Mei,Li",
        "--json",
    ]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let told: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["dialect"], "So-VITS-SVC");
    assert_eq!(names_in(&place.path("out")), ["Mei"]);
    write_wav(
        &place.path("me.wav"),
        &speech_like(44_100, 44_100),
        44_100,
        1,
    );
    let convert = |output: &str| {
        let arguments = [
            "convert",
            "me.wav",
            output,
            "--voice",
            "out/Mei",
            "--transpose",
            "0",
        ];
        let run = syrinx(place.root.path(), &arguments);
        assert_eq!(run.code, Some(0), "{run:?}");
        read_wav(&place.path(output)).1
    };
    let (one, two) = (convert("one.wav"), convert("two.wav"));
    assert_eq!(one.len(), 44_100);
    assert!(one.iter().any(|sample| sample.abs() > 1e-4));
    // The graph draws random numbers; after the import a seed decides them.
    assert!(one == two, "the same seed gave other samples");

    let run = syrinx(place.root.path(), &["voices", "inspect", "out/Mei"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    for part in [
        "So-VITS-SVC",
        "parameters",
        "per second of audio",
        "latency",
    ] {
        assert!(run.stdout.contains(part), "{part} in {}", run.stdout);
    }
}

#[test]
fn what_is_missing_or_does_not_fit_is_told() {
    let place = Place::new();
    let voice = golden("v40_sid.onnx");
    let (narrow, wide) = (golden("encoder_256.onnx"), golden("encoder_768.onnx"));
    place.refused(
        &[&voice, "--rate", "44100"],
        &["content encoder", "256", "--encoder PATH"],
    );
    place.refused(&[&voice, "--encoder", &narrow], &["the rate", "--rate HZ"]);
    place.refused(
        &[&voice, "--rate", "44100", "--encoder", &wide],
        &["expected content of 256", "found 768"],
    );
    let index = Path::new(env!("CARGO_MANIFEST_DIR"));
    let index = index.join("../models/tests/golden/retrieval/added.index");
    let index = index.to_string_lossy();
    place.refused(
        &[
            &voice,
            "--rate",
            "44100",
            "--encoder",
            &narrow,
            "--index",
            &index,
        ],
        &["added.index", "expected", "256", "found"],
    );
}

#[test]
fn bad_graphs_are_told() {
    let place = Place::new();
    let whole = fs::read(golden("v40_sid.onnx")).unwrap();
    fs::write(place.path("cut.onnx"), &whole[..whole.len() / 2]).unwrap();
    let row = |name| (name, &[1u64, 10][..]);
    let foreign = onnx::copies(&[(row("f0"), row("audio")), (row("uv"), row("b"))]);
    fs::write(place.path("foreign.onnx"), foreign).unwrap();
    let rest = ["--rate", "44100"];
    for (path, says) in [
        ("cut.onnx".to_owned(), &["cut.onnx", "not an ONNX file"][..]),
        (
            "foreign.onnx".to_owned(),
            &["closest: ", "missing", "c f32[1, ?, ?]"],
        ),
        (
            hostile("external_initializer.onnx"),
            &["another file", "expected all data"],
        ),
        (hostile("half_floats.onnx"), &["Float16", "f32"]),
        (
            hostile("unknown_operator.onnx"),
            &["expected a synthesizer"],
        ),
    ] {
        place.refused(&[&[path.as_str()][..], &rest].concat(), says);
    }
}

#[test]
fn bad_zips_are_told() {
    let place = Place::new();
    let zeros = vec![0; 20 << 20];
    for (name, content, says) in [
        ("voice.onnx", zeros.as_slice(), "zip bomb"),
        ("../voice.onnx", b"1".as_slice(), "leads out of the zip"),
        (
            "readme.txt",
            b"1".as_slice(),
            "expected .onnx files in the zip, found none",
        ),
    ] {
        let path = place.path("voice.zip");
        let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content).unwrap();
        zip.finish().unwrap();
        place.refused(&["voice.zip"], &["voice.zip", says]);
    }
}
