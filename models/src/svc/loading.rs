//! Loads the networks of a bundle.

use std::sync::Arc;

use syrinx_dsp::SampleRate;

use super::content::ContentEncoder;
use super::listener::Ears;
use super::parameters::{SvcParameters, Unvoiced};
use super::pipeline::{Controls, PipelineConfig, SvcPipeline};
use super::pitch::PitchModel;
use super::precision::{Precision, Precisions};
use super::retrieval::Retrieval;
use super::retrieved::Retrieved;
use super::streamed::{GraphFile, PartedSynthesizer, load_as_it_is};
use super::synthesizer::{Speaker, SpeakerForm, Synthesizer, Variant};
use super::{retrieval, synthesizer};
use crate::bundle::{VoiceBundle, VoiceKindName};
use crate::dialect::F0Dialect;
use crate::error::LoadError;
use crate::graph::GraphError;
use crate::model::Model;
use crate::runtime::{Device, Runtime};

/// An error of a rewriting as one of loading.
pub(super) fn graph_error(bundle: &VoiceBundle, error: GraphError) -> LoadError {
    match error {
        GraphError::Load(error) => error,
        other => LoadError::Unsupported(format!("{}: {other}", bundle.path().display())),
    }
}

/// What does not change between segments.
pub(super) fn config(
    bundle: &VoiceBundle,
    parameters: &SvcParameters,
) -> Result<PipelineConfig, LoadError> {
    let manifest = bundle.manifest();
    let rate = SampleRate::new(manifest.rate)
        .ok_or_else(|| bundle.malformed("rate", &"expected a rate, found 0"))?;
    let rvc = manifest.kind == VoiceKindName::Rvc;
    Ok(PipelineConfig {
        rate,
        hop: manifest.hop as usize,
        noise_scale: parameters
            .noise_scale
            .unwrap_or(if rvc { 0.66666 } else { 0.4 }),
        unvoiced: parameters.unvoiced.unwrap_or(match rvc {
            true => Unvoiced::Zero,
            false => Unvoiced::Interpolate,
        }),
    })
}

/// The content encoder of a bundle.
pub(super) fn encoder(
    runtime: &Runtime,
    bundle: &Arc<VoiceBundle>,
    device: Device,
    parameters: &SvcParameters,
    variant: Variant,
    precisions: &Precisions,
) -> Result<ContentEncoder, LoadError> {
    let model = match precisions.encoder(runtime, device) {
        Precision::Fp32 => load_as_it_is(bundle, "encoder", runtime, device)?,
        precision => {
            let encoder = GraphFile::Bundled(Arc::clone(bundle), "encoder");
            let loaded = encoder.load(&precision.identity(), runtime, device, |graph| {
                Ok((precision.apply(graph)?, String::new()))
            });
            let (session, _) = loaded.map_err(|error| graph_error(bundle, error))?;
            session
        }
    };
    let model = Box::new(model);
    let wanted = parameters.content_output.as_deref();
    ContentEncoder::with_output("encoder", model, wanted, variant.content_dim)
}

/// What the bundle has for hearing besides its encoder.
pub(super) fn ears(
    runtime: &Runtime,
    bundle: &Arc<VoiceBundle>,
    device: Device,
    parameters: &SvcParameters,
    variant: Variant,
) -> Result<Ears, LoadError> {
    let pitch = match bundle.has("f0") {
        true => Some(pitch(runtime, bundle, device, parameters)?),
        false => None,
    };
    // Without a declared width every reader would accept every file.
    let dim = variant.content_dim.unwrap_or(768);
    let retrieval = match (bundle.has("index"), bundle.has("centres")) {
        (true, _) => Some(Retrieval::read_index("index", &bundle.file("index")?, dim)?),
        (false, true) => {
            let bytes = bundle.file("centres")?;
            Some(Retrieval::read_centres("centres", &bytes, dim, None)?)
        }
        (false, false) => None,
    };
    let protect = match variant.doubles_content() {
        true => parameters.protect,
        false => retrieval::PROTECT_OFF,
    };
    let rate = parameters.retrieval_rate;
    Ok(Ears {
        pitch,
        retrieved: retrieval.map(|retrieval| Retrieved::new(retrieval, rate, protect)),
    })
}

