//! `syrinx voices inspect`: everything about one voice, with its networks loaded to know latency and cost.

mod report;
mod speaking;

use std::sync::Arc;
use std::time::Instant;

use syrinx_dsp::Semitones;
use syrinx_models::bundle::VoiceKindName;
use syrinx_models::dialect::SynthesizerDialect;
use syrinx_models::import::GraphFacts;
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::svc::SvcParameters;
use syrinx_models::{
    ConvertError, ConvertSettings, Device, LoadError, Quality, Quiet, Runtime, SliceSource,
    TensorSpec, Transpose, VecSink, Voice, VoiceBundle, VoiceMemory,
};

use super::find;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::say;
use crate::report::TermReport;
use report::{
    Cost, FewerBits, FileLine, Inspection, Latency, Memory, NetworkLine, SpeakerLine, in_words,
};

/// Seconds of the test signal: long enough that starting a conversion hardly counts.
const TEST_SECONDS: u32 = 2;

/// Prints everything about the voice that `asked` names, after checking every hash.
///
/// # Errors
/// If there is no such voice, a file of it is damaged, or its networks cannot be loaded.
pub fn run(asked: &str, json: bool) -> Result<Exit, CliError> {
    let bundle = Arc::new(find::open(asked)?);
    bundle.verify().map_err(CliError::bundle(asked))?;
    let card = bundle.card().map_err(CliError::bundle(asked))?;
    if bundle.manifest().kind.speaks() {
        return speaking::run(asked, &bundle, card, json);
    }
    let (latency, cost) = measured(asked, &bundle)?;
    let inspection = inspection_of(asked, &bundle, latency, cost, card)?;
    if json {
        let text = serde_json::to_string_pretty(&inspection)
            .map_err(|error| CliError::other("JSON", error))?;
        say(text)?;
    } else {
        say(in_words(&inspection))?;
    }
    Ok(Exit::Success)
}

fn measured(asked: &str, bundle: &Arc<VoiceBundle>) -> Result<(Latency, Cost), CliError> {
    let runtime = Runtime::new(RuntimeConfig::default()).map_err(CliError::runtime)?;
    let device = Device::Cpu;
    let mut voice =
        Voice::load(&runtime, Arc::clone(bundle), device).map_err(CliError::load(asked))?;
    let refuse = |source: ConvertError| CliError::other(format!("voice {asked}"), source);
    let latency = {
        let converter = voice.converter(&ConvertSettings::default(), None);
        let converter = converter.map_err(refuse)?;
        let spec = converter.spec();
        Latency {
            total_ms: spec.terms.iter().map(|term| term.ms).sum(),
            chunk_ms: spec.chunk.to_ms(spec.input_rate),
            terms: spec.terms.iter().map(TermReport::from).collect(),
        }
    };
    let rate = voice.output_rate();
    let step = 150.0 * std::f32::consts::TAU / rate.hz() as f32;
    let signal: Vec<f32> = (0..TEST_SECONDS * rate.hz())
        .map(|n| 0.3 * (step * n as f32).sin())
        .collect();
    // The first conversion may still load networks.
    convert(&mut voice, &signal[..rate.hz() as usize]).map_err(refuse)?;
    let start = Instant::now();
    convert(&mut voice, &signal).map_err(refuse)?;
    let cost = Cost {
        seconds: start.elapsed().as_secs_f64() / f64::from(TEST_SECONDS),
        of_seconds: TEST_SECONDS,
        backend: runtime.backend().to_string(),
        device: device.to_string(),
        threads: runtime.threads(),
    };
    Ok((latency, cost))
}

fn convert(voice: &mut Voice, signal: &[f32]) -> Result<(), ConvertError> {
    let mut source = SliceSource::new(signal, voice.output_rate());
    let settings = ConvertSettings {
        transpose: Transpose::Fixed(Semitones(0.0)),
        ..ConvertSettings::default()
    };
    voice.convert_file(&mut source, &mut VecSink::default(), &settings, &mut Quiet)
}

