//! The two networks of a source-filter voice with the state that they carry from frame to frame.

use super::parameters::SourceFilterParameters;
use crate::bundle::VoiceBundle;
use crate::error::{LoadError, RunError, check_finite};
use crate::model::{Model, Tensor, TensorSpec};
use crate::runtime::{Device, OnnxSession, Runtime};

/// Mel bands that the encoder hears.
pub const MELS: usize = 80;

/// Encoder and decoder, one frame at a time.
pub struct Networks {
    encoder: OnnxSession,
    decoder: OnnxSession,
    mel: Tensor,
    encoder_state: Tensor,
    content: Tensor,
    f0: Tensor,
    speaker: Tensor,
    decoder_state: Tensor,
    harmonic: Vec<f32>,
    noise: Vec<f32>,
}

impl Networks {
    /// Loads both networks and runs each once.
    ///
    /// # Errors
    /// If a graph does not have the declared inputs and outputs, or the device cannot serve.
    pub fn load(
        runtime: &Runtime,
        bundle: &VoiceBundle,
        device: Device,
        parameters: &SourceFilterParameters,
    ) -> Result<Networks, LoadError> {
        let one = Some(1);
        let f32 = TensorSpec::f32;
        let (content, knots) = (Some(parameters.content), Some(parameters.knots));
        let speakers = Some(parameters.speakers.len());
        let (state1, state2) = (
            Some(parameters.encoder_state),
            Some(parameters.decoder_state),
        );
        let encoder = runtime.load(
            "encoder",
            &bundle.file("encoder")?,
            &[
                f32("mel", &[one, Some(MELS), one]),
                f32("state_in", &[one, state1]),
            ],
            &[
                f32("content", &[one, content, one]),
                f32("state_out", &[one, state1]),
            ],
            device,
        )?;
        let decoder = runtime.load(
            "decoder",
            &bundle.file("decoder")?,
            &[
                f32("content", &[one, content, one]),
                f32("f0", &[one, Some(2), one]),
                f32("speaker", &[one, speakers]),
                f32("state_in", &[one, state2]),
            ],
            &[
                f32("harmonic", &[one, knots, one]),
                f32("noise", &[one, knots, one]),
                f32("state_out", &[one, state2]),
            ],
            device,
        )?;
        let mut networks = Networks {
            encoder,
            decoder,
            mel: Tensor::zeros(&[1, MELS, 1]),
            encoder_state: Tensor::zeros(&[1, parameters.encoder_state]),
            content: Tensor::zeros(&[1, parameters.content, 1]),
            f0: Tensor::zeros(&[1, 2, 1]),
            speaker: Tensor::zeros(&[1, parameters.speakers.len()]),
            decoder_state: Tensor::zeros(&[1, parameters.decoder_state]),
            harmonic: vec![0.0; parameters.knots],
            noise: vec![0.0; parameters.knots],
        };
        networks.prewarm()?;
        Ok(networks)
    }

    /// The same networks for another stream, which may run on another thread, with a state of its own; see
    /// [`OnnxSession::share`]. `bundle` is the one that they were loaded from.
    ///
    /// # Errors
    /// If the backend needs the files of `bundle` once more and they are not there, or the device cannot serve.
    pub fn share(&self, bundle: &VoiceBundle) -> Result<Networks, LoadError> {
        let mut networks = Networks {
            encoder: self.encoder.share(|| Ok(bundle.file("encoder")?))?,
            decoder: self.decoder.share(|| Ok(bundle.file("decoder")?))?,
            mel: self.mel.clone(),
            encoder_state: self.encoder_state.clone(),
            content: self.content.clone(),
            f0: self.f0.clone(),
            speaker: self.speaker.clone(),
            decoder_state: self.decoder_state.clone(),
            harmonic: self.harmonic.clone(),
            noise: self.noise.clone(),
        };
        networks.reset();
        networks.prewarm()?;
        Ok(networks)
    }

    /// Runs each network once, so that the first chunk is as quick as the next.
    fn prewarm(&mut self) -> Result<(), LoadError> {
        let failed = |model: &str| {
            let model = model.to_owned();
            move |source| LoadError::Prewarm { model, source }
        };
        self.encode(&[0.0; MELS]).map_err(failed("encoder"))?;
        self.decode(0.0, false).map_err(failed("decoder"))?;
        self.reset();
        Ok(())
    }

    /// Chooses the speaker by id.
    pub fn set_speaker(&mut self, speaker: usize) {
        for (index, weight) in floats(&mut self.speaker).iter_mut().enumerate() {
            *weight = if index == speaker { 1.0 } else { 0.0 };
        }
    }

