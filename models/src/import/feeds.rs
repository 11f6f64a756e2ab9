//! Makes inputs of any length for a synthesizer, when only shapes matter.

use crate::dialect::SynthesizerDialect;
use crate::model::{ElementType, Tensor, TensorSpec};

/// Content frames, at 20 ms, for this many frames of a synthesizer that stretches content itself.
fn rows(frames: usize) -> usize {
    frames.div_ceil(2)
}

/// What a synthesizer of `dialect` with these inputs is fed for a number of frames.
pub(super) fn feeds(
    dialect: SynthesizerDialect,
    inputs: &[TensorSpec],
    frames: usize,
) -> Vec<(String, Tensor)> {
    let feed = |spec: &TensorSpec| {
        let stretched = dialect == SynthesizerDialect::SoVits && spec.name == "c";
        let length = if stretched { rows(frames) } else { frames };
        // A free width of content is 768, that of most encoders; every other free size is the length.
        let is_width = |axis| spec.name == dialect.content_input() && axis == dialect.width_axis();
        let sizes = spec
            .shape
            .iter()
            .enumerate()
            .map(|(axis, size)| match size {
                Some(size) => *size,
                None if is_width(axis) => 768,
                None if axis == 0 && spec.shape.len() > 1 && !is_mix(spec) => 1,
                None => length,
            });
        let shape: Vec<usize> = sizes.collect();
        (spec.name.clone(), tensor(spec, &shape, frames))
    };
    inputs.iter().map(feed).collect()
}

/// A mix has its frames first.
fn is_mix(spec: &TensorSpec) -> bool {
    matches!(spec.name.as_str(), "sid" | "ds")
}

fn tensor(spec: &TensorSpec, shape: &[usize], frames: usize) -> Tensor {
    let count = shape.iter().product();
    match spec.element {
        ElementType::F32 => {
            let value = match spec.name.as_str() {
                "f0" | "pitchf" => 210.0,
                "uv" => 1.0,
                _ => 0.1,
            };
            Tensor::f32(shape, vec![value; count])
        }
        ElementType::I64 => {
            let values = (0..count as i64).map(|index| match spec.name.as_str() {
                "mel2ph" => index * rows(frames) as i64 / frames.max(1) as i64 + 1,
                "p_len" | "phone_lengths" | "return_length" | "formant_length" => frames as i64,
                // A bin of the coarse pitch that stands for some Hz.
                "pitch" => 60,
                _ => 0,
            });
            Tensor::i64(shape, values.collect())
        }
    }
}
