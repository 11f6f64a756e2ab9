//! Plans which layers of a parted voice compute with eight bits, from a recording.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use syrinx_dsp::SampleRate;

use super::listener::{Ears, Listener};
use super::loading::encoder;
use super::pipeline::{Controls, PipelineConfig, Segment, features};
use super::streamed::{GraphFile, PartedSynthesizer, PreparedSynthesizer, load_as_it_is};
use super::synthesizer::{Inputs, Variant};
use super::{ContentEncoder, FrameNoise, SvcVoice};
use crate::bundle::VoiceBundle;
use crate::error::{ConvertError, LoadError};
use crate::graph::{
    Choice, ChoiceBound, Feed, Graph, GraphError, Layer, QuantiseOptions, Ranges, VariantError,
    quantise,
};
use crate::model::{Model, Tensor};
use crate::progress::Observer;
use crate::runtime::{Backend, Device, Runtime};

/// Seconds of the recording on which ranges are measured, and as many after them on which the error is: the states of
/// all layers of a full-size voice over them take about a gigabyte.
const SECONDS: usize = 4;

/// The error that a network may bring, and how long to look for layers that hurt. The content encoder decides which phone
/// is heard and has the larger bound in time, because its layers are more.
const BOUND: ChoiceBound = ChoiceBound {
    snr_db: 25.0,
    time: Duration::from_secs(45),
};

/// Which layers of one network compute with eight bits, and the ranges that their scales follow from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkPlan {
    /// Ranges of tensors.
    pub ranges: Ranges,
    /// What the layers give, by which they are known.
    pub layers: Vec<String>,
    /// The SNR of the network's outputs on the held-out part, in dB.
    pub snr_db: f64,
}

/// How a voice computes with eight bits, and what that costs in sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Int8Parameters {
    /// The content encoder.
    pub encoder: NetworkPlan,
    /// The part before the generator.
    pub head: NetworkPlan,
    /// The generator.
    pub generator: NetworkPlan,
    /// SNR of the audio against fp32, in dB.
    pub snr_db: f64,
    /// Distance of its spectra from those of fp32, in dB.
    pub log_spectral_distance_db: f64,
    /// Median distance of F0 from that of fp32, in cents, where there is one.
    pub f0_error_cents: Option<f64>,
}

impl Int8Parameters {
    /// Whether eight bits are faster there; elsewhere the voice runs in fp32.
    pub fn serves(runtime: &Runtime, device: Device) -> bool {
        runtime.backend() == Backend::OnnxRuntime && device == Device::Cpu
    }
}

