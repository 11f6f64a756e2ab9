//! A voice on a GPU reserves memory before it loads anything there, and gives it back.
//!
//! No GPU is needed: what is refused is refused before the device is asked for, and where it is not, the device fails.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use sha2::{Digest, Sha256};
use syrinx_dsp::SampleRate;
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::{
    Backend, ConvertError, ConvertSettings, Device, LiveControls, LoadError, Quality, Quiet,
    Runtime, SliceSource, StreamWish, VecSink, Voice, VoiceBundle, VoiceMemory, svc,
};

const SYNTHESIZER: &[u8] = include_bytes!("../../tests/golden/streamed/streamed.onnx");
const ENCODER: &[u8] = include_bytes!("../../tests/golden/sovits/encoder_256.onnx");
const RATE: SampleRate = SampleRate::of(44_100);

/// A card that is not there, on whatever machine this runs.
const CARD: Device = Device::Cuda(99);

/// tract, so that no library is asked for the card before the budget is.
fn runtime(limit: u64) -> Runtime {
    Runtime::new(RuntimeConfig {
        backend: Some(Backend::Tract),
        vram_limit: Some(limit),
        ..RuntimeConfig::default()
    })
    .expect("tract is linked in")
}

/// A tiny voice in parts.
fn bundle(folder: &Path) -> Arc<VoiceBundle> {
    let prepared = svc::prepare("synthesizer", SYNTHESIZER, RATE, &runtime(0)).expect("parts");
    let files: [(&str, &[u8]); 3] = [
        ("encoder", ENCODER),
        ("head", &prepared.head),
        ("generator", &prepared.generator),
    ];
    let mut entries = serde_json::Map::new();
    for (role, content) in files {
        let path = format!("{role}.onnx");
        fs::write(folder.join(&path), content).expect("a file");
        let digest = Sha256::digest(content);
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let entry = json!({"path": path, "sha256": hash, "bytes": content.len()});
        entries.insert(role.to_owned(), entry);
    }
    let manifest = json!({
        "format": 1, "kind": "so-vits", "name": "tiny", "rate": 44_100, "hop": 512,
        "speakers": [{"name": "a", "id": 0}],
        "files": entries, "licence": "MIT OR Apache-2.0", "consent": "Random weights.",
        "parameters": {"stream": prepared.stream},
    });
    fs::write(folder.join("voice.json"), manifest.to_string()).expect("a manifest");
    Arc::new(VoiceBundle::open(folder).expect("a voice"))
}

/// What a stream or file of the voice came to on `limit` bytes of a card that is not there.
fn outcome(
    bundle: &Arc<VoiceBundle>,
    limit: u64,
    run: impl Fn(&mut Voice) -> Result<(), ConvertError>,
) -> ConvertError {
    let runtime = runtime(limit);
    let mut voice = Voice::load(&runtime, Arc::clone(bundle), CARD).expect("nothing to load yet");
    assert_eq!(runtime.vram().reserved(CARD), 0);
    let error = run(&mut voice).expect_err("there is no such card");
    drop(voice);
    assert_eq!(runtime.vram().reserved(CARD), 0, "given back");
    error
}

#[test]
fn what_does_not_fit_is_refused_with_the_numbers_and_before_anything_is_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = bundle(folder.path());
    let spec = Voice::spec_of(&bundle, Quality::Balanced).expect("numbers that fit together");
    let live = |voice: &mut Voice| {
        let made = voice.live(&LiveControls::default(), Quality::Balanced);
        made.map(drop)
    };
    let streamed = |voice: &mut Voice| {
        let made = voice.converter(&ConvertSettings::default(), StreamWish::default());
        made.map(drop)
    };
    let whole = |voice: &mut Voice| {
        let (silence, mut sink) = (vec![0.0; 4_410], VecSink::default());
        let mut source = SliceSource::new(&silence, RATE);
        let settings = ConvertSettings::default();
        voice.convert_file(&mut source, &mut sink, &settings, &mut Quiet)
    };
    type Run<'a> = &'a dyn Fn(&mut Voice) -> Result<(), ConvertError>;
    let cases: [(Run, Option<u64>); 3] = [
        (&live, Some(VoiceMemory::of_stream(&bundle, &spec).total())),
        (&streamed, None),
        (&whole, Some(VoiceMemory::of_files(&bundle).total())),
    ];
    for (run, needed) in cases {
        let error = outcome(&bundle, 1_000, run);
        let ConvertError::Load(LoadError::Vram {
            device,
            wanted,
            left,
            limit,
        }) = error
        else {
            panic!("{error}");
        };
        assert_eq!((device, left, limit), (CARD, 1_000, 1_000));
        assert!(
            needed.is_none_or(|needed| wanted == needed),
            "{wanted}, {needed:?}"
        );
        // With as much as is needed the card itself is asked for.
        let error = outcome(&bundle, wanted, run);
        let is_missing = matches!(error, ConvertError::Load(LoadError::Device { .. }));
        assert!(is_missing, "{error}");
        let error = outcome(&bundle, wanted - 1, run);
        assert!(
            matches!(error, ConvertError::Load(LoadError::Vram { .. })),
            "{error}"
        );
    }
}

#[test]
fn a_voice_in_one_piece_reserves_when_it_is_loaded() {
    let bundle = Arc::new(VoiceBundle::default_voice().expect("the default voice"));
    let small = runtime(1_000);
    let refused = Voice::load(&small, Arc::clone(&bundle), CARD).err();
    assert!(
        matches!(refused, Some(LoadError::Vram { .. })),
        "{refused:?}"
    );
    let large = runtime(u64::MAX);
    let missing = Voice::load(&large, bundle, CARD).err();
    assert!(
        matches!(missing, Some(LoadError::Device { .. })),
        "{missing:?}"
    );
    assert_eq!(large.vram().reserved(CARD), 0);
}

#[test]
fn on_the_cpu_nothing_is_reserved_and_nothing_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = runtime(0);
    let voice = Voice::load(&runtime, bundle(folder.path()), Device::Cpu).expect("it loads");
    let converter = voice.live(&LiveControls::default(), Quality::Balanced);
    assert!(converter.is_ok());
    assert_eq!(runtime.vram().reserved(Device::Cpu), 0);
}
