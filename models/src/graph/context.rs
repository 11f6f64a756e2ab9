//! Computes how many frames around a frame its audio depends on.

use std::collections::HashMap;

use tract_onnx::pb::NodeProto;

use super::reach::Reach;
use super::{Cut, Graph, GraphError, repeat};

/// How many frames around a frame its audio depends on, at most: weights that are zero or that cancel are not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// Frames of past.
    pub left: usize,
    /// Frames of future.
    pub right: usize,
}

/// Samples from the first to the last, both of them included.
type Span = (i64, i64);

impl Context {
    /// The context of the generator of `cut`, by interval arithmetic from the audio of frame 0 back to the latents.
    ///
    /// # Errors
    /// If an operator works along time in a way that is not known.
    pub fn of(cut: &Cut) -> Result<Context, GraphError> {
        let graph = &cut.generator;
        let mut spans: HashMap<&str, Span> = HashMap::new();
        let audio = graph.proto().output.first().map(|info| info.name.as_str());
        let last = cut.hop as i64 - 1;
        spans.insert(audio.unwrap_or_default(), (0, last));
        for node in graph.nodes().iter().rev() {
            let Some(&span) = spans.get(node.output[0].as_str()) else {
                continue;
            };
            for (name, wanted) in wanted(graph, node, span)? {
                let known = spans.entry(name).or_insert(wanted);
                *known = (known.0.min(wanted.0), known.1.max(wanted.1));
            }
        }
        let (mut left, mut right) = (0, 0);
        for tensor in cut.latents.iter().chain(&cut.excitation) {
            let rate = tensor.rate() as i64;
            let span = spans.get(tensor.name.as_str());
            if let Some(&(first, last)) = span.filter(|_| rate > 0) {
                left = left.max(-first.div_euclid(rate));
                right = right.max(last.div_euclid(rate));
            }
        }
        Ok(Context {
            left: left as usize,
            right: right as usize,
        })
    }
}

/// What a node reads for the samples of `span` of its output.
fn wanted<'a>(
    graph: &Graph,
    node: &'a NodeProto,
    (first, last): Span,
) -> Result<Vec<(&'a str, Span)>, GraphError> {
    let data = node.input.first().map_or("", String::as_str);
    Ok(match node.op_type.as_str() {
        "Conv" => {
            let reach = Reach::of(graph, node)?;
            let (stride, left) = (reach.stride as i64, reach.left as i64);
            let window = ((reach.kernel - 1) * reach.dilation) as i64;
            vec![(data, (first * stride - left, last * stride - left + window))]
        }
        "ConvTranspose" => {
            let reach = Reach::of(graph, node)?;
            let (stride, left) = (reach.stride as i64, reach.left as i64);
            let window = ((reach.kernel - 1) * reach.dilation) as i64;
            // Input i reaches the outputs from i * stride - left on; division rounds up for the first.
            let begin = -(-(first + left - window)).div_euclid(stride);
            vec![(data, (begin, (last + left).div_euclid(stride)))]
        }
        "Resize" => {
            let factor = repeat::factor(graph, node).unwrap_or(1) as i64;
            vec![(data, (first.div_euclid(factor), last.div_euclid(factor)))]
        }
        _ => {
            let inputs = node.input.iter().filter(|name| !name.is_empty());
            inputs.map(|name| (name.as_str(), (first, last))).collect()
        }
    })
}