impl NetworkPlan {
    /// Names it: another plan has another name.
    pub(super) fn identity(&self) -> String {
        // Numbers and names can always be written; a plan without a name would only be kept in vain.
        let text = serde_json::to_string(self).unwrap_or_default();
        let digest = Sha256::digest(text.as_bytes());
        let hex: String = digest[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("int8 {hex}")
    }

    /// `graph`, or a streamed form of it, with the planned layers in eight bits.
    ///
    /// # Errors
    /// If the plan is of another graph.
    pub(super) fn apply(&self, graph: &Graph) -> Result<Graph, GraphError> {
        let layers: Vec<Layer> = Layer::all(graph)
            .into_iter()
            .filter(|layer| self.layers.contains(&layer.output))
            .collect();
        quantise(graph, &self.ranges, &layers, QuantiseOptions::default())
    }

    /// Measures and chooses.
    fn find(
        graph: &Graph,
        feeds: &[Feed; 2],
        runtime: &Runtime,
    ) -> Result<NetworkPlan, GraphError> {
        let [calibration, held_out] = feeds.each_ref().map(std::slice::from_ref);
        let ranges = Ranges::measure(graph, calibration, runtime)?;
        let options = QuantiseOptions::default();
        let choice = Choice::find(graph, &ranges, options, held_out, BOUND, runtime)?;
        Ok(NetworkPlan {
            ranges,
            layers: choice
                .layers
                .into_iter()
                .map(|layer| layer.output)
                .collect(),
            snr_db: choice.snr_db,
        })
    }
}

/// A part of the recording with what the networks get for it.
struct Heard {
    speech_16k: Feed,
    inputs: Inputs,
    f0_hz: Vec<f32>,
}

/// Plans the voice's networks on `recording`, at the voice's own rate. Progress counts the four steps.
///
/// # Errors
/// If the voice is not parted, there is too little of a recording, or a network fails.
pub(super) fn plan(
    voice: &SvcVoice,
    recording: &[f32],
    observer: &mut dyn Observer,
) -> Result<Int8Parameters, ConvertError> {
    let unsupported = |reason: &str| {
        ConvertError::Load(LoadError::Unsupported(format!(
            "int8 for {}: {reason}",
            voice.bundle.manifest().name
        )))
    };
    let stream = voice.parameters.stream.as_ref();
    let stream = stream.ok_or_else(|| {
        unsupported("expected a voice whose synthesizer is parted; import it again")
    })?;
    if !Int8Parameters::serves(&voice.runtime, voice.device) {
        return Err(unsupported("expected ONNX Runtime on the CPU"));
    }
    let config = super::config(&voice.bundle, &voice.parameters)?;
    let length = SECONDS * config.rate.hz() as usize / config.hop * config.hop;
    if recording.len() < 2 * length {
        let found = recording.len() as f64 / f64::from(config.rate.hz());
        return Err(unsupported(&format!(
            "expected {} seconds of a recording, found {found:.1}",
            2 * SECONDS
        )));
    }
    let step = |observer: &mut dyn Observer, done| {
        observer.progress(done);
        if observer.cancelled() {
            Err(ConvertError::Cancelled)
        } else {
            Ok(())
        }
    };
    let failed = |error: GraphError| unsupported(&error.to_string());
    let prepared = stream.assemble(&voice.bundle, None)?;
    let heard = hear(
        voice,
        config,
        [&recording[..length], &recording[length..2 * length]],
    )?;
    let graph = GraphFile::Bundled(Arc::clone(&voice.bundle), "encoder")
        .read()
        .map_err(ConvertError::Load)?;
    let feeds = heard.each_ref().map(|heard| heard.speech_16k.clone());
    let encoder = NetworkPlan::find(&graph, &feeds, &voice.runtime).map_err(failed)?;
    drop(graph);
    step(observer, 1)?;

    let feeds = heard.each_ref().map(|heard| named(&heard.inputs));
    let head = NetworkPlan::find(&prepared.head.read()?, &feeds, &voice.runtime).map_err(failed)?;
    step(observer, 2)?;

    let feeds = between(&prepared, config.rate, &heard, &voice.runtime).map_err(failed)?;
    let generator = prepared.generator.read()?;
    let generator = NetworkPlan::find(&generator, &feeds, &voice.runtime).map_err(failed)?;
    step(observer, 3)?;

    let mut plan = Int8Parameters {
        encoder,
        head,
        generator,
        snr_db: 0.0,
        log_spectral_distance_db: 0.0,
        f0_error_cents: None,
    };
    let error = error_of(
        voice,
        &prepared,
        &plan,
        config,
        &recording[length..2 * length],
    )?;
    let error = error.map_err(failed)?;
    plan.snr_db = error.snr_db;
    plan.log_spectral_distance_db = error.log_spectral_distance_db;
    plan.f0_error_cents = error.f0_error_cents;
    step(observer, 4)?;
    Ok(plan)
}

/// What the networks get for each part.
fn hear(
    voice: &SvcVoice,
    config: PipelineConfig,
    parts: [&[f32]; 2],
) -> Result<[Heard; 2], ConvertError> {
    let encoder = encoder(
        &voice.runtime,
        &voice.bundle,
        voice.device,
        &voice.parameters,
        voice.variant,
        None,
    )?;
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

fn inputs_of(
    listener: &mut Listener,
    config: PipelineConfig,
    variant: Variant,
    audio: &[f32],
) -> Result<(Inputs, Vec<f32>), ConvertError> {
    let (content, contour) = listener.hear(audio, 0, 1.0, 0)?;
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

fn named(inputs: &Inputs) -> Feed {
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

/// The error of the whole voice on `audio`.
fn error_of(
    voice: &SvcVoice,
    prepared: &PreparedSynthesizer,
    plan: &Int8Parameters,
    config: PipelineConfig,
    audio: &[f32],
) -> Result<Result<VariantError, GraphError>, ConvertError> {
    let mut spoken = Vec::new();
    for int8 in [None, Some(plan)] {
        let encoder: ContentEncoder = encoder(
            &voice.runtime,
            &voice.bundle,
            voice.device,
            &voice.parameters,
            voice.variant,
            int8,
        )?;
        let mut listener = Listener::new(encoder, Ears::default(), config)?;
        let (inputs, f0_hz) = inputs_of(&mut listener, config, voice.variant, audio)?;
        let prepared = PreparedSynthesizer {
            int8: int8.cloned(),
            ..prepared.clone()
        };
        let whole = PartedSynthesizer::load(&prepared, config.rate, &voice.runtime, voice.device);
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
        spoken.push(samples.to_vec());
    }
    Ok(VariantError::of(&spoken[0], &spoken[1], config.rate))
}

/// The encoder's session, in eight bits where there is a plan for it that serves.
pub(super) fn load_encoder(
    bundle: &Arc<VoiceBundle>,
    int8: Option<&Int8Parameters>,
    runtime: &Runtime,
    device: Device,
) -> Result<Box<dyn Model>, LoadError> {
    let Some(int8) = int8.filter(|_| Int8Parameters::serves(runtime, device)) else {
        return Ok(Box::new(load_as_it_is(bundle, "encoder", runtime, device)?));
    };
    let plan = &int8.encoder;
    let encoder = GraphFile::Bundled(Arc::clone(bundle), "encoder");
    let loaded = encoder.load(&plan.identity(), runtime, device, |graph| {
        Ok((plan.apply(&graph)?, String::new()))
    });
    match loaded {
        Ok((session, _)) => Ok(Box::new(session)),
        Err(error) => Err(super::loading::graph_error(bundle, error)),
    }
}
