//! `syrinx voices inspect`: everything about one voice, with its networks loaded to know latency and cost.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use syrinx_dsp::Semitones;
use syrinx_models::bundle::VoiceKindName;
use syrinx_models::dialect::SynthesizerDialect;
use syrinx_models::import::GraphFacts;
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::svc::SvcParameters;
use syrinx_models::{
    ConvertError, ConvertSettings, Device, Quiet, Runtime, SliceSource, TensorSpec, Transpose,
    VecSink, Voice, VoiceBundle,
};

use super::find;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::say;
use crate::report::TermReport;

/// A speaker, as shown.
#[derive(Debug, Serialize)]
struct SpeakerLine {
    id: u32,
    name: String,
    median_f0_hz: Option<f32>,
}

/// A file of the bundle, as shown.
#[derive(Debug, Serialize)]
struct FileLine {
    role: String,
    path: String,
    bytes: u64,
    sha256: String,
}

/// A network of the bundle, as shown.
#[derive(Debug, Serialize)]
struct NetworkLine {
    role: String,
    parameters: u64,
    opset: i64,
    /// Operators that draw random numbers, which no seed reaches.
    random: Vec<String>,
}

/// What converting costs here, measured on a test signal.
#[derive(Debug, Serialize)]
struct Cost {
    /// Seconds of work per second of audio.
    seconds: f64,
    backend: String,
    device: String,
    threads: usize,
}

/// The voice's own latency, as shown; resampling and the host's blocks add to it.
#[derive(Debug, Serialize)]
struct Latency {
    total_ms: f64,
    chunk_ms: f64,
    terms: Vec<TermReport>,
}

/// A voice, as shown.
#[derive(Debug, Serialize)]
struct Inspection {
    path: String,
    name: String,
    kind: String,
    description: String,
    licence: String,
    consent: String,
    rate: u32,
    sha256: String,
    bytes: u64,
    speakers: Vec<SpeakerLine>,
    files: Vec<FileLine>,
    dialect: Option<String>,
    networks: Vec<NetworkLine>,
    cost: Cost,
    latency: Latency,
    card: Option<String>,
}

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
    for (role, file) in &bundle.manifest().files {
        if !file.path.ends_with(".onnx") {
            continue;
        }
        let onnx = bundle.file(role).map_err(CliError::bundle(asked))?;
        let facts = GraphFacts::read(role, &onnx).map_err(CliError::load(asked))?;
        if let Ok((inputs, outputs)) = facts.specs() {
            let found = SynthesizerDialect::recognise(inputs, outputs);
            dialect = dialect.or(found.map(|found| found.to_string()));
        }
        let random = facts.random();
        lines.push(NetworkLine {
            role: role.clone(),
            parameters: facts.parameters,
            opset: facts.opset,
            random: random
                .map(|(name, count)| format!("{name} ({count})"))
                .collect(),
        });
    }
    // A parted synthesizer says what it was.
    let svc = bundle.manifest().kind != VoiceKindName::SourceFilter;
    if let Some(stream) = svc
        .then(|| bundle.parameters::<SvcParameters>().ok()?.stream)
        .flatten()
    {
        let audio = [TensorSpec::f32("audio", &[Some(1), Some(1), None])];
        let found = SynthesizerDialect::recognise(&stream.inputs, &audio);
        dialect = found.map(|found| format!("{found}, parted for streaming"));
    }
    Ok((dialect, lines))
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
    let speakers = manifest.speakers.iter().map(|speaker| SpeakerLine {
        id: speaker.id,
        name: speaker.name.clone(),
        median_f0_hz: speaker.median_f0_hz,
    });
    let files = manifest.files.iter().map(|(role, file)| FileLine {
        role: role.clone(),
        path: file.path.clone(),
        bytes: file.bytes,
        sha256: file.sha256.clone(),
    });
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
        speakers: speakers.collect(),
        files: files.collect(),
        dialect,
        networks,
        cost,
        latency,
        card,
    })
}

fn in_words(voice: &Inspection) -> String {
    let mut lines = vec![
        format!("name         {}", voice.name),
        format!("description  {}", voice.description),
        format!("kind         {}", voice.kind),
        format!("place        {}", voice.path),
        format!("licence      {}", voice.licence),
        format!("consent      {}", voice.consent),
        format!("rate         {} Hz", voice.rate),
        format!("SHA-256      {}", voice.sha256),
        format!("size         {:.1} MB", voice.bytes as f64 / 1e6),
    ];
    for speaker in &voice.speakers {
        let f0 = speaker
            .median_f0_hz
            .map(|hz| format!(", median F0 {hz:.0} Hz"));
        lines.push(format!(
            "speaker      {} {}{}",
            speaker.id,
            speaker.name,
            f0.unwrap_or_default()
        ));
    }
    for file in &voice.files {
        lines.push(format!(
            "file         {} {} ({} bytes)",
            file.role, file.path, file.bytes
        ));
    }
    if let Some(dialect) = &voice.dialect {
        lines.push(format!("dialect      {dialect}"));
    }
    for network in &voice.networks {
        let random = match network.random.is_empty() {
            true => String::new(),
            false => format!(", draws random numbers: {}", network.random.join(", ")),
        };
        lines.push(format!(
            "network      {}: {:.2} million parameters, opset {}{random}",
            network.role,
            network.parameters as f64 / 1e6,
            network.opset
        ));
    }
    let cost = &voice.cost;
    lines.push(format!(
        "cost         {:.3} s per second of audio ({}, {}, {} threads; {TEST_SECONDS} s of a tone)",
        cost.seconds, cost.backend, cost.device, cost.threads
    ));
    lines.push(format!(
        "latency      {:.1} ms in chunks of {:.1} ms, of which",
        voice.latency.total_ms, voice.latency.chunk_ms
    ));
    for term in &voice.latency.terms {
        lines.push(format!(
            "  {:>7.1} ms {} ({})",
            term.ms, term.name, term.note
        ));
    }
    lines.extend(
        voice
            .card
            .as_ref()
            .map(|card| format!("\n{}", card.trim_end())),
    );
    lines.join("\n")
}
