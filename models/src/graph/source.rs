//! Finds how a synthesizer mixes its harmonics.

use serde::{Deserialize, Serialize};

use super::{Cut, Graph};

/// How a neural source-filter generator mixes its sines: `tanh(weights . sines + bias)`.
///
/// Reference: `SourceModuleHnNSF` of the NSF vocoders (Wang, Takaki, Yamagishi 2019), which So-VITS-SVC and RVC use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceMix {
    /// A weight for the fundamental and each harmonic above it.
    pub weights: Vec<f32>,
    /// What is added.
    pub bias: f32,
}

impl SourceMix {
    /// Reads the mix from `graph`, whose cut is `cut`; `None` if the excitation is made in another way.
    pub fn find(graph: &Graph, cut: &Cut) -> Option<SourceMix> {
        let producers = graph.producers();
        let node = |name: &str| Some(&graph.nodes()[*producers.get(name)?]);
        let mut tensor = cut.excitation.as_ref()?.name.as_str();
        while matches!(
            node(tensor)?.op_type.as_str(),
            "Transpose" | "Reshape" | "Identity"
        ) {
            tensor = node(tensor)?.input[0].as_str();
        }
        let tanh = node(tensor).filter(|node| node.op_type == "Tanh")?;
        let sum = node(&tanh.input[0])?;
        let (product, bias) = match sum.op_type.as_str() {
            "Add" => {
                let bias = sum.input.iter().find_map(|name| graph.constant(name))?;
                let product = sum.input.iter().filter_map(|name| node(name));
                let mut product = product.filter(|node| node.op_type == "MatMul");
                (product.next()?, bias.as_f32()?.first().copied()?)
            }
            "MatMul" => (sum, 0.0),
            _ => return None,
        };
        let weights = graph.constant(&product.input[1])?;
        let is_column = weights.shape().last() == Some(&1);
        let weights = weights.as_f32().filter(|_| is_column)?.to_vec();
        Some(SourceMix { weights, bias })
    }
}
