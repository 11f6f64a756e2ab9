//! Says how a convolution reaches along time.

use tract_onnx::pb::NodeProto;

use super::{Graph, GraphError, attributes};

/// How a convolution reaches along time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    pub(super) channels: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) dilation: usize,
    pub(super) left: usize,
}

impl Reach {
    /// Of a `Conv` or `ConvTranspose`.
    pub(super) fn of(graph: &Graph, node: &NodeProto) -> Result<Reach, GraphError> {
        let refuse = |found: String| GraphError::Structure {
            graph: graph.name().to_owned(),
            expected: format!(
                "{} {:?} to be one-dimensional with constant weights and plain padding",
                node.op_type, node.name
            ),
            found,
        };
        let weights = node.input.get(1).and_then(|name| graph.constant(name));
        let Some(shape) = weights.map(|weights| weights.shape().to_vec()) else {
            return Err(refuse("weights that are computed".to_owned()));
        };
        let auto = attributes::find(node, "auto_pad").is_some_and(|pad| pad.s != b"NOTSET");
        let pads = attributes::ints(node, "pads");
        let outside = attributes::ints(node, "output_padding")
            .iter()
            .any(|&size| size != 0);
        if shape.len() != 3 || auto || outside || pads.iter().any(|&pad| pad < 0) {
            return Err(refuse(format!("weights {shape:?}, pads {pads:?}")));
        }
        let first = |name| {
            attributes::ints(node, name)
                .first()
                .map_or(1, |&size| size.max(1) as usize)
        };
        let groups = attributes::int(node, "group", 1).max(1) as usize;
        let channels = match node.op_type.as_str() {
            "Conv" => shape[1] * groups,
            _ => shape[0],
        };
        Ok(Reach {
            channels,
            kernel: shape[2],
            stride: first("strides"),
            dilation: first("dilations"),
            left: pads.first().map_or(0, |&pad| pad as usize),
        })
    }

    /// How many samples behind the last needed output's own place a convolution looks.
    pub(super) fn right(&self) -> usize {
        ((self.kernel - 1) * self.dilation).saturating_sub(self.left)
    }

    /// Earlier inputs that reach into the outputs of a transposed convolution.
    pub(super) fn earlier(&self) -> usize {
        (self.kernel - 1).saturating_sub(self.left) / self.stride
    }
}
