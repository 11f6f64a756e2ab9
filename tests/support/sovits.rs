//! The golden data of the So-VITS-SVC contract, and a tiny voice made of it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The folder of the golden data.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/sovits")
}

/// The index that `make_sovits.py` wrote.
///
/// # Panics
/// If it is missing or damaged.
pub fn index() -> Value {
    serde_json::from_slice(&bytes("golden.json")).expect("golden.json is JSON")
}

/// A file of the golden data.
///
/// # Panics
/// If it is missing.
pub fn bytes(file: &str) -> Vec<u8> {
    let path = folder().join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One stored array of floats, `entry` being its place in the index.
///
/// # Panics
/// If it is not what the index says.
pub fn floats(entry: &Value) -> Vec<f32> {
    let raw = raw(entry, "f32", 4);
    raw.chunks_exact(4)
        .map(|x| f32::from_le_bytes([x[0], x[1], x[2], x[3]]))
        .collect()
}

/// One stored array of integers, `entry` being its place in the index.
///
/// # Panics
/// If it is not what the index says.
pub fn integers(entry: &Value) -> Vec<i64> {
    let number = |x: &[u8]| i64::from_le_bytes(x.try_into().expect("eight bytes"));
    raw(entry, "i64", 8).chunks_exact(8).map(number).collect()
}

fn raw(entry: &Value, dtype: &str, width: usize) -> Vec<u8> {
    assert_eq!(entry["dtype"], dtype, "{entry}");
    let raw = bytes(entry["file"].as_str().expect("a file"));
    let shape = entry["shape"].as_array().expect("a shape");
    let count: usize = shape
        .iter()
        .map(|size| size.as_u64().expect("a size") as usize)
        .product();
    assert_eq!(raw.len(), count * width, "{entry}");
    raw
}

/// Makes a complete `so-vits` voice of random weights in `directory` (which must exist) and returns the path of
/// its bundle: 44.1 kHz, 256-wide content, three speakers (`first`, `second`, `third`, medians 110, 165 and
/// 220 Hz), no loudness input, all operators known to both backends. What it says is noise with the input's F0.
///
/// # Panics
/// If it cannot be written.
pub fn tiny_sovits_bundle(directory: &Path) -> PathBuf {
    write_bundle(directory, "v40_sid.onnx", "encoder_256.onnx", json!({}))
}

/// Makes a `so-vits` voice of these golden graphs with these `parameters`.
///
/// # Panics
/// If it cannot be written.
pub fn write_bundle(
    directory: &Path,
    synthesizer: &str,
    encoder: &str,
    parameters: Value,
) -> PathBuf {
    let bundle = directory.join("tiny-sovits");
    std::fs::create_dir_all(&bundle).expect("the bundle's directory");
    let mut files = serde_json::Map::new();
    for (role, file) in [("synthesizer", synthesizer), ("encoder", encoder)] {
        let content = bytes(file);
        let hash: String = Sha256::digest(&content)
            .iter()
            .map(|x| format!("{x:02x}"))
            .collect();
        let entry = json!({ "path": file, "sha256": hash, "bytes": content.len() });
        files.insert(role.to_owned(), entry);
        std::fs::write(bundle.join(file), content).expect("a network");
    }
    let manifest = json!({
        "format": 1,
        "kind": "so-vits",
        "name": "tiny",
        "description": "Random weights in the So-VITS-SVC contract.",
        "rate": 44_100,
        "hop": 512,
        "speakers": [
            { "name": "first", "id": 0, "median_f0_hz": 110.0 },
            { "name": "second", "id": 1, "median_f0_hz": 165.0 },
            { "name": "third", "id": 2, "median_f0_hz": 220.0 },
        ],
        "files": files,
        "licence": "MIT OR Apache-2.0",
        "consent": "Random weights: nobody's voice.",
        "parameters": parameters,
    });
    let text = serde_json::to_vec_pretty(&manifest).expect("JSON");
    std::fs::write(bundle.join("voice.json"), text).expect("the manifest");
    bundle
}
