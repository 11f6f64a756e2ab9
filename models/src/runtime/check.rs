//! Checks an ONNX file before a backend sees it, without copying its weights.
//!
//! The messages below are those of ONNX's `onnx.proto` with the fields that the check reads. What they leave out is
//! passed over by its length, so that a file of 377 MB is checked in a millisecond and none of its weights is copied.

use prost::Message;

use super::Backend;
use crate::error::LoadError;

/// Refuses what is no well-formed ONNX file, has no outputs, or keeps data in other files.
///
/// The decoder's own recursion limit (100) bounds how deep graphs nest.
pub(super) fn check(model: &str, backend: Backend, onnx: &[u8]) -> Result<(), LoadError> {
    let refuse = |reason: String| LoadError::Graph {
        model: model.to_owned(),
        backend,
        reason: format!("not an ONNX file: {reason}"),
    };
    let file = File::decode(onnx).map_err(|error| refuse(error.to_string()))?;
    // Protobuf has no signature, so garbage can decode to an empty message.
    let graph = file.graph.as_ref();
    if graph.is_none_or(|graph| graph.outputs.is_empty()) {
        return Err(refuse("no graph with outputs in it".to_owned()));
    }
    match file.first_external() {
        None => Ok(()),
        Some(tensor) => Err(LoadError::ExternalData {
            model: model.to_owned(),
            tensor: tensor.name.clone(),
            location: tensor.location(),
        }),
    }
}

/// `ModelProto`.
#[derive(Message)]
struct File {
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "20")]
    training: Vec<Training>,
    #[prost(message, repeated, tag = "25")]
    functions: Vec<Function>,
}

/// `TrainingInfoProto`.
#[derive(Message)]
struct Training {
    #[prost(message, optional, tag = "1")]
    initialization: Option<Graph>,
    #[prost(message, optional, tag = "2")]
    algorithm: Option<Graph>,
}

/// `FunctionProto`.
#[derive(Message)]
struct Function {
    #[prost(message, repeated, tag = "7")]
    nodes: Vec<Node>,
    /// Attributes with default values.
    #[prost(message, repeated, tag = "11")]
    defaults: Vec<Attribute>,
}

/// `GraphProto`.
#[derive(Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    nodes: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    initializers: Vec<Tensor>,
    #[prost(message, repeated, tag = "12")]
    outputs: Vec<Anything>,
    #[prost(message, repeated, tag = "15")]
    sparse_initializers: Vec<SparseTensor>,
}

/// A message of which only its being there counts.
#[derive(Message)]
struct Anything {}

/// `NodeProto`.
#[derive(Message)]
struct Node {
    #[prost(message, repeated, tag = "5")]
    attributes: Vec<Attribute>,
}

/// `AttributeProto`.
#[derive(Message)]
struct Attribute {
    #[prost(message, optional, tag = "5")]
    tensor: Option<Tensor>,
    #[prost(message, optional, tag = "6")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "10")]
    tensors: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    graphs: Vec<Graph>,
    #[prost(message, optional, tag = "22")]
    sparse_tensor: Option<SparseTensor>,
    #[prost(message, repeated, tag = "23")]
    sparse_tensors: Vec<SparseTensor>,
}

/// `SparseTensorProto`.
#[derive(Message)]
struct SparseTensor {
    #[prost(message, optional, tag = "1")]
    values: Option<Tensor>,
    #[prost(message, optional, tag = "2")]
    indices: Option<Tensor>,
}

/// `TensorProto`.
#[derive(Message)]
struct Tensor {
    #[prost(string, tag = "8")]
    name: String,
    #[prost(message, repeated, tag = "13")]
    external_data: Vec<Entry>,
    #[prost(int32, tag = "14")]
    data_location: i32,
}

/// `StringStringEntryProto`.
#[derive(Message)]
struct Entry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

impl File {
    /// The first tensor that refers to another file, in graphs, nested graphs and functions.
    fn first_external(&self) -> Option<&Tensor> {
        let training = self
            .training
            .iter()
            .flat_map(|info| info.initialization.iter().chain(&info.algorithm));
        let graphs = self.graph.iter().chain(training);
        graphs
            .filter_map(Graph::first_external)
            .chain(self.functions.iter().filter_map(Function::first_external))
            .next()
    }
}

