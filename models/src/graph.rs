//! Rewrites ONNX graphs: what imported networks need before they can stream, repeat and run in less time.
//!
//! A graph is edited as the protobuf that it is ([`Graph`]); every rewriting is checked by running both graphs.
//!
//! - [`fold_weights`]: weights that the exporter left as arithmetic become constants;
//! - [`plain_layers`]: paddings and cuts beside convolutions become their own;
//! - [`planar`]: convolutions along time become two-dimensional ones, which ONNX Runtime computes faster;
//! - [`RandomInput`]: nodes that draw random numbers become inputs, so that a seed decides them;
//! - [`free_randomness`]: the same where durations decide how many numbers are drawn;
//! - [`Cut`]: a synthesizer is parted between flow and generator, a speech network before its vocoder;
//! - [`EncoderCut`]: a content encoder is parted between its convolutions and its transformer;
//! - [`Context`]: the frames around a frame that its audio depends on;
//! - [`StreamedGenerator`]: the generator's convolutions get their past as state, so that no sample is made twice;
//! - [`quantise()`]: layers compute with eight bits, those that hurt stay float ([`Choice`]);
//! - [`half()`]: layers compute with sixteen bits, what needs its bits stays f32;
//! - [`VariantError`]: what a rewriting does to the audio.

mod attributes;
mod constants;
mod context;
mod cut;
mod drawn;
mod encoder_cut;
mod error;
mod fold;
mod half;
mod plain_layers;
mod planar;
mod probe;
mod quantise;
mod random;
mod reach;
mod repeat;
mod source;
mod speech_cut;
mod streamed;
#[cfg(test)]
mod tests;
mod variant_error;

use std::collections::{HashMap, HashSet};

use prost::Message;
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, TensorShapeProto, TypeProto, ValueInfoProto, tensor_proto,
    tensor_shape_proto::{Dimension, dimension::Value as Size},
    type_proto::{self, Value as Type},
};

pub use context::Context;
pub use cut::{Cut, CutTensor};
pub use drawn::free_randomness;
pub use encoder_cut::{EncoderCut, EncoderShape};
pub(crate) use encoder_cut::{MEAN, SHARE, SQUARE};
pub use error::GraphError;
pub use fold::fold_weights;
pub use half::{half, half_serves, too_wide};
pub use plain_layers::plain_layers;
pub use planar::planar;
pub use probe::{Extent, Feeds, probe};
pub use quantise::{
    Choice, ChoiceBound, Feed, Granularity, Layer, LayerKind, QuantiseOptions, Range, Ranges,
    load_quantised, quantise,
};
pub use random::{Distribution, RandomInput, expose_randomness};
pub use source::SourceMix;
pub use speech_cut::{SymbolFeeds, give_also};
pub use streamed::{StateTensor, StreamedGenerator, StreamedShape};
pub use variant_error::VariantError;

use crate::error::LoadError;
use crate::model::{ElementType, Model, Tensor, TensorSpec};
use crate::runtime::{Device, OnnxSession, Runtime};

/// An ONNX graph that can be edited.
#[derive(Clone)]
pub struct Graph {
    name: String,
    model: ModelProto,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph")
            .field("name", &self.name)
            .field("nodes", &self.nodes().len())
            .finish_non_exhaustive()
    }
}

impl Graph {
    /// Decodes a graph; `name` (a file or role) is for messages.
    ///
    /// # Errors
    /// If it is no ONNX file, or keeps data in other files.
    pub fn decode(name: &str, onnx: &[u8]) -> Result<Graph, LoadError> {
        let model = crate::runtime::decode(name, onnx)?;
        Ok(Graph {
            name: name.to_owned(),
            model,
        })
    }

    /// A graph of nothing.
    pub(crate) fn empty(name: &str) -> Graph {
        Graph {
            name: name.to_owned(),
            model: ModelProto::default(),
        }
    }

    /// The graph as an ONNX file.
    pub fn encode(&self) -> Vec<u8> {
        self.model.encode_to_vec()
    }

    /// What it is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Loads it, on the backend of `runtime` and `device`.
    ///
    /// # Errors
    /// If the backend refuses it.
    pub fn load(&self, runtime: &Runtime, device: Device) -> Result<OnnxSession, LoadError> {
        runtime.load_any(&self.name, &self.encode(), device)
    }

    /// Runs it once on the CPU; the outputs are in the graph's order.
    ///
    /// # Errors
    /// If the backend refuses or fails it.
    pub fn run(
        &self,
        runtime: &Runtime,
        inputs: &[(&str, &Tensor)],
    ) -> Result<Vec<Tensor>, GraphError> {
        let mut session = self.load(runtime, Device::Cpu)?;
        Ok(session.run(inputs)?)
    }

    /// Inputs and outputs, in the graph's order.
    ///
    /// # Errors
    /// If one of them is no tensor of f32 or i64 with a rank.
    pub fn specs(&self) -> Result<(Vec<TensorSpec>, Vec<TensorSpec>), LoadError> {
        crate::runtime::specs(&self.name, &self.model)
    }

    /// What the exporter wrote beside the graph.
    pub fn metadata(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.model.metadata_props.iter();
        entries.map(|entry| (entry.key.as_str(), entry.value.as_str()))
    }

    /// The newest version of the standard operators that it asks for.
    pub fn opset(&self) -> i64 {
        let sets = self.model.opset_import.iter();
        sets.filter(|set| set.domain.is_empty() || set.domain == "ai.onnx")
            .map(|set| set.version)
            .max()
            .unwrap_or(0)
    }

