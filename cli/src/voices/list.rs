//! `syrinx voices list`: every voice, one line each.

use serde::Serialize;
use syrinx_models::VoiceBundle;

use super::find::{self, DEFAULT_SPEECH, DEFAULT_VOICE};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::say;

/// A voice in the list.
#[derive(Debug, Serialize)]
struct Line {
    asked_as: String,
    path: String,
    name: String,
    kind: String,
    /// What it does.
    does: &'static str,
    speakers: Vec<String>,
    licence: String,
    bytes: u64,
    rate: u32,
    sha256: String,
}

/// Prints the built-in voices and the installed ones. One that cannot be opened is told, and the status says so.
///
/// # Errors
/// If standard output cannot be written.
pub fn run(json: bool) -> Result<Exit, CliError> {
    let mut exit = Exit::Success;
    let mut lines = Vec::new();
    let installed = find::installed();
    let asked = installed
        .iter()
        .map(|path| (find::name_of(path), path.to_string_lossy().into_owned()));
    let built_in = [DEFAULT_VOICE, DEFAULT_SPEECH].map(|name| (name.to_owned(), name.to_owned()));
    let all = built_in.into_iter().chain(asked);
    for (asked_as, place) in all {
        match find::open(&place) {
            Ok(bundle) => lines.push(line_of(asked_as, &bundle)),
            Err(error) => {
                error.tell();
                exit = Exit::Failure;
            }
        }
    }
    if json {
        let text =
            serde_json::to_string_pretty(&lines).map_err(|error| CliError::other("JSON", error))?;
        say(text)?;
    } else {
        for line in &lines {
            say(in_words(line))?;
        }
    }
    Ok(exit)
}

fn line_of(asked_as: String, bundle: &VoiceBundle) -> Line {
    let manifest = bundle.manifest();
    Line {
        asked_as,
        path: bundle.path().to_string_lossy().into_owned(),
        name: manifest.name.clone(),
        kind: kind_of(bundle),
        does: find::what_it_does(manifest.kind),
        speakers: manifest
            .speakers
            .iter()
            .map(|speaker| speaker.name.clone())
            .collect(),
        licence: manifest.licence.clone(),
        bytes: manifest.files.values().map(|file| file.bytes).sum(),
        rate: manifest.rate,
        sha256: bundle.hash().to_owned(),
    }
}

/// The kind; of a public voice that speaks, which one it is.
fn kind_of(bundle: &VoiceBundle) -> String {
    let parameters = &bundle.manifest().parameters;
    let contract = parameters.get("contract").and_then(|name| name.as_str());
    contract.map_or_else(|| bundle.manifest().kind.to_string(), str::to_owned)
}

/// Names, as many as fit a line: public voices have up to a thousand speakers.
fn some(names: &[String]) -> String {
    const MOST: usize = 12;
    let shown = names[..names.len().min(MOST)].join(" ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn in_words(line: &Line) -> String {
    format!(
        "{}: {} ({}, {}), speakers {}, {} Hz, {:.1} MB, {}",
        line.asked_as,
        line.name,
        line.kind,
        line.does,
        some(&line.speakers),
        line.rate,
        line.bytes as f64 / 1e6,
        line.licence
    )
}