impl Function {
    fn first_external(&self) -> Option<&Tensor> {
        let in_nodes = self.nodes.iter().find_map(Node::first_external);
        in_nodes.or_else(|| self.defaults.iter().find_map(Attribute::first_external))
    }
}

impl Graph {
    fn first_external(&self) -> Option<&Tensor> {
        let sparse = self.sparse_initializers.iter();
        let mut dense = self
            .initializers
            .iter()
            .chain(sparse.flat_map(SparseTensor::parts));
        dense
            .find(|tensor| tensor.is_external())
            .or_else(|| self.nodes.iter().find_map(Node::first_external))
    }
}

impl Node {
    fn first_external(&self) -> Option<&Tensor> {
        self.attributes.iter().find_map(Attribute::first_external)
    }
}

impl Attribute {
    fn first_external(&self) -> Option<&Tensor> {
        let sparse = self.sparse_tensor.iter().chain(&self.sparse_tensors);
        let mut tensors = self
            .tensor
            .iter()
            .chain(&self.tensors)
            .chain(sparse.flat_map(SparseTensor::parts));
        let mut graphs = self.graph.iter().chain(&self.graphs);
        tensors
            .find(|tensor| tensor.is_external())
            .or_else(|| graphs.find_map(Graph::first_external))
    }
}

impl SparseTensor {
    fn parts(&self) -> impl Iterator<Item = &Tensor> {
        self.values.iter().chain(&self.indices)
    }
}

impl Tensor {
    /// Anything but "in this file" counts, and so does a path without the flag: no reader should be tempted.
    fn is_external(&self) -> bool {
        self.data_location != 0 || !self.external_data.is_empty()
    }

