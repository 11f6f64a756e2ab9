//! Turns nodes that draw random numbers into inputs, where nobody can say beforehand how many are drawn.

use tract_onnx::pb::NodeProto;

use super::random::{self, Distribution, RandomInput};
use super::speech_cut::SymbolFeeds;
use super::speech_cut::{SIZES, shapes_at_sizes};
use super::{Extent, Graph, GraphError, attributes, declare};
use crate::model::{ElementType, Tensor};
use crate::runtime::Runtime;

/// Turns every node that draws random numbers into an input `random_0`, `random_1`, .. of any length, so that a seed
/// decides what comes out. Durations decide how many numbers a speech network draws, and it makes them itself: the
/// graph takes as many as it needs from the start of its input, and begins anew where that is too short.
///
/// In the answer, an axis of free length has one [`Extent::per_frame`].
///
/// # Errors
/// If a node lies in a nested graph or draws anything but floats, or more than one of its axes gets longer with the text.
pub fn free_randomness(
    graph: &mut Graph,
    feeds: SymbolFeeds<'_>,
    runtime: &Runtime,
) -> Result<Vec<RandomInput>, GraphError> {
    random::refuse_nested(graph)?;
    let nodes = graph.nodes().iter();
    let drawing: Vec<NodeProto> = nodes.filter(|node| random::draws(node)).cloned().collect();
    if drawing.is_empty() {
        return Ok(Vec::new());
    }
    let drawn: Vec<String> = drawing.iter().map(|node| node.output[0].clone()).collect();
    let shapes = shapes_at_sizes(graph, &drawn, feeds, runtime)?;
    let mut inputs = Vec::new();
    for (number, (node, shapes)) in drawing.iter().zip(&shapes).enumerate() {
        let name = graph.fresh(&format!("random_{number}"));
        let input = RandomInput {
            name,
            distribution: Distribution::of(node),
            shape: extents(graph, node, shapes)?,
        };
        replace(graph, node, &input);
        inputs.push(input);
    }
    graph.prune()?;
    Ok(inputs)
}

/// The dimensions, of which one may be free.
fn extents(
    graph: &Graph,
    node: &NodeProto,
    shapes: &[Vec<usize>; 2],
) -> Result<Vec<Extent>, GraphError> {
    let [short, long] = shapes;
    let pairs = short.iter().zip(long);
    let extents: Vec<Extent> = pairs
        .map(|(short, long)| Extent {
            per_frame: usize::from(short != long),
            fixed: if short == long { *short } else { 0 },
        })
        .collect();
    let free = extents.iter().filter(|extent| extent.per_frame > 0).count();
    if short.len() == long.len() && free <= 1 {
        return Ok(extents);
    }
    Err(GraphError::Structure {
        graph: graph.name().to_owned(),
        expected: format!(
            "{} {:?} to get longer along one axis at most",
            node.op_type, node.name
        ),
        found: format!("{shapes:?} with {SIZES:?} symbols"),
    })
}

/// Puts what is taken from `input` in the place of `node`.
fn replace(graph: &mut Graph, node: &NodeProto, input: &RandomInput) {
    let sizes: Vec<Option<usize>> = input
        .shape
        .iter()
        .map(|extent| (extent.per_frame == 0).then_some(extent.fixed))
        .collect();
    let declared = declare(&input.name, ElementType::F32, &sizes);
    let axis = input.shape.iter().position(|extent| extent.per_frame > 0);
    let like = node.op_type.ends_with("Like");
    let taken = match (axis, like) {
        (Some(axis), true) => taken(graph, node, &input.name, axis),
        _ => vec![attributes::node(
            "Identity",
            &[&input.name],
            &node.output[0],
        )],
    };
    let proto = graph.proto_mut();
    proto.input.push(declared);
    if let Some(place) = proto
        .node
        .iter()
        .position(|other| other.output == node.output)
    {
        proto.node.splice(place..=place, taken);
    }
}

/// As many numbers as the tensor has that `node` was to be like: those at `0, 1, .. % length`.
fn taken(graph: &mut Graph, node: &NodeProto, input: &str, axis: usize) -> Vec<NodeProto> {
    let mut scalar = |wanted: &str, value: i64| {
        let wanted = format!("{input}_{wanted}");
        graph.add_constant(&wanted, &Tensor::i64(&[], vec![value]))
    };
    let (zero, one, number) = (
        scalar("zero", 0),
        scalar("one", 1),
        scalar("axis", axis as i64),
    );
    let name = |part: &str| format!("{input}_{part}");
    let link = |operator: &str, inputs: &[&str], output: &str| {
        attributes::node(operator, inputs, &name(output))
    };
    let mut gather = attributes::node("Gather", &[input, &name("places")], &node.output[0]);
    attributes::set_int(&mut gather, "axis", axis as i64);
    vec![
        link("Shape", &[&node.input[0]], "like"),
        link("Gather", &[&name("like"), &number], "count"),
        link("Shape", &[input], "shape"),
        link("Gather", &[&name("shape"), &number], "length"),
        link("Range", &[&zero, &name("count"), &one], "counted"),
        link("Mod", &[&name("counted"), &name("length")], "places"),
        gather,
    ]
}
