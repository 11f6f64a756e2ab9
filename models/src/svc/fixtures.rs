//! What tests of voices share: the committed data, the backends, signals, and bundles of tiny graphs.

use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::bundle::VoiceBundle;
use crate::runtime::{Backend, Runtime, RuntimeConfig};

/// A file or folder of `tests/golden`.
pub(super) fn golden(of: &str) -> PathBuf {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    golden.join(of)
}

/// What is in a file of `tests/golden`.
pub(super) fn bytes(file: &str) -> Vec<u8> {
    std::fs::read(golden(file)).unwrap()
}

/// A file of `tests/golden` with raw little-endian numbers.
pub(super) fn floats(file: &str) -> Vec<f32> {
    let raw = bytes(file);
    let (fours, rest) = raw.as_chunks::<4>();
    assert!(rest.is_empty());
    fours.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

/// tract, and ONNX Runtime where there is a library; `SYRINX_REQUIRE_ORT=1` demands it.
pub(super) fn runtimes() -> Vec<Runtime> {
    let runtime = |backend| {
        Runtime::new(RuntimeConfig {
            backend: Some(backend),
            ..RuntimeConfig::default()
        })
    };
    let mut runtimes = vec![runtime(Backend::Tract).unwrap()];
    match runtime(Backend::OnnxRuntime) {
        Ok(found) => runtimes.push(found),
        Err(error) => {
            let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
            assert!(!required, "ONNX Runtime is required: {error}");
            eprintln!("skipped on ONNX Runtime: {error}");
        }
    }
    runtimes
}

/// The scripts' numbers between -1 and 1, bit by bit.
pub(super) fn uniform(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state >> 8) / 8_388_608.0 - 1.0) as f32
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// Fails if a value is further off than this share of the reference's peak.
#[track_caller]
pub(super) fn assert_near(what: &str, ours: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), expected.len(), "{what}");
    let peak = expected.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    let pairs = ours.iter().zip(expected);
    let most = pairs.fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
    eprintln!("{what}: within {:.1e} of the reference's peak", most / peak);
    assert!(
        most <= tolerance * peak,
        "{what}: {most} at a peak of {peak}"
    );
}

/// A bundle of RVC at a rate, of files of `tests/golden` by their roles.
pub(super) fn rvc_bundle(
    rate: u32,
    parameters: &serde_json::Value,
    roles: &[(&str, &str)],
) -> (tempfile::TempDir, VoiceBundle) {
    let folder = tempfile::tempdir().unwrap();
    let mut files = serde_json::Map::new();
    for (role, file) in roles {
        let content = bytes(file);
        let hash: String = Sha256::digest(&content)
            .iter()
            .map(|x| format!("{x:02x}"))
            .collect();
        let name = file.rsplit('/').next().unwrap();
        let entry = json!({ "path": name, "sha256": hash, "bytes": content.len() });
        files.insert((*role).to_owned(), entry);
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let manifest = json!({
        "format": 1,
        "kind": "rvc",
        "name": "tiny",
        "description": "Random weights.",
        "rate": rate,
        "hop": rate / 100,
        "speakers": [{ "name": "only", "id": 0 }],
        "files": files,
        "licence": "MIT OR Apache-2.0",
        "consent": "Random weights: nobody's voice.",
        "parameters": parameters,
    });
    let text = serde_json::to_vec(&manifest).unwrap();
    std::fs::write(folder.path().join("voice.json"), text).unwrap();
    let bundle = VoiceBundle::open(folder.path()).unwrap();
    (folder, bundle)
}
