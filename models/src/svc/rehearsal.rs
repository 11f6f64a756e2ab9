//! Hears two parts of a recording, so that the networks of a parted voice can be planned on what they will get.

use syrinx_dsp::SampleRate;

use super::listener::{Ears, Listener, Melody};
use super::loading::encoder;
use super::pipeline::{Controls, PipelineConfig, Segment, features};
use super::precision::Precisions;
use super::streamed::{PartedSynthesizer, PreparedSynthesizer};
use super::synthesizer::{Inputs, Variant};
use super::{ContentEncoder, FrameNoise, SvcVoice};
use crate::error::{ConvertError, LoadError};
use crate::graph::{Feed, GraphError, VariantError};
use crate::model::Tensor;
use crate::progress::Observer;
use crate::runtime::{Backend, Device, Runtime};

/// Seconds of the recording on which ranges are measured, and as many after them on which the error is: the states of
/// all layers of a full-size voice over them take about a gigabyte.
const SECONDS: usize = 4;

/// A part of the recording with what the networks get for it.
pub(super) struct Heard {
    pub(super) speech_16k: Feed,
    pub(super) inputs: Inputs,
    pub(super) f0_hz: Vec<f32>,
}

/// A voice that is to be planned, with what its networks get for two parts of a recording.
pub(super) struct Rehearsal<'a> {
    pub(super) voice: &'a SvcVoice,
    pub(super) config: PipelineConfig,
    pub(super) prepared: PreparedSynthesizer,
    pub(super) heard: [Heard; 2],
    /// The second part, on which the error is measured.
    held_out: &'a [f32],
}

