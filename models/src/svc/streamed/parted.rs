//! Runs a parted synthesizer over a whole segment.

use super::prepared::PreparedSynthesizer;
use super::random_feeds::RandomFeeds;
use super::sine_source::SineSource;
use crate::error::RunError;
use crate::graph::{CutTensor, Feed, GraphError};
use crate::model::{Model, Tensor};
use crate::runtime::{Device, OnnxSession, Runtime};
use syrinx_dsp::SampleRate;

/// A parted synthesizer over whole segments: what the uncut graph gives, with a seed.
pub(crate) struct PartedSynthesizer {
    head: OnnxSession,
    generator: OnnxSession,
    latents: Vec<CutTensor>,
    /// What makes the excitation, and the input that it is for.
    source: Option<(String, SineSource)>,
    random: RandomFeeds,
}

impl PartedSynthesizer {
    /// Loads both parts.
    ///
    /// # Errors
    /// If the backend refuses one.
    pub(crate) fn load(
        prepared: &PreparedSynthesizer,
        rate: SampleRate,
        runtime: &Runtime,
        device: Device,
    ) -> Result<PartedSynthesizer, GraphError> {
        Ok(PartedSynthesizer {
            head: prepared.load_head(runtime, device)?,
            generator: prepared.load_generator(runtime, device)?,
            latents: prepared.latents.clone(),
            source: prepared.source(rate, 0),
            random: RandomFeeds::new(prepared.random.clone(), 0),
        })
    }

    /// The outputs of the generator for the synthesizer's `inputs`, F0 on their frames, and the place of the segment:
    /// its first frame and the seed.
    ///
    /// # Errors
    /// If a network fails.
    pub(crate) fn run(
        &mut self,
        inputs: &[(&str, &Tensor)],
        f0_hz: &[f32],
        place: (i64, u64),
    ) -> Result<Vec<Tensor>, RunError> {
        let fed = self.between(inputs, f0_hz, place)?;
        let fed: Vec<(&str, &Tensor)> = fed
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
            .collect();
        self.generator.run(&fed)
    }

    /// What the generator is given.
    ///
    /// # Errors
    /// If the head fails.
    pub(crate) fn between(
        &mut self,
        inputs: &[(&str, &Tensor)],
        f0_hz: &[f32],
        (first, seed): (i64, u64),
    ) -> Result<Feed, RunError> {
        self.random.reseed(seed);
        let drawn = self.random.frames(first, f0_hz.len());
        let fed: Vec<(&str, &Tensor)> = inputs
            .iter()
            .copied()
            .chain(drawn.iter().map(|(name, tensor)| (name.as_str(), tensor)))
            .filter(|(name, _)| self.head.inputs().iter().any(|input| input.name == *name))
            .collect();
        let latents = self.head.run(&fed)?;
        let names = self.latents.iter().map(|tensor| tensor.name.clone());
        let mut fed: Feed = names.zip(latents).collect();
        if let Some((name, source)) = &mut self.source {
            source.restart_at(seed, first);
            let made = source.make(f0_hz, f0_hz.len());
            fed.push((name.clone(), Tensor::f32(&[1, 1, made.len()], made)));
        }
        Ok(fed)
    }
}
