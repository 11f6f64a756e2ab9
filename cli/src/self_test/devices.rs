//! The step that asks the live program which audio devices it sees.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use syrinx_models::Observer;

use super::report::{Facts, Finding, State};
use crate::error::CliError;
use crate::progress::Progress;

/// The live program's name, without what programs end in.
const PROGRAM: &str = "syrinx-live";

/// A sound server that starts takes seconds; one that hangs is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often is looked whether the program has ended.
const LOOK: Duration = Duration::from_millis(20);

/// The devices, by count.
#[derive(Debug, Serialize)]
pub(super) struct DevicesFacts {
    backends: Vec<BackendFacts>,
}

/// The devices of one backend, by count: what devices are called often names their owner.
#[derive(Debug, Serialize)]
struct BackendFacts {
    backend: String,
    inputs: usize,
    outputs: usize,
    /// Every rate that one of them has, in Hz.
    rates: Vec<u32>,
}

/// What the live program prints for a backend.
#[derive(Debug, Deserialize)]
struct Listed {
    backend: String,
    devices: Vec<Device>,
}

#[derive(Debug, Deserialize)]
struct Device {
    inputs: u16,
    outputs: u16,
    rates: Vec<u32>,
}

/// Asks the program that lies beside this one.
///
/// # Errors
/// If it is there and does not run, or does not say what it should.
pub(super) fn step(progress: &mut Progress) -> Result<(Finding, ()), CliError> {
    let Some(program) = beside() else {
        let says = format!("{PROGRAM} does not lie beside this program");
        return Ok((Finding::bare(State::NotThere, says), ()));
    };
    let text = ask(&program, progress)?;
    Ok((finding(read(&text)?), ()))
}

fn beside() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let name = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    Some(own.parent()?.join(name)).filter(|path| path.is_file())
}

/// What the program prints when it is asked for its devices.
fn ask(program: &Path, progress: &mut Progress) -> Result<String, CliError> {
    let failed = |message: &dyn std::fmt::Display| CliError::other(PROGRAM, message);
    let child = Command::new(program)
        .args(["--list-devices", "--json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.map_err(|error| failed(&format_args!("cannot be started: {error}")))?;
    let mut out = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        // What is cut off is no JSON.
        let _ = out.as_mut().map(|out| out.read_to_end(&mut bytes));
        bytes
    });
    let Some(status) = wait(&mut child, progress) else {
        // It may have ended in the meantime.
        let _ = child.kill();
        let _ = child.wait();
        return Err(failed(&format_args!(
            "expected a list of devices within {} s, found none",
            PATIENCE.as_secs()
        )));
    };
    let bytes = reader.join().unwrap_or_default();
    match status.success() {
        true => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        false => Err(failed(&format_args!(
            "expected a list of devices, found that it ended with {status}; \"{PROGRAM} --list-devices\" says why"
        ))),
    }
}

/// Waits for the end of a program; `None` where it takes too long or the user stops it.
fn wait(child: &mut Child, progress: &mut Progress) -> Option<ExitStatus> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE && !progress.cancelled() {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(LOOK);
    }
    None
}

fn read(text: &str) -> Result<Vec<Listed>, CliError> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let lists: Result<Vec<Listed>, _> = lines.map(serde_json::from_str).collect();
    lists.map_err(|error| CliError::other(PROGRAM, format_args!("its list of devices: {error}")))
}

fn finding(lists: Vec<Listed>) -> Finding {
    let backends: Vec<BackendFacts> = lists.into_iter().map(BackendFacts::from).collect();
    let has_any = backends
        .iter()
        .any(|backend| backend.inputs + backend.outputs > 0);
    let described: Vec<String> = backends.iter().map(BackendFacts::in_words).collect();
    let facts = Facts::Devices(DevicesFacts { backends });
    match has_any {
        true => Finding::new(State::Works, described.join("; "), facts),
        false => Finding::new(
            State::NotThere,
            "the live program runs and sees no audio device",
            facts,
        ),
    }
}

impl From<Listed> for BackendFacts {
    fn from(list: Listed) -> BackendFacts {
        let count = |fits: &dyn Fn(&Device) -> bool| {
            list.devices.iter().filter(|device| fits(device)).count()
        };
        let mut rates: Vec<u32> = list
            .devices
            .iter()
            .flat_map(|device| device.rates.iter().copied())
            .collect();
        rates.sort_unstable();
        rates.dedup();
        BackendFacts {
            inputs: count(&|device| device.inputs > 0),
            outputs: count(&|device| device.outputs > 0),
            rates,
            backend: list.backend,
        }
    }
}

impl BackendFacts {
    fn in_words(&self) -> String {
        let counted = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            count => format!("{count} {what}s"),
        };
        let rates = match (self.rates.first(), self.rates.last()) {
            (Some(low), Some(high)) if low < high => format!(" at {low} to {high} Hz"),
            (Some(rate), _) => format!(" at {rate} Hz"),
            _ => String::new(),
        };
        format!(
            "{}: {} and {}{rates}",
            self.backend,
            counted(self.inputs, "input"),
            counted(self.outputs, "output")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_counted_and_not_named() {
        let headset =
            r#"{"name": "Anna's headset", "inputs": 2, "outputs": 2, "rates": [48000, 44100]}"#;
        let cinema = r#"{"name": "Anna's cinema", "inputs": 0, "outputs": 8, "rates": [48000]}"#;
        let text = format!(
            "{{\"backend\": \"jack\", \"devices\": []}}\n{{\"backend\": \"alsa\", \"devices\": [{headset}, {cinema}]}}\n"
        );
        let found = finding(read(&text).unwrap());
        assert_eq!(found.state, State::Works);
        assert_eq!(
            found.says,
            "jack: 0 inputs and 0 outputs; alsa: 1 input and 2 outputs at 44100 to 48000 Hz"
        );
        let json = serde_json::to_string(&found.facts).unwrap();
        assert!(
            json.contains("[44100,48000]") && !json.contains("Anna"),
            "{json}"
        );
    }

    #[test]
    fn no_device_is_no_failure_and_another_text_is() {
        let none = read("{\"backend\": \"alsa\", \"devices\": []}\n").unwrap();
        assert_eq!(finding(none).state, State::NotThere);
        let error = read("no devices").unwrap_err().to_string();
        assert!(error.starts_with("syrinx-live: its list"), "{error}");
    }
}