    /// Hears one frame of log-mel values; the content inside is then that of the frame `lookahead` earlier.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn encode(&mut self, mel: &[f32]) -> Result<(), RunError> {
        floats(&mut self.mel).copy_from_slice(mel);
        let inputs = [("mel", &self.mel), ("state_in", &self.encoder_state)];
        let outputs = self.encoder.run(&inputs)?;
        [self.content, self.encoder_state] =
            take(outputs, ["content", "state_out"], &self.encoder)?;
        Ok(())
    }

    /// Speaks the content inside: the envelopes of one frame, from the output's F0 in Hz (interpolated through
    /// unvoiced frames).
    ///
    /// # Errors
    /// If the backend fails or gives values that are not finite: they would sound for ever in what rings on.
    pub fn decode(&mut self, f0_hz: f32, voiced: bool) -> Result<(&[f32], &[f32]), RunError> {
        let f0 = floats(&mut self.f0);
        // The network hears F0 relative to 200 Hz, the middle of speech, in log.
        f0[0] = (f0_hz.max(1.0) / 200.0).ln();
        f0[1] = if voiced { 1.0 } else { 0.0 };
        let inputs = [
            ("content", &self.content),
            ("f0", &self.f0),
            ("speaker", &self.speaker),
            ("state_in", &self.decoder_state),
        ];
        let outputs = self.decoder.run(&inputs)?;
        let [harmonic, noise, state] =
            take(outputs, ["harmonic", "noise", "state_out"], &self.decoder)?;
        for (name, tensor) in [("harmonic", &harmonic), ("noise", &noise)] {
            check_finite(name, tensor.as_f32().unwrap_or(&[]))?;
        }
        self.decoder_state = state;
        self.harmonic
            .copy_from_slice(harmonic.as_f32().unwrap_or(&[]));
        self.noise.copy_from_slice(noise.as_f32().unwrap_or(&[]));
        Ok((&self.harmonic, &self.noise))
    }

    /// Makes every further run fail.
    #[cfg(test)]
    pub(super) fn poison(&mut self) {
        floats(&mut self.encoder_state).fill(f32::NAN);
        floats(&mut self.decoder_state).fill(f32::NAN);
    }

    /// Forgets everything heard and said.
    pub fn reset(&mut self) {
        for tensor in [
            &mut self.encoder_state,
            &mut self.decoder_state,
            &mut self.content,
        ] {
            floats(tensor).fill(0.0);
        }
    }
}

/// The floats of a tensor that this file made as floats.
fn floats(tensor: &mut Tensor) -> &mut [f32] {
    tensor.as_f32_mut().expect("made as a float tensor")
}

/// The outputs in the order of `names`. The graph's own order may differ; names and shapes were checked when
/// it was loaded.
fn take<const N: usize>(
    outputs: Vec<Tensor>,
    names: [&str; N],
    model: &dyn Model,
) -> Result<[Tensor; N], RunError> {
    let mut slots: Vec<Option<Tensor>> = outputs.into_iter().map(Some).collect();
    let mut missing = None;
    let taken = names.map(|name| {
        let index = model.outputs().iter().position(|spec| spec.name == name);
        let tensor = index.and_then(|index| slots.get_mut(index)?.take());
        tensor.unwrap_or_else(|| {
            missing = Some(name);
            Tensor::zeros(&[0])
        })
    });
    match missing {
        None => Ok(taken),
        Some(name) => Err(RunError::Output {
            name: name.to_owned(),
            expected: "a tensor".to_owned(),
            found: "nothing".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{Backend, RuntimeConfig};

    /// What a stream of frames gives.
    fn spoken(networks: &mut Networks, seed: usize, frames: std::ops::Range<usize>) -> Vec<f32> {
        let mut spoken = Vec::new();
        for frame in frames {
            let mel: Vec<f32> = (0..MELS)
                .map(|band| ((band + 7) * (frame + 2) * seed) as f32 * 0.1)
                .map(|angle| 2.0 * angle.sin() - 4.0)
                .collect();
            networks.encode(&mel).unwrap();
            let (harmonic, noise) = networks.decode(100.0 * seed as f32, true).unwrap();
            spoken.extend_from_slice(harmonic);
            spoken.extend_from_slice(noise);
        }
        spoken
    }

    #[test]
    fn sharers_speak_as_each_does_alone() {
        // tract, and what serves here.
        for backend in [Some(Backend::Tract), None] {
            let config = RuntimeConfig {
                backend,
                ..RuntimeConfig::default()
            };
            let runtime = Runtime::new(config).unwrap();
            let bundle = VoiceBundle::default_voice().unwrap();
            let parameters: SourceFilterParameters = bundle.parameters().unwrap();
            let load = || Networks::load(&runtime, &bundle, Device::Cpu, &parameters).unwrap();
            let expected = [1, 2].map(|seed| {
                let mut alone = load();
                alone.set_speaker(seed - 1);
                spoken(&mut alone, seed, 0..40)
            });
            let mut first = load();
            first.set_speaker(0);
            spoken(&mut first, 5, 0..10);
            // It has heard something: the sharer must not.
            let mut second = first.share(&bundle).unwrap();
            second.set_speaker(1);
            first.reset();
            let mut heard = [Vec::new(), Vec::new()];
            for frame in 0..20 {
                heard[0].extend(spoken(&mut first, 1, frame..frame + 1));
                heard[1].extend(spoken(&mut second, 2, frame..frame + 1));
            }
            std::thread::scope(|scope| {
                let one = scope.spawn(|| spoken(&mut first, 1, 20..40));
                let two = scope.spawn(|| spoken(&mut second, 2, 20..40));
                heard[0].extend(one.join().unwrap());
                heard[1].extend(two.join().unwrap());
            });
            assert!(heard == expected, "on {}", runtime.backend());
        }
    }
}
