//! What an ONNX file says about itself, without running it.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use tract_onnx::pb::{
    GraphProto, NodeProto, TensorProto, ValueInfoProto, tensor_proto::DataType,
    tensor_shape_proto::dimension::Value as Size, type_proto::Value as Type,
};

use super::speaker_table;
use crate::error::LoadError;
use crate::graph::Graph;
use crate::model::TensorSpec;

/// Operators that draw random numbers.
const RANDOM: [&str; 6] = [
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
    "Multinomial",
    "Bernoulli",
];

/// An input or output as declared, of any element type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphTensor {
    /// The name in the graph.
    pub name: String,
    /// The element type, such as `f32`, `f16` or `i64`.
    pub element: String,
    /// The dimensions, outermost first; `None` is free at run time. Empty too where no rank is declared.
    pub shape: Vec<Option<usize>>,
}

impl fmt::Display for GraphTensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = |size: &Option<usize>| size.map_or("?".to_owned(), |size| size.to_string());
        let sizes: Vec<String> = self.shape.iter().map(size).collect();
        write!(f, "{} {}[{}]", self.name, self.element, sizes.join(", "))
    }
}

/// What an ONNX file says about itself.
#[derive(Clone, Debug)]
pub struct GraphFacts {
    /// The inputs, without constants.
    pub inputs: Vec<GraphTensor>,
    /// The outputs.
    pub outputs: Vec<GraphTensor>,
    /// What the exporter wrote beside the graph.
    pub metadata: BTreeMap<String, String>,
    /// The newest version of the standard operators that it asks for.
    pub opset: i64,
    /// How often each operator stands in it, nested graphs included.
    pub operators: BTreeMap<String, usize>,
    /// How many speakers it knows, where it takes one by number.
    pub speakers: Option<usize>,
    /// How many numbers its weights have.
    pub parameters: u64,
    /// How many bytes they take.
    pub weight_bytes: u64,
    /// Inputs and outputs in the types that voices have, or why they are none.
    specs: Result<(Vec<TensorSpec>, Vec<TensorSpec>), String>,
}

impl GraphFacts {
    /// Reads them; `name` (a file or role) is for messages.
    ///
    /// # Errors
    /// If it is no ONNX file, or keeps data in other files.
    pub fn read(name: &str, onnx: &[u8]) -> Result<GraphFacts, LoadError> {
        let graph = Graph::decode(name, onnx)?;
        let proto = graph.proto();
        let constants: HashSet<&str> = proto
            .initializer
            .iter()
            .map(|tensor| tensor.name.as_str())
            .collect();
        let fed = |info: &&ValueInfoProto| !constants.contains(info.name.as_str());
        let mut facts = GraphFacts {
            inputs: proto.input.iter().filter(fed).map(tensor).collect(),
            outputs: proto.output.iter().map(tensor).collect(),
            metadata: graph
                .metadata()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            opset: graph.opset(),
            operators: BTreeMap::new(),
            speakers: speaker_table::speakers(proto),
            parameters: 0,
            weight_bytes: 0,
            specs: graph.specs().map_err(|error| error.to_string()),
        };
        facts.count(proto);
        Ok(facts)
    }

    /// The inputs and outputs in the types that voices have.
    ///
    /// # Errors
    /// If one is of another type or declares no rank; the text says which.
    pub fn specs(&self) -> Result<(&[TensorSpec], &[TensorSpec]), &str> {
        match &self.specs {
            Ok((inputs, outputs)) => Ok((inputs, outputs)),
            Err(reason) => Err(reason),
        }
    }

    /// The operators that draw random numbers, with how often each stands in the graph.
    pub fn random(&self) -> impl Iterator<Item = (&str, usize)> {
        let all = self.operators.iter();
        all.filter(|(name, _)| RANDOM.contains(&name.as_str()))
            .map(|(name, count)| (name.as_str(), *count))
    }

