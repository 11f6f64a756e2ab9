//! Hears the content of a stream: the encoder's convolutions once per frame, its transformer once per window.

use std::collections::VecDeque;
use std::sync::Arc;

use syrinx_dsp::SampleRate;

use super::aligned_resampler::AlignedResampler;
use super::content::{CONTENT_RATE, Content, ContentEncoder};
use super::precision::Precision;
use super::streamed::GraphFile;
use crate::bundle::VoiceBundle;
use crate::dialect::ContentDialect;
use crate::error::{LoadError, RunError};
use crate::graph::{EncoderCut, EncoderShape, Graph, GraphError, MEAN, SHARE, SQUARE};
use crate::model::{Model, Tensor};
use crate::runtime::{Device, Runtime};

/// Samples from one content frame to the next, and samples that a frame hears.
const HOP: i64 = 320;
const WINDOW: i64 = 400;

/// How long the mean and variance of the front remember, in samples: three seconds, about a phrase. A whole file is
/// normalised over a phrase or more; shorter, and a long vowel would be normalised away.
const MEMORY: f64 = 3.0 * 16_000.0;

/// What is so much louder in power than all before makes that count for less: a voice that begins after noise would be
/// normalised as noise for seconds.
const LOUDER: f64 = 4.0;

/// What is so much quieter in power than what came before is a pause and changes no statistics; 30 dB.
const PAUSE: f64 = 1e-3;

/// Hears the content of windows of a stream, which move on by less than their length.
///
/// The front hears every sample once, in frames that lie on a grid from the start of the stream; the back looks at the
/// frames of a window. Where the front normalises over time, it does so by the last seconds instead of by the window.
///
/// Adds no latency but that of the resampler, by which the last samples of a window are not heard yet (2 ms).
///
/// # Real-time safety
///
/// Not real-time safe: allocates and runs networks.
pub(super) struct ContentStream {
    front: Box<dyn Model>,
    back: ContentEncoder,
    input: ContentDialect,
    shape: EncoderShape,
    rate: SampleRate,
    resampler: AlignedResampler,
    /// Speech at 16 kHz that frames to come will hear, from `first_sample` on.
    speech: Vec<f32>,
    first_sample: i64,
    /// Features of frames that a window may still look at, from `first_frame` on.
    features: VecDeque<Vec<f32>>,
    first_frame: i64,
    statistics: Statistics,
}

/// Mean and mean square of the front's groups over the last seconds, and what of it is known.
struct Statistics {
    tensors: [Tensor; 2],
    /// Samples that they are of, less what was forgotten.
    samples: f64,
    /// Mean power of those samples.
    power: f64,
}

/// A content encoder that was parted when its voice was imported.
pub(super) struct PartedEncoder<'a> {
    pub(super) bundle: &'a Arc<VoiceBundle>,
    pub(super) shape: &'a EncoderShape,
    /// The output that is taken, and how wide it is.
    pub(super) wanted: (Option<&'a str>, Option<usize>),
    /// How the back computes.
    pub(super) precision: Precision<'a>,
}

impl ContentStream {
    /// Loads the encoder of a bundle for streams at `rate`.
    ///
    /// # Errors
    /// If the encoder is another one than the manifest says, or cannot be loaded.
    pub(super) fn load(
        parted: &PartedEncoder<'_>,
        rate: SampleRate,
        runtime: &Runtime,
        device: Device,
    ) -> Result<ContentStream, GraphError> {
        let PartedEncoder {
            bundle,
            shape,
            wanted,
            precision,
        } = parted;
        let whole = GraphFile::Bundled(Arc::clone(bundle), "encoder");
        let about = |text: &str| -> Result<ContentDialect, GraphError> {
            Ok(serde_json::from_str(text).map_err(unsupported)?)
        };
        let (front, text) = whole.load("front, fp32", runtime, device, |graph| {
            let input = wave_of(&graph, *wanted)?;
            let cut = EncoderCut::find(&graph, &input.input)?;
            same_shape(&cut.shape, shape)?;
            let text = serde_json::to_string(&input).map_err(unsupported)?;
            Ok((cut.front, text))
        })?;
        let input = about(&text)?;
        let form = format!("back, {}", precision.identity());
        let (back, _) = whole.load(&form, runtime, device, |graph| {
            let cut = EncoderCut::find(&graph, &input.input)?;
            Ok((precision.apply(cut.back)?, String::new()))
        })?;
        let networks = [Box::new(front) as Box<dyn Model>, Box::new(back)];
        Ok(ContentStream::new(networks, input, shape, rate)?)
    }

