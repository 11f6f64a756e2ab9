//! Reads and adds the constants of a graph.

use tract_onnx::pb::{TensorProto, tensor_proto::DataType};

use super::{Graph, attributes};
use crate::model::{Tensor, TensorData};

impl Graph {
    /// The value of a tensor that is a constant of f32 or i64: an initial value, a `Constant` node, or an
    /// `Identity` of one.
    pub(super) fn constant(&self, name: &str) -> Option<Tensor> {
        let graph = self.proto();
        if let Some(tensor) = graph.initializer.iter().find(|tensor| tensor.name == name) {
            return read(tensor);
        }
        let node = graph
            .node
            .iter()
            .find(|node| node.output.first().is_some_and(|output| output == name))?;
        match node.op_type.as_str() {
            "Constant" => read(attributes::find(node, "value")?.t.as_ref()?),
            "Identity" => self.constant(node.input.first()?),
            _ => None,
        }
    }

    /// Adds a constant under a name of its own, and returns the name.
    pub(super) fn add_constant(&mut self, wanted: &str, value: &Tensor) -> String {
        let name = self.fresh(wanted);
        self.proto_mut().initializer.push(write(&name, value));
        name
    }
}

/// The tensor of a protobuf; `None` for other elements than f32 and i64, and for damaged ones.
pub(super) fn read(tensor: &TensorProto) -> Option<Tensor> {
    let shape: Option<Vec<usize>> = tensor
        .dims
        .iter()
        .map(|&size| usize::try_from(size).ok())
        .collect();
    let shape = shape?;
    let count: usize = shape.iter().product();
    match DataType::try_from(tensor.data_type).ok()? {
        DataType::Float => {
            let raw = tensor.raw_data.chunks_exact(4);
            let data = if tensor.float_data.is_empty() {
                raw.map(|x| f32::from_le_bytes([x[0], x[1], x[2], x[3]]))
                    .collect()
            } else {
                tensor.float_data.clone()
            };
            (data.len() == count).then(|| Tensor::f32(&shape, data))
        }
        DataType::Int64 => {
            let raw = tensor.raw_data.chunks_exact(8);
            let data = if tensor.int64_data.is_empty() {
                raw.map(|x| i64::from_le_bytes([x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]]))
                    .collect()
            } else {
                tensor.int64_data.clone()
            };
            (data.len() == count).then(|| Tensor::i64(&shape, data))
        }
        _ => None,
    }
}

/// A tensor as protobuf.
pub(super) fn write(name: &str, value: &Tensor) -> TensorProto {
    let (data_type, raw_data) = match value.data() {
        TensorData::F32(data) => (
            DataType::Float,
            data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        ),
        TensorData::I64(data) => (
            DataType::Int64,
            data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        ),
    };
    TensorProto {
        name: name.to_owned(),
        dims: value.shape().iter().map(|&size| size as i64).collect(),
        data_type: data_type as i32,
        raw_data,
        ..TensorProto::default()
    }
}
