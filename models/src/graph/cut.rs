//! Parts a synthesizer between flow and generator.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tract_onnx::pb::{NodeProto, ValueInfoProto};

use super::{Extent, Feeds, Graph, GraphError, declare, probe, repeat};
use crate::model::ElementType;
use crate::runtime::Runtime;

/// A tensor at which the graph is cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutTensor {
    /// Its name in both parts.
    pub name: String,
    /// Its dimensions; time is the last one.
    pub shape: Vec<Extent>,
}

impl CutTensor {
    /// Samples per frame along time; 0 for what does not change in time.
    pub fn rate(&self) -> usize {
        self.shape.last().map_or(0, |extent| extent.per_frame)
    }

    pub(super) fn declared(&self) -> ValueInfoProto {
        let sizes: Vec<Option<usize>> = self
            .shape
            .iter()
            .map(|extent| (extent.per_frame == 0).then_some(extent.fixed))
            .collect();
        declare(&self.name, ElementType::F32, &sizes)
    }
}

/// A synthesizer in two parts: `head` (text encoder, prior and flow, with attention over everything that it is given)
/// and `generator` (convolutions and upsampling alone, with a finite context).
#[derive(Clone, Debug)]
pub struct Cut {
    /// The original's inputs → latents and conditions.
    pub head: Graph,
    /// Latents, conditions and excitation → audio.
    pub generator: Graph,
    /// What the generator gets once per frame or once for all: `head` gives these, in this order.
    pub latents: Vec<CutTensor>,
    /// What it gets at the rate of the audio: the sine source, `[1, 1, frames * hop]`.
    pub excitation: Option<CutTensor>,
    /// Samples per frame.
    pub hop: usize,
}

impl Cut {
    /// Finds the generator of `graph` and cuts before it.
    ///
    /// The generator is all that comes before the audio as far as it works sample by sample or by convolution along
    /// time; the tensors where that ends are the cut. What depends on the time in any other way (attention, masks,
    /// cumulative sums) lies before it.
    ///
    /// # Errors
    /// If there is no such generator, or its inputs do not follow from the number of frames.
    pub fn find(graph: &Graph, feeds: Feeds<'_>, runtime: &Runtime) -> Result<Cut, GraphError> {
        let audio = audio_of(graph)?;
        let found = boundary(graph, &audio.name)?;
        let mut shaped = found.clone();
        shaped.push(audio.name.clone());
        let mut shapes = probe(graph, &shaped, feeds, runtime)?;
        let hop = shapes.pop().and_then(|shape| shape.last().copied());
        let hop = hop.map_or(0, |extent| extent.per_frame);
        let tensors = found.into_iter().zip(shapes);
        let tensors: Vec<CutTensor> = tensors
            .map(|(name, shape)| CutTensor { name, shape })
            .collect();
        let (excitation, latents): (Vec<CutTensor>, Vec<CutTensor>) = tensors
            .into_iter()
            .partition(|tensor| tensor.rate() == hop && hop > 1);
        let refuse = |expected: &str, found: String| GraphError::Structure {
            graph: graph.name().to_owned(),
            expected: expected.to_owned(),
            found,
        };
        if hop == 0 || excitation.len() > 1 || !latents.iter().any(|tensor| tensor.rate() == 1) {
            return Err(refuse(
                "a generator with one input per frame and at most one per sample",
                format!("{latents:?} and {excitation:?} with {hop} samples per frame"),
            ));
        }
        let declared = |tensors: &[CutTensor]| tensors.iter().map(CutTensor::declared).collect();
        let between: Vec<CutTensor> = latents.iter().chain(&excitation).cloned().collect();
        let generator = graph.extract("generator", declared(&between), vec![audio.clone()])?;
        let head = part_of_inputs(graph, "head", declared(&latents))?;
        Ok(Cut {
            head,
            generator,
            latents,
            excitation: excitation.into_iter().next(),
            hop,
        })
    }

    /// The part of `graph`, which this is the cut of, that makes the excitation.
    ///
    /// # Errors
    /// If it is no part of the graph.
    pub fn source(&self, graph: &Graph) -> Result<Option<Graph>, GraphError> {
        let Some(excitation) = &self.excitation else {
            return Ok(None);
        };
        part_of_inputs(graph, "source", vec![excitation.declared()]).map(Some)
    }
}

