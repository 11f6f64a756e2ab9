//! Turns convolutions along time into two-dimensional ones, for which ONNX Runtime has faster kernels.

use tract_onnx::pb::NodeProto;

use super::reach::Reach;
use super::{Graph, attributes};
use crate::model::Tensor;

/// Channels come in blocks of at most so many floats, the width of the widest registers; others keep the usual kernel.
///
/// Reference: `MlasNchwcGetBlockSize` of ONNX Runtime.
const BLOCK: usize = 16;

/// Gives every plain convolution along time an axis of height 1 around it.
///
/// ONNX Runtime computes one-dimensional convolutions as products of matrices, for which every input is copied once for
/// each tap of the kernel. Two-dimensional ones read the input where it lies, in blocks of channels, if their numbers of
/// channels are whole blocks. The sums are the same in another order. Convolutions of one tap are products of matrices
/// as they are.
pub fn planar(graph: &mut Graph) {
    let mut nodes = Vec::new();
    for node in graph.nodes().to_vec() {
        match planar_node(graph, &node) {
            Some(three) => nodes.extend(three),
            None => nodes.push(node),
        }
    }
    graph.proto_mut().node = nodes;
    // Weights that only the old nodes read.
    graph.drop_unused_constants();
}

fn planar_node(graph: &mut Graph, node: &NodeProto) -> Option<[NodeProto; 3]> {
    if node.op_type != "Conv" || attributes::int(node, "group", 1) != 1 {
        return None;
    }
    let reach = Reach::of(graph, node).ok()?;
    let weights = graph.constant(node.input.get(1)?)?;
    let &[given, taken, taps] = weights.shape() else {
        return None;
    };
    if taps == 1 || given % BLOCK != 0 || taken % BLOCK != 0 {
        return None;
    }
    let flat = Tensor::f32(&[given, taken, 1, taps], weights.as_f32()?.to_vec());
    let flat = graph.add_constant(&format!("{}_planar", node.input[1]), &flat);
    let up = graph.add_constant("planar", &Tensor::i64(&[4], vec![0, 0, 1, -1]));
    let down = graph.add_constant("linear", &Tensor::i64(&[3], vec![0, 0, -1]));
    let output = &node.output[0];
    let (before, behind) = (
        format!("{output}_planar_in"),
        format!("{output}_planar_out"),
    );
    let mut conv = node.clone();
    conv.input[0].clone_from(&before);
    conv.input[1] = flat;
    conv.output[0].clone_from(&behind);
    // Names of nodes are unique, and the node that gives the old output may be called after it.
    conv.name.clone_from(&behind);
    let pads = attributes::ints(node, "pads");
    let (left, right) = match pads[..] {
        [left, right] => (left, right),
        _ => (0, 0),
    };
    attributes::set_ints(&mut conv, "pads", &[0, left, 0, right]);
    attributes::set_ints(&mut conv, "kernel_shape", &[1, taps as i64]);
    attributes::set_ints(&mut conv, "strides", &[1, reach.stride as i64]);
    attributes::set_ints(&mut conv, "dilations", &[1, reach.dilation as i64]);
    Some([
        attributes::node("Reshape", &[&node.input[0], &up], &before),
        conv,
        attributes::node("Reshape", &[&behind, &down], output),
    ])
}

#[cfg(test)]
mod tests {
    use tract_onnx::pb::OperatorSetIdProto;

    use super::*;
    use crate::graph::declare;
    use crate::model::{ElementType, Model};
    use crate::runtime::Device;
    use crate::speech::fixtures::{difference, runtimes, uniform};

    /// One convolution from 32 to `given` channels, five taps, every second sample, two apart, more padding on the left.
    fn graph(given: usize) -> Graph {
        let weights = Tensor::f32(&[given, 32, 5], uniform(given * 32 * 5, 3));
        let bias = Tensor::f32(&[given], uniform(given, 4));
        let mut graph = Graph::empty("convolution");
        graph.model.ir_version = 8;
        graph.model.opset_import = vec![OperatorSetIdProto {
            domain: String::new(),
            version: 13,
        }];
        let shape = [Some(1), Some(32), None];
        let proto = graph.proto_mut();
        proto.name = "convolution".to_owned();
        proto.input = vec![declare("x", ElementType::F32, &shape)];
        proto.output = vec![declare(
            "y",
            ElementType::F32,
            &[Some(1), Some(given), None],
        )];
        let weights = graph.add_constant("weights", &weights);
        let bias = graph.add_constant("bias", &bias);
        let mut conv = attributes::node("Conv", &["x", &weights, &bias], "y");
        attributes::set_ints(&mut conv, "kernel_shape", &[5]);
        attributes::set_ints(&mut conv, "strides", &[2]);
        attributes::set_ints(&mut conv, "dilations", &[2]);
        attributes::set_ints(&mut conv, "pads", &[6, 1]);
        graph.proto_mut().node.push(conv);
        graph
    }

    #[test]
    fn a_second_axis_changes_no_sample() {
        let x = Tensor::f32(&[1, 32, 50], uniform(32 * 50, 7));
        for runtime in runtimes() {
            let plain = graph(48);
            let mut other = plain.clone();
            planar(&mut other);
            assert_eq!(other.nodes().len(), 3);
            let samples = |graph: &Graph| {
                let mut session = graph.load(&runtime, Device::Cpu).unwrap();
                session.run(&[("x", &x)]).unwrap().remove(0)
            };
            let (plain, other) = (samples(&plain), samples(&other));
            assert_eq!(plain.shape(), other.shape());
            let off = difference(other.as_f32().unwrap(), plain.as_f32().unwrap());
            // The order of 160 sums.
            assert!(off <= 1e-6, "{off:e}");
        }
    }

    #[test]
    fn channels_that_are_no_whole_blocks_keep_their_kernel() {
        let mut graph = graph(40);
        planar(&mut graph);
        assert_eq!(graph.nodes().len(), 1);
    }
}
