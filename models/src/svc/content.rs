//! Runs the content encoder: speech at 16 kHz to what was said, without who said it.

use syrinx_dsp::SampleRate;

use crate::error::{LoadError, RunError};
use crate::model::{ElementType, Model, Tensor, TensorSpec};

/// The rate that content encoders take.
pub const CONTENT_RATE: SampleRate = SampleRate::of(16_000);

/// Samples of one content frame, and from one frame to the next: HuBERT's convolutions (25 ms, 20 ms).
const WINDOW: usize = 400;
const HOP: usize = 320;

/// What a content encoder gives: `frames` rows of `dim` values.
#[derive(Clone, Debug)]
pub struct Content {
    /// Shape `[1, frames, dim]`.
    pub tensor: Tensor,
    /// How many frames.
    pub frames: usize,
}

/// A content encoder of the contract `source` f32 `[1, 1, N]` at 16 kHz → `embed` f32 `[1, frames, dim]`, as
/// MoeVS publishes them and So-VITS-SVC 4.1 and RVC use them.
///
/// No normalisation of the input. `frames` is `(N - 400) / 320 + 1`; one more or less is accepted from encoders
/// that pad.
pub struct ContentEncoder {
    model: Box<dyn Model>,
    dim: Option<usize>,
}

impl ContentEncoder {
    /// Recognises the network by its tensors. `name` (a file or role) is for messages.
    ///
    /// # Errors
    /// If it has other tensors than the contract's.
    pub fn new(name: &str, model: Box<dyn Model>) -> Result<ContentEncoder, LoadError> {
        let input = TensorSpec::f32("source", &[Some(1), Some(1), None]);
        let output = TensorSpec::f32("embed", &[Some(1), None, None]);
        let refuse = |expected: &TensorSpec, found: &[TensorSpec]| LoadError::Tensor {
            model: name.to_owned(),
            expected: expected.to_string(),
            found: super::synthesizer::list(found),
        };
        match model.inputs() {
            [only] if input.accepts(only) => {}
            other => return Err(refuse(&input, other)),
        }
        let Some(found) = model.outputs().iter().find(|found| output.accepts(found)) else {
            return Err(refuse(&output, model.outputs()));
        };
        let dim = found.shape[2];
        Ok(ContentEncoder { model, dim })
    }

    /// The width of the features, where the graph declares it.
    pub fn dim(&self) -> Option<usize> {
        self.dim
    }

    /// Encodes a segment of speech at 16 kHz, at least 400 samples.
    ///
    /// # Errors
    /// If the segment is too short, the network fails, or gives something else than the contract says.
    pub fn encode(&mut self, speech_16k: &[f32]) -> Result<Content, RunError> {
        if speech_16k.len() < WINDOW {
            return Err(RunError::Input {
                name: "source".to_owned(),
                expected: format!("at least {WINDOW} samples"),
                found: speech_16k.len().to_string(),
            });
        }
        let source = Tensor::f32(&[1, 1, speech_16k.len()], speech_16k.to_vec());
        let outputs = self.model.run(&[("source", &source)])?;
        let position = self
            .model
            .outputs()
            .iter()
            .position(|spec| spec.name == "embed");
        let embed = position.and_then(|index| outputs.into_iter().nth(index));
        let expected = content_frames(speech_16k.len());
        match embed {
            Some(tensor)
                if tensor.element() == ElementType::F32
                    && tensor.shape().len() == 3
                    && tensor.shape()[0] == 1
                    && tensor.shape()[1].abs_diff(expected) <= 1
                    && tensor.shape()[1] > 0 =>
            {
                Ok(Content {
                    frames: tensor.shape()[1],
                    tensor,
                })
            }
            other => Err(RunError::Output {
                name: "embed".to_owned(),
                expected: format!("f32[1, {expected}, ?]"),
                found: other.map_or("nothing".to_owned(), |tensor| {
                    format!("{}{:?}", tensor.element(), tensor.shape())
                }),
            }),
        }
    }
}

/// Content frames of so many samples at 16 kHz, at least 400.
pub fn content_frames(samples: usize) -> usize {
    (samples - WINDOW) / HOP + 1
}

/// For each of `frames` generator frames the content frame under it, counted from 1 as the contract does (0 is
/// a row of zeros): `floor(i * content_frames / frames) + 1`.
///
/// So-VITS-SVC's modes "left" and "nearest" both come to this, up to rounding.
pub fn mel2ph(content_frames: usize, frames: usize) -> Vec<i64> {
    (0..frames)
        .map(|frame| (frame * content_frames / frames + 1) as i64)
        .collect()
}
