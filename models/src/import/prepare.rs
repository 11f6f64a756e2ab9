//! Rewrites a synthesizer on its way into a bundle.

use std::path::Path;

use serde_json::{Map, Value, json};
use syrinx_dsp::SampleRate;

use super::candidates::short;
use crate::runtime::Runtime;

/// A synthesizer as the bundle will hold it.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The graphs by role.
    pub(super) files: Vec<(&'static str, Vec<u8>)>,
    /// What the manifest's parameters say of them.
    pub(super) parameters: Map<String, Value>,
    /// What is worth knowing.
    pub(super) note: Option<String>,
}

/// Passes the synthesizer's bytes on their way from the file at `path` into a bundle: parted for streaming, with its
/// randomness as inputs ([`crate::svc::prepare`]). One that cannot be parted stays as it is, is streamed in whole
/// windows, and the note says why.
pub(super) fn prepare(path: &Path, onnx: Vec<u8>, rate: u32, runtime: &Runtime) -> Prepared {
    let parted = crate::svc::prepare(&short(path), &onnx, SampleRate::of(rate), runtime);
    match parted {
        Ok(parts) => Prepared {
            parameters: Map::from_iter([("stream".to_owned(), json!(parts.stream))]),
            files: vec![("head", parts.head), ("generator", parts.generator)],
            note: None,
        },
        Err(error) => Prepared {
            files: vec![("synthesizer", onnx)],
            parameters: Map::new(),
            note: Some(format!(
                "streams in whole windows, because it cannot be parted: {error}"
            )),
        },
    }
}