/// The networks, and the contract of the synthesizer among them.
fn networks(
    asked: &str,
    bundle: &VoiceBundle,
) -> Result<(Option<String>, Vec<NetworkLine>), CliError> {
    let (mut dialect, mut lines) = (None, Vec::new());
    let parameters = svc_parameters(bundle);
    // An import gave inputs to a synthesizer that stayed whole; they are no part of its contract.
    let random = parameters.iter().flat_map(|parameters| &parameters.random);
    let random: Vec<&str> = random.map(|input| input.name.as_str()).collect();
    for (role, file) in &bundle.manifest().files {
        if !file.path.ends_with(".onnx") {
            continue;
        }
        let onnx = bundle.file(role).map_err(CliError::bundle(asked))?;
        let facts = GraphFacts::read(role, &onnx).map_err(CliError::load(asked))?;
        if let Ok((inputs, outputs)) = facts.specs() {
            let mut inputs = inputs.to_vec();
            inputs.retain(|input| !random.contains(&input.name.as_str()));
            let found = SynthesizerDialect::recognise(&inputs, outputs);
            dialect = dialect.or(found.map(|found| found.to_string()));
        }
        let drawn = facts.random();
        lines.push(NetworkLine {
            role: role.clone(),
            parameters: facts.parameters,
            opset: facts.opset,
            random: drawn
                .map(|(name, count)| format!("{name} ({count})"))
                .collect(),
        });
    }
    // A parted synthesizer says what it was.
    if let Some(stream) = parameters.and_then(|parameters| parameters.stream) {
        let audio = [TensorSpec::f32("audio", &[Some(1), Some(1), None])];
        let found = SynthesizerDialect::recognise(&stream.inputs, &audio);
        dialect = found.map(|found| format!("{found}, parted for streaming"));
    }
    Ok((dialect, lines))
}

/// What only voices of So-VITS-SVC and RVC have.
fn svc_parameters(bundle: &VoiceBundle) -> Option<SvcParameters> {
    let svc = bundle.manifest().kind != VoiceKindName::SourceFilter;
    svc.then(|| bundle.parameters().ok()).flatten()
}

/// An estimate of the memory that a public voice takes; the source-filter ones take next to none.
fn memory_of(bundle: &VoiceBundle) -> Result<Option<Memory>, LoadError> {
    if svc_parameters(bundle).is_none() {
        return Ok(None);
    }
    let spec = Voice::spec_of(bundle, Quality::Best)?;
    let stream = VoiceMemory::of_stream(bundle, &spec);
    Ok(Some(Memory {
        weights: stream.weights(),
        stream: stream.activations(),
        file: VoiceMemory::of_files(bundle).activations(),
    }))
}

fn int8_of(bundle: &VoiceBundle) -> Option<FewerBits> {
    let plan = svc_parameters(bundle)?.int8?;
    let networks = [&plan.encoder, &plan.head, &plan.generator];
    let layers: usize = networks.iter().map(|network| network.layers.len()).sum();
    Some(FewerBits {
        what: format!("{layers} layers on the CPU"),
        snr_db: plan.snr_db,
        log_spectral_distance_db: plan.log_spectral_distance_db,
        f0_error_cents: plan.f0_error_cents,
    })
}

fn fp16_of(bundle: &VoiceBundle) -> Option<FewerBits> {
    let plan = svc_parameters(bundle)?.fp16?;
    Some(FewerBits {
        what: "on GPUs, measured on the CPU".to_owned(),
        snr_db: plan.snr_db,
        log_spectral_distance_db: plan.log_spectral_distance_db,
        f0_error_cents: plan.f0_error_cents,
    })
}

fn speaker_lines(bundle: &VoiceBundle) -> Vec<SpeakerLine> {
    let speakers = bundle.manifest().speakers.iter();
    let lines = speakers.map(|speaker| SpeakerLine {
        id: speaker.id,
        name: speaker.name.clone(),
        median_f0_hz: speaker.median_f0_hz,
    });
    lines.collect()
}

fn file_lines(bundle: &VoiceBundle) -> Vec<FileLine> {
    let files = bundle.manifest().files.iter();
    let lines = files.map(|(role, file)| FileLine {
        role: role.clone(),
        path: file.path.clone(),
        bytes: file.bytes,
        sha256: file.sha256.clone(),
    });
    lines.collect()
}

fn inspection_of(
    asked: &str,
    bundle: &VoiceBundle,
    latency: Latency,
    cost: Cost,
    card: Option<String>,
) -> Result<Inspection, CliError> {
    let (dialect, networks) = networks(asked, bundle)?;
    let manifest = bundle.manifest();
    let memory = memory_of(bundle).map_err(CliError::load(asked))?;
    Ok(Inspection {
        path: bundle.path().to_string_lossy().into_owned(),
        name: manifest.name.clone(),
        kind: manifest.kind.to_string(),
        description: manifest.description.clone(),
        licence: manifest.licence.clone(),
        consent: manifest.consent.clone(),
        rate: manifest.rate,
        sha256: bundle.hash().to_owned(),
        bytes: manifest.files.values().map(|file| file.bytes).sum(),
        speakers: speaker_lines(bundle),
        files: file_lines(bundle),
        dialect,
        networks,
        int8: int8_of(bundle),
        fp16: fp16_of(bundle),
        memory,
        streams: manifest.streams.clone(),
        cost,
        latency,
        card,
    })
}
