//! Runs head and generator of a cut synthesizer, chunk after chunk.

use super::prepared::PreparedSynthesizer;
use super::random_feeds::RandomFeeds;
use super::sine_source::SineSource;
use crate::error::{RunError, check_finite};
use crate::graph::{CutTensor, GraphError, StateTensor};
use crate::model::{Model, Tensor};
use crate::runtime::{Device, OnnxSession, Runtime};
use syrinx_dsp::SampleRate;

/// Head and generator of a cut synthesizer with the state between chunks.
pub(super) struct CutSpeaker {
    head: OnnxSession,
    generator: OnnxSession,
    latents: Vec<CutTensor>,
    audio: String,
    names: Vec<StateTensor>,
    states: Vec<Tensor>,
    /// What makes the excitation, and the input that it is for.
    source: Option<(String, SineSource)>,
    random: RandomFeeds,
    hop: usize,
    lookahead: usize,
}

/// The frames that are to be spoken, at the end of what the head is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Frames before them: context of the head alone.
    pub(super) before: usize,
    /// Frames to be spoken now.
    pub(super) count: usize,
}

impl CutSpeaker {
    /// Loads both parts; the generator gets `lookahead` frames of future, at most as many as it can use.
    ///
    /// # Errors
    /// If the generator cannot be streamed or a part cannot be loaded.
    pub(super) fn load(
        prepared: &PreparedSynthesizer,
        lookahead: usize,
        rate: SampleRate,
        seed: u64,
        runtime: &Runtime,
        device: Device,
    ) -> Result<CutSpeaker, GraphError> {
        let (generator, streamed) = prepared.load_streamed(lookahead, runtime, device)?;
        Ok(CutSpeaker {
            head: prepared.load_head(runtime, device)?,
            generator,
            latents: prepared.latents.clone(),
            audio: streamed.audio.clone(),
            states: streamed.start(),
            source: prepared.source(rate, seed),
            random: RandomFeeds::new(prepared.random.clone(), seed),
            hop: prepared.hop,
            lookahead: streamed.lookahead,
            names: streamed.states,
        })
    }

    /// Frames of future that the generator gets.
    pub(super) fn lookahead(&self) -> usize {
        self.lookahead
    }

    /// Speaks the frames of `span`: `span.count * hop` samples. `inputs` are the synthesizer's, for
    /// `before + count + lookahead` frames, the first of which is number `first`; `f0_hz` is F0 on them.
    ///
    /// # Errors
    /// If a network fails or gives something else than it should.
    pub(super) fn speak(
        &mut self,
        inputs: Vec<(&'static str, Tensor)>,
        f0_hz: &[f32],
        first: i64,
        span: Span,
    ) -> Result<Vec<f32>, RunError> {
        let frames = f0_hz.len();
        let drawn = self.random.frames(first, frames);
        let fed: Vec<(&str, &Tensor)> = inputs
            .iter()
            .map(|(name, tensor)| (*name, tensor))
            .chain(drawn.iter().map(|(name, tensor)| (name.as_str(), tensor)))
            .filter(|(name, _)| self.head.inputs().iter().any(|input| input.name == *name))
            .collect();
        let latents = self.head.run(&fed)?;
        let mut fed = Vec::new();
        for (tensor, value) in self.latents.iter().zip(&latents) {
            let part = section(tensor, value, span.before, frames)?;
            fed.push((tensor.name.as_str(), part));
        }
        if let Some((name, source)) = &mut self.source {
            let excitation = source.make(&f0_hz[span.before..], span.count);
            let tensor = Tensor::f32(&[1, 1, excitation.len()], excitation);
            fed.push((name.as_str(), tensor));
        }
        let states = self.names.iter().map(|state| state.input.as_str());
        let fed: Vec<(&str, &Tensor)> = fed
            .iter()
            .map(|(name, tensor)| (*name, tensor))
            .chain(states.zip(&self.states))
            .collect();
        let given = self.generator.run(&fed)?;
        self.keep(given, span.count * self.hop)
    }

    /// Takes audio and states from what the generator gave.
    fn keep(&mut self, mut given: Vec<Tensor>, length: usize) -> Result<Vec<f32>, RunError> {
        let outputs = self.generator.outputs();
        let place = |name: &str| outputs.iter().position(|output| output.name == name);
        let audio = place(&self.audio).and_then(|index| given.get(index));
        let samples = match audio.and_then(Tensor::as_f32) {
            Some(samples) if samples.len() == length => samples.to_vec(),
            _ => {
                return Err(RunError::Output {
                    name: "audio".to_owned(),
                    expected: format!("f32[1, 1, {length}]"),
                    found: audio.map_or("nothing".to_owned(), |tensor| {
                        format!("{:?}", tensor.shape())
                    }),
                });
            }
        };
        check_finite("audio", &samples)?;
        for (state, name) in self.states.iter_mut().zip(&self.names) {
            if let Some(next) = place(&name.output).and_then(|index| given.get_mut(index)) {
                std::mem::swap(state, next);
            }
        }
        Ok(samples)
    }

    /// Says nothing for this many frames: the past is silence afterwards.
    pub(super) fn rest(&mut self, frames: usize) {
        if let Some((_, source)) = &mut self.source {
            source.make(&vec![0.0; frames], frames);
        }
        self.forget();
    }

    fn forget(&mut self) {
        for (state, name) in self.states.iter_mut().zip(&self.names) {
            *state = Tensor::zeros(&name.shape);
        }
    }

    /// The start of a stream with another seed, or the same.
    pub(super) fn reset(&mut self, seed: u64) {
        self.forget();
        if let Some((_, source)) = &mut self.source {
            source.restart(seed);
        }
        self.random.reseed(seed);
    }
}

/// Frames `from..to` of a latent; all of one that does not change in time.
fn section(tensor: &CutTensor, value: &Tensor, from: usize, to: usize) -> Result<Tensor, RunError> {
    let rate = tensor.rate();
    let expected = || RunError::Output {
        name: tensor.name.clone(),
        expected: format!("f32[1, ?, {}]", to * rate.max(1)),
        found: format!("{}{:?}", value.element(), value.shape()),
    };
    let (Some(data), &[1, channels, time]) = (value.as_f32(), value.shape()) else {
        return Err(expected());
    };
    check_finite(&tensor.name, data)?;
    if rate == 0 {
        return Ok(value.clone());
    }
    if time != to * rate {
        return Err(expected());
    }
    let mut part = Vec::with_capacity(channels * (to - from) * rate);
    for row in data.chunks_exact(time) {
        part.extend_from_slice(&row[from * rate..]);
    }
    Ok(Tensor::f32(&[1, channels, (to - from) * rate], part))
}
