//! Prepares a synthesizer for streaming: cut, with its randomness outside and its source known.

use syrinx_dsp::SampleRate;

use std::sync::Arc;

use super::graph_file::GraphFile;
use super::sine_source::SineSource;
use crate::error::LoadError;
use crate::graph::{
    Cut, CutTensor, Distribution, Graph, GraphError, RandomInput, SourceMix, StreamedGenerator,
    StreamedShape, expose_randomness, fold_weights,
};
use crate::model::{Tensor, TensorSpec};
use crate::runtime::{Device, OnnxSession, Runtime};
use crate::svc::content::Content;
use crate::svc::noise::NOISE_CHANNELS;
use crate::svc::precision::Precisions;
use crate::svc::synthesizer::{Features, Speaker, SpeakerForm, Variant};

/// The largest difference between a graph's own source and ours, as a share of the peak. The graphs sum the phase in
/// f32, which after a hundred periods is off by that much at the highest harmonic; another amplitude, gating or
/// noise is off by more.
const SOURCE_TOLERANCE: f64 = 0.01;

/// Frames over which the sources are compared: with more, the rounding of f32 sums hides what differs.
const SOURCE_FRAMES: usize = 8;

/// A synthesizer, prepared for streaming.
#[derive(Clone, Debug)]
pub(crate) struct PreparedSynthesizer {
    /// The original's inputs → latents and conditions; see [`Cut`].
    pub(crate) head: GraphFile,
    /// Latents, conditions and excitation → audio.
    pub(crate) generator: GraphFile,
    /// What the head gives to the generator.
    pub(crate) latents: Vec<CutTensor>,
    /// The generator's input at the rate of the audio.
    pub(crate) excitation: Option<CutTensor>,
    /// Samples per frame.
    pub(crate) hop: usize,
    /// How the source mixes its harmonics, where there is a source.
    pub(crate) mix: Option<SourceMix>,
    /// Whether the source has noise.
    pub(crate) noisy: bool,
    /// The random inputs of the head.
    pub(crate) random: Vec<RandomInput>,
    /// How it computes where fp32 is not the best.
    pub(crate) precisions: Precisions,
}

impl PreparedSynthesizer {
    /// Prepares the synthesizer in `onnx`, which has been recognised as `variant`.
    ///
    /// # Errors
    /// If it is built in a way that is not known; such a voice is streamed in whole windows.
    pub(crate) fn new(
        name: &str,
        onnx: &[u8],
        variant: Variant,
        rate: SampleRate,
        runtime: &Runtime,
    ) -> Result<PreparedSynthesizer, GraphError> {
        let mut graph = Graph::decode(name, onnx)?;
        fold_weights(&mut graph, runtime)?;
        let plain = |frames: usize| feeds(variant, &contour(frames));
        let random = expose_randomness(&mut graph, &plain, runtime)?;
        let with_random = |frames: usize| {
            let mut fed = plain(frames);
            fed.extend(random.iter().map(|input| constant(input, frames, 0.0)));
            fed
        };
        let cut = Cut::find(&graph, &with_random, runtime)?;
        let (mix, noisy) = match cut.source(&graph)? {
            None => (None, false),
            Some(source) => {
                let mix = SourceMix::find(&graph, &cut).ok_or_else(|| GraphError::Structure {
                    graph: name.to_owned(),
                    expected: "harmonics that a matrix and tanh mix".to_owned(),
                    found: "another source".to_owned(),
                })?;
                let ours = SineSource::new(mix.clone(), rate, cut.hop, 0);
                let noisy = compare_source(&source, ours, &mix, &random, variant, runtime)?;
                (Some(mix), noisy)
            }
        };
        let (inputs, _) = cut.head.specs()?;
        let random = random
            .into_iter()
            .filter(|input| reads(&inputs, &input.name))
            .collect();
        Ok(PreparedSynthesizer {
            head: GraphFile::Made(Arc::new(cut.head)),
            generator: GraphFile::Made(Arc::new(cut.generator)),
            latents: cut.latents,
            excitation: cut.excitation,
            hop: cut.hop,
            mix,
            noisy,
            random,
            precisions: Precisions::default(),
        })
    }
}

impl PreparedSynthesizer {
    /// The source at the start of a stream, and the input that it is for; none for a voice without F0.
    pub(super) fn source(&self, rate: SampleRate, seed: u64) -> Option<(String, SineSource)> {
        let name = self.excitation.as_ref()?.name.clone();
        let source = SineSource::new(self.mix.clone()?, rate, self.hop, seed);
        Some((name, if self.noisy { source } else { source.quiet() }))
    }

    /// Loads the head.
    pub(super) fn load_head(
        &self,
        runtime: &Runtime,
        device: Device,
    ) -> Result<OnnxSession, GraphError> {
        let precision = self.precisions.head(runtime, device);
        let form = precision.identity();
        let (session, _) = self.head.load(&form, runtime, device, |graph| {
            Ok((precision.apply(graph)?, String::new()))
        })?;
        Ok(session)
    }

    /// Loads the generator for whole segments.
    pub(super) fn load_generator(
        &self,
        runtime: &Runtime,
        device: Device,
    ) -> Result<OnnxSession, GraphError> {
        let precision = self.precisions.generator(runtime, device);
        let form = precision.identity();
        let (session, _) = self.generator.load(&form, runtime, device, |graph| {
            Ok((precision.apply(graph)?, String::new()))
        })?;
        Ok(session)
    }