/// The part that gives `outputs`, with those inputs of the graph that it needs.
pub(super) fn part_of_inputs(
    graph: &Graph,
    name: &str,
    outputs: Vec<ValueInfoProto>,
) -> Result<Graph, GraphError> {
    let inputs = graph.proto().input.clone();
    let part = graph.extract(name, inputs.clone(), outputs.clone())?;
    let read = |info: &&ValueInfoProto| {
        let mut nodes = part.nodes().iter();
        nodes.any(|node| super::references(node).contains(&info.name.as_str()))
    };
    let inputs = inputs.iter().filter(read).cloned().collect();
    part.extract(name, inputs, outputs)
}

/// The audio as `[1, 1, samples]`: before what only changes its axes.
pub(super) fn audio_of(graph: &Graph) -> Result<ValueInfoProto, GraphError> {
    let [only] = graph.proto().output.as_slice() else {
        let outputs = graph.proto().output.iter().map(|info| info.name.as_str());
        return Err(GraphError::Structure {
            graph: graph.name().to_owned(),
            expected: "one output, the audio".to_owned(),
            found: outputs.collect::<Vec<_>>().join(", "),
        });
    };
    let producers = graph.producers();
    let mut name = only.name.as_str();
    while let Some(&index) = producers.get(name) {
        let node = &graph.nodes()[index];
        let takes_axes = ["Squeeze", "Unsqueeze", "Reshape", "Flatten", "Transpose"];
        if !takes_axes.contains(&node.op_type.as_str()) {
            break;
        }
        name = node.input[0].as_str();
    }
    Ok(declare(name, ElementType::F32, &[Some(1), Some(1), None]))
}

/// The tensors, in the order in which they are found, where the convolutions before `audio` begin.
pub(super) fn boundary(graph: &Graph, audio: &str) -> Result<Vec<String>, GraphError> {
    let producers = graph.producers();
    let mut open = vec![audio.to_owned()];
    let (mut seen, mut found) = (Vec::new(), Vec::new());
    let mut convolutions = 0;
    while let Some(tensor) = open.pop() {
        if seen.contains(&tensor) {
            continue;
        }
        seen.push(tensor.clone());
        let node = producers
            .get(tensor.as_str())
            .map(|&index| &graph.nodes()[index]);
        match node.map(|node| (node, streamable_inputs(graph, node, &producers))) {
            Some((node, Some(inputs))) => {
                convolutions += usize::from(node.op_type == "Conv");
                open.extend(inputs.into_iter().map(str::to_owned));
            }
            _ => found.push(tensor),
        }
    }
    if convolutions == 0 {
        return Err(GraphError::Structure {
            graph: graph.name().to_owned(),
            expected: "a generator of convolutions before the audio".to_owned(),
            found: format!(
                "{} as the last operator",
                producers
                    .get(audio)
                    .map_or("nothing", |&index| graph.nodes()[index].op_type.as_str())
            ),
        });
    }
    found.sort_by_key(|name| producers.get(name.as_str()).copied());
    Ok(found)
}

/// The inputs of `node` that change in time, if it works along time as a generator does; `None` if not.
fn streamable_inputs<'a>(
    graph: &Graph,
    node: &'a NodeProto,
    producers: &HashMap<&str, usize>,
) -> Option<Vec<&'a str>> {
    let is_constant = |name: &str| is_constant(graph, name, producers);
    let varying: Vec<&str> = node
        .input
        .iter()
        .map(String::as_str)
        .filter(|name| !name.is_empty() && !is_constant(name))
        .collect();
    let fits = match node.op_type.as_str() {
        "Conv" | "ConvTranspose" => varying.len() == 1,
        "LeakyRelu" | "Relu" | "Tanh" | "Sin" | "Identity" | "Clip" | "Neg" => varying.len() == 1,
        "Resize" => varying.len() == 1 && repeat::factor(graph, node).is_some(),
        "Add" | "Sub" => true,
        "Mul" | "Div" | "Pow" => varying.len() == 1 || varying[..1] == varying[1..],
        _ => false,
    };
    fits.then_some(varying)
}

/// Whether a tensor is the same in every run.
fn is_constant(graph: &Graph, name: &str, producers: &HashMap<&str, usize>) -> bool {
    match producers.get(name) {
        Some(&index) => {
            let node = &graph.nodes()[index];
            let inputs = super::references(node);
            node.op_type == "Constant"
                || !node.op_type.starts_with("Random")
                    && !inputs.is_empty()
                    && inputs
                        .iter()
                        .all(|input| is_constant(graph, input, producers))
        }
        None => !graph.proto().input.iter().any(|info| info.name == name),
    }
}
