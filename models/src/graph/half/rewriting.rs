//! Writes the graph that computes with sixteen bits.

use std::collections::{HashMap, HashSet};

use ::half::f16;
use tract_onnx::pb::{NodeProto, TensorProto, tensor_proto::DataType};

use super::elements;
use super::operator::{self, When};
use crate::graph::{Graph, GraphError, Layer, attributes, references};
use crate::model::Tensor;

/// A graph being rewritten.
pub(super) struct Rewriting<'a> {
    original: &'a Graph,
    /// Tensors that hold f32 in the original.
    floats: HashSet<String>,
    /// What gives a layer of one channel in or out.
    delicate: HashSet<String>,
    graph: Graph,
    nodes: Vec<NodeProto>,
    /// The f16 form of tensors that have one.
    halves: HashMap<String, String>,
    /// Tensors that arise as f16.
    arisen: HashSet<String>,
    /// Those of them that have been cast back.
    restored: HashSet<String>,
}

impl<'a> Rewriting<'a> {
    pub(super) fn new(original: &'a Graph) -> Rewriting<'a> {
        let layers = Layer::all(original).into_iter();
        Rewriting {
            original,
            floats: elements::floats(original),
            delicate: layers
                .filter(|layer| layer.is_delicate)
                .map(|layer| layer.output)
                .collect(),
            graph: original.clone(),
            nodes: Vec::new(),
            halves: HashMap::new(),
            arisen: HashSet::new(),
            restored: HashSet::new(),
        }
    }

    /// The graph in f16, but for the nodes that give a tensor of `keep`.
    pub(super) fn write(mut self, keep: &HashSet<String>) -> Result<Graph, GraphError> {
        let original = self.original;
        for node in original.nodes() {
            let is_kept = node.output.iter().any(|output| keep.contains(output));
            if !is_kept && self.may(node) {
                self.halve(node);
            } else {
                for name in references(node) {
                    self.restore(name);
                }
                self.nodes.push(node.clone());
            }
        }
        if self.arisen.is_empty() {
            return Err(GraphError::Structure {
                graph: original.name().to_owned(),
                expected: "a layer that may compute with f16".to_owned(),
                found: "none".to_owned(),
            });
        }
        for output in &original.proto().output {
            self.restore(&output.name);
        }
        let graph = self.graph.proto_mut();
        graph.node = self.nodes;
        // They state types that have changed.
        graph.value_info.clear();
        self.graph.prune()?;
        Ok(self.graph)
    }

    /// Whether `node` computes in f16.
    fn may(&self, node: &NodeProto) -> bool {
        let Some(when) = operator::when(node) else {
            return false;
        };
        let inputs = || {
            let places = operator::floats(node).map(|place| node.input[place].as_str());
            places.filter(|name| !name.is_empty())
        };
        let has_room = |name: &str| {
            let constant = self.original.constant(name);
            constant.is_none_or(|constant| fits(&constant))
        };
        let follows = inputs().any(|name| self.arisen.contains(name));
        inputs().all(|name| self.floats.contains(name) && has_room(name))
            && match when {
                When::Always => !node.output.iter().any(|name| self.delicate.contains(name)),
                // What is divided by may be as good as nothing.
                When::Following if node.op_type == "Div" => {
                    follows && self.original.constant(&node.input[1]).is_some()
                }
                When::Following => follows,
            }
    }

    fn halve(&mut self, node: &NodeProto) {
        let mut halved = node.clone();
        for place in operator::floats(node) {
            if !node.input[place].is_empty() {
                halved.input[place] = self.half_of(&node.input[place]);
            }
        }
        for output in &mut halved.output {
            let name = format!("half/{}/{output}", self.halves.len());
            self.arisen.insert(output.clone());
            self.halves.insert(output.clone(), name.clone());
            *output = name;
        }
        self.nodes.push(halved);
    }

    /// The name of a tensor's f16 form, which is made if there is none yet.
    fn half_of(&mut self, tensor: &str) -> String {
        if let Some(name) = self.halves.get(tensor) {
            return name.clone();
        }
        let name = format!("half/{}/{tensor}", self.halves.len());
        match self.original.constant(tensor) {
            Some(value) => {
                let constant = constant(&name, &value);
                self.graph.proto_mut().initializer.push(constant);
            }
            None => self.cast(tensor, &name, DataType::Float16),
        }
        self.halves.insert(tensor.to_owned(), name.clone());
        name
    }

    /// Gives a tensor that arises as f16 its f32 form, under its own name.
    fn restore(&mut self, tensor: &str) {
        if !self.arisen.contains(tensor) || !self.restored.insert(tensor.to_owned()) {
            return;
        }
        if let Some(half) = self.halves.get(tensor).cloned() {
            self.cast(&half, tensor, DataType::Float);
        }
    }

    fn cast(&mut self, from: &str, to: &str, element: DataType) {
        let mut node = attributes::node("Cast", &[from], to);
        // Another node may be named as the tensor.
        node.name = format!("half/cast/{}", self.nodes.len());
        attributes::set_int(&mut node, "to", element as i64);
        self.nodes.push(node);
    }
}

/// Whether f16 holds a constant: nothing becomes infinite, and a number that stands alone (a factor, an epsilon) keeps
/// its bits.
fn fits(constant: &Tensor) -> bool {
    let Some(values) = constant.as_f32() else {
        return true;
    };
    let is_held = |&value: &f32| f16::from_f32(value).is_finite();
    let is_normal = |value: f32| value == 0.0 || f16::from_f32(value).is_normal();
    match values {
        [value] => is_held(value) && is_normal(*value),
        values => values.iter().all(is_held),
    }
}

/// A constant of f32 as one of f16, each value to the nearest.
fn constant(name: &str, value: &Tensor) -> TensorProto {
    let values = value.as_f32().unwrap_or_default().iter();
    TensorProto {
        name: name.to_owned(),
        dims: value.shape().iter().map(|&size| size as i64).collect(),
        data_type: DataType::Float16 as i32,
        raw_data: values
            .flat_map(|&value| f16::from_f32(value).to_le_bytes())
            .collect(),
        ..TensorProto::default()
    }
}