    /// Loads the generator for streams that know `lookahead` frames of future, at most as many as it can use.
    pub(super) fn load_streamed(
        &self,
        lookahead: usize,
        runtime: &Runtime,
        device: Device,
    ) -> Result<(OnnxSession, StreamedShape), GraphError> {
        let precision = self.precisions.generator(runtime, device);
        let form = format!(
            "{}, streamed with {lookahead} frames ahead",
            precision.identity()
        );
        let (session, about) = self.generator.load(&form, runtime, device, |graph| {
            let streamed = StreamedGenerator::new(&self.cut_with(graph), lookahead)?;
            let about = serde_json::to_string(&streamed.shape);
            let about = about.map_err(|error| LoadError::Unsupported(error.to_string()))?;
            Ok((precision.apply(streamed.graph)?, about))
        })?;
        let shape = serde_json::from_str(&about);
        let shape = shape.map_err(|error| LoadError::Unsupported(error.to_string()))?;
        Ok((session, shape))
    }

    /// The cut with its generator alone: nobody streams the head.
    fn cut_with(&self, generator: Graph) -> Cut {
        Cut {
            head: Graph::empty("head"),
            generator,
            latents: self.latents.clone(),
            excitation: self.excitation.clone(),
            hop: self.hop,
        }
    }
}

/// Whether the graph's `source` gives what `ours` gives; and whether it has noise.
fn compare_source(
    source: &Graph,
    ours: SineSource,
    mix: &SourceMix,
    random: &[RandomInput],
    variant: Variant,
    runtime: &Runtime,
) -> Result<bool, GraphError> {
    let (inputs, _) = source.specs()?;
    let f0 = contour(SOURCE_FRAMES);
    let own: Vec<&RandomInput> = random
        .iter()
        .filter(|input| reads(&inputs, &input.name))
        .collect();
    let is_normal =
        |input: &&&RandomInput| matches!(input.distribution, Distribution::Normal { .. });
    let noisy = own.iter().any(|input| is_normal(&input));
    // An even start and an even noise are told from sines as well as random ones, and both sides can be given them.
    let (start, noise) = (0.3, if noisy { 1.0 } else { 0.0 });
    let mut fed = feeds(variant, &f0);
    for input in &own {
        let value = if is_normal(&input) { noise } else { start };
        fed.push(constant(input, f0.len(), value));
    }
    let fed: Vec<(&str, &Tensor)> = fed
        .iter()
        .filter(|(name, _)| reads(&inputs, name))
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    let outputs = source.run(runtime, &fed)?;
    let expected = outputs.first().and_then(Tensor::as_f32).unwrap_or_default();
    let has_starts = own.iter().any(|input| !is_normal(&input));
    let starts = (0..mix.weights.len()).map(|harmonic| match harmonic {
        0 => 0.0,
        _ if has_starts => f64::from(start),
        _ => 0.0,
    });
    let found = ours
        .with_constants(starts.collect(), f64::from(noise))
        .make(&f0, f0.len());
    let off = difference(expected, &found);
    match off <= SOURCE_TOLERANCE {
        true => Ok(noisy),
        false => Err(GraphError::Differs {
            graph: source.name().to_owned(),
            found: off,
            allowed: SOURCE_TOLERANCE,
        }),
    }
}

/// The largest difference as a share of the expected peak; infinite for another length.
fn difference(expected: &[f32], found: &[f32]) -> f64 {
    if expected.len() != found.len() {
        return f64::INFINITY;
    }
    let peak = expected.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    let off = expected.iter().zip(found).map(|(a, b)| (a - b).abs());
    f64::from(off.fold(0.0, f32::max)) / f64::from(peak.max(f32::MIN_POSITIVE))
}

fn reads(inputs: &[TensorSpec], name: &str) -> bool {
    inputs.iter().any(|input| input.name == name)
}

fn constant(input: &RandomInput, frames: usize, value: f32) -> (String, Tensor) {
    let shape: Vec<usize> = input.shape.iter().map(|extent| extent.at(frames)).collect();
    let count = shape.iter().product();
    (input.name.clone(), Tensor::f32(&shape, vec![value; count]))
}

/// An F0 contour with voiced and unvoiced frames.
fn contour(frames: usize) -> Vec<f32> {
    let f0 = |x: usize| {
        if x % 11 < 2 {
            0.0
        } else {
            170.0 + 7.0 * (x % 8) as f32
        }
    };
    (0..frames).map(f0).collect()
}

/// What the graph is fed for a contour, when only shapes and the source matter.
fn feeds(variant: Variant, f0: &[f32]) -> Vec<(String, Tensor)> {
    let frames = f0.len();
    let rows = frames.div_ceil(2);
    let dim = variant.content_dim.unwrap_or(768);
    let content = Content {
        frame_ms: 20,
        start_ms: None,
        tensor: Tensor::zeros(&[1, rows, dim]),
        frames: rows,
    };
    let speaker = match variant.speaker {
        SpeakerForm::Number | SpeakerForm::None => Speaker::One(0),
        SpeakerForm::Mix(count) => Speaker::Mix(vec![1.0 / count as f32; count]),
    };
    let features = Features {
        content: &content,
        mel2ph: (0..frames)
            .map(|frame| (frame * rows / frames + 1) as i64)
            .collect(),
        f0: f0.to_vec(),
        uv: f0.iter().map(|&f0| f32::from(u8::from(f0 > 0.0))).collect(),
        noise: vec![0.0; NOISE_CHANNELS * frames],
        noise_scale: 0.0,
        volume: variant.volume.then(|| vec![0.1; frames]),
    };
    // The speaker above is of the variant's own form.
    let tensors = variant.tensors(features, &speaker).unwrap_or_default();
    let named = tensors
        .into_iter()
        .map(|(name, tensor)| (name.to_owned(), tensor));
    named.collect()
}
