//! Turns a graph to sixteen bits, for GPUs that compute with them in half the time and memory.
//!
//! Convolutions and matrix products compute with f16 weights and values, and so does what lies between them sample by
//! sample; inputs and outputs stay f32. Everything else stays f32 too, and is cast to and from where the two meet:
//!
//! - arithmetic on inputs before the first layer: F0 in Hz, noise, states;
//! - sums and what divides by them: norms, softmax, means; powers, roots, exponentials, logarithms;
//! - layers of one channel in or out: those that bring in the source, and the one that makes the samples, of which all
//!   of the rounding is heard;
//! - constants that f16 cannot hold: masks of -1e9, epsilons of norms.
//!
//! Which operators compute in f16 is a list of those that may; an operator that is not known stays as it is.
//!
//! What is measured on recordings as too wide ([`too_wide`]), or hurts ([`super::VariantError`]), can be kept as well.

mod elements;
#[cfg(test)]
mod full_size;
mod operator;
mod rewriting;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::{Graph, GraphError, Ranges};
use crate::runtime::{Backend, Device, Runtime};

/// The largest value that a tensor may have been measured at: half of what f16 holds, because another recording is
/// louder, and sums within a layer may be larger than what it gives.
const WIDEST: f32 = 32_752.0;

/// The graph that computes with f16 where it may. Nodes that give a tensor of `keep` stay f32.
///
/// # Errors
/// If nothing in it could.
pub fn half(graph: &Graph, keep: &HashSet<String>) -> Result<Graph, GraphError> {
    rewriting::Rewriting::new(graph).write(keep)
}

/// The tensors to be kept in f32 because what was measured of them, or of what they are made of, is too wide for f16.
pub fn too_wide(graph: &Graph, ranges: &Ranges) -> HashSet<String> {
    let is_wide = |tensor: &String| {
        let range = ranges.of(graph, tensor);
        range.is_some_and(|range| range.low < -WIDEST || range.high > WIDEST)
    };
    let nodes = graph.nodes().iter();
    let wide = nodes.filter(|node| node.input.iter().chain(&node.output).any(is_wide));
    wide.flat_map(|node| node.output.clone()).collect()
}

/// Whether f16 is faster there: on a GPU. The CPU would cast every value to and fro and compute in f32.
pub fn half_serves(runtime: &Runtime, device: Device) -> bool {
    runtime.backend() == Backend::OnnxRuntime && device != Device::Cpu
}
