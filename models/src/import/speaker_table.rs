//! Finds how many rows a table in a graph has, from which an input picks by number: the speakers that a synthesizer knows.

use std::collections::HashSet;

use tract_onnx::pb::GraphProto;

/// What inputs for a speaker's number are called.
const NUMBERS: [&str; 3] = ["sid", "ds", "g"];

/// Operators that give what they are given, in another shape or type.
const SAME: [&str; 6] = [
    "Unsqueeze",
    "Squeeze",
    "Reshape",
    "Flatten",
    "Cast",
    "Identity",
];

/// How many rows the table has from which the speaker's number picks one; `None` where there is no such input or table.
pub(super) fn speakers(graph: &GraphProto) -> Option<usize> {
    rows_picked_by(graph, &NUMBERS)
}

/// How many rows the table has from which one of `inputs` picks; `None` where there is no such input or table.
pub(crate) fn rows_picked_by(graph: &GraphProto, inputs: &[&str]) -> Option<usize> {
    let fed = graph.input.iter().map(|input| input.name.as_str());
    let mut number: HashSet<&str> = fed.filter(|name| inputs.contains(name)).collect();
    // Producers stand before consumers.
    for node in &graph.node {
        let reads = |at: usize| {
            node.input
                .get(at)
                .is_some_and(|name| number.contains(name.as_str()))
        };
        if node.op_type == "Gather" && reads(1) {
            return rows(graph, node.input.first()?);
        }
        if SAME.contains(&node.op_type.as_str()) && reads(0) {
            number.extend(node.output.iter().map(String::as_str));
        }
    }
    None
}

/// The first dimension of a constant.
fn rows(graph: &GraphProto, name: &str) -> Option<usize> {
    let weights = graph.initializer.iter().find(|weight| weight.name == name);
    let constant = || {
        let node = graph
            .node
            .iter()
            .find(|node| node.output.iter().any(|output| output == name))?;
        node.attribute
            .iter()
            .find_map(|attribute| attribute.t.as_ref())
    };
    let dims = &weights.or_else(constant)?.dims;
    usize::try_from(*dims.first()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;

    #[test]
    fn the_table_is_found_through_what_only_shapes_the_number() {
        let of = |onnx: &[u8]| speakers(Graph::decode("x", onnx).unwrap().proto());
        let direct = include_bytes!("../../../tests/golden/sovits/v40_sid.onnx");
        let shaped = include_bytes!("../../tests/golden/dialects/so_vits_vc_client.onnx");
        assert_eq!((of(direct), of(shaped)), (Some(3), Some(3)));
        let mix = include_bytes!("../../tests/golden/dialects/so_vits_mix.onnx");
        let encoder = include_bytes!("../../../tests/golden/sovits/encoder_256.onnx");
        assert_eq!((of(mix), of(encoder)), (None, None));
    }
}