    /// A stream at its start, of front and back.
    fn new(
        [front, back]: [Box<dyn Model>; 2],
        input: ContentDialect,
        shape: &EncoderShape,
        rate: SampleRate,
    ) -> Result<ContentStream, LoadError> {
        Ok(ContentStream {
            front,
            back: ContentEncoder::of_features(back, input.clone()),
            input,
            shape: shape.clone(),
            rate,
            resampler: AlignedResampler::new(rate, CONTENT_RATE).map_err(unsupported)?,
            speech: Vec::new(),
            first_sample: 0,
            features: VecDeque::new(),
            first_frame: 0,
            statistics: Statistics::unknown(shape.groups),
        })
    }

    /// Begins another stream.
    pub(super) fn reset(&mut self) {
        self.resampler.restart();
        self.speech.clear();
        self.features.clear();
        (self.first_sample, self.first_frame) = (0, 0);
        self.statistics = Statistics::unknown(self.shape.groups);
    }

    /// Takes the next samples of the stream, at its rate.
    pub(super) fn push(&mut self, audio: &[f32]) {
        self.resampler.push(audio, &mut self.speech);
    }

    /// The content of `length` samples from the sample `start` of the stream on; before sample 0 lies silence. What lies
    /// before the window is forgotten.
    ///
    /// # Errors
    /// If a network fails, or there is no whole frame in the window.
    pub(super) fn content(&mut self, start: i64, length: usize) -> Result<Content, RunError> {
        let first = self.forget_before(start);
        let known = self.first_sample + self.speech.len() as i64;
        let until = (self.at_16k(start + length as i64) as i64).min(known);
        self.hear_until((until - WINDOW).div_euclid(HOP) + 1)?;
        let count = self.features.len();
        if count == 0 {
            return Err(RunError::Input {
                name: self.input.input.clone(),
                expected: format!("at least {WINDOW} samples"),
                found: (until - first * HOP).to_string(),
            });
        }
        let features = self.assembled();
        let name = &self.shape.features;
        let mut content = self.back.run_features(name, &features, count)?;
        content.start_ms = Some(((first * HOP) as f64 - self.at_16k(start)) / 16.0);
        Ok(content)
    }

    /// Lets go of frames that begin before the sample `start`, and of samples that no frame from there on hears. Gives the
    /// first frame that is left.
    pub(super) fn forget_before(&mut self, start: i64) -> i64 {
        let first = (self.at_16k(start) / HOP as f64).ceil() as i64;
        while self.first_frame < first && self.features.pop_front().is_some() {
            self.first_frame += 1;
        }
        if self.features.is_empty() {
            self.first_frame = first;
        }
        let next = (self.first_frame + self.features.len() as i64) * HOP;
        match usize::try_from(next - self.first_sample) {
            Ok(beyond) => {
                let beyond = beyond.min(self.speech.len());
                self.speech.drain(..beyond);
                self.first_sample += beyond as i64;
            }
            Err(_) => {
                // Before the start of the stream lies silence.
                let before = (self.first_sample - next) as usize;
                self.speech.splice(..0, std::iter::repeat_n(0.0, before));
                self.first_sample = next;
            }
        }
        first
    }

    /// The place of a sample of the stream among those at 16 kHz.
    fn at_16k(&self, sample: i64) -> f64 {
        sample as f64 * f64::from(CONTENT_RATE.hz()) / f64::from(self.rate.hz())
    }

    /// The width of the content, where the graph declares it.
    pub(super) fn dim(&self) -> Option<usize> {
        self.back.dim()
    }

    /// Hears frames up to the one before `end`.
    fn hear_until(&mut self, end: i64) -> Result<(), RunError> {
        let next = self.first_frame + self.features.len() as i64;
        if end <= next {
            return Ok(());
        }
        // `forget_before` sees to it, unless the speech ends before that sample; then no frame is whole.
        debug_assert_eq!(self.first_sample, next * HOP);
        let count = (end - next) as usize;
        let length = (count - 1) * HOP as usize + WINDOW as usize;
        let outputs = self.run_front(length)?;
        let features = outputs.as_f32().unwrap_or_default();
        let channels = self.shape.channels;
        if features.len() != channels * count {
            return Err(RunError::Output {
                name: self.shape.features.clone(),
                expected: format!("f32[1, {channels}, {count}]"),
                found: format!("{:?}", outputs.shape()),
            });
        }
        let column = |frame: usize| features.iter().skip(frame).step_by(count).copied();
        let columns = (0..count).map(|frame| column(frame).collect());
        self.features.extend(columns);
        let heard = count * HOP as usize;
        self.speech.drain(..heard);
        self.first_sample += heard as i64;
        Ok(())
    }

