//! Turns weights that the exporter left as arithmetic into constants.

use std::collections::HashSet;

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
    let wanted = computed_weights(graph);
    if wanted.is_empty() {
        return Ok(());
    }
    // Their shapes first: backends want at least the rank of an output declared.
    let shapes = probe::shapes(graph, &wanted, &[], runtime)?;
    let outputs = wanted.iter().zip(&shapes).map(|(name, shape)| {
        let sizes: Vec<Option<usize>> = shape.iter().copied().map(Some).collect();
        declare(name, ElementType::F32, &sizes)
    });
    let arithmetic = graph.extract("weights", Vec::new(), outputs.collect())?;
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

/// Weights that nodes give which depend on constants alone.
fn computed_weights(graph: &Graph) -> Vec<String> {
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
    for node in graph.nodes() {
        if !WEIGHTED.contains(&node.op_type.as_str()) {
            continue;
        }
        for name in node.input.iter().skip(1) {
            if computed.contains(name.as_str()) && !wanted.contains(name) {
                wanted.push(name.clone());
            }
        }
    }
    wanted
}
