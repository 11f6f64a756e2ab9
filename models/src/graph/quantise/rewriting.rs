//! Writes the graph in which chosen layers compute with eight bits.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::{NodeProto, TensorProto, tensor_proto::DataType};

use super::weights::{self, Weights};
use super::{Layer, LayerKind, QuantiseOptions, Range, Ranges, layer};
use crate::graph::{Graph, GraphError, attributes, constants};
use crate::model::Tensor;

/// The first version of the standard operators that knows one scale per channel.
const FIRST_OPSET: i64 = 13;

/// A graph being rewritten.
pub(super) struct Rewriting<'a> {
    original: &'a Graph,
    ranges: &'a Ranges,
    options: QuantiseOptions,
    graph: Graph,
    nodes: Vec<NodeProto>,
    /// Names for constants and tensors that are added.
    added: usize,
    constants: HashMap<Vec<u8>, String>,
    /// Tensors that are rounded where they arise.
    rounded: HashSet<String>,
    /// The rounded copy of tensors that stay float for others.
    copies: HashMap<String, String>,
}

impl<'a> Rewriting<'a> {
    pub(super) fn new(
        original: &'a Graph,
        ranges: &'a Ranges,
        options: QuantiseOptions,
    ) -> Result<Rewriting<'a>, GraphError> {
        if original.opset() < FIRST_OPSET {
            return Err(GraphError::Structure {
                graph: original.name().to_owned(),
                expected: format!("opset {FIRST_OPSET} or later, for one scale per channel"),
                found: format!("opset {}", original.opset()),
            });
        }
        if options.largest_weight < 1 {
            return Err(GraphError::Structure {
                graph: original.name().to_owned(),
                expected: "a largest weight of 1 to 127".to_owned(),
                found: options.largest_weight.to_string(),
            });
        }
        Ok(Rewriting {
            original,
            ranges,
            options,
            graph: original.clone(),
            nodes: Vec::new(),
            added: 0,
            constants: HashMap::new(),
            rounded: HashSet::new(),
            copies: HashMap::new(),
        })
    }

    /// The graph in which `layers` are quantised.
    pub(super) fn write(mut self, layers: &[Layer]) -> Result<Graph, GraphError> {
        let original = self.original;
        let by_output: HashMap<&str, &Layer> = layers
            .iter()
            .map(|layer| (layer.output.as_str(), layer))
            .collect();
        let nodes = original.nodes().iter();
        let given: HashSet<&str> = nodes
            .flat_map(|node| &node.output)
            .map(String::as_str)
            .collect();
        if let Some(layer) = layers
            .iter()
            .find(|layer| !given.contains(layer.output.as_str()))
        {
            return Err(GraphError::Structure {
                graph: original.name().to_owned(),
                expected: format!("a layer that gives {}", layer.output),
                found: "none".to_owned(),
            });
        }
        let joins = self.joins(&by_output);
        let sums = self.sums(&by_output);
        for node in original.nodes() {
            let output = node.output.first().map_or("", String::as_str);
            match by_output.get(output) {
                Some(layer) => self.layer(node, layer)?,
                None if joins.contains(output) => self.join(node)?,
                None if sums.contains(output) => self.sum(node)?,
                None => self.nodes.push(node.clone()),
            }
        }
        self.graph.proto_mut().node = self.nodes;
        self.graph.proto_mut().value_info.clear();
        self.graph.prune()?;
        Ok(self.graph)
    }

    /// Outputs of joins that quantised layers read: states joined with what arrives.
    fn joins(&self, layers: &HashMap<&str, &Layer>) -> HashSet<String> {
        let nodes = self.original.nodes();
        let read: HashSet<&str> = nodes
            .iter()
            .filter(|node| layers.contains_key(node.output[0].as_str()))
            .map(|node| node.input[0].as_str())
            .collect();
        nodes
            .iter()
            .filter(|node| node.op_type == "Concat" && read.contains(node.output[0].as_str()))
            .map(|node| node.output[0].clone())
            .collect()
    }

    /// Outputs of sums that have a quantised layer's output as a term, where the options want them.
    fn sums(&self, layers: &HashMap<&str, &Layer>) -> HashSet<String> {
        let mut sums = HashSet::new();
        if !self.options.sums {
            return sums;
        }
        let rounded = |name: &str| {
            layers
                .get(name)
                .is_some_and(|x| x.kind == LayerKind::Convolution)
        };
        for node in self.original.nodes() {
            let terms = node.input.iter();
            let known = node.op_type == "Add"
                && terms
                    .clone()
                    .any(|term| rounded(term) || sums.contains(term))
                && terms
                    .clone()
                    .chain(&node.output)
                    .all(|tensor| self.ranges.of(self.original, tensor).is_some());
            if known {
                sums.insert(node.output[0].clone());
            }
        }
        sums
    }

    fn layer(&mut self, node: &NodeProto, layer: &Layer) -> Result<(), GraphError> {
        let range = self.range(&node.input[0])?;
        let (input_scale, _) = range.scale_and_zero_point();
        let mut rewritten = node.clone();
        rewritten.input[0] = self.rounded_copy(&node.input[0], range);
        let real = layer::weights_of(self.original, node);
        let bias = match node.input.get(2).filter(|name| !name.is_empty()) {
            Some(name) => Some(self.bias(node, name, layer)?),
            None => None,
        };
        let room = bias.as_deref().map(|bias| (bias, input_scale));
        let (granularity, largest) = (self.options.granularity, self.options.largest_weight);
        let rounded =
            real.and_then(|real| Weights::round(&real, layer.axis, granularity, largest, room));
        let Some(rounded) = rounded else {
            return Err(self.refuse(node, "constant weights of f32"));
        };
        rewritten.input[1] = self.weights(&node.input[1], &rounded, layer.axis);
        if let Some(bias) = bias {
            rewritten.input[2] = self.bias_of(&node.input[2], &bias, &rounded, input_scale);
        }
        match layer.kind {
            LayerKind::Convolution => self.push_rounded(rewritten),
            LayerKind::Product => {
                self.nodes.push(rewritten);
                Ok(())
            }
        }
    }

    /// A join of which all parts are rounded alike, so that it joins bytes.
    fn join(&mut self, node: &NodeProto) -> Result<(), GraphError> {
        let range = self.range(&node.output[0])?;
        let mut rewritten = node.clone();
        for input in &mut rewritten.input {
            *input = self.rounded_copy(input, range);
        }
        self.push_rounded(rewritten)
    }

    fn sum(&mut self, node: &NodeProto) -> Result<(), GraphError> {
        let mut rewritten = node.clone();
        for input in &mut rewritten.input {
            let range = self.range(input)?;
            *input = self.rounded_copy(input, range);
        }
        self.push_rounded(rewritten)
    }

    /// Adds a node whose output is rounded for all that read it.
    fn push_rounded(&mut self, mut node: NodeProto) -> Result<(), GraphError> {
        let tensor = node.output[0].clone();
        let range = self.range(&tensor)?;
        let exact = self.name("exact");
        node.output[0].clone_from(&exact);
        self.nodes.push(node);
        self.round(&exact, range, &tensor);
        self.rounded.insert(tensor);
        Ok(())
    }

    /// `tensor` rounded, for those that ask, while others read it as it is.
    fn rounded_copy(&mut self, tensor: &str, range: Range) -> String {
        if self.rounded.contains(tensor) {
            return tensor.to_owned();
        }
        let key = format!("{tensor} {:?}", range.scale_and_zero_point());
        if let Some(copy) = self.copies.get(&key) {
            return copy.clone();
        }
        let copy = self.name("rounded");
        self.round(tensor, range, &copy);
        self.copies.insert(key, copy.clone());
        copy
    }

    fn round(&mut self, tensor: &str, range: Range, output: &str) {
        let (scale, zero_point) = range.scale_and_zero_point();
        let scale = self.constant(constants::write("", &Tensor::f32(&[], vec![scale])));
        let zero_point = self.constant(weights::raw("", DataType::Uint8, &[], [zero_point]));
        let stored = self.name("stored");
        let to = attributes::node("QuantizeLinear", &[tensor, &scale, &zero_point], &stored);
        let inputs = [stored.as_str(), &scale, &zero_point];
        let mut from = attributes::node("DequantizeLinear", &inputs, output);
        // The output may have the name of a tensor that a node is named by already.
        from.name = format!("{stored}/back");
        self.nodes.extend([to, from]);
    }

    /// The bias of a layer, of which backends want one value per channel.
    fn bias(&self, node: &NodeProto, name: &str, layer: &Layer) -> Result<Vec<f32>, GraphError> {
        let bias = self.original.constant(name);
        let values = bias.as_ref().and_then(|bias| bias.as_f32());
        let channels = layer::weights_of(self.original, node).map(|real| real.shape()[layer.axis]);
        match values {
            Some(values) if Some(values.len()) == channels => Ok(values.to_vec()),
            _ => Err(self.refuse(node, "a constant bias of f32 per channel")),
        }
    }

    fn weights(&mut self, name: &str, rounded: &Weights, axis: usize) -> String {
        let scales = Tensor::f32(&[rounded.scales.len()], rounded.scales.clone());
        let scales = self.constant(constants::write("", &scales));
        let zeros = vec![0; rounded.scales.len()];
        let zeros = weights::raw("", DataType::Int8, &[zeros.len() as i64], zeros);
        let zeros = self.constant(zeros);
        let stored = self.name("weights");
        self.graph
            .proto_mut()
            .initializer
            .push(rounded.proto(&stored));
        self.dequantised(&[&stored, &scales, &zeros], axis, name)
    }

    fn bias_of(&mut self, name: &str, bias: &[f32], rounded: &Weights, input_scale: f32) -> String {
        let scales: Vec<f32> = rounded
            .scales
            .iter()
            .map(|scale| scale * input_scale)
            .collect();
        let sizes = [bias.len() as i64];
        let values = rounded.bias(bias, input_scale);
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        let stored = self.constant(weights::raw("", DataType::Int32, &sizes, bytes));
        let scales = Tensor::f32(&[scales.len()], scales);
        let scales = self.constant(constants::write("", &scales));
        let zeros = vec![0; 4 * bias.len()];
        let zeros = self.constant(weights::raw("", DataType::Int32, &sizes, zeros));
        self.dequantised(&[&stored, &scales, &zeros], 0, name)
    }

    /// The real values of stored constants with a scale per channel.
    fn dequantised(&mut self, inputs: &[&str], axis: usize, wanted: &str) -> String {
        let output = self.name(&format!("{wanted}_rounded"));
        let mut node = attributes::node("DequantizeLinear", inputs, &output);
        attributes::set_int(&mut node, "axis", axis as i64);
        self.nodes.push(node);
        output
    }

    /// A constant under a name of its own; equal ones share it.
    fn constant(&mut self, mut tensor: TensorProto) -> String {
        let mut key = tensor.raw_data.clone();
        key.push(tensor.data_type as u8);
        key.extend(tensor.dims.iter().flat_map(|size| size.to_le_bytes()));
        if let Some(name) = self.constants.get(&key) {
            return name.clone();
        }
        let name = self.name("scale");
        tensor.name.clone_from(&name);
        self.graph.proto_mut().initializer.push(tensor);
        self.constants.insert(key, name.clone());
        name
    }

    /// A name that nothing else has.
    fn name(&mut self, wanted: &str) -> String {
        self.added += 1;
        format!("int8/{}/{wanted}", self.added)
    }

    fn range(&self, tensor: &str) -> Result<Range, GraphError> {
        let range = self.ranges.of(self.original, tensor);
        range.ok_or_else(|| GraphError::Structure {
            graph: self.original.name().to_owned(),
            expected: format!("a calibrated range of {tensor}"),
            found: "none".to_owned(),
        })
    }

    fn refuse(&self, node: &NodeProto, expected: &str) -> GraphError {
        GraphError::Structure {
            graph: self.original.name().to_owned(),
            expected: format!("{} {:?} to have {expected}", node.op_type, node.name),
            found: format!("{:?}", node.input),
        }
    }
}