    /// The features of the next `length` samples.
    fn run_front(&mut self, length: usize) -> Result<Tensor, RunError> {
        let speech = &self.speech[..length];
        let source = self.input.source(speech);
        let silent = speech.iter().take_while(|&&sample| sample == 0.0).count();
        let share = self.statistics.share_of_past(&speech[silent..]);
        let share = Tensor::f32(&[1], vec![share as f32]);
        let [mean, square] = &self.statistics.tensors;
        let mut fed: Vec<(&str, &Tensor)> = source
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
            .collect();
        if self.shape.groups.is_some() {
            fed.extend([(MEAN, mean), (SQUARE, square), (SHARE, &share)]);
        }
        let mut outputs = self.front.run(&fed)?.into_iter();
        let features = outputs.next().unwrap_or_else(|| Tensor::zeros(&[0]));
        if let Some((mean, square)) = outputs.next().zip(outputs.next()) {
            self.statistics.tensors = [mean, square];
        }
        Ok(features)
    }

    /// All features, `[1, channels, frames]`.
    fn assembled(&self) -> Tensor {
        let (channels, frames) = (self.shape.channels, self.features.len());
        let mut values = vec![0.0; channels * frames];
        for (frame, column) in self.features.iter().enumerate() {
            for (channel, &value) in column.iter().enumerate() {
                values[channel * frames + frame] = value;
            }
        }
        Tensor::f32(&[1, channels, frames], values)
    }
}

impl Statistics {
    fn unknown(groups: Option<usize>) -> Statistics {
        let groups = groups.unwrap_or(0);
        Statistics {
            tensors: [(); 2].map(|()| Tensor::zeros(&[1, groups, 1])),
            samples: 0.0,
            power: 0.0,
        }
    }

    /// By how much the past counts when `speech` is normalised, 0 to 1; `speech` belongs to the past from then on.
    fn share_of_past(&mut self, speech: &[f32]) -> f64 {
        if speech.is_empty() {
            // Nothing but silence: the past stays as it is, if there is one.
            return if self.samples > 0.0 { 1.0 } else { 0.0 };
        }
        let new = speech.len() as f64;
        let power = speech.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / new;
        if self.samples > 0.0 && power < PAUSE * self.power {
            return 1.0;
        }
        let fading = match power > LOUDER * self.power {
            true => LOUDER * self.power / power,
            false => 1.0,
        };
        let past = (self.samples * fading).min((MEMORY - new).max(0.0));
        let share = past / (past + new);
        self.power = share * self.power + (1.0 - share) * power;
        self.samples = past + new;
        share
    }
}

/// Parts an encoder and compares the parts with the whole, on a second of a chirp; see `super::part_encoder`.
pub(super) fn part(
    onnx: &[u8],
    dim: Option<usize>,
    runtime: &Runtime,
) -> Result<EncoderShape, GraphError> {
    let graph = Graph::decode("encoder", onnx)?;
    let input = wave_of(&graph, (None, dim))?;
    let cut = EncoderCut::find(&graph, &input.input)?;
    let chirp = |n: usize| 0.2 * (0.02 * n as f32 + 4e-6 * (n * n) as f32).sin();
    let speech: Vec<f32> = (0..CONTENT_RATE.hz() as usize).map(chirp).collect();
    for (_, wave) in input.source(&speech) {
        cut.check(&graph, &wave, runtime)?;
    }
    Ok(cut.shape)
}

/// How the encoder is given a wave.
fn wave_of(
    graph: &Graph,
    (name, dim): (Option<&str>, Option<usize>),
) -> Result<ContentDialect, GraphError> {
    let (inputs, outputs) = graph.specs()?;
    let fits = |found: &ContentDialect| {
        let width = dim.is_none() || found.dim.is_none() || found.dim == dim;
        width && found.mask.is_none() && name.is_none_or(|name| found.output == name)
    };
    let found = ContentDialect::all(&inputs, &outputs)
        .into_iter()
        .find(fits);
    Ok(found.ok_or_else(|| unsupported("the encoder: expected a wave and no mask"))?)
}

fn same_shape(found: &EncoderShape, stated: &EncoderShape) -> Result<(), GraphError> {
    match found == stated {
        true => Ok(()),
        false => Err(GraphError::Structure {
            graph: "encoder".to_owned(),
            expected: format!("{stated:?}"),
            found: format!("{found:?}"),
        }),
    }
}

fn unsupported(error: impl std::fmt::Display) -> LoadError {
    LoadError::Unsupported(error.to_string())
}

#[cfg(test)]
#[path = "content_stream/tests.rs"]
mod tests;
