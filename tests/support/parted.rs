//! A tiny so-vits voice as an import leaves it: parted for streaming.

use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest, Sha256};
use syrinx_dsp::SampleRate;
use syrinx_models::{Backend, svc};

use crate::{sovits, voices};

/// What the voice is called, also where it is installed.
pub const NAME: &str = "parted";

/// Makes a complete parted `so-vits` voice of random weights under `directory` and returns the path of its bundle:
/// 44.1 kHz, hop 512, 256-wide content, two speakers. Streams of it have no joins.
///
/// # Panics
/// If it cannot be parted or written.
pub fn parted_bundle(directory: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/streamed/streamed.onnx");
    let synthesizer = std::fs::read(&source).expect("the golden synthesizer");
    let runtime = voices::runtime(Backend::Tract).expect("tract is linked in");
    let rate = SampleRate::of(44_100);
    let prepared = svc::prepare("synthesizer", &synthesizer, rate, &runtime).expect("it parts");
    let bundle = directory.join(NAME);
    std::fs::create_dir_all(&bundle).expect("the bundle's directory");
    let mut files = serde_json::Map::new();
    for (role, content) in [
        ("encoder", sovits::bytes("encoder_256.onnx")),
        ("head", prepared.head),
        ("generator", prepared.generator),
    ] {
        let path = format!("{role}.onnx");
        std::fs::write(bundle.join(&path), &content).expect("a network");
        let hash: String = Sha256::digest(&content)
            .iter()
            .map(|x| format!("{x:02x}"))
            .collect();
        let entry = json!({ "path": path, "sha256": hash, "bytes": content.len() });
        files.insert(role.to_owned(), entry);
    }
    let manifest = json!({
        "format": 1,
        "kind": "so-vits",
        "name": NAME,
        "description": "Random weights, parted for streaming.",
        "rate": 44_100,
        "hop": 512,
        "speakers": [{ "name": "a", "id": 0 }, { "name": "b", "id": 1 }],
        "files": files,
        "licence": "MIT OR Apache-2.0",
        "consent": "Random weights: nobody's voice.",
        "parameters": { "stream": prepared.stream },
    });
    std::fs::write(bundle.join("voice.json"), manifest.to_string()).expect("the manifest");
    bundle
}

/// Installs the voice of [`parted_bundle`] in the data directory `home`, as `SYRINX_HOME` would name it.
///
/// # Panics
/// If it cannot be written.
pub fn install(home: &Path) -> PathBuf {
    parted_bundle(&home.join("voices"))
}
