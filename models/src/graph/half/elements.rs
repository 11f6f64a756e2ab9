//! Finds the tensors of a graph that hold f32.

use std::collections::HashSet;

use tract_onnx::pb::{NodeProto, TensorProto, tensor_proto::DataType, type_proto::Value as Type};

use crate::graph::{Graph, attributes};

/// The tensors of `graph` that hold f32, as far as the operators tell; what nested graphs give is not known.
pub(super) fn floats(graph: &Graph) -> HashSet<String> {
    let proto = graph.proto();
    let constants = proto.initializer.iter().filter(|tensor| is_f32(tensor));
    let inputs = proto.input.iter().filter(|info| {
        let kind = info.r#type.as_ref().and_then(|kind| kind.value.as_ref());
        matches!(kind, Some(Type::TensorType(tensor)) if tensor.elem_type == DataType::Float as i32)
    });
    let mut floats: HashSet<String> = constants
        .map(|tensor| tensor.name.clone())
        .chain(inputs.map(|info| info.name.clone()))
        .collect();
    for node in graph.nodes() {
        if gives_f32(node, &floats) {
            floats.extend(given(node).iter().cloned());
        }
    }
    floats
}

/// The outputs of `node` that are of its element type.
fn given(node: &NodeProto) -> &[String] {
    match node.op_type.as_str() {
        // All parts, gates and states are.
        "Split" | "LSTM" | "GRU" | "RNN" => &node.output,
        // Others give indices and masks behind their first output.
        _ => node.output.get(..1).unwrap_or_default(),
    }
}

fn gives_f32(node: &NodeProto, floats: &HashSet<String>) -> bool {
    let is_float = |place: usize| {
        let name = node.input.get(place);
        name.is_some_and(|name| floats.contains(name))
    };
    if !matches!(node.domain.as_str(), "" | "ai.onnx") {
        return false;
    }
    match node.op_type.as_str() {
        "Cast" => attributes::int(node, "to", 0) == DataType::Float as i64,
        "Constant" => {
            let tensor = attributes::find(node, "value").and_then(|value| value.t.as_ref());
            let plain = ["value_float", "value_floats"];
            tensor.is_some_and(is_f32)
                || plain
                    .iter()
                    .any(|name| attributes::find(node, name).is_some())
        }
        "ConstantOfShape" => {
            let value = attributes::find(node, "value").and_then(|value| value.t.as_ref());
            value.is_none_or(is_f32)
        }
        "RandomNormal" | "RandomUniform" => {
            attributes::int(node, "dtype", DataType::Float as i64) == DataType::Float as i64
        }
        "RandomNormalLike" | "RandomUniformLike" => match attributes::int(node, "dtype", 0) {
            0 => is_float(0),
            dtype => dtype == DataType::Float as i64,
        },
        "DequantizeLinear" => is_float(1),
        "Where" => is_float(1),
        "OneHot" => is_float(2),
        "Shape"
        | "Size"
        | "NonZero"
        | "ArgMax"
        | "ArgMin"
        | "Equal"
        | "Greater"
        | "GreaterOrEqual"
        | "Less"
        | "LessOrEqual"
        | "Not"
        | "And"
        | "Or"
        | "Xor"
        | "IsNaN"
        | "IsInf"
        | "If"
        | "Loop"
        | "Scan"
        | "QuantizeLinear"
        | "DynamicQuantizeLinear"
        | "MatMulInteger"
        | "ConvInteger"
        | "QLinearConv"
        | "QLinearMatMul" => false,
        _ => is_float(0),
    }
}

fn is_f32(tensor: &TensorProto) -> bool {
    tensor.data_type == DataType::Float as i32
}
