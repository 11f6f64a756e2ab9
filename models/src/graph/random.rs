//! Turns nodes that draw random numbers into inputs.

use serde::{Deserialize, Serialize};
use tract_onnx::pb::NodeProto;

use super::{Extent, Feeds, Graph, GraphError, attributes, declare, probe};
use crate::model::{ElementType, Tensor};
use crate::runtime::Runtime;

/// How random numbers are spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distribution {
    /// The normal distribution.
    Normal {
        /// Its mean.
        mean: f32,
        /// Its standard deviation.
        deviation: f32,
    },
    /// Evenly from `low` to `high`.
    Uniform {
        /// The least value.
        low: f32,
        /// The bound above.
        high: f32,
    },
}

/// An input that was a node drawing random numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomInput {
    /// The input's name.
    pub name: String,
    /// What the node drew.
    pub distribution: Distribution,
    /// Its dimensions.
    pub shape: Vec<Extent>,
}

/// Turns every node that draws random numbers into an input `random_0`, `random_1`, .. of the same shape, so that
/// a seed decides what comes out, and backends without such nodes can run the graph.
///
/// # Errors
/// If a node lies in a nested graph or draws anything but floats, or its shape does not follow from the number of
/// frames.
pub fn expose_randomness(
    graph: &mut Graph,
    feeds: Feeds<'_>,
    runtime: &Runtime,
) -> Result<Vec<RandomInput>, GraphError> {
    refuse_nested(graph)?;
    let drawing: Vec<NodeProto> = graph
        .nodes()
        .iter()
        .filter(|node| draws(node))
        .cloned()
        .collect();
    let drawn: Vec<String> = drawing.iter().map(|node| node.output[0].clone()).collect();
    let shapes = probe(graph, &drawn, feeds, runtime)?;
    let mut inputs = Vec::new();
    for (number, (node, shape)) in drawing.iter().zip(shapes).enumerate() {
        let name = graph.fresh(&format!("random_{number}"));
        let sizes: Vec<Option<usize>> = shape
            .iter()
            .map(|extent| (extent.per_frame == 0).then_some(extent.fixed))
            .collect();
        let proto = graph.proto_mut();
        proto.node.retain(|other| other.output != node.output);
        for reader in &mut proto.node {
            reader
                .input
                .iter_mut()
                .filter(|input| **input == node.output[0])
                .for_each(|input| input.clone_from(&name));
        }
        proto.input.push(declare(&name, ElementType::F32, &sizes));
        inputs.push(RandomInput {
            name,
            distribution: Distribution::of(node),
            shape,
        });
    }
    graph.prune()?;
    Ok(inputs)
}

/// Puts zeros in place of random numbers, so that shapes can be found on every backend.
pub(super) fn silence(graph: &mut Graph) {
    if !graph.nodes().iter().any(draws) {
        return;
    }
    let zero = graph.add_constant("no_random", &Tensor::f32(&[], vec![0.0]));
    for node in &mut graph.proto_mut().node {
        if !draws(node) {
            continue;
        }
        if node.op_type.ends_with("Like") {
            node.op_type = "Mul".to_owned();
            node.input.truncate(1);
            node.input.push(zero.clone());
            node.attribute.clear();
        } else {
            let shape = attributes::ints(node, "shape");
            let count: i64 = shape.iter().product();
            let shape: Vec<usize> = shape
                .iter()
                .map(|&size| size.unsigned_abs() as usize)
                .collect();
            let zeros = vec![0.0; count.unsigned_abs() as usize];
            let value = super::constants::write("", &Tensor::f32(&shape, zeros));
            node.op_type = "Constant".to_owned();
            node.attribute.clear();
            attributes::set_tensor(node, "value", value);
        }
    }
}

pub(super) fn draws(node: &NodeProto) -> bool {
    matches!(
        node.op_type.as_str(),
        "RandomNormalLike" | "RandomUniformLike" | "RandomNormal" | "RandomUniform"
    )
}

impl Distribution {
    /// What a node draws that [`draws`].
    pub(super) fn of(node: &NodeProto) -> Distribution {
        let float = |name, default| attributes::float(node, name, default);
        if node.op_type.starts_with("RandomNormal") {
            Distribution::Normal {
                mean: float("mean", 0.0),
                deviation: float("scale", 1.0),
            }
        } else {
            Distribution::Uniform {
                low: float("low", 0.0),
                high: float("high", 1.0),
            }
        }
    }
}

/// A random node in a branch or loop has no fixed number of draws; and integers are drawn by none of the exports.
pub(super) fn refuse_nested(graph: &Graph) -> Result<(), GraphError> {
    let others = ["Multinomial", "Bernoulli"];
    let mut nested = graph
        .nodes()
        .iter()
        .flat_map(|node| &node.attribute)
        .flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs))
        .flat_map(|inner| &inner.node);
    let found = nested.find(|node| draws(node)).or_else(|| {
        let mut nodes = graph.nodes().iter();
        nodes.find(|node| others.contains(&node.op_type.as_str()))
    });
    match found {
        None => Ok(()),
        Some(node) => Err(GraphError::Structure {
            graph: graph.name().to_owned(),
            expected: "random numbers from plain RandomNormal and RandomUniform nodes".to_owned(),
            found: format!("{} in {:?}", node.op_type, node.name),
        }),
    }
}
