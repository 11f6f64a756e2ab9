//! Turns weights that the exporter left as arithmetic into constants.

use std::collections::HashSet;

use tract_onnx::pb::NodeProto;

use super::{Graph, GraphError, constants, declare, probe, references};
use crate::model::ElementType;
use crate::runtime::Runtime;

/// Operators whose second and third inputs are weights and bias.
const WEIGHTED: [&str; 4] = ["Conv", "ConvTranspose", "MatMul", "Gemm"];

/// Turns weights of convolutions and matrix products that are computed from constants alone (weight normalisation
/// that was not removed before export) into constants: the other rewritings read them, and no backend need compute
/// them.
///
/// # Errors
/// If the arithmetic cannot be run.
pub fn fold_weights(graph: &mut Graph, runtime: &Runtime) -> Result<(), GraphError> {
    let weights = |node: &NodeProto| match WEIGHTED.contains(&node.op_type.as_str()) {
        true => node.input.iter().skip(1).cloned().collect(),
        false => Vec::new(),
    };
    fold(graph, computed(graph, weights), ElementType::F32, runtime)
}

/// Turns the sizes of paddings and the bounds of slices that are computed from constants alone into constants.
pub(super) fn fold_bounds(graph: &mut Graph, runtime: &Runtime) -> Result<(), GraphError> {
    let bounds = |node: &NodeProto| match node.op_type.as_str() {
        "Pad" => node.input.iter().skip(1).take(1).cloned().collect(),
        "Slice" => node.input.iter().skip(1).cloned().collect(),
        _ => Vec::new(),
    };
    fold(graph, computed(graph, bounds), ElementType::I64, runtime)
}

/// Computes tensors that depend on constants alone and puts them into the graph.
fn fold(
    graph: &mut Graph,
    wanted: Vec<String>,
    element: ElementType,
    runtime: &Runtime,
) -> Result<(), GraphError> {
    if wanted.is_empty() {
        return Ok(());
    }
    // Their shapes first: backends want at least the rank of an output declared.
    let shapes = probe::shapes(graph, &wanted, &[&[]], runtime)?;
    let outputs = wanted.iter().zip(&shapes[0]).map(|(name, shape)| {
        let sizes: Vec<Option<usize>> = shape.iter().copied().map(Some).collect();
        declare(name, element, &sizes)
    });
    let arithmetic = graph.extract("arithmetic", Vec::new(), outputs.collect())?;
    for (name, value) in wanted.iter().zip(arithmetic.run(runtime, &[])?) {
        let graph = graph.proto_mut();
        for node in &mut graph.node {
            node.output
                .iter_mut()
                .filter(|output| *output == name)
                .for_each(|output| output.push_str("_computed"));
        }
        graph.initializer.push(constants::write(name, &value));
    }
    graph.prune()
}

/// Those of the tensors which `read` names for each node that nodes give and that depend on constants alone.
fn computed(graph: &Graph, read: impl Fn(&NodeProto) -> Vec<String>) -> Vec<String> {
    let mut fixed: HashSet<&str> = graph
        .proto()
        .initializer
        .iter()
        .map(|tensor| tensor.name.as_str())
        .collect();
    let mut computed: HashSet<&str> = HashSet::new();
    for node in graph.nodes() {
        let draws = node.op_type.starts_with("Random");
        let is_fixed = references(node).iter().all(|name| fixed.contains(name));
        if is_fixed && !draws {
            fixed.extend(node.output.iter().map(String::as_str));
            if node.op_type != "Constant" {
                computed.extend(node.output.iter().map(String::as_str));
            }
        }
    }
    let mut wanted: Vec<String> = Vec::new();
    for name in graph.nodes().iter().flat_map(read) {
        if computed.contains(name.as_str()) && !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    wanted
}