    fn location(&self) -> String {
        let mut entries = self.external_data.iter();
        let entry = entries.find(|entry| entry.key == "location");
        entry.map_or_else(|| "no location".to_owned(), |entry| entry.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use tract_onnx::pb::{
        AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, SparseTensorProto,
        StringStringEntryProto, TensorProto, TrainingInfoProto, ValueInfoProto,
    };

    use super::*;

    fn elsewhere() -> TensorProto {
        TensorProto {
            name: "w".to_owned(),
            raw_data: vec![7; 100],
            external_data: vec![StringStringEntryProto {
                key: "location".to_owned(),
                value: "secret.bin".to_owned(),
            }],
            ..TensorProto::default()
        }
    }

    fn sparse(dense: bool) -> SparseTensorProto {
        SparseTensorProto {
            values: (!dense).then(elsewhere),
            indices: dense.then(elsewhere),
            dims: vec![1],
        }
    }

    fn node(attribute: AttributeProto) -> NodeProto {
        NodeProto {
            attribute: vec![AttributeProto::default(), attribute],
            ..NodeProto::default()
        }
    }

    fn graph(nodes: Vec<NodeProto>) -> GraphProto {
        GraphProto {
            node: nodes,
            output: vec![ValueInfoProto::default()],
            initializer: vec![TensorProto {
                raw_data: vec![1; 1000],
                ..TensorProto::default()
            }],
            ..GraphProto::default()
        }
    }

    fn model(graph: GraphProto) -> ModelProto {
        ModelProto {
            graph: Some(graph),
            ..ModelProto::default()
        }
    }

    fn checked(model: &ModelProto) -> Result<(), LoadError> {
        check("net", Backend::Tract, &model.encode_to_vec())
    }

    /// Every place of the format where a tensor can stand.
    fn places() -> Vec<(&'static str, ModelProto)> {
        let attribute = |set: fn(&mut AttributeProto)| {
            let mut attribute = AttributeProto::default();
            set(&mut attribute);
            model(graph(vec![NodeProto::default(), node(attribute)]))
        };
        let mut initializer = graph(Vec::new());
        initializer.initializer.push(elsewhere());
        let mut sparse_values = graph(Vec::new());
        sparse_values.sparse_initializer.push(sparse(false));
        let mut sparse_indices = graph(Vec::new());
        sparse_indices.sparse_initializer.push(sparse(true));
        let external = initializer.clone();
        let function = FunctionProto {
            node: vec![node(AttributeProto {
                t: Some(elsewhere()),
                ..AttributeProto::default()
            })],
            ..FunctionProto::default()
        };
        let with = |set: &dyn Fn(&mut ModelProto)| {
            let mut model = model(graph(Vec::new()));
            set(&mut model);
            model
        };
        let training = |initialization: bool| TrainingInfoProto {
            initialization: initialization.then(|| external.clone()),
            algorithm: (!initialization).then(|| external.clone()),
            ..TrainingInfoProto::default()
        };
        vec![
            ("initializer", model(initializer.clone())),
            ("values", model(sparse_values)),
            ("indices", model(sparse_indices)),
            ("t", attribute(|a| a.t = Some(elsewhere()))),
            ("tensors", attribute(|a| a.tensors.push(elsewhere()))),
            (
                "sparse_tensor",
                attribute(|a| a.sparse_tensor = Some(sparse(true))),
            ),
            (
                "sparse_tensors",
                attribute(|a| a.sparse_tensors.push(sparse(false))),
            ),
            (
                "g",
                attribute(|a| {
                    let mut nested = graph(Vec::new());
                    nested.initializer.push(elsewhere());
                    a.g = Some(nested);
                }),
            ),
            (
                "graphs",
                attribute(|a| {
                    let inner = node(AttributeProto {
                        t: Some(elsewhere()),
                        ..AttributeProto::default()
                    });
                    a.graphs.push(graph(vec![inner]));
                }),
            ),
            (
                "function",
                with(&|model| model.functions.push(function.clone())),
            ),
            (
                "initialization",
                with(&|model| model.training_info.push(training(true))),
            ),
            (
                "algorithm",
                with(&|model| model.training_info.push(training(false))),
            ),
        ]
    }

    #[test]
    fn data_elsewhere_is_found_wherever_a_tensor_can_stand() {
        checked(&model(graph(vec![node(AttributeProto::default())]))).unwrap();
        for (place, model) in places() {
            match checked(&model) {
                Err(LoadError::ExternalData {
                    tensor, location, ..
                }) => assert_eq!((tensor.as_str(), location.as_str()), ("w", "secret.bin")),
                other => panic!("{place}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_flag_without_a_path_counts_too() {
        let mut flagged = graph(Vec::new());
        flagged.initializer[0].data_location = Some(1);
        let error = checked(&model(flagged)).unwrap_err().to_string();
        assert!(error.contains("no location"), "{error}");
    }

    #[test]
    fn an_attribute_with_a_default_is_looked_at() {
        // tract's messages do not know this field, so it is written by hand: functions (25), attributes (11).
        let default = AttributeProto {
            t: Some(elsewhere()),
            ..AttributeProto::default()
        }
        .encode_to_vec();
        let field = |tag: u32, content: &[u8]| {
            let mut bytes = Vec::new();
            prost::encoding::encode_key(
                tag,
                prost::encoding::WireType::LengthDelimited,
                &mut bytes,
            );
            prost::encoding::encode_varint(content.len() as u64, &mut bytes);
            bytes.extend_from_slice(content);
            bytes
        };
        let mut onnx = model(graph(Vec::new())).encode_to_vec();
        onnx.extend(field(25, &field(11, &default)));
        let error = check("net", Backend::Tract, &onnx).unwrap_err();
        assert!(matches!(error, LoadError::ExternalData { .. }), "{error:?}");
    }

    #[test]
    fn a_graph_without_outputs_is_none() {
        let empty = model(GraphProto::default());
        for found in [ModelProto::default(), empty] {
            let error = checked(&found).unwrap_err().to_string();
            assert!(error.contains("no graph with outputs"), "{error}");
        }
    }

    #[test]
    fn a_file_cut_short_is_refused_like_one_decoded_whole() {
        let whole = model(graph(vec![node(AttributeProto::default())])).encode_to_vec();
        for length in 0..whole.len() {
            let cut = &whole[..length];
            let decoded = ModelProto::decode(cut)
                .is_ok_and(|model| model.graph.is_some_and(|graph| !graph.output.is_empty()));
            assert_eq!(
                check("net", Backend::Tract, cut).is_ok(),
                decoded,
                "{length} of {} bytes",
                whole.len()
            );
        }
    }
}
