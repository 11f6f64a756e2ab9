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
        let given = dialect.history() + frames;
        let length = if stretched { rows(frames) } else { given };
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
        (spec.name.clone(), tensor(dialect, spec, &shape, frames))
    };
    inputs.iter().map(feed).collect()
}

/// A mix has its frames first.
fn is_mix(spec: &TensorSpec) -> bool {
    matches!(spec.name.as_str(), "sid" | "ds")
}

fn tensor(
    dialect: SynthesizerDialect,
    spec: &TensorSpec,
    shape: &[usize],
    frames: usize,
) -> Tensor {
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
                "p_len" | "phone_lengths" => (dialect.history() + frames) as i64,
                "return_length" | "formant_length" => frames as i64,
                "skip_head" => dialect.history() as i64,
                // A bin of the coarse pitch that stands for some Hz.
                "pitch" => 60,
                _ => 0,
            });
            Tensor::i64(shape, values.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TensorData;

    #[test]
    fn trimmed_graphs_are_fed_their_history() {
        let row = [Some(1), None];
        let inputs = [
            TensorSpec::f32("feats", &[Some(1), None, Some(256)]),
            TensorSpec::i64("p_len", &[Some(1)]),
            TensorSpec::i64("pitch", &row),
            TensorSpec::f32("pitchf", &row),
            TensorSpec::i64("skip_head", &[]),
            TensorSpec::i64("return_length", &[]),
        ];
        let fed = feeds(SynthesizerDialect::RvcTrimmed, &inputs, 30);
        let of = |name: &str| &fed.iter().find(|(found, _)| found == name).unwrap().1;
        assert_eq!(of("feats").shape(), [1, 54, 256]);
        assert_eq!(of("pitchf").shape(), [1, 54]);
        for (name, value) in [("p_len", 54), ("skip_head", 24), ("return_length", 30)] {
            let found = of(name).data();
            assert!(
                matches!(found, TensorData::I64(found) if found == &[value]),
                "{name}"
            );
        }
    }
}
