//! Networks whose answer is known, in the tensors of RVC.

use std::sync::{Arc, Mutex};

use syrinx_dsp::SampleRate;

use crate::error::RunError;
use crate::model::{Model, Tensor, TensorSpec};
use crate::svc::parameters::Unvoiced;
use crate::svc::pipeline::{PipelineConfig, SvcPipeline};
use crate::svc::{ContentEncoder, Synthesizer, content_frames};

const RATE: SampleRate = SampleRate::of(40_000);

/// Samples per frame at the networks' rate.
pub(super) const HOP: usize = 400;

/// Noise and F0 of each run.
pub(super) type Heard = Arc<Mutex<Vec<(Vec<f32>, Vec<f32>)>>>;

/// A content encoder that says nothing.
struct Mute([TensorSpec; 1], [TensorSpec; 1]);

impl Model for Mute {
    fn inputs(&self) -> &[TensorSpec] {
        &self.0
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.1
    }

    fn run(&mut self, inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, RunError> {
        let frames = content_frames(inputs[0].1.shape()[2]);
        Ok(vec![Tensor::zeros(&[1, frames, 2])])
    }
}

/// A synthesizer that hums at one level, and remembers what it was given.
struct Hum(Vec<TensorSpec>, [TensorSpec; 1], Heard);

impl Model for Hum {
    fn inputs(&self) -> &[TensorSpec] {
        &self.0
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.1
    }

    fn run(&mut self, inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, RunError> {
        let of = |name| inputs.iter().find(|input| input.0 == name).unwrap().1;
        let values = |name| of(name).as_f32().unwrap().to_vec();
        let samples = of("phone").shape()[1] * HOP;
        self.2
            .lock()
            .unwrap()
            .push((values("rnd"), values("pitchf")));
        let audio = (0..samples).map(|n| 0.2 * (n as f32 * 0.05).sin());
        Ok(vec![Tensor::f32(&[1, 1, samples], audio.collect())])
    }
}

/// A pipeline of the two, with so many samples per frame.
pub(super) fn pipeline(hop: usize) -> (SvcPipeline, Heard) {
    let heard = Heard::default();
    let encoder = Mute(
        [TensorSpec::f32("source", &[None, Some(1), None])],
        [TensorSpec::f32("embed", &[None, None, Some(2)])],
    );
    let row = [Some(1), None];
    let inputs = vec![
        TensorSpec::f32("phone", &[Some(1), None, Some(2)]),
        TensorSpec::i64("phone_lengths", &[Some(1)]),
        TensorSpec::i64("pitch", &row),
        TensorSpec::f32("pitchf", &row),
        TensorSpec::i64("ds", &[Some(1)]),
        TensorSpec::f32("rnd", &[Some(1), Some(192), None]),
    ];
    let output = [TensorSpec::f32("audio", &[None, None, None])];
    let synthesizer = Hum(inputs, output, heard.clone());
    let pipeline = SvcPipeline::new(
        ContentEncoder::new("mute", Box::new(encoder)).unwrap(),
        Synthesizer::new("hum", Box::new(synthesizer), hop).unwrap(),
        PipelineConfig {
            rate: RATE,
            hop,
            noise_scale: 1.0,
            unvoiced: Unvoiced::Zero,
        },
    );
    (pipeline.unwrap(), heard)
}
