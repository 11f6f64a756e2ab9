//! Finds the layers of a graph that eight bits serve.

use tract_onnx::pb::NodeProto;

use crate::graph::{Graph, attributes};
use crate::model::Tensor;

/// What a layer computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// A convolution; what it gives is rounded to eight bits too.
    Convolution,
    /// A product with a matrix of weights; what it gives stays float.
    Product,
}

/// A layer that can be quantised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The tensor that it gives, by which it is named.
    pub output: String,
    /// What it computes.
    pub kind: LayerKind,
    /// The axis of its weights along which the output channels lie.
    pub(super) axis: usize,
    /// Whether it stays float unless asked for: it has one channel in or one out. These are the last convolution, which
    /// makes the samples, and those that bring in the source: cheap, and all of their rounding is heard.
    pub is_delicate: bool,
}

impl Layer {
    /// The layers of `graph`, in its order.
    pub fn all(graph: &Graph) -> Vec<Layer> {
        let nodes = graph.nodes().iter();
        nodes.filter_map(|node| Layer::of(graph, node)).collect()
    }

    fn of(graph: &Graph, node: &NodeProto) -> Option<Layer> {
        let weights = weights_of(graph, node)?;
        let shape = weights.shape();
        let (kind, axis) = match node.op_type.as_str() {
            "Conv" if shape.len() >= 3 => (LayerKind::Convolution, 0),
            "MatMul" if shape.len() == 2 => (LayerKind::Product, 1),
            "Gemm" if shape.len() == 2 && is_plain(node) => {
                let transposed = attributes::int(node, "transB", 0) != 0;
                (LayerKind::Product, usize::from(!transposed))
            }
            _ => return None,
        };
        let groups = attributes::int(node, "group", 1).max(1) as usize;
        let channels_in = match kind {
            LayerKind::Convolution => shape[1] * groups,
            LayerKind::Product => shape[1 - axis],
        };
        Some(Layer {
            output: node.output.first()?.clone(),
            kind,
            axis,
            is_delicate: channels_in == 1 || shape[axis] == 1,
        })
    }
}

/// The weights of a layer, if they are constant.
pub(super) fn weights_of(graph: &Graph, node: &NodeProto) -> Option<Tensor> {
    if !matches!(node.op_type.as_str(), "Conv" | "MatMul" | "Gemm") {
        return None;
    }
    let weights = graph.constant(node.input.get(1)?)?;
    weights.as_f32().is_some().then_some(weights)
}

/// Whether a `Gemm` is a product and a sum, and nothing besides.
fn is_plain(node: &NodeProto) -> bool {
    attributes::float(node, "alpha", 1.0) == 1.0
        && attributes::float(node, "beta", 1.0) == 1.0
        && attributes::int(node, "transA", 0) == 0
}
