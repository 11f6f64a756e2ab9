//! `syrinx voices inspect`: everything about one voice, with its networks loaded to know its latency.

use std::sync::Arc;

use serde::Serialize;
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::{ConvertSettings, Device, Runtime, Voice, VoiceBundle};

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
    latency: Latency,
    card: Option<String>,
}

/// Prints everything about the voice that `asked` names, after checking every hash.
///
/// # Errors
/// If there is no such voice, a file of it is damaged, or its networks cannot be loaded.
pub fn run(asked: &str, json: bool) -> Result<Exit, CliError> {
    let bundle = Arc::new(find::open(asked)?);
    bundle.verify().map_err(CliError::bundle(asked))?;
    let card = bundle.card().map_err(CliError::bundle(asked))?;
    let latency = latency_of(asked, &bundle)?;
    let inspection = inspection_of(&bundle, latency, card);
    if json {
        let text = serde_json::to_string_pretty(&inspection)
            .map_err(|error| CliError::other("JSON", error))?;
        say(text)?;
    } else {
        say(in_words(&inspection))?;
    }
    Ok(Exit::Success)
}

fn latency_of(asked: &str, bundle: &Arc<VoiceBundle>) -> Result<Latency, CliError> {
    let runtime = Runtime::new(RuntimeConfig::default()).map_err(CliError::runtime)?;
    let voice =
        Voice::load(&runtime, Arc::clone(bundle), Device::Cpu).map_err(CliError::load(asked))?;
    let converter = voice
        .converter(&ConvertSettings::default(), None)
        .map_err(|source| CliError::other(format!("voice {asked}"), source))?;
    let spec = converter.spec();
    Ok(Latency {
        total_ms: spec.terms.iter().map(|term| term.ms).sum(),
        chunk_ms: spec.chunk.to_ms(spec.input_rate),
        terms: spec.terms.iter().map(TermReport::from).collect(),
    })
}

fn inspection_of(bundle: &VoiceBundle, latency: Latency, card: Option<String>) -> Inspection {
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
    Inspection {
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
        latency,
        card,
    }
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