impl<'a> Rehearsal<'a> {
    /// Hears `recording`, at the voice's own rate. `form` is what is planned, for messages.
    ///
    /// # Errors
    /// If the voice is not parted, there is too little of a recording, or a network fails.
    pub(super) fn new(
        voice: &'a SvcVoice,
        recording: &'a [f32],
        form: &str,
    ) -> Result<Rehearsal<'a>, ConvertError> {
        let refuse = |reason: &str| unsupported(voice, form, reason);
        let stream = voice.parameters.stream.as_ref();
        let stream = stream.ok_or_else(|| {
            refuse("expected a voice whose synthesizer is parted; import it again")
        })?;
        if voice.runtime.backend() != Backend::OnnxRuntime || voice.device != Device::Cpu {
            return Err(refuse("expected ONNX Runtime on the CPU"));
        }
        let config = super::config(&voice.bundle, &voice.parameters)?;
        let length = SECONDS * config.rate.hz() as usize / config.hop * config.hop;
        if recording.len() < 2 * length {
            let found = recording.len() as f64 / f64::from(config.rate.hz());
            let reason = format!(
                "expected {} seconds of a recording, found {found:.1}",
                2 * SECONDS
            );
            return Err(refuse(&reason));
        }
        let held_out = &recording[length..2 * length];
        Ok(Rehearsal {
            voice,
            config,
            prepared: stream.assemble(&voice.bundle, Precisions::default())?,
            heard: hear(voice, config, [&recording[..length], held_out])?,
            held_out,
        })
    }

    /// What the generator gets for each part.
    pub(super) fn between(&self) -> Result<[Feed; 2], GraphError> {
        between(
            &self.prepared,
            self.config.rate,
            &self.heard,
            &self.voice.runtime,
        )
    }

    /// How far the second part is from that of fp32 when `encoder` hears it and `prepared` speaks.
    pub(super) fn error_of(
        &self,
        other: ContentEncoder,
        prepared: &PreparedSynthesizer,
    ) -> Result<Result<VariantError, GraphError>, ConvertError> {
        let mut spoken = Vec::new();
        let plain = plain_encoder(self.voice)?;
        for (encoder, prepared) in [(plain, &self.prepared), (other, prepared)] {
            match self.speak(encoder, prepared)? {
                Ok(samples) => spoken.push(samples),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(VariantError::of(&spoken[0], &spoken[1], self.config.rate))
    }

    fn speak(
        &self,
        encoder: ContentEncoder,
        prepared: &PreparedSynthesizer,
    ) -> Result<Result<Vec<f32>, GraphError>, ConvertError> {
        let (voice, config) = (self.voice, self.config);
        let mut listener = Listener::new(encoder, Ears::default(), config)?;
        let (inputs, f0_hz) = inputs_of(&mut listener, config, voice.variant, self.held_out)?;
        let whole = PartedSynthesizer::load(prepared, config.rate, &voice.runtime, voice.device);
        let mut whole = match whole {
            Ok(whole) => whole,
            Err(error) => return Ok(Err(error)),
        };
        let inputs: Vec<(&str, &Tensor)> = inputs
            .iter()
            .map(|(name, tensor)| (*name, tensor))
            .collect();
        let outputs = whole.run(&inputs, &f0_hz, (0, 0))?;
        let samples = outputs.first().and_then(Tensor::as_f32).unwrap_or_default();
        Ok(Ok(samples.to_vec()))
    }
}

/// The error of a voice for which `form` cannot be planned.
pub(super) fn unsupported(voice: &SvcVoice, form: &str, reason: &str) -> ConvertError {
    let name = &voice.bundle.manifest().name;
    ConvertError::Load(LoadError::Unsupported(format!(
        "{form} for {name}: {reason}"
    )))
}

/// An SNR as a manifest can hold it, where an infinite one would become null: 200 dB is more than f32 can tell apart.
pub(super) fn finite_snr_db(snr_db: f64) -> f64 {
    snr_db.min(200.0)
}

/// Tells that `done` steps are done.
pub(super) fn step(observer: &mut dyn Observer, done: u64) -> Result<(), ConvertError> {
    observer.progress(done);
    match observer.cancelled() {
        true => Err(ConvertError::Cancelled),
        false => Ok(()),
    }
}

/// The encoder in fp32.
fn plain_encoder(voice: &SvcVoice) -> Result<ContentEncoder, LoadError> {
    encoder(
        &voice.runtime,
        &voice.bundle,
        voice.device,
        &voice.parameters,
        voice.variant,
        &Precisions::default(),
    )
}

/// What the networks get for each part.
fn hear(
    voice: &SvcVoice,
    config: PipelineConfig,
    parts: [&[f32]; 2],
) -> Result<[Heard; 2], ConvertError> {
    let encoder = plain_encoder(voice)?;
    let input = encoder.dialect().clone();
    let mut listener = Listener::new(encoder, Ears::default(), config)?;
    let mut heard = Vec::new();
    for part in parts {
        let speech_16k = listener.at_16k(part);
        let (inputs, f0_hz) = inputs_of(&mut listener, config, voice.variant, part)?;
        let source = input.source(&speech_16k);
        heard.push(Heard {
            speech_16k: source,
            inputs,
            f0_hz,
        });
    }
    let second = heard.pop();
    let first = heard.pop();
    match (first, second) {
        (Some(first), Some(second)) => Ok([first, second]),
        _ => Err(ConvertError::Cancelled),
    }
}

/// What the synthesizer gets for a part, and its F0.
fn inputs_of(
    listener: &mut Listener,
    config: PipelineConfig,
    variant: Variant,
    audio: &[f32],
) -> Result<(Inputs, Vec<f32>), ConvertError> {
    let (content, contour) = listener.hear(audio, 0, &Melody::default(), 0)?;
    let noise = FrameNoise::new(0).frames(0, audio.len() / config.hop);
    let segment = Segment {
        audio,
        contour: &contour,
        noise: &noise,
    };
    let controls = Controls::default();
    let features = features(&config, variant, &segment, &content, controls.transpose);
    let f0_hz = features.f0.clone();
    Ok((variant.tensors(features, &controls.speaker)?, f0_hz))
}

/// The inputs by their names.
pub(super) fn named(inputs: &Inputs) -> Feed {
    let named = inputs.iter();
    named
        .map(|(name, tensor)| ((*name).to_owned(), tensor.clone()))
        .collect()
}

/// What the generator gets for each part.
fn between(
    prepared: &PreparedSynthesizer,
    rate: SampleRate,
    heard: &[Heard; 2],
    runtime: &Runtime,
) -> Result<[Feed; 2], GraphError> {
    let mut whole = PartedSynthesizer::load(prepared, rate, runtime, Device::Cpu)?;
    let mut feed = |heard: &Heard| -> Result<Feed, GraphError> {
        let inputs = heard.inputs.iter();
        let inputs: Vec<(&str, &Tensor)> = inputs.map(|(name, tensor)| (*name, tensor)).collect();
        Ok(whole.between(&inputs, &heard.f0_hz, (0, 0))?)
    };
    Ok([feed(&heard[0])?, feed(&heard[1])?])
}