/// The F0 model of a bundle.
pub(super) fn pitch(
    runtime: &Runtime,
    bundle: &Arc<VoiceBundle>,
    device: Device,
    parameters: &SvcParameters,
) -> Result<PitchModel, LoadError> {
    let session = load_as_it_is(bundle, "f0", runtime, device)?;
    let found = F0Dialect::recognise(session.inputs(), session.outputs());
    let dialect = found.ok_or_else(|| LoadError::Tensor {
        model: "f0".to_owned(),
        expected: "an F0 model: RMVPE, FCPE or CREPE".to_owned(),
        found: synthesizer::list(session.inputs()),
    })?;
    let model = PitchModel::new("f0", Box::new(session), dialect)?;
    match parameters.f0_threshold {
        Some(threshold) => model.with_threshold(threshold),
        None => Ok(model),
    }
}

/// The synthesizer of a bundle, whole or in parts.
pub(super) fn synthesizer(
    runtime: &Runtime,
    bundle: &Arc<VoiceBundle>,
    device: Device,
    parameters: &SvcParameters,
) -> Result<Synthesizer, LoadError> {
    let config = config(bundle, parameters)?;
    let Some(stream) = &parameters.stream else {
        let session = load_as_it_is(bundle, "synthesizer", runtime, device)?;
        let random = parameters.random.clone();
        return Synthesizer::with_random("synthesizer", Box::new(session), config.hop, random);
    };
    let prepared = stream.assemble(bundle, Precisions::of(parameters))?;
    let parts = PartedSynthesizer::load(&prepared, config.rate, runtime, device)
        .map_err(|error| graph_error(bundle, error))?;
    Synthesizer::parted("synthesizer", &stream.inputs, parts, config.hop)
}

/// Loads the networks of a bundle.
pub(super) fn pipeline(
    runtime: &Runtime,
    bundle: &Arc<VoiceBundle>,
    device: Device,
    parameters: &SvcParameters,
) -> Result<SvcPipeline, LoadError> {
    let manifest = bundle.manifest();
    let config = config(bundle, parameters)?;
    let synthesizer = synthesizer(runtime, bundle, device, parameters)?;
    let variant = synthesizer.variant();
    let precisions = Precisions::of(parameters);
    let encoder = encoder(runtime, bundle, device, parameters, variant, &precisions)?;
    let ears = ears(runtime, bundle, device, parameters, variant)?;
    if let SpeakerForm::Mix(count) = synthesizer.variant().speaker
        && let Some(beyond) = manifest
            .speakers
            .iter()
            .find(|speaker| speaker.id as usize >= count)
    {
        let reason = format!(
            "expected numbers below {count}, which the synthesizer knows, found {:?} ({})",
            beyond.name, beyond.id
        );
        return Err(bundle.malformed("speakers", &reason).into());
    }
    SvcPipeline::with_ears(encoder, ears, synthesizer, config)
}

/// A pipeline that has converted a second of silence, so that what does not run is found at load.
pub(super) fn prewarmed(
    runtime: &Runtime,
    bundle: &Arc<VoiceBundle>,
    device: Device,
    parameters: &SvcParameters,
) -> Result<SvcPipeline, LoadError> {
    let mut pipeline = pipeline(runtime, bundle, device, parameters)?;
    let config = *pipeline.config();
    let silence = vec![0.0; (config.rate.hz() as usize).next_multiple_of(config.hop)];
    let speaker = Speaker::One(bundle.speaker(None)?.id as usize);
    let controls = Controls {
        speaker,
        ..Controls::default()
    };
    match pipeline.convert(&silence, 0, &controls) {
        Ok(_) => Ok(pipeline),
        Err(source) => Err(LoadError::Prewarm {
            model: "so-vits".to_owned(),
            source,
        }),
    }
}
