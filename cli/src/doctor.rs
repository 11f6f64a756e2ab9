//! `syrinx doctor`: what serves on this machine, and why.

use std::fs;

use serde::Serialize;
use syrinx_models::Runtime;
use syrinx_models::runtime::{RuntimeConfig, RuntimeStatus};

use crate::args::DoctorArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::machine::Machine;
use crate::output::say;
use crate::report::PROGRAM;
use crate::voices::find;

/// The ONNX Runtime library, as shown.
#[derive(Debug, Serialize)]
struct LibraryLine {
    path: String,
    version: Option<String>,
    problem: Option<String>,
}

/// A device, as shown.
#[derive(Debug, Serialize)]
struct DeviceLine {
    device: String,
    serves: bool,
    problem: Option<String>,
}

/// A place where the library was searched, as shown.
#[derive(Debug, Serialize)]
struct PlaceLine {
    path: String,
    found: bool,
}

/// The optimised networks that are kept, as shown.
#[derive(Debug, Serialize)]
struct KeptLine {
    path: String,
    networks: usize,
    bytes: u64,
}

/// All that the doctor found.
#[derive(Debug, Serialize)]
struct Diagnosis {
    program: String,
    backend: String,
    backend_reason: String,
    library: Option<LibraryLine>,
    searched: Vec<PlaceLine>,
    devices: Vec<DeviceLine>,
    voice_folder: Option<String>,
    installed_voices: Vec<String>,
    kept_networks: Option<KeptLine>,
    default_voice: Result<String, String>,
    system: String,
    cpu: String,
    cores: usize,
}

/// Prints what serves. Asked for a backend or device that cannot serve, it says what to do and fails.
///
/// # Errors
/// If what was asked for cannot serve.
pub fn run(arguments: &DoctorArgs) -> Result<Exit, CliError> {
    let config = RuntimeConfig {
        backend: arguments.backend,
        ..RuntimeConfig::default()
    };
    let status = Runtime::new(config).map_err(CliError::runtime)?.status();
    let diagnosis = diagnose(&status);
    if arguments.json {
        let text = serde_json::to_string_pretty(&diagnosis)
            .map_err(|error| CliError::other("JSON", error))?;
        say(text)?;
    } else {
        say(in_words(&diagnosis))?;
    }
    let asked = arguments.device.map(|device| device.to_string());
    let refused = diagnosis
        .devices
        .iter()
        .find(|line| Some(&line.device) == asked.as_ref());
    match (asked, refused) {
        (Some(asked), None) => {
            let known: Vec<&str> = diagnosis
                .devices
                .iter()
                .map(|line| line.device.as_str())
                .collect();
            let message = format!(
                "unknown device (expected {}, found {asked})",
                known.join(" or ")
            );
            Err(CliError::other(asked, message))
        }
        (Some(asked), Some(line)) if !line.serves => {
            let problem = line.problem.clone().unwrap_or_default();
            Err(CliError::other(
                asked,
                format_args!("this device cannot serve: {problem}"),
            ))
        }
        _ => Ok(if serves(&diagnosis) {
            Exit::Success
        } else {
            Exit::Failure
        }),
    }
}

/// Whether a conversion with the default voice can work.
fn serves(diagnosis: &Diagnosis) -> bool {
    let library_opens = diagnosis
        .library
        .as_ref()
        .is_none_or(|library| library.problem.is_none());
    diagnosis.default_voice.is_ok() && (library_opens || diagnosis.backend == "tract")
}

fn diagnose(status: &RuntimeStatus) -> Diagnosis {
    let library = status.library.as_ref().map(|library| LibraryLine {
        path: library.path.to_string_lossy().into_owned(),
        version: library.version.clone().ok(),
        problem: library.version.clone().err(),
    });
    let devices = status.devices.iter().map(|device| DeviceLine {
        device: device.device.to_string(),
        serves: device.available.is_ok(),
        problem: device.available.clone().err(),
    });
    let searched = status.candidates.iter().map(|place| PlaceLine {
        path: place.path.to_string_lossy().into_owned(),
        found: place.found,
    });
    let machine = Machine::this();
    Diagnosis {
        program: PROGRAM.to_owned(),
        backend: status.backend.to_string(),
        backend_reason: status.reason.clone(),
        library,
        searched: searched.collect(),
        devices: devices.collect(),
        voice_folder: find::voice_folder().map(|path| path.to_string_lossy().into_owned()),
        installed_voices: find::installed()
            .iter()
            .map(|path| find::name_of(path))
            .collect(),
        kept_networks: kept_networks(),
        default_voice: find::open(find::DEFAULT_VOICE)
            .map(|voice| voice.hash().to_owned())
            .map_err(|error| error.to_string()),
        system: machine.system(),
        cpu: machine.cpu_name().to_owned(),
        cores: machine.cores,
    }
}

/// What is kept of networks, if there is a place for it.
fn kept_networks() -> Option<KeptLine> {
    let folder = syrinx_models::voices::network_folder()?;
    let networks: Vec<fs::DirEntry> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    let files = networks
        .iter()
        .flat_map(|entry| fs::read_dir(entry.path()).into_iter().flatten().flatten());
    Some(KeptLine {
        path: folder.to_string_lossy().into_owned(),
        networks: networks.len(),
        bytes: files
            .filter_map(|file| Some(file.metadata().ok()?.len()))
            .sum(),
    })
}

fn in_words(found: &Diagnosis) -> String {
    let mut lines = vec![
        format!("program       {}", found.program),
        format!(
            "system        {}, {}, {} cores",
            found.system, found.cpu, found.cores
        ),
        format!("backend       {} ({})", found.backend, found.backend_reason),
    ];
    if let Some(library) = &found.library {
        let state = match (&library.version, &library.problem) {
            (Some(version), _) => format!("version {version}"),
            (None, Some(problem)) => format!("cannot be opened: {problem}"),
            (None, None) => "version unknown".to_owned(),
        };
        lines.push(format!("library       {} ({state})", library.path));
    }
    for place in &found.searched {
        let state = if place.found { "found" } else { "not found" };
        lines.push(format!("  searched    {} ({state})", place.path));
    }
    for device in &found.devices {
        let state = match &device.problem {
            None => "serves".to_owned(),
            Some(problem) => format!("does not serve: {problem}"),
        };
        lines.push(format!("device        {} {state}", device.device));
    }
    lines.push(match &found.voice_folder {
        Some(folder) => format!(
            "voice folder  {folder} ({} installed)",
            found.installed_voices.len()
        ),
        None => "voice folder  none (set SYRINX_HOME)".to_owned(),
    });
    if let Some(kept) = &found.kept_networks {
        lines.push(format!(
            "kept networks {} ({}, {} MB; may be removed)",
            kept.path,
            kept.networks,
            kept.bytes / 1_000_000
        ));
    }
    lines.push(match &found.default_voice {
        Ok(hash) => format!("default voice SHA-256 {hash}"),
        Err(problem) => format!("default voice cannot be used: {problem}"),
    });
    lines.join("\n")
}
