//! Rewrites a synthesizer on its way into a bundle.

use serde_json::{Map, Value, json};
use syrinx_dsp::SampleRate;

use super::candidates::short;
use super::feeds::feeds;
use super::plan::Plan;
use crate::graph::{Graph, GraphError, RandomInput, expose_randomness};
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

/// Passes the synthesizer's bytes on their way from its file into a bundle: parted for streaming, with its randomness as
/// inputs ([`crate::svc::prepare`]). One that cannot be parted stays whole, with its randomness as inputs all the same,
/// and is streamed in whole windows; the note says why.
pub(super) fn prepare(plan: &Plan, onnx: Vec<u8>, runtime: &Runtime) -> Prepared {
    let name = short(&plan.synthesizer);
    let why = match crate::svc::prepare(&name, &onnx, SampleRate::of(plan.rate), runtime) {
        Ok(parts) => {
            return Prepared {
                parameters: Map::from_iter([("stream".to_owned(), json!(parts.stream))]),
                files: vec![("head", parts.head), ("generator", parts.generator)],
                note: None,
            };
        }
        Err(error) => format!("streams in whole windows, because it cannot be parted: {error}"),
    };
    let (onnx, parameters, note) = match seeded(&name, &onnx, plan, runtime) {
        Ok((graph, random)) => {
            let random = Map::from_iter([("random".to_owned(), json!(random))]);
            (graph.encode(), random, why)
        }
        // It may still play, though never the same twice; if not, the proof says why.
        Err(error) => {
            let note = format!("{why}; no seed decides its random numbers: {error}");
            (onnx, Map::new(), note)
        }
    };
    Prepared {
        files: vec![("synthesizer", onnx)],
        parameters,
        note: Some(note),
    }
}

/// The whole graph with its randomness as inputs.
fn seeded(
    name: &str,
    onnx: &[u8],
    plan: &Plan,
    runtime: &Runtime,
) -> Result<(Graph, Vec<RandomInput>), GraphError> {
    let mut graph = Graph::decode(name, onnx)?;
    let (inputs, _) = graph.specs()?;
    let fed = |frames: usize| feeds(plan.dialect, &inputs, frames);
    let random = expose_randomness(&mut graph, &fed, runtime)?;
    Ok((graph, random))
}
