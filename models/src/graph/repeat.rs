//! Reads nodes that repeat every sample a whole number of times.

use tract_onnx::pb::NodeProto;

use super::{Graph, attributes};

/// How many times `node`, a `Resize`, repeats each sample along the last axis; `None` if it does anything else.
///
/// Reference: `Resize` of ONNX with `mode` nearest; of its ways of rounding, "asymmetric" with "floor" is what repeats.
pub(super) fn factor(graph: &Graph, node: &NodeProto) -> Option<usize> {
    let text = |name: &str, default: &str| -> String {
        attributes::find(node, name).map_or(default.to_owned(), |attribute| {
            String::from_utf8_lossy(&attribute.s).into_owned()
        })
    };
    let repeats = text("mode", "nearest") == "nearest"
        && text("coordinate_transformation_mode", "half_pixel") == "asymmetric"
        && text("nearest_mode", "round_prefer_floor") == "floor";
    let scales = graph.constant(node.input.get(2)?)?;
    let (&last, others) = scales.as_f32()?.split_last()?;
    let whole = last >= 1.0 && last.fract() == 0.0 && last < 65_536.0;
    (repeats && whole && others.iter().all(|&scale| scale == 1.0)).then_some(last as usize)
}
