//! The three networks of a speaking voice, one step at a time; whoever steps them holds the state.

use std::sync::{Arc, Mutex, PoisonError};

use super::parameters::SpeechParameters;
use crate::bundle::VoiceBundle;
use crate::error::{LoadError, RunError, check_finite};
use crate::model::{Model, Tensor, TensorSpec};
use crate::runtime::{Device, OnnxSession, Runtime};

/// Where in its phone a frame is: four numbers.
pub(super) const POSITION: usize = 4;

/// What the second network gives beside the content: ln(F0 / 200 Hz), the voicing's logit and the level.
const PROSODY: usize = 3;

/// A network with a state tensor, shared by all utterances of a voice. The networks keep nothing between runs, so
/// sharing changes no result; the lock is held for one step.
#[derive(Clone)]
pub(super) struct StepNetwork {
    session: Arc<Mutex<OnnxSession>>,
    state: usize,
    outputs: Vec<&'static str>,
}

/// The state of a network that is being stepped: zeros at the start.
#[derive(Clone, Debug)]
pub(super) struct StepState(Tensor);

impl StepNetwork {
    /// Loads one network. `inputs` and `outputs` are its tensors `[1, size, 1]` beside the state; `speaker` is one of
    /// `[1, size]`.
    fn load(
        (runtime, bundle, device): (&Runtime, &VoiceBundle, Device),
        role: &str,
        inputs: &[(&str, usize)],
        speaker: Option<usize>,
        outputs: &[(&'static str, usize)],
        state: usize,
    ) -> Result<StepNetwork, LoadError> {
        let one = Some(1);
        let frame = |&(name, size): &(&str, usize)| TensorSpec::f32(name, &[one, Some(size), one]);
        let mut expected: Vec<TensorSpec> = inputs.iter().map(frame).collect();
        expected.extend(speaker.map(|size| TensorSpec::f32("speaker", &[one, Some(size)])));
        expected.push(TensorSpec::f32("state_in", &[one, Some(state)]));
        let mut given: Vec<TensorSpec> = outputs
            .iter()
            .map(|&(name, size)| frame(&(name, size)))
            .collect();
        given.push(TensorSpec::f32("state_out", &[one, Some(state)]));
        let mut session = runtime.load(role, &bundle.file(role)?, &expected, &given, device)?;
        session.prewarm_with(1)?;
        Ok(StepNetwork {
            session: Arc::new(Mutex::new(session)),
            state,
            outputs: outputs.iter().map(|&(name, _)| name).collect(),
        })
    }

    /// The state to begin with.
    pub fn start(&self) -> StepState {
        StepState(Tensor::zeros(&[1, self.state]))
    }

    /// One step: the outputs in the order of their declaration, and the state moves on.
    ///
    /// # Errors
    /// If the backend fails or gives numbers that are not finite.
    pub fn step(
        &self,
        inputs: &[(&str, &Tensor)],
        state: &mut StepState,
    ) -> Result<Vec<Vec<f32>>, RunError> {
        let mut all = inputs.to_vec();
        all.push(("state_in", &state.0));
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let tensors = session.run(&all)?;
        let named = |name: &str| {
            let specs = session.outputs().iter();
            specs
                .zip(&tensors)
                .find(|(spec, _)| spec.name == name)
                .map(|(_, tensor)| tensor)
                .ok_or_else(|| RunError::Output {
                    name: name.to_owned(),
                    expected: "a tensor".to_owned(),
                    found: "nothing".to_owned(),
                })
        };
        let mut values = Vec::with_capacity(self.outputs.len());
        for name in &self.outputs {
            let output = named(name)?.as_f32().unwrap_or(&[]);
            check_finite(name, output)?;
            values.push(output.to_vec());
        }
        let next = named("state_out")?.clone();
        state.0 = next;
        Ok(values)
    }
}

/// The networks of a speaking voice.
#[derive(Clone)]
pub(super) struct SpeechNetworks {
    /// Features of a phone to the log of its frames and what the next network hears of it.
    pub phones: StepNetwork,
    /// A phone and the place in it to content and prosody.
    pub frames: StepNetwork,
    /// Content, F0 and speaker to envelopes: the decoder of the conversion voice.
    pub decoder: StepNetwork,
}

impl SpeechNetworks {
    /// Loads the three and runs each once.
    ///
    /// # Errors
    /// If a graph does not have the declared inputs and outputs, or the device cannot serve.
    pub fn load(
        runtime: &Runtime,
        bundle: &VoiceBundle,
        device: Device,
        parameters: &SpeechParameters,
    ) -> Result<SpeechNetworks, LoadError> {
        let from = (runtime, bundle, device);
        let hidden = parameters.hidden;
        let phones = StepNetwork::load(
            from,
            "phones",
            &[("features", parameters.features())],
            None,
            &[("duration", 1), ("hidden", hidden)],
            parameters.phones_state,
        )?;
        let frames = StepNetwork::load(
            from,
            "frames",
            &[("hidden", hidden), ("position", POSITION)],
            None,
            &[("content", parameters.content), ("prosody", PROSODY)],
            parameters.frames_state,
        )?;
        let decoder = StepNetwork::load(
            from,
            "decoder",
            &[("content", parameters.content), ("f0", 2)],
            Some(parameters.log_f0_means.len()),
            &[("harmonic", parameters.knots), ("noise", parameters.knots)],
            parameters.decoder_state,
        )?;
        Ok(SpeechNetworks {
            phones,
            frames,
            decoder,
        })
    }
}

/// One frame of `values` as the networks take it.
pub(super) fn frame(values: &[f32]) -> Tensor {
    Tensor::f32(&[1, values.len(), 1], values.to_vec())
}
