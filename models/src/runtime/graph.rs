//! Decodes an ONNX file and says what its inputs and outputs are.

use prost::Message;
use tract_onnx::pb::{
    ModelProto, ValueInfoProto, tensor_proto::DataType,
    tensor_shape_proto::dimension::Value as Size, type_proto::Value as Type,
};

use super::{Backend, check};
use crate::error::LoadError;
use crate::model::{ElementType, TensorSpec};

/// Decodes `onnx`, after the checks of [`check::check`].
pub(super) fn decode(model: &str, backend: Backend, onnx: &[u8]) -> Result<ModelProto, LoadError> {
    check::check(model, backend, onnx)?;
    // The check passes over what it does not read, so this may still find damage.
    ModelProto::decode(onnx).map_err(|error| LoadError::Graph {
        model: model.to_owned(),
        backend,
        reason: format!("not an ONNX file: {error}"),
    })
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