    pub(crate) fn proto(&self) -> &GraphProto {
        // `decode` refuses a model without a graph.
        const EMPTY: &GraphProto = &GraphProto {
            node: Vec::new(),
            name: String::new(),
            initializer: Vec::new(),
            sparse_initializer: Vec::new(),
            doc_string: String::new(),
            input: Vec::new(),
            output: Vec::new(),
            value_info: Vec::new(),
            quantization_annotation: Vec::new(),
        };
        self.model.graph.as_ref().unwrap_or(EMPTY)
    }

    pub(crate) fn proto_mut(&mut self) -> &mut GraphProto {
        self.model.graph.get_or_insert_default()
    }

    /// The nodes, producers before consumers.
    pub fn nodes(&self) -> &[NodeProto] {
        &self.proto().node
    }

    /// Which node gives each tensor.
    pub(crate) fn producers(&self) -> HashMap<&str, usize> {
        let nodes = self.nodes().iter().enumerate();
        nodes
            .flat_map(|(index, node)| node.output.iter().map(move |name| (name.as_str(), index)))
            .collect()
    }

    /// A tensor name that nothing has yet.
    pub(crate) fn fresh(&self, wanted: &str) -> String {
        let graph = self.proto();
        let nodes = graph.node.iter().flat_map(|node| &node.output);
        let taken: HashSet<&str> = nodes
            .map(String::as_str)
            .chain(graph.initializer.iter().map(|tensor| tensor.name.as_str()))
            .chain(graph.input.iter().map(|info| info.name.as_str()))
            .collect();
        let numbered = (1..).map(|number| format!("{wanted}_{number}"));
        std::iter::once(wanted.to_owned())
            .chain(numbered)
            .find(|name| !taken.contains(name.as_str()))
            .unwrap_or_default()
    }

    /// The part of the graph between `inputs` and `outputs`; what stands before the inputs is left away.
    ///
    /// # Errors
    /// If an output needs an input of the graph that is not among `inputs`.
    pub(crate) fn extract(
        &self,
        name: &str,
        inputs: Vec<ValueInfoProto>,
        outputs: Vec<ValueInfoProto>,
    ) -> Result<Graph, GraphError> {
        let needed = self.needed(&inputs, &outputs)?;
        let mut part = self.clone();
        part.name = name.to_owned();
        let graph = part.proto_mut();
        let mut index = 0;
        graph.node.retain(|_| {
            index += 1;
            needed.contains(&(index - 1))
        });
        graph.input = inputs;
        graph.output = outputs;
        graph.value_info.clear();
        part.drop_unused_constants();
        Ok(part)
    }

    /// The nodes between `inputs` and `outputs`.
    fn needed(
        &self,
        inputs: &[ValueInfoProto],
        outputs: &[ValueInfoProto],
    ) -> Result<HashSet<usize>, GraphError> {
        let producers = self.producers();
        let constants: HashSet<&str> = self
            .proto()
            .initializer
            .iter()
            .map(|tensor| tensor.name.as_str())
            .collect();
        let given: HashSet<&str> = inputs.iter().map(|info| info.name.as_str()).collect();
        let mut open: Vec<&str> = outputs.iter().map(|info| info.name.as_str()).collect();
        let mut needed = HashSet::new();
        while let Some(tensor) = open.pop() {
            if tensor.is_empty() || given.contains(tensor) || constants.contains(tensor) {
                continue;
            }
            let Some(&index) = producers.get(tensor) else {
                return Err(GraphError::Structure {
                    graph: self.name.clone(),
                    expected: format!(
                        "a part that needs {} alone",
                        inputs
                            .iter()
                            .map(|info| info.name.as_str())
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                    found: format!("it needs {tensor} too"),
                });
            };
            if needed.insert(index) {
                open.extend(references(&self.nodes()[index]));
            }
        }
        Ok(needed)
    }

    /// Leaves away nodes that no output needs, and constants that no node needs.
    pub(crate) fn prune(&mut self) -> Result<(), GraphError> {
        let (inputs, outputs) = (self.proto().input.clone(), self.proto().output.clone());
        let name = self.name.clone();
        *self = self.extract(&name, inputs, outputs)?;
        Ok(())
    }

    fn drop_unused_constants(&mut self) {
        let graph = self.proto_mut();
        let used: HashSet<String> = graph
            .node
            .iter()
            .flat_map(references)
            .map(str::to_owned)
            .chain(graph.output.iter().map(|info| info.name.clone()))
            .collect();
        graph
            .initializer
            .retain(|tensor| used.contains(&tensor.name));
    }
}

/// The tensors that a node reads, those that its nested graphs read from outside among them.
pub(crate) fn references(node: &NodeProto) -> Vec<&str> {
    let nested = node
        .attribute
        .iter()
        .flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs))
        .flat_map(|graph| graph.node.iter().flat_map(references));
    let own = node.input.iter().map(String::as_str);
    own.chain(nested).filter(|name| !name.is_empty()).collect()
}

/// Declares an input or output.
pub(crate) fn declare(name: &str, element: ElementType, shape: &[Option<usize>]) -> ValueInfoProto {
    let dimension = |(axis, size): (usize, &Option<usize>)| Dimension {
        denotation: String::new(),
        value: Some(match size {
            Some(size) => Size::DimValue(*size as i64),
            None => Size::DimParam(format!("{name}_{axis}")),
        }),
    };
    let element = match element {
        ElementType::F32 => tensor_proto::DataType::Float,
        ElementType::I64 => tensor_proto::DataType::Int64,
    };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            denotation: String::new(),
            value: Some(Type::TensorType(type_proto::Tensor {
                elem_type: element as i32,
                shape: Some(TensorShapeProto {
                    dim: shape.iter().enumerate().map(dimension).collect(),
                }),
            })),
        }),
        doc_string: String::new(),
    }
}
