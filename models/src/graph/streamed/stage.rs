//! Finds the stages of a generator: layers at one rate behind one tensor, which can have their past in common.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::NodeProto;

use crate::graph::reach::Reach;
use crate::graph::{Graph, attributes, references};

/// Operators that read one sample to give one, whatever their constants are.
const POINTWISE: [&str; 11] = [
    "Add",
    "Div",
    "LeakyRelu",
    "Mul",
    "Pow",
    "Relu",
    "Sigmoid",
    "Sin",
    "Sub",
    "Sum",
    "Tanh",
];

/// The fewest convolutions of a stage: one alone has no state to share.
const LEAST_LAYERS: usize = 2;

/// Layers at one rate between the tensor `entry` and the tensor `exit`, all as long as `entry` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stage {
    /// Places of its nodes in the graph.
    pub(super) nodes: Vec<usize>,
    pub(super) entry: String,
    pub(super) exit: String,
    /// Channels of `entry`.
    pub(super) channels: usize,
    /// How many samples of `entry` before and behind a sample of `exit` make a difference.
    pub(super) left: usize,
    pub(super) right: usize,
}

/// A tensor of a stage: how far it sees into the stage's entry.
#[derive(Clone, Copy, Debug)]
struct Sight<'a> {
    entry: &'a str,
    left: usize,
    right: usize,
}

/// The stages of `graph`, in which the tensors `moving` and what is computed from them change in time.
pub(super) fn stages(graph: &Graph, moving: &[&str]) -> Vec<Stage> {
    let mut sights: HashMap<&str, Sight<'_>> = HashMap::new();
    for &name in moving {
        sights.insert(name, entry(name));
    }
    let mut members: Vec<(&str, usize)> = Vec::new();
    for (index, node) in graph.nodes().iter().enumerate() {
        let Some(output) = node.output.first() else {
            continue;
        };
        let read: Vec<Sight<'_>> = references(node)
            .into_iter()
            .filter_map(|name| sights.get(name).copied())
            .collect();
        let Some(first) = read.first() else {
            continue;
        };
        let together = read.iter().all(|sight| sight.entry == first.entry);
        let sight = match own_reach(graph, node).filter(|_| together) {
            Some((left, right)) => {
                members.push((first.entry, index));
                let farthest = |of: fn(&Sight<'_>) -> usize| read.iter().map(of).max().unwrap_or(0);
                Sight {
                    entry: first.entry,
                    left: farthest(|sight| sight.left) + left,
                    right: farthest(|sight| sight.right) + right,
                }
            }
            None => entry(output),
        };
        sights.insert(output, sight);
    }
    let mut found: Vec<&str> = members.iter().map(|(entry, _)| *entry).collect();
    let mut seen = HashSet::new();
    found.retain(|entry| seen.insert(*entry));
    let nodes = |entry| -> Vec<usize> {
        let of_entry = members.iter().filter(|(own, _)| *own == entry);
        of_entry.map(|(_, index)| *index).collect()
    };
    let stage = |entry| stage(graph, entry, nodes(entry), &sights);
    found.into_iter().filter_map(stage).collect()
}

fn entry(name: &str) -> Sight<'_> {
    Sight {
        entry: name,
        left: 0,
        right: 0,
    }
}

/// How far `node` sees to both sides; `None` for what changes the length, or is no layer of a stage.
fn own_reach(graph: &Graph, node: &NodeProto) -> Option<(usize, usize)> {
    if POINTWISE.contains(&node.op_type.as_str()) {
        return Some((0, 0));
    }
    if node.op_type != "Conv" {
        return None;
    }
    let reach = Reach::of(graph, node).ok()?;
    let given = graph.constant(node.input.get(1)?)?.shape()[0];
    let padded: i64 = attributes::ints(node, "pads").iter().sum();
    let same = padded == ((reach.kernel - 1) * reach.dilation) as i64;
    (reach.stride == 1 && same && given == reach.channels).then(|| (reach.left, reach.right()))
}

/// The stage of `nodes`, if only one of its tensors is read by others, and it is worth the name.
fn stage(
    graph: &Graph,
    entry: &str,
    nodes: Vec<usize>,
    sights: &HashMap<&str, Sight<'_>>,
) -> Option<Stage> {
    let layers: Vec<&NodeProto> = nodes.iter().map(|&index| &graph.nodes()[index]).collect();
    let mut convolutions = layers.iter().filter(|node| node.op_type == "Conv");
    let first = convolutions.next()?;
    if convolutions.count() + 1 < LEAST_LAYERS {
        return None;
    }
    let own: HashSet<&str> = layers.iter().map(|node| node.output[0].as_str()).collect();
    let others = graph.nodes().iter().enumerate();
    let others = others.filter(|(index, _)| !nodes.contains(index));
    let given = graph.proto().output.iter().map(|info| info.name.as_str());
    let read: HashSet<&str> = others
        .flat_map(|(_, node)| references(node))
        .chain(given)
        .filter(|name| own.contains(name))
        .collect();
    let exit = *read.iter().next().filter(|_| read.len() == 1)?;
    let sight = sights.get(exit)?;
    Some(Stage {
        entry: entry.to_owned(),
        exit: exit.to_owned(),
        channels: Reach::of(graph, first).ok()?.channels,
        left: sight.left,
        right: sight.right,
        nodes,
    })
}
