//! What tests of speech share: the committed data and the backends.

use std::path::Path;

use crate::runtime::{Backend, Runtime, RuntimeConfig};

/// What is in a file of `tests/golden/speech`.
pub(crate) fn bytes(file: &str) -> Vec<u8> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/speech");
    std::fs::read(golden.join(file)).unwrap()
}

/// The backend, or `None` where there is no ONNX Runtime library; `SYRINX_REQUIRE_ORT=1` demands one.
pub(crate) fn runtime(backend: Backend) -> Option<Runtime> {
    let found = Runtime::new(RuntimeConfig {
        backend: Some(backend),
        ..RuntimeConfig::default()
    });
    match found {
        Ok(runtime) => Some(runtime),
        Err(error) => {
            let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
            assert!(!required, "ONNX Runtime is required: {error}");
            eprintln!("skipped on ONNX Runtime: {error}");
            None
        }
    }
}

/// tract, and ONNX Runtime where there is a library.
pub(crate) fn runtimes() -> Vec<Runtime> {
    let both = [Backend::Tract, Backend::OnnxRuntime];
    both.into_iter().filter_map(runtime).collect()
}

/// The scripts' numbers between -1 and 1, bit by bit.
pub(crate) fn uniform(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state >> 8) / 8_388_608.0 - 1.0) as f32
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// The largest difference as a share of the reference's peak.
#[track_caller]
pub(crate) fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let peak = expected.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    let pairs = found.iter().zip(expected);
    pairs.fold(0.0f32, |most, (a, b)| most.max((a - b).abs())) / peak
}

/// Prints what a comparison found, as a line that `cargo xtask parity speech` reads.
pub(crate) fn found(
    voice: &str,
    reference: &str,
    samples: usize,
    off: f32,
    limit: f32,
    note: &str,
) {
    let line = serde_json::json!({
        "voice": voice, "reference": reference, "samples": samples, "off": off, "limit": limit, "note": note,
    });
    // A line of its own: the test's name stands before the first.
    println!("\nspeech parity: {line}");
}
