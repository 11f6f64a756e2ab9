//! Finds how the sizes of tensors inside a graph follow from the number of frames.

use serde::{Deserialize, Serialize};

use super::{Graph, GraphError, attributes, declare};
use crate::model::{ElementType, Tensor, TensorData};
use crate::runtime::Runtime;

/// What a graph is fed for a number of frames: its inputs by name.
pub type Feeds<'a> = &'a dyn Fn(usize) -> Vec<(String, Tensor)>;

/// A dimension: `per_frame * frames + fixed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// How much one frame adds.
    pub per_frame: usize,
    /// What is there without a frame.
    pub fixed: usize,
}

impl Extent {
    /// The size at a number of frames.
    pub fn at(&self, frames: usize) -> usize {
        self.per_frame * frames + self.fixed
    }
}

/// Three numbers of frames, long enough for relative attention (window 10) and so spread that rounding shows.
const FRAMES: [usize; 3] = [24, 32, 44];

/// Runs the graph at three lengths and finds how each dimension of `tensors` depends on the frames.
///
/// # Errors
/// If the graph does not run, or a dimension is no linear function of the frames.
pub fn probe(
    graph: &Graph,
    tensors: &[String],
    feeds: Feeds<'_>,
    runtime: &Runtime,
) -> Result<Vec<Vec<Extent>>, GraphError> {
    if tensors.is_empty() {
        return Ok(Vec::new());
    }
    let probing = with_shapes(graph, tensors)?;
    let mut session = runtime.load_briefly(probing.name(), &probing.encode())?;
    let mut found = Vec::new();
    for frames in FRAMES {
        let fed = feeds(frames);
        let inputs: Vec<(&str, &Tensor)> = fed
            .iter()
            .filter(|(name, _)| probing.proto().input.iter().any(|info| info.name == *name))
            .map(|(name, tensor)| (name.as_str(), tensor))
            .collect();
        let outputs = crate::model::Model::run(&mut session, &inputs)?;
        found.push(outputs.iter().map(sizes).collect::<Vec<_>>());
    }
    (0..tensors.len())
        .map(|index| {
            let sizes: Vec<&[usize]> = found.iter().map(|run| run[index].as_slice()).collect();
            extents(&sizes).ok_or_else(|| GraphError::Structure {
                graph: graph.name().to_owned(),
                expected: format!("{} to grow evenly with the frames", tensors[index]),
                found: format!("{sizes:?} at {FRAMES:?} frames"),
            })
        })
        .collect()
}

/// The shapes of `tensors` when the graph is fed each of `feeds`.
pub(super) fn shapes(
    graph: &Graph,
    tensors: &[String],
    feeds: &[&[(&str, &Tensor)]],
    runtime: &Runtime,
) -> Result<Vec<Vec<Vec<usize>>>, GraphError> {
    let probing = with_shapes(graph, tensors)?;
    let read = |name: &str| probing.proto().input.iter().any(|info| info.name == name);
    // Opening a large graph takes longer than running it, so it is opened once.
    let mut session = runtime.load_briefly(probing.name(), &probing.encode())?;
    let mut found = Vec::new();
    for inputs in feeds {
        let inputs: Vec<(&str, &Tensor)> = inputs
            .iter()
            .filter(|(name, _)| read(name))
            .copied()
            .collect();
        let outputs = crate::model::Model::run(&mut session, &inputs)?;
        found.push(outputs.iter().map(sizes).collect());
    }
    Ok(found)
}

/// The graph with the shapes of `tensors` as its outputs, and zeros in place of random numbers.
fn with_shapes(graph: &Graph, tensors: &[String]) -> Result<Graph, GraphError> {
    let mut probing = graph.clone();
    super::random::silence(&mut probing);
    let mut outputs = Vec::new();
    for (index, tensor) in tensors.iter().enumerate() {
        let shape = probing.fresh(&format!("shape_of_{index}"));
        let node = attributes::node("Shape", &[tensor], &shape);
        probing.proto_mut().node.push(node);
        outputs.push(declare(&shape, ElementType::I64, &[None]));
    }
    let mut inputs = probing.proto().input.clone();
    let part = probing.extract(graph.name(), inputs.clone(), outputs.clone())?;
    // Inputs that nothing reads any more are refused by backends.
    inputs.retain(|info| {
        let mut nodes = part.nodes().iter();
        nodes.any(|node| super::references(node).contains(&info.name.as_str()))
    });
    part.extract(graph.name(), inputs, outputs)
}

fn sizes(shape: &Tensor) -> Vec<usize> {
    match shape.data() {
        TensorData::I64(sizes) => sizes
            .iter()
            .map(|&size| usize::try_from(size).unwrap_or(0))
            .collect(),
        TensorData::F32(_) => Vec::new(),
    }
}

/// The line through the first and last size of each axis, if the middle one lies on it.
fn extents(sizes: &[&[usize]]) -> Option<Vec<Extent>> {
    let (first, middle, last) = (sizes[0], sizes[1], sizes[2]);
    let rank = first.len();
    if middle.len() != rank || last.len() != rank {
        return None;
    }
    (0..rank)
        .map(|axis| {
            let rise = last[axis].checked_sub(first[axis])?;
            let per_frame = rise / (FRAMES[2] - FRAMES[0]);
            let fixed = first[axis].checked_sub(per_frame * FRAMES[0])?;
            let extent = Extent { per_frame, fixed };
            let fits = extent.at(FRAMES[1]) == middle[axis] && extent.at(FRAMES[2]) == last[axis];
            fits.then_some(extent)
        })
        .collect()
}
