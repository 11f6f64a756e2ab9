//! Runs the content encoder: speech at 16 kHz to what was said, without who said it.

use syrinx_dsp::SampleRate;

use crate::dialect::ContentDialect;
use crate::error::{LoadError, RunError};
use crate::model::{Model, Tensor};

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
    /// Milliseconds from one to the next: 20, or 10 where every frame is there twice.
    pub frame_ms: usize,
    /// Milliseconds from the beginning of the segment to the first frame, where frames lie on a grid of their own; `None`
    /// where the frames of the segment are laid evenly over it, as the public programs do.
    pub start_ms: Option<f64>,
}

/// A content encoder of one of the public contracts: `source` f32 `[1, 1, N]` → `embed` (MoeVS, So-VITS-SVC 4.1, RVC),
/// `audio` f32 `[1, N]` → `units` or `units9`, `unit12`, `unit12s` (VCClient and its descendants), or any other graph
/// with one float input of such a shape, a mask of padding or none, and content `[1, frames, dim]` or
/// `[1, dim, frames]`.
///
/// No normalisation of the input. `frames` is `(N - 400) / 320 + 1`; one more or less is accepted from encoders
/// that pad.
pub struct ContentEncoder {
    model: Box<dyn Model>,
    dialect: ContentDialect,
}

impl ContentEncoder {
    /// Recognises the network by its tensors. `name` (a file or role) is for messages.
    ///
    /// # Errors
    /// If it has other tensors than the contracts'.
    pub fn new(name: &str, model: Box<dyn Model>) -> Result<ContentEncoder, LoadError> {
        ContentEncoder::with_output(name, model, None, None)
    }

    /// One whose content is the output of the name `wanted`, or the one that is `dim` wide: encoders may give several.
    ///
    /// # Errors
    /// As [`ContentEncoder::new`], and if there is no such output.
    pub fn with_output(
        name: &str,
        model: Box<dyn Model>,
        wanted: Option<&str>,
        dim: Option<usize>,
    ) -> Result<ContentEncoder, LoadError> {
        let (inputs, outputs) = (model.inputs(), model.outputs());
        let fits = |found: &ContentDialect| {
            let width = dim.is_none() || found.dim.is_none() || found.dim == dim;
            width && wanted.is_none_or(|wanted| found.output == wanted)
        };
        let dialect = ContentDialect::all(inputs, outputs).into_iter().find(fits);
        let dialect = dialect.ok_or_else(|| LoadError::Tensor {
            model: name.to_owned(),
            expected: format!(
                "one input, source f32[1, 1, ?] or audio f32[1, ?], and {} f32[1, ?, {}]",
                wanted.unwrap_or("embed"),
                dim.map_or("?".to_owned(), |dim| dim.to_string())
            ),
            found: format!(
                "{} and {}",
                super::synthesizer::list(inputs),
                super::synthesizer::list(outputs)
            ),
        })?;
        Ok(ContentEncoder { model, dialect })
    }

    /// The width of the features, where the graph declares it.
    pub fn dim(&self) -> Option<usize> {
        self.dialect.dim
    }

    /// Its contract.
    pub fn dialect(&self) -> &ContentDialect {
        &self.dialect
    }

    /// Encodes a segment of speech at 16 kHz, at least 400 samples.
    ///
    /// # Errors
    /// If the segment is too short, the network fails, or gives something else than the contract says.
    pub fn encode(&mut self, speech_16k: &[f32]) -> Result<Content, RunError> {
        let length = speech_16k.len();
        if length < WINDOW {
            return Err(RunError::Input {
                name: self.dialect.input.clone(),
                expected: format!("at least {WINDOW} samples"),
                found: length.to_string(),
            });
        }
        let fed = self.dialect.source(speech_16k);
        let inputs: Vec<(&str, &Tensor)> = fed
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
            .collect();
        let content = self.run(&inputs)?;
        self.checked(content, content_frames(length))
    }

    /// One of which only the part behind its features is left, which are the model's input.
    pub(super) fn of_features(model: Box<dyn Model>, dialect: ContentDialect) -> ContentEncoder {
        ContentEncoder { model, dialect }
    }

