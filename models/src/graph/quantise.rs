//! Turns layers of a graph to eight bits, so that a voice runs in less time.
//!
//! Static quantisation, in the form that ONNX has for it: a `QuantizeLinear` and a `DequantizeLinear` around each
//! chosen layer, which the backend joins into one operator on bytes. Weights get a scale per output channel, what is
//! computed gets one per tensor, from the [`Ranges`] that were measured on recordings. Norms, softmax, attention
//! scores and activations stay float.
//!
//! ONNX Runtime computes with the bytes, on the CPU. tract and CUDA do not join the operators: they would run the layer
//! in float and the rounding besides, which is slower and sounds worse, so [`load_quantised`] refuses them.
//!
//! In a stream the states stay float outside: `Concat(state, x)` is rounded on both sides of the join, so bytes are
//! joined, and a state that was read once lies on the steps of its scale and is read again without loss.
//!
//! Reference: Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
//! Inference", 2018; the operators are those of ONNX 13.

mod choice;
#[cfg(test)]
mod full_size;
mod layer;
mod range;
mod ranges;
mod rewriting;
#[cfg(test)]
mod tests;
mod weights;

pub use choice::{Choice, ChoiceBound};
pub use layer::{Layer, LayerKind};
pub use range::Range;
pub use ranges::Ranges;
pub use weights::Granularity;

use std::collections::HashSet;

use super::{Graph, GraphError};
use crate::error::LoadError;
use crate::model::{Model, Tensor};
use crate::runtime::{Backend, Device, OnnxSession, Runtime};

/// What a graph is run on: its inputs by name.
pub type Feed = Vec<(String, Tensor)>;

/// How layers are quantised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantiseOptions {
    /// How far one scale of the weights reaches.
    pub granularity: Granularity,
    /// The largest stored weight, 1 to 127.
    pub largest_weight: i8,
    /// Whether sums of quantised layers are rounded too: less to compute, and one more rounding of what a residual
    /// layer carries.
    pub sums: bool,
}

impl Default for QuantiseOptions {
    fn default() -> Self {
        QuantiseOptions {
            granularity: Granularity::PerChannel,
            largest_weight: largest_weight(),
            sums: false,
        }
    }
}

/// The largest stored weight that this processor multiplies without overflow: all eight bits where it sums products in
/// 32 bits (VNNI, and other architectures); seven where it sums pairs in 16 bits first, which saturate at
/// `2 * 255 * 127`.
fn largest_weight() -> i8 {
    #[cfg(target_arch = "x86_64")]
    if !(std::arch::is_x86_feature_detected!("avx512vnni")
        || std::arch::is_x86_feature_detected!("avxvnni"))
    {
        return 63;
    }
    127
}

/// The graph in which `layers`, some of [`Layer::all`], compute with eight bits; everything else is as it was.
///
/// `ranges` may come from this graph or from one that it is a rewriting of: a streamed generator takes those of the
/// whole one.
///
/// The layers too: they are known by what they give, which a rewriting keeps the names of.
///
/// # Errors
/// If the graph's operators are older than opset 13, it lacks a layer, or a range or constant bias is missing.
pub fn quantise(
    graph: &Graph,
    ranges: &Ranges,
    layers: &[Layer],
    options: QuantiseOptions,
) -> Result<Graph, GraphError> {
    rewriting::Rewriting::new(graph, ranges, options)?.write(layers)
}

/// Loads a quantised graph.
///
/// # Errors
/// If the backend is tract or the device a GPU, which compute these layers in float and the rounding besides, or the
/// graph is refused.
pub fn load_quantised(
    graph: &Graph,
    runtime: &Runtime,
    device: Device,
) -> Result<OnnxSession, LoadError> {
    let refuse = |expected: &str, found: String| {
        Err(LoadError::Unsupported(format!(
            "{}: int8 expected {expected}, found {found}; choose fp32",
            graph.name()
        )))
    };
    match (runtime.backend(), device) {
        (Backend::OnnxRuntime, Device::Cpu) => graph.load(runtime, device),
        (Backend::OnnxRuntime, device) => refuse("the device cpu", device.to_string()),
        (backend, _) => refuse(
            "the backend onnxruntime (`cargo xtask setup runtime` installs it)",
            backend.to_string(),
        ),
    }
}

/// Those of `feed` that the network reads.
fn inputs_of<'a>(session: &OnnxSession, feed: &'a Feed) -> Vec<(&'a str, &'a Tensor)> {
    let read = |name: &str| session.inputs().iter().any(|spec| spec.name == name);
    let named = feed.iter().filter(|(name, _)| read(name));
    named
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect()
}

/// The tensors whose ranges are needed: what the layers of `graph` read and give, and the terms of sums beside them.
fn tensors_of(graph: &Graph) -> Vec<String> {
    let layers = Layer::all(graph);
    let outputs = |kind: LayerKind| -> HashSet<&str> {
        let layers = layers.iter().filter(|layer| layer.kind == kind);
        layers.map(|layer| layer.output.as_str()).collect()
    };
    let convolutions = outputs(LayerKind::Convolution);
    let products = outputs(LayerKind::Product);
    let mut tensors: Vec<String> = Vec::new();
    let mut sums: HashSet<&str> = HashSet::new();
    for node in graph.nodes() {
        let Some(output) = node.output.first() else {
            continue;
        };
        if convolutions.contains(output.as_str()) {
            tensors.extend([node.input[0].clone(), output.clone()]);
        }
        if products.contains(output.as_str()) {
            tensors.push(node.input[0].clone());
        }
        let is_term =
            |name: &String| convolutions.contains(name.as_str()) || sums.contains(name.as_str());
        if node.op_type == "Add" && node.input.iter().any(is_term) {
            sums.insert(output);
            let terms = node
                .input
                .iter()
                .filter(|name| graph.constant(name).is_none());
            tensors.extend(terms.chain([output]).cloned());
        }
    }
    let mut seen = HashSet::new();
    tensors.retain(|tensor| seen.insert(tensor.clone()));
    tensors
}
