use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::*;
use crate::runtime::{Backend, RuntimeConfig};
use crate::voices::name_of;

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
    options: ImportOptions,
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
        let options = ImportOptions {
            out: Some(folder.path().join("voices").join("tiny")),
            ..ImportOptions::default()
        };
        Import { folder, options }
    }

    fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    fn out(&self) -> PathBuf {
        self.options.out.clone().unwrap()
    }

    fn run(&self) -> Result<Imported, ImportError> {
        import(&[self.source()], &self.options, &tract(), &mut |_| {})
    }

    fn run_named(&self, name: &str) -> Result<Imported, ImportError> {
        let path = self.source().join(name);
        import(&[path], &self.options, &tract(), &mut |_| {})
    }

    /// The message of a refusal, after which nothing is left behind.
    fn refused(&self) -> String {
        let message = self.run().unwrap_err().to_string();
        self.check_nothing_left();
        message
    }

    fn check_nothing_left(&self) {
        let left = fs::read_dir(self.folder.path().join("voices"));
        let left: Vec<_> = left.into_iter().flatten().collect();
        assert!(left.is_empty(), "{left:?}");
    }
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

fn manifest(folder: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(folder.join("voice.json")).unwrap()).unwrap()
}

#[test]
fn a_folder_with_a_configuration_becomes_a_parted_voice() {
    let config = config();
    let import = Import::of(&[
        ("model/streamed.onnx", STREAMED),
        ("config.json", &config),
        ("encoders/vec256l9.onnx", ENCODER_256),
        ("G_1000.pth", b"PK"),
        ("readme.txt", b"nothing"),
    ]);
    let made = import.run().unwrap();
    assert_eq!((made.rate, made.hop), (44_100, 512));
    assert_eq!(made.speakers, ["anna", "bert"]);
    assert_eq!(made.dialect, "So-VITS-SVC");
    assert!(made.parted && made.why_whole.is_none());
    assert!(made.notes.iter().any(|note| note.contains("G_1000.pth")));
    let bundle = crate::VoiceBundle::open(&made.path).unwrap();
    bundle.verify().unwrap();
    assert!(bundle.has("head") && bundle.has("generator") && !bundle.has("synthesizer"));
    let said = &bundle.manifest().licence;
    assert_eq!(said, "unknown, imported from streamed.onnx");
    assert_eq!(
        fs::read_dir(made.path.parent().unwrap()).unwrap().count(),
        1
    );
}

#[test]
fn a_graph_that_cannot_be_parted_is_taken_whole_and_the_report_says_why() {
    let mut import = Import::of(&[("a.onnx", VOLUME), ("b.onnx", ENCODER_768)]);
    import.options.rate = Some(44_100);
    import.options.speakers = vec!["carla".to_owned()];
    let made = import.run().unwrap();
    assert!(!made.parted);
    assert!(!made.why_whole.unwrap().is_empty());
    assert_eq!(made.speakers, ["carla"]);
    assert!(made.files.iter().any(|file| file.role == "synthesizer"));
}

#[test]
fn what_is_missing_is_asked_for_with_its_flag() {
    let import = Import::of(&[("a.onnx", STREAMED), ("b.onnx", ENCODER_256)]);
    let message = import.refused();
    assert!(
        message.contains("rate") && message.contains("--rate HZ"),
        "{message}"
    );
    let mut import = Import::of(&[("a.onnx", STREAMED)]);
    import.options.rate = Some(44_100);
    let message = import.refused();
    assert!(
        message.contains("width 256") && message.contains("--encoder PATH"),
        "{message}"
    );
}

#[test]
fn an_encoder_of_another_width_is_refused_with_both_widths() {
    let mut import = Import::of(&[("a.onnx", STREAMED), ("b.onnx", ENCODER_768)]);
    import.options.rate = Some(44_100);
    let message = import.refused();
    assert!(
        message.contains("width 256") && message.contains("found 768"),
        "{message}"
    );
    // The flag takes the place of those that were found.
    let other = Import::of(&[("c.onnx", ENCODER_256)]);
    import.options.encoder = Some(other.source().join("c.onnx"));
    import.run().unwrap();
}

