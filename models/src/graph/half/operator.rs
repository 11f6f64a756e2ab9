//! Says of which operators sixteen bits are enough, and where their floats are.

use tract_onnx::pb::NodeProto;

/// When an operator computes in f16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Wherever its inputs are floats: that is where the time goes.
    Always,
    /// If one of its inputs is f16 already: alone it is not worth the casts, and before the first layer there is
    /// arithmetic that needs its bits.
    Following,
}

/// When the operator of `node` computes in f16; `None` for never.
pub(super) fn when(node: &NodeProto) -> Option<When> {
    if !matches!(node.domain.as_str(), "" | "ai.onnx") {
        return None;
    }
    match node.op_type.as_str() {
        "Conv" | "ConvTranspose" | "MatMul" | "Gemm" => Some(When::Always),
        // Sample by sample, with results no larger than what they are made of.
        "Add" | "Sub" | "Mul" | "Div" | "Neg" | "Abs" | "Min" | "Max" | "Clip" | "Where" => {
            Some(When::Following)
        }
        "Relu" | "LeakyRelu" | "PRelu" | "Tanh" | "Sigmoid" | "Erf" | "Gelu" => {
            Some(When::Following)
        }
        // Only moved.
        "Identity" | "Transpose" | "Reshape" | "Squeeze" | "Unsqueeze" | "Flatten" | "Slice"
        | "Split" | "Concat" | "Pad" | "Expand" | "Tile" | "Gather" => Some(When::Following),
        _ => None,
    }
}

/// The inputs of `node`, of which [`when`] knows the operator, that are of its element type, by place.
pub(super) fn floats(node: &NodeProto) -> impl Iterator<Item = usize> {
    let places: &[usize] = match node.op_type.as_str() {
        "Reshape" | "Squeeze" | "Unsqueeze" | "Slice" | "Split" | "Expand" | "Tile" | "Gather" => {
            &[0]
        }
        "Pad" => &[0, 2],
        "Where" => &[1, 2],
        _ => &[],
    };
    let count = node.input.len();
    let all = if places.is_empty() { 0..count } else { 0..0 };
    let some = places.iter().copied().filter(move |&place| place < count);
    all.chain(some)
}
