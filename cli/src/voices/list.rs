//! `syrinx voices list`: every voice, one line each.

use serde::Serialize;
use syrinx_models::VoiceBundle;

use super::find::{self, DEFAULT_VOICE};
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
    speakers: Vec<String>,
    licence: String,
    bytes: u64,
    rate: u32,
    sha256: String,
}

/// Prints the built-in voice and the installed ones. One that cannot be opened is told, and the status says so.
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
    let all = [(DEFAULT_VOICE.to_owned(), DEFAULT_VOICE.to_owned())]
        .into_iter()
        .chain(asked);
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
        kind: manifest.kind.to_string(),
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

fn in_words(line: &Line) -> String {
    format!(
        "{}: {} ({}), speakers {}, {} Hz, {:.1} MB, {}",
        line.asked_as,
        line.name,
        line.kind,
        line.speakers.join(" "),
        line.rate,
        line.bytes as f64 / 1e6,
        line.licence
    )
}