    fn count(&mut self, graph: &GraphProto) {
        for weight in &graph.initializer {
            self.weigh(weight);
        }
        for node in &graph.node {
            *self.operators.entry(operator(node)).or_default() += 1;
            for attribute in &node.attribute {
                attribute.t.iter().for_each(|constant| self.weigh(constant));
                // The decoder bounds how deep graphs nest.
                let nested = attribute.g.iter().chain(&attribute.graphs);
                nested.for_each(|graph| self.count(graph));
            }
        }
    }

    fn weigh(&mut self, weight: &TensorProto) {
        let size = |size: &i64| u64::try_from(*size).unwrap_or(0);
        let count = weight.dims.iter().map(size).fold(1, u64::saturating_mul);
        let bytes = match DataType::try_from(weight.data_type) {
            Ok(DataType::Int64 | DataType::Double | DataType::Uint64) => 8,
            Ok(DataType::Float16 | DataType::Bfloat16 | DataType::Int16 | DataType::Uint16) => 2,
            Ok(DataType::Int8 | DataType::Uint8 | DataType::Bool) => 1,
            _ => 4,
        };
        self.parameters = self.parameters.saturating_add(count);
        let bytes = count.saturating_mul(bytes);
        self.weight_bytes = self.weight_bytes.saturating_add(bytes);
    }
}

fn operator(node: &NodeProto) -> String {
    match node.domain.as_str() {
        "" | "ai.onnx" => node.op_type.clone(),
        domain => format!("{domain}.{}", node.op_type),
    }
}

fn tensor(info: &ValueInfoProto) -> GraphTensor {
    let value = info.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    let Some(Type::TensorType(tensor)) = value else {
        return GraphTensor {
            name: info.name.clone(),
            element: "no tensor".to_owned(),
            shape: Vec::new(),
        };
    };
    let size = |value: &Option<Size>| match value {
        Some(Size::DimValue(size)) => usize::try_from(*size).ok(),
        _ => None,
    };
    let dimensions = tensor.shape.iter().flat_map(|shape| &shape.dim);
    GraphTensor {
        name: info.name.clone(),
        element: element(tensor.elem_type),
        shape: dimensions.map(|dimension| size(&dimension.value)).collect(),
    }
}

fn element(code: i32) -> String {
    match DataType::try_from(code) {
        Ok(DataType::Float) => "f32".to_owned(),
        Ok(DataType::Float16) => "f16".to_owned(),
        Ok(DataType::Double) => "f64".to_owned(),
        Ok(DataType::Int64) => "i64".to_owned(),
        Ok(DataType::Int32) => "i32".to_owned(),
        Ok(other) => format!("{other:?}").to_lowercase(),
        Err(_) => format!("type {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_says_what_it_is() {
        let onnx = include_bytes!("../../../tests/golden/sovits/v40_random.onnx");
        let facts = GraphFacts::read("voice.onnx", onnx).unwrap();
        let names: Vec<&str> = facts
            .inputs
            .iter()
            .map(|input| input.name.as_str())
            .collect();
        assert_eq!(names, ["c", "f0", "mel2ph", "uv", "noise", "sid"]);
        assert_eq!(facts.outputs[0].name, "audio");
        assert_eq!(facts.speakers, Some(3));
        assert!(facts.random().any(|(name, _)| name.starts_with("Random")));
        assert!(facts.weight_bytes < onnx.len() as u64);
        // Most of the file is its weights.
        assert!(
            facts.weight_bytes > onnx.len() as u64 / 3,
            "{}",
            facts.weight_bytes
        );
    }

    #[test]
    fn half_floats_are_said() {
        let onnx = include_bytes!("../../tests/golden/graphs/hostile/half_floats.onnx");
        let facts = GraphFacts::read("half.onnx", onnx).unwrap();
        let all = facts.inputs.iter().chain(&facts.outputs);
        assert!(all.clone().any(|tensor| tensor.element == "f16"));
        assert!(facts.specs().unwrap_err().contains("Float16"));
    }
}
