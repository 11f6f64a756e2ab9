//! Decodes an ONNX file and refuses one that keeps data in other files.

use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto,
    ValueInfoProto, tensor_proto::DataType, tensor_shape_proto::dimension::Value as Size,
    type_proto::Value as Type,
};
use tract_onnx::prelude::Framework;

use super::Backend;
use crate::error::LoadError;
use crate::model::{ElementType, TensorSpec};

/// Decodes `onnx`, whichever backend is going to run it: both then see a file that is well-formed protobuf and
/// holds all of its data itself.
///
/// The decoder's own recursion limit (100) bounds how deep graphs nest.
pub(super) fn decode(model: &str, backend: Backend, onnx: &[u8]) -> Result<ModelProto, LoadError> {
    let refuse = |reason: String| LoadError::Graph {
        model: model.to_owned(),
        backend,
        reason,
    };
    let mut reader = onnx;
    let proto = tract_onnx::onnx()
        .proto_model_for_read(&mut reader)
        .map_err(|error| refuse(format!("not an ONNX file: {error}")))?;
    // Protobuf has no signature, so garbage can decode to an empty message.
    match &proto.graph {
        Some(graph) if !graph.output.is_empty() => {}
        _ => {
            return Err(refuse(
                "not an ONNX file: no graph with outputs in it".to_owned(),
            ));
        }
    }
    match first_external(&proto) {
        None => Ok(proto),
        Some(tensor) => Err(LoadError::ExternalData {
            model: model.to_owned(),
            tensor: tensor.name.clone(),
            location: location(tensor),
        }),
    }
}

/// The first tensor of a model that refers to another file, in graphs, nested graphs and functions.
fn first_external(model: &ModelProto) -> Option<&TensorProto> {
    let training = model
        .training_info
        .iter()
        .flat_map(|info| info.initialization.iter().chain(&info.algorithm));
    model
        .graph
        .iter()
        .chain(training)
        .find_map(in_graph)
        .or_else(|| {
            model
                .functions
                .iter()
                .flat_map(|function| &function.node)
                .find_map(in_node)
        })
}

fn in_graph(graph: &GraphProto) -> Option<&TensorProto> {
    let dense = graph.initializer.iter().find_map(in_tensor);
    let sparse = || graph.sparse_initializer.iter().find_map(in_sparse);
    dense
        .or_else(sparse)
        .or_else(|| graph.node.iter().find_map(in_node))
}

fn in_node(node: &NodeProto) -> Option<&TensorProto> {
    node.attribute.iter().find_map(in_attribute)
}

fn in_attribute(attribute: &AttributeProto) -> Option<&TensorProto> {
    let tensors = attribute.t.iter().chain(&attribute.tensors);
    let sparse = attribute
        .sparse_tensor
        .iter()
        .chain(&attribute.sparse_tensors);
    let mut graphs = attribute.g.iter().chain(&attribute.graphs);
    let tensor = tensors.map(in_tensor).find_map(|found| found);
    tensor
        .or_else(|| sparse.map(in_sparse).find_map(|found| found))
        .or_else(|| graphs.find_map(in_graph))
}

fn in_sparse(sparse: &SparseTensorProto) -> Option<&TensorProto> {
    sparse
        .values
        .iter()
        .chain(&sparse.indices)
        .find_map(in_tensor)
}

/// Anything but "in this file" counts, and so does a path without the flag: no reader should be tempted.
fn in_tensor(tensor: &TensorProto) -> Option<&TensorProto> {
    let elsewhere = tensor.data_location.is_some_and(|location| location != 0);
    (elsewhere || !tensor.external_data.is_empty()).then_some(tensor)
}

fn location(tensor: &TensorProto) -> String {
    let entry = tensor
        .external_data
        .iter()
        .find(|entry| entry.key == "location");
    entry.map_or_else(|| "no location".to_owned(), |entry| entry.value.clone())
}

/// The inputs and outputs that a model declares, in the graph's order; an input with an initial value is a
/// constant here.
pub(super) fn specs(
    model: &str,
    proto: &ModelProto,
) -> Result<(Vec<TensorSpec>, Vec<TensorSpec>), LoadError> {
    let Some(graph) = &proto.graph else {
        return Ok((Vec::new(), Vec::new()));
    };
    let fed = |info: &&ValueInfoProto| {
        !graph
            .initializer
            .iter()
            .any(|tensor| tensor.name == info.name)
    };
    let inputs = graph.input.iter().filter(fed).map(|info| spec(model, info));
    let outputs = graph.output.iter().map(|info| spec(model, info));
    Ok((
        inputs.collect::<Result<_, _>>()?,
        outputs.collect::<Result<_, _>>()?,
    ))
}

fn spec(model: &str, info: &ValueInfoProto) -> Result<TensorSpec, LoadError> {
    let refuse = |found: String| LoadError::Tensor {
        model: model.to_owned(),
        expected: format!(
            "{} to be a tensor of f32 or i64 with a declared rank",
            info.name
        ),
        found,
    };
    let Some(Type::TensorType(tensor)) = info.r#type.as_ref().and_then(|kind| kind.value.as_ref())
    else {
        return Err(refuse("no tensor".to_owned()));
    };
    let element = match DataType::try_from(tensor.elem_type) {
        Ok(DataType::Float) => ElementType::F32,
        Ok(DataType::Int64) => ElementType::I64,
        Ok(other) => return Err(refuse(format!("{other:?}"))),
        Err(_) => {
            return Err(refuse(format!(
                "the unknown element type {}",
                tensor.elem_type
            )));
        }
    };
    let shape = tensor
        .shape
        .as_ref()
        .ok_or_else(|| refuse("no shape".to_owned()))?;
    let size = |value: &Option<Size>| match value {
        Some(Size::DimValue(size)) => usize::try_from(*size).ok(),
        _ => None,
    };
    let shape = shape
        .dim
        .iter()
        .map(|dimension| size(&dimension.value))
        .collect();
    Ok(TensorSpec {
        name: info.name.clone(),
        element,
        shape,
    })
}
