//! What `syrinx voices inspect` shows of a voice that speaks, with its networks loaded to know how its samples come.

use std::time::Instant;

use serde::Serialize;
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::speech::FoundVoice;
use syrinx_models::{Device, Runtime, VoiceBundle};

use super::report::{FileLine, SpeakerLine};
use super::{file_lines, speaker_lines};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::say;
use crate::voices::find;

/// A voice that speaks, as shown.
#[derive(Debug, Serialize)]
struct Inspection {
    path: String,
    name: String,
    kind: String,
    /// Which public voice it is, or our own.
    contract: &'static str,
    does: &'static str,
    description: String,
    licence: String,
    consent: String,
    rate: u32,
    sha256: String,
    bytes: u64,
    languages: Vec<String>,
    speakers: Vec<SpeakerLine>,
    emotions: Vec<String>,
    /// Whether its pitch and intonation can be changed.
    has_pitch: bool,
    /// How its samples come, with the frames of past and future that each depends on.
    streaming: String,
    files: Vec<FileLine>,
    /// Seconds for loading and a few symbols.
    loaded_s: f64,
    backend: String,
    card: Option<String>,
}

/// Prints everything about a voice that speaks.
///
/// # Errors
/// If its networks cannot be loaded.
pub(super) fn run(
    asked: &str,
    bundle: &VoiceBundle,
    card: Option<String>,
    json: bool,
) -> Result<Exit, CliError> {
    let inspection = inspect(asked, bundle, card)?;
    say(match json {
        true => serde_json::to_string_pretty(&inspection)
            .map_err(|error| CliError::other("JSON", error))?,
        false => in_words(&inspection),
    })?;
    Ok(Exit::Success)
}

fn inspect(
    asked: &str,
    bundle: &VoiceBundle,
    card: Option<String>,
) -> Result<Inspection, CliError> {
    let runtime = Runtime::new(RuntimeConfig::default()).map_err(CliError::runtime)?;
    let found = FoundVoice::of_bundle(find::open(asked)?).map_err(CliError::speech(asked))?;
    let start = Instant::now();
    let voice = found.load(&runtime, Device::Cpu);
    let voice = voice.map_err(CliError::speech(asked))?;
    let loaded_s = start.elapsed().as_secs_f64();
    let (manifest, spec) = (bundle.manifest(), voice.spec());
    Ok(Inspection {
        path: bundle.path().to_string_lossy().into_owned(),
        name: manifest.name.clone(),
        kind: manifest.kind.to_string(),
        contract: spec.kind,
        does: find::what_it_does(manifest.kind),
        description: manifest.description.clone(),
        licence: manifest.licence.clone(),
        consent: manifest.consent.clone(),
        rate: spec.rate.hz(),
        sha256: bundle.hash().to_owned(),
        bytes: manifest.files.values().map(|file| file.bytes).sum(),
        languages: spec.languages.clone(),
        speakers: speaker_lines(bundle),
        emotions: spec.emotions.clone(),
        has_pitch: spec.has_pitch,
        streaming: spec.streaming.to_string(),
        files: file_lines(bundle),
        loaded_s,
        backend: runtime.backend().to_string(),
        card,
    })
}

fn in_words(voice: &Inspection) -> String {
    let emotions = match voice.emotions.as_slice() {
        [] => "none".to_owned(),
        names => names.join(" "),
    };
    let pitch = match voice.has_pitch {
        true => "can be changed",
        false => "cannot be changed",
    };
    let mut lines = vec![
        format!("name         {}", voice.name),
        format!("description  {}", voice.description),
        format!(
            "kind         {} ({}), {}",
            voice.kind, voice.contract, voice.does
        ),
        format!("place        {}", voice.path),
        format!("licence      {}", voice.licence),
        format!("consent      {}", voice.consent),
        format!("rate         {} Hz", voice.rate),
        format!("SHA-256      {}", voice.sha256),
        format!("size         {:.1} MB", voice.bytes as f64 / 1e6),
        format!("languages    {}", voice.languages.join(" ")),
    ];
    lines.extend(voice.speakers.iter().map(SpeakerLine::in_words));
    lines.push(format!("emotions     {emotions}"));
    lines.push(format!("pitch        {pitch}"));
    lines.push(format!("streaming    {}", voice.streaming));
    lines.push(format!(
        "loading      {:.2} s ({})",
        voice.loaded_s, voice.backend
    ));
    lines.extend(voice.files.iter().map(FileLine::in_words));
    let card = voice.card.as_ref();
    lines.extend(card.map(|card| format!("\n{}", card.trim_end())));
    lines.join("\n")
}
