//! Computes how much of the future every tensor of a generator must be known.

use std::collections::HashMap;

use crate::graph::reach::Reach;
use crate::graph::{Cut, GraphError, repeat};

/// How many samples behind the chunk's end each tensor must be known for the chunk's audio to be exact.
pub(super) fn needs(cut: &Cut) -> Result<HashMap<String, usize>, GraphError> {
    let graph = &cut.generator;
    let mut needs: HashMap<String, usize> = HashMap::new();
    for node in graph.nodes().iter().rev() {
        let need = needs.get(&node.output[0]).copied().unwrap_or(0);
        let inputs = match node.op_type.as_str() {
            "Conv" => {
                let reach = Reach::of(graph, node)?;
                // The last needed output lies at `need - 1`, and its window ends `right` behind its own place.
                let last = (need as i64 - 1) * reach.stride as i64 + reach.right() as i64;
                vec![(&node.input[0], (last + 1).max(0) as usize)]
            }
            "ConvTranspose" => {
                let reach = Reach::of(graph, node)?;
                let last = need as i64 - 1 + reach.left as i64;
                vec![(
                    &node.input[0],
                    (last.div_euclid(reach.stride as i64) + 1).max(0) as usize,
                )]
            }
            "Resize" => {
                let factor = repeat::factor(graph, node).unwrap_or(1);
                vec![(&node.input[0], need.div_ceil(factor))]
            }
            _ => node.input.iter().map(|input| (input, need)).collect(),
        };
        for (input, need) in inputs {
            let known = needs.entry(input.clone()).or_default();
            *known = need.max(*known);
        }
    }
    Ok(needs)
}

/// How many frames of future make a difference.
pub(super) fn full_lookahead(cut: &Cut, needs: &HashMap<String, usize>) -> usize {
    cut.latents
        .iter()
        .chain(&cut.excitation)
        .filter(|tensor| tensor.rate() > 0)
        .map(|tensor| {
            needs
                .get(&tensor.name)
                .map_or(0, |need| need.div_ceil(tensor.rate()))
        })
        .max()
        .unwrap_or(0)
}
