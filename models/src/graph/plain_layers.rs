//! Turns paddings before convolutions and cuts behind transposed ones into paddings of the convolutions themselves.

use tract_onnx::pb::NodeProto;

use super::{Graph, GraphError, attributes, fold, references};
use crate::runtime::Runtime;

/// Rewrites what exporters of causal networks leave beside their convolutions, so that a convolution is one node:
///
/// - a `Pad` of zeros along the last axis before a `Conv` becomes padding of the convolution;
/// - a `Slice` that takes samples away at the ends behind a `ConvTranspose` becomes padding of that.
///
/// Nodes of other forms are left as they are.
///
/// # Errors
/// If the arithmetic that gives the sizes of paddings cannot be run.
pub fn plain_layers(graph: &mut Graph, runtime: &Runtime) -> Result<(), GraphError> {
    fold::fold_bounds(graph, runtime)?;
    while fold_one(graph) {}
    graph.prune()
}

/// Folds the first node that can be folded; false where there is none.
fn fold_one(graph: &mut Graph) -> bool {
    for index in 0..graph.nodes().len() {
        let node = &graph.nodes()[index];
        let folded = match node.op_type.as_str() {
            "Conv" => padded(graph, node).map(|conv| (index, conv)),
            "Slice" => cut(graph, node),
            _ => None,
        };
        if let Some((place, node)) = folded {
            let nodes = &mut graph.proto_mut().node;
            nodes[place] = node;
            if place != index {
                // The slice's name is the convolution's now.
                nodes.remove(index);
            }
            return true;
        }
    }
    false
}

/// `conv` with the `Pad` before it as its own padding.
fn padded(graph: &Graph, conv: &NodeProto) -> Option<NodeProto> {
    let pad = producer(graph, conv.input.first()?)?.1;
    if pad.op_type != "Pad" {
        return None;
    }
    let mode = attributes::find(pad, "mode").map_or(&b"constant"[..], |mode| &mode.s);
    let value = match pad.input.get(2).filter(|name| !name.is_empty()) {
        Some(name) => *graph.constant(name)?.as_f32()?.first()?,
        None => attributes::float(pad, "value", 0.0),
    };
    let [0, 0, left, 0, 0, right] = paddings(graph, pad)?[..] else {
        return None;
    };
    if mode != b"constant" || value != 0.0 || left < 0 || right < 0 {
        return None;
    }
    let own = own_pads(conv)?;
    let mut merged = conv.clone();
    merged.input[0].clone_from(pad.input.first()?);
    attributes::set_ints(&mut merged, "pads", &[own[0] + left, own[1] + right]);
    Some(merged)
}

fn paddings(graph: &Graph, pad: &NodeProto) -> Option<Vec<i64>> {
    match pad.input.get(1).filter(|name| !name.is_empty()) {
        Some(name) => integers(graph, name),
        None => Some(attributes::ints(pad, "pads")),
    }
}

/// The `ConvTranspose` before `slice`, which leaves away what the slice does, and its place.
fn cut(graph: &Graph, slice: &NodeProto) -> Option<(usize, NodeProto)> {
    let (place, transposed) = producer(graph, slice.input.first()?)?;
    if transposed.op_type != "ConvTranspose" || readers(graph, &transposed.output[0]) != 1 {
        return None;
    }
    let bound = |index: usize| {
        let values = integers(graph, slice.input.get(index)?)?;
        (values.len() == 1).then(|| values[0])
    };
    let (start, end) = (bound(1)?, bound(2)?);
    let axis = bound(3)?;
    let step = slice.input.get(4).map_or(Some(1), |_| bound(4))?;
    let end = match end {
        i64::MAX => 0,
        end if end < 0 => -end,
        _ => return None,
    };
    if !matches!(axis, 2 | -1) || step != 1 || start < 0 {
        return None;
    }
    let own = own_pads(transposed)?;
    let mut merged = transposed.clone();
    merged.output[0].clone_from(slice.output.first()?);
    attributes::set_ints(&mut merged, "pads", &[own[0] + start, own[1] + end]);
    Some((place, merged))
}

/// The padding that a one-dimensional convolution has.
fn own_pads(conv: &NodeProto) -> Option<[i64; 2]> {
    if attributes::find(conv, "auto_pad").is_some_and(|pad| pad.s != b"NOTSET") {
        return None;
    }
    match attributes::ints(conv, "pads")[..] {
        [] => Some([0, 0]),
        [left, right] => Some([left, right]),
        _ => None,
    }
}

fn integers(graph: &Graph, name: &str) -> Option<Vec<i64>> {
    match graph.constant(name)?.data() {
        crate::model::TensorData::I64(values) => Some(values.clone()),
        crate::model::TensorData::F32(_) => None,
    }
}

fn producer<'a>(graph: &'a Graph, name: &str) -> Option<(usize, &'a NodeProto)> {
    let mut nodes = graph.nodes().iter().enumerate();
    nodes.find(|(_, node)| node.output.iter().any(|output| output == name))
}

/// How many nodes and outputs read a tensor.
fn readers(graph: &Graph, name: &str) -> usize {
    let nodes = graph.nodes().iter().flat_map(references);
    let outputs = graph.proto().output.iter().map(|info| info.name.as_str());
    nodes.chain(outputs).filter(|&read| read == name).count()
}
