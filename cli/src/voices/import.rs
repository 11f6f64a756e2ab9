//! `syrinx voices import`: makes a voice of a public export.

use serde::Serialize;
use syrinx_models::bundle::StreamError;
use syrinx_models::import::{ImportError, ImportObserver, ImportRequest, import, import_speech};
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::voices::network_folder;
use syrinx_models::{Device, Observer, Runtime};

use super::find::{self, CONVERTS, SPEAKS};
use super::speech::own_speech;
use super::streams;
use crate::args::ImportArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::say;
use crate::progress::Progress;

/// What was imported, as shown.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    dialect: String,
    /// What the voice does.
    does: &'static str,
    path: String,
    backend: String,
    notes: Vec<String>,
    streams: Vec<StreamError>,
}

/// Imports the voice that `arguments` name.
///
/// # Errors
/// If a file is refused, something is missing, the voice does not run here, or the user stops it.
pub fn run(arguments: &ImportArgs, json: bool) -> Result<Exit, CliError> {
    let stop = Interrupt::install()?;
    let out = arguments.out.clone().or_else(find::voice_folder);
    let out = out.ok_or_else(|| {
        CliError::other("the folder of voices", "this system names none; give --out")
    })?;
    let config = RuntimeConfig {
        backend: arguments.backend,
        // What the proof loads is what the first conversion will load.
        kept_networks: network_folder(),
        ..RuntimeConfig::default()
    };
    let runtime = Runtime::new(config).map_err(CliError::runtime)?;
    let request = ImportRequest {
        paths: arguments.paths.clone(),
        out,
        name: arguments.name.clone(),
        licence: arguments.licence.clone(),
        consent: arguments.consent.clone(),
        rate: arguments.rate,
        encoder: arguments.encoder.clone(),
        f0: arguments.f0.clone(),
        index: arguments.index.clone(),
        speakers: arguments.speakers.clone(),
        unvoiced: arguments.unvoiced.map(Into::into),
        replace: arguments.replace,
        zip: arguments.zip,
        speech: Some(own_speech()?),
    };
    let line = import_any(&request, &runtime, stop)?;
    say(match json {
        true => {
            serde_json::to_string_pretty(&line).map_err(|error| CliError::other("JSON", error))?
        }
        false => in_words(&line, arguments.out.is_some()),
    })?;
    Ok(Exit::Success)
}

/// Imports a voice that speaks, or else one that converts.
fn import_any(
    request: &ImportRequest,
    runtime: &Runtime,
    stop: Interrupt,
) -> Result<Line, CliError> {
    let refuse = |error| match error {
        ImportError::Stopped => CliError::Stopped,
        other => CliError::other("import", other),
    };
    let mut stages = Stages { stop, bar: None };
    let spoke = import_speech(request, runtime, Device::Cpu, &mut stages).map_err(refuse)?;
    if let Some(voice) = spoke {
        return Ok(Line {
            name: voice.name,
            dialect: voice.contract.to_owned(),
            does: SPEAKS,
            path: voice.path.to_string_lossy().into_owned(),
            backend: runtime.backend().to_string(),
            notes: voice.notes,
            streams: Vec::new(),
        });
    }
    let voice = import(request, runtime, Device::Cpu, &mut stages).map_err(refuse)?;
    Ok(Line {
        name: voice.name,
        dialect: voice.dialect.to_string(),
        does: CONVERTS,
        path: voice.path.to_string_lossy().into_owned(),
        backend: runtime.backend().to_string(),
        notes: voice.notes,
        streams: voice.streams,
    })
}

fn in_words(line: &Line, elsewhere: bool) -> String {
    let asked = match elsewhere {
        true => line.path.clone(),
        false => find::name_of(std::path::Path::new(&line.path)),
    };
    let mut lines = vec![format!(
        "{}: {}, spoke on {}\n  {}",
        line.name, line.dialect, line.backend, line.path
    )];
    lines.extend(line.notes.iter().map(|note| format!("  {note}")));
    lines.extend(streams::in_words(&line.streams));
    lines.push(match line.does {
        SPEAKS => format!("  syrinx speak \"Hello there.\" -o hello.wav --voice {asked:?}"),
        _ => format!("  syrinx convert me.wav other.wav --voice {asked:?}"),
    });
    lines.join("\n")
}

/// A bar for each stage.
struct Stages {
    stop: Interrupt,
    bar: Option<Progress>,
}

impl ImportObserver for Stages {
    fn stage(&mut self, what: &str, bytes: Option<u64>) {
        // The one before is wiped away first.
        self.bar = None;
        self.bar = Some(Progress::new(what, bytes, &self.stop));
    }

    fn progress(&mut self, done: u64) {
        if let Some(bar) = &mut self.bar {
            bar.progress(done);
        }
    }

    fn cancelled(&self) -> bool {
        self.stop.is_asked()
    }
}