    /// The content of the features of `frames` frames.
    ///
    /// # Errors
    /// If the network fails, or gives something else than the contract says.
    pub(super) fn run_features(
        &mut self,
        name: &str,
        features: &Tensor,
        frames: usize,
    ) -> Result<Content, RunError> {
        let content = self.run(&[(name, features)])?;
        self.checked(content, frames)
    }

    /// The output that is taken.
    fn run(&mut self, inputs: &[(&str, &Tensor)]) -> Result<Option<Tensor>, RunError> {
        let outputs = self.model.run(inputs)?;
        let wanted = self.dialect.output.as_str();
        let mut specs = self.model.outputs().iter();
        let place = specs.position(|spec| spec.name == wanted);
        Ok(place.and_then(|index| outputs.into_iter().nth(index)))
    }

    /// The content as rows of frames, if it is as long as it should be.
    fn checked(&self, content: Option<Tensor>, expected: usize) -> Result<Content, RunError> {
        let found = content.as_ref().map_or("nothing".to_owned(), |tensor| {
            format!("{}{:?}", tensor.element(), tensor.shape())
        });
        let refuse = || RunError::Output {
            name: self.dialect.output.clone(),
            expected: format!("f32[1, {expected}, ?]"),
            found: found.clone(),
        };
        let tensor = content.ok_or_else(refuse)?;
        let (&[1, rows, columns], Some(values)) = (tensor.shape(), tensor.as_f32()) else {
            return Err(refuse());
        };
        let (frames, dim) = match self.dialect.channel_major {
            true => (columns, rows),
            false => (rows, columns),
        };
        if frames == 0 || frames.abs_diff(expected) > 1 {
            return Err(refuse());
        }
        let tensor = match self.dialect.channel_major {
            true => Tensor::f32(&[1, frames, dim], transposed(values, frames)),
            false => tensor,
        };
        Ok(Content {
            tensor,
            frames,
            frame_ms: 20,
            start_ms: None,
        })
    }
}

impl ContentDialect {
    /// What the network is given for speech at 16 kHz.
    pub(super) fn source(&self, speech_16k: &[f32]) -> Vec<(String, Tensor)> {
        let length = speech_16k.len();
        let shape: &[usize] = match self.channel {
            true => &[1, 1, length],
            false => &[1, length],
        };
        let source = Tensor::f32(shape, speech_16k.to_vec());
        let mask = Tensor::f32(shape, vec![1.0; length]);
        let mut fed = vec![(self.input.clone(), source)];
        fed.extend(self.mask.clone().map(|name| (name, mask)));
        fed
    }
}

/// Rows of frames from rows of channels.
fn transposed(values: &[f32], frames: usize) -> Vec<f32> {
    let rows = values.chunks_exact(frames);
    (0..frames)
        .flat_map(|frame| rows.clone().map(move |row| row[frame]))
        .collect()
}

/// Content frames of so many samples at 16 kHz, at least 400.
pub fn content_frames(samples: usize) -> usize {
    (samples - WINDOW) / HOP + 1
}

/// The content frame under each of `frames` frames of 10 ms, counted from 1: every content frame twice, and the last one
/// as often as is needed.
///
/// Reference: RVC, which interpolates the content by nearest neighbour to twice its rate.
pub fn doubled(content: &Content, frames: usize) -> Vec<i64> {
    let (each, content_frames) = (content.frame_ms / 10, content.frames);
    (0..frames)
        .map(|frame| (frame / each.max(1)).min(content_frames.saturating_sub(1)) as i64 + 1)
        .collect()
}

impl Content {
    /// The content frame under each of `frames` generator frames of `frame_ms` milliseconds, counted from 1, where the
    /// content lies on a grid of its own, whose first frame is at `start_ms`.
    pub(super) fn under(&self, frames: usize, frame_ms: f64, start_ms: f64) -> Vec<i64> {
        let last = self.frames.saturating_sub(1) as i64;
        let at = |frame: usize| (frame as f64 * frame_ms - start_ms) / self.frame_ms as f64;
        (0..frames)
            .map(|frame| (at(frame).floor() as i64).clamp(0, last) + 1)
            .collect()
    }
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
