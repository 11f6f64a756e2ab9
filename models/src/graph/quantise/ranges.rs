//! Runs a graph on recordings and notes the range of each tensor that is to be quantised.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Feed, Range, inputs_of, tensors_of};
use crate::graph::{Graph, GraphError, attributes, declare, references};
use crate::model::{ElementType, Model, Tensor};
use crate::runtime::{Device, Runtime};

/// The ranges of a graph's tensors, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ranges {
    /// In the order of the names, so that what is written of them is the same every time.
    found: BTreeMap<String, Range>,
}

impl Ranges {
    /// Runs `graph` on each of `feeds` and notes the ranges of what its layers read and give.
    ///
    /// # Errors
    /// If there is nothing to run on, the graph does not run, or a range is not finite.
    pub fn measure(graph: &Graph, feeds: &[Feed], runtime: &Runtime) -> Result<Ranges, GraphError> {
        let tensors = tensors_of(graph);
        let refuse = |expected: &str, found: &str| GraphError::Structure {
            graph: graph.name().to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        };
        if feeds.is_empty() {
            return Err(refuse("a recording to calibrate on", "none"));
        }
        if tensors.is_empty() {
            return Err(refuse("layers that can be quantised", "none"));
        }
        let mut session = with_extremes(graph, &tensors)?.load(runtime, Device::Cpu)?;
        let mut ranges = Ranges::default();
        for feed in feeds {
            let inputs = inputs_of(&session, feed);
            let extremes = session.run(&inputs)?;
            for (tensor, pair) in tensors.iter().zip(extremes.chunks_exact(2)) {
                let value = |tensor: &Tensor| tensor.as_f32().and_then(|x| x.first().copied());
                match (value(&pair[0]), value(&pair[1])) {
                    (Some(low), Some(high)) if low.is_finite() && high.is_finite() => {
                        ranges.widen(tensor, Range { low, high });
                    }
                    found => {
                        return Err(refuse(
                            &format!("{tensor} to be finite"),
                            &format!("{found:?}"),
                        ));
                    }
                }
            }
        }
        Ok(ranges)
    }

    /// The range of a tensor of `graph`, which may be a rewriting of the graph that was measured: what a tensor is joined
    /// from or cut from has the same.
    pub fn of(&self, graph: &Graph, tensor: &str) -> Option<Range> {
        if let Some(&range) = self.found.get(tensor) {
            return Some(range);
        }
        let mut nodes = graph.nodes().iter();
        let node = nodes.find(|node| node.output.iter().any(|output| output == tensor))?;
        match node.op_type.as_str() {
            "Slice" | "Identity" => self.of(graph, &node.input[0]),
            "Concat" => {
                let parts = node.input.iter().filter_map(|part| self.of(graph, part));
                parts.reduce(Range::union)
            }
            _ => None,
        }
    }

    fn widen(&mut self, tensor: &str, range: Range) {
        self.found
            .entry(tensor.to_owned())
            .and_modify(|known| *known = known.union(range))
            .or_insert(range);
    }
}

/// The graph that gives the lowest and the highest value of each of `tensors` and nothing else.
fn with_extremes(graph: &Graph, tensors: &[String]) -> Result<Graph, GraphError> {
    let mut measuring = graph.clone();
    let mut outputs = Vec::new();
    for (index, tensor) in tensors.iter().enumerate() {
        for (operator, end) in [("ReduceMin", "low"), ("ReduceMax", "high")] {
            let name = measuring.fresh(&format!("{end}_{index}"));
            // Without axes, which opset 18 made an input, it reduces over all of them.
            let mut node = attributes::node(operator, &[tensor], &name);
            attributes::set_int(&mut node, "keepdims", 0);
            measuring.proto_mut().node.push(node);
            outputs.push(declare(&name, ElementType::F32, &[]));
        }
    }
    let inputs = measuring.proto().input.clone();
    let part = measuring.extract(graph.name(), inputs.clone(), outputs.clone())?;
    let read: HashSet<&str> = part.nodes().iter().flat_map(references).collect();
    let inputs = inputs
        .into_iter()
        .filter(|info| read.contains(info.name.as_str()));
    part.extract(graph.name(), inputs.collect(), outputs)
}
