//! Reads and writes the attributes of nodes.

use tract_onnx::pb::{AttributeProto, NodeProto, TensorProto, attribute_proto::AttributeType};

/// An attribute of `node`.
pub(super) fn find<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute
        .iter()
        .find(|attribute| attribute.name == name)
}

/// A whole number, or `default`.
pub(super) fn int(node: &NodeProto, name: &str, default: i64) -> i64 {
    find(node, name).map_or(default, |attribute| attribute.i)
}

/// A float, or `default`.
pub(super) fn float(node: &NodeProto, name: &str, default: f32) -> f32 {
    find(node, name).map_or(default, |attribute| attribute.f)
}

/// Whole numbers; empty where there are none.
pub(super) fn ints(node: &NodeProto, name: &str) -> Vec<i64> {
    find(node, name).map_or_else(Vec::new, |attribute| attribute.ints.clone())
}

/// Sets whole numbers.
pub(super) fn set_ints(node: &mut NodeProto, name: &str, values: &[i64]) {
    remove(node, name);
    node.attribute.push(AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Ints as i32,
        ints: values.to_vec(),
        ..AttributeProto::default()
    });
}

/// Sets a whole number.
pub(super) fn set_int(node: &mut NodeProto, name: &str, value: i64) {
    remove(node, name);
    node.attribute.push(AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Int as i32,
        i: value,
        ..AttributeProto::default()
    });
}

/// Takes an attribute away.
pub(super) fn remove(node: &mut NodeProto, name: &str) {
    node.attribute.retain(|attribute| attribute.name != name);
}

/// A node of the standard operators.
pub(super) fn node(op_type: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: op_type.to_owned(),
        name: output.to_owned(),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

/// Sets a tensor.
pub(super) fn set_tensor(node: &mut NodeProto, name: &str, value: TensorProto) {
    remove(node, name);
    node.attribute.push(AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Tensor as i32,
        t: Some(value),
        ..AttributeProto::default()
    });
}
