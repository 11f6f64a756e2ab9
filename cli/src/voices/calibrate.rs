//! `syrinx voices calibrate`: measures how short this machine can make a voice's chunks.

use std::sync::Arc;

use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::{Calibration, Device, Quality, Runtime, Voice};

use super::find;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::say;
use crate::progress::Progress;

/// Measures the voice that `asked` names on `device`, keeps what was found, and prints it.
///
/// # Errors
/// If there is no such voice, it cannot be loaded or streamed, or the result cannot be kept.
pub fn run(asked: &str, device: Device, json: bool) -> Result<Exit, CliError> {
    let bundle = Arc::new(find::open(asked)?);
    let runtime = Runtime::new(RuntimeConfig {
        kept_networks: syrinx_models::voices::network_folder(),
        ..RuntimeConfig::default()
    })
    .map_err(CliError::runtime)?;
    let voice = Voice::load(&runtime, bundle, device).map_err(CliError::load(asked))?;
    let stop = Interrupt::install()?;
    let label = format!("measuring {asked}");
    let mut progress = Progress::new(&label, Some(Quality::ALL.len() as u64), &stop);
    let failed = |source| CliError::other(format!("voice {asked}"), source);
    let found = voice.calibrate(&mut progress).map_err(failed)?;
    drop(progress);
    let Some(found) = found else {
        say(format!(
            "voice {asked}: its window is small and the same on every machine; there is nothing to measure"
        ))?;
        return Ok(Exit::Success);
    };
    let kept = found
        .keep()
        .map_err(|error| CliError::other(format!("voice {asked}"), error))?;
    if json {
        let text =
            serde_json::to_string_pretty(&found).map_err(|error| CliError::other("JSON", error))?;
        say(text)?;
    } else {
        say(in_words(&found))?;
        say(format!("kept in {}", kept.display()))?;
    }
    Ok(Exit::Success)
}

fn in_words(found: &Calibration) -> String {
    let mut lines = vec![format!(
        "{} on {}, {} thread{} per network",
        found.name,
        found.runs_on,
        found.threads,
        if found.threads == 1 { "" } else { "s" }
    )];
    for (quality, window) in &found.windows {
        let verdict = match window.holds() {
            true => "holds",
            false => "TOO SLOW: it will underrun",
        };
        lines.push(format!(
            "{:<15} chunk {:>6.0} ms, context {:>5.0} ms, lookahead {:>4.0} ms: slowest of {} chunks {:.1} ms of {:.1} ms, {verdict}",
            quality.name(),
            window.chunk_ms,
            window.context_ms,
            window.lookahead_ms,
            window.chunks,
            window.compute_ms,
            window.deadline_ms,
        ));
    }
    lines.join("\n")
}
