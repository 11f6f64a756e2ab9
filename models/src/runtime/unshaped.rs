//! Takes the shapes out of a kept network, so that it opens faster, and keeps what it said of its inputs and outputs.
//!
//! As it opens a network, ONNX Runtime 1.31 looks for tensors that could share memory: it compares each shape that it
//! knows with those of all tensors that are free by then, and shapes with free sizes seldom match. That was four fifths
//! of the time for the 1441 nodes of a So-VITS head (1.0 s of the processor, 0.2 s without). Where no shapes are known it
//! does not look, and runs as fast: memory is given back after the last use all the same.

use std::fs;
use std::io;
use std::path::Path;

use prost::Message;
use tract_onnx::pb::{GraphProto, ModelProto, ValueInfoProto, type_proto::Value as Type};

use super::graph::specs;
use crate::error::LoadError;
use crate::model::TensorSpec;

/// The file beside a network that holds its inputs and outputs with their shapes: an ONNX file without nodes.
const INTERFACE: &str = "interface.onnx";

/// The inputs and outputs of a network, in its order.
pub(super) type Interface = (Vec<TensorSpec>, Vec<TensorSpec>);

/// Takes the shapes out of the network at `path` and writes its interface beside it.
///
/// # Errors
/// If a file cannot be read or written, or is no ONNX file.
pub(super) fn take_shapes(path: &Path) -> io::Result<()> {
    let mut network = read(path)?;
    let graph = network.graph.get_or_insert_default();
    let interface = ModelProto {
        graph: Some(GraphProto {
            input: graph.input.clone(),
            output: graph.output.clone(),
            ..GraphProto::default()
        }),
        ..ModelProto::default()
    };
    graph.value_info.clear();
    graph.input.iter_mut().for_each(forget);
    graph.output.iter_mut().for_each(forget);
    fs::write(path.with_file_name(INTERFACE), interface.encode_to_vec())?;
    fs::write(path, network.encode_to_vec())
}

/// The interface of the network at `path`.
///
/// # Errors
/// If it is not there or is no interface.
pub(super) fn interface(model: &str, path: &Path) -> Result<Interface, LoadError> {
    let read = read(&path.with_file_name(INTERFACE));
    let read =
        read.map_err(|error| LoadError::Unsupported(format!("{model}, as kept: {error}")))?;
    specs(model, &read)
}

fn forget(info: &mut ValueInfoProto) {
    if let Some(Type::TensorType(tensor)) =
        info.r#type.as_mut().and_then(|kind| kind.value.as_mut())
    {
        tensor.shape = None;
    }
}

fn read(path: &Path) -> io::Result<ModelProto> {
    Ok(ModelProto::decode(&fs::read(path)?[..])?)
}