#[test]
fn damaged_files_are_refused_by_name() {
    let half = &STREAMED[..STREAMED.len() / 2];
    let import = Import::of(&[("a.onnx", half), ("G_0.pth", b"x"), ("b.onnx", ENCODER_256)]);
    let message = import.run_named("a.onnx").unwrap_err().to_string();
    assert!(
        message.contains("a.onnx") && message.contains("not an ONNX file"),
        "{message}"
    );
    let message = import.refused();
    for expected in ["a.onnx", "G_0.pth", "onnx_export.py", "content encoder"] {
        assert!(message.contains(expected), "{expected}: {message}");
    }
}

#[test]
fn a_name_that_is_taken_is_replaced_only_when_asked() {
    let config = config();
    let files: [(&str, &[u8]); 3] = [
        ("a.onnx", STREAMED),
        ("config.json", &config),
        ("b.onnx", ENCODER_256),
    ];
    let mut import = Import::of(&files);
    import.options.licence = Some("CC0-1.0".to_owned());
    import.run().unwrap();
    let message = import.run().unwrap_err().to_string();
    assert!(message.contains("--replace"), "{message}");
    assert_eq!(manifest(&import.out())["licence"], "CC0-1.0");
    import.options.licence = Some("CC-BY-4.0".to_owned());
    import.options.replace = true;
    import.run().unwrap();
    assert_eq!(manifest(&import.out())["licence"], "CC-BY-4.0");
    // A folder that is no voice is not touched.
    fs::remove_file(import.out().join("voice.json")).unwrap();
    assert!(
        import
            .run()
            .unwrap_err()
            .to_string()
            .contains("without voice.json")
    );
    assert!(import.out().join("head.onnx").is_file());
}

#[test]
fn a_project_of_moevs_brings_its_folder_and_its_encoder() {
    let project = json!({
        "Folder": "Tiny", "Name": "Tiny voice", "Type": "SoVits", "Rate": 44_100, "Hop": 512,
        "Hubert": "vec-256-layer-9", "Characters": ["a", "b"],
    });
    let project = project.to_string().into_bytes();
    let import = Import::of(&[
        ("Models/Tiny.json", &project),
        ("Models/Tiny/Tiny_SoVits.onnx", STREAMED),
        ("hubert/vec-256-layer-9.onnx", ENCODER_256),
    ]);
    let made = import.run_named("Models/Tiny.json").unwrap();
    assert_eq!((made.name.as_str(), made.rate), ("Tiny voice", 44_100));
    assert_eq!(made.speakers, ["a", "b"]);
    fs::remove_dir_all(&made.path).unwrap();
    // Its folder of networks is enough.
    assert_eq!(
        import.run_named("Models/Tiny").unwrap().speakers,
        ["a", "b"]
    );
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
fn a_zip_is_as_good_as_a_folder() {
    let import = Import::of(&[]);
    let config = config();
    zip(
        &import.source().join("voice.zip"),
        &[
            ("v/a.onnx", STREAMED),
            ("v/config.json", &config),
            ("v/b.onnx", ENCODER_256),
        ],
    );
    let made = import.run().unwrap();
    assert_eq!(name_of(&made.path), "tiny");
    assert_eq!(made.speakers, ["anna", "bert"]);
}

#[test]
fn archives_that_are_a_danger_are_refused() {
    let bomb = vec![0; 8 << 20];
    for (entry, content, expected) in [
        ("big.onnx", &bomb[..], "a bomb"),
        ("../out.onnx", STREAMED, "leads out of the archive"),
    ] {
        let import = Import::of(&[]);
        let path = import.source().join("voice.zip");
        zip(&path, &[(entry, content)]);
        let message = import.run_named("voice.zip").unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        import.check_nothing_left();
    }
}

#[test]
fn facts_of_graphs_are_read_without_running_them() {
    let facts = GraphFacts::read("x", STREAMED).unwrap();
    assert!(facts.opset >= 11 && !facts.is_half());
    assert!(facts.weight_bytes > 100_000 && facts.weight_bytes < STREAMED.len() as u64);
    let names: Vec<&str> = facts.random.keys().map(String::as_str).collect();
    assert!(names.contains(&"RandomNormalLike"), "{names:?}");
    let encoder = GraphFacts::read("x", ENCODER_256).unwrap();
    assert!(matches!(encoder.kind(), GraphKind::Encoder(ways) if ways[0].dim == Some(256)));
}
