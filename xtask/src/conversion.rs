//! Runs `syrinx convert` and reads the report that it writes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process;

/// One run of `syrinx convert`.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The built program.
    pub program: PathBuf,
    pub input: PathBuf,
    pub output: PathBuf,
    /// Options of the command.
    pub options: Vec<String>,
}

/// The part of the command's report that we use.
#[derive(Clone, Debug, Deserialize)]
pub struct Report {
    pub voice: VoiceName,
    pub speaker: String,
    pub transpose_semitones: f32,
    pub transpose_reason: String,
    pub backend: String,
    pub device: String,
    pub duration_s: f64,
    pub compute_s: f64,
    pub real_time_factor: f64,
    /// Only of a streamed conversion.
    pub stream: Option<StreamReport>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct VoiceName {
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct StreamReport {
    /// Seconds for opening, part of what computing took.
    pub opened_s: f64,
    pub latency_ms: f64,
    pub chunk_ms: f64,
    /// The parts of the voice's own latency.
    pub terms: Vec<LatencyTerm>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct LatencyTerm {
    pub name: String,
    pub ms: f64,
}

impl Conversion {
    /// The command, to be run by the caller.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("convert")
            .arg(&self.input)
            .arg(&self.output)
            .args(&self.options);
        command
    }

    /// Runs it on one core only, where the system lets us choose (`taskset`), and reads the report.
    ///
    /// # Errors
    /// If it fails, or writes no report that we understand.
    pub fn run_on_one_core(&self) -> Result<Report> {
        let plain = self.command();
        let mut command = Command::new("taskset");
        command
            .args(["--cpu-list", "0"])
            .arg(plain.get_program())
            .args(plain.get_args());
        if !can_choose_cores() {
            command = plain;
        }
        process::capture(command.arg("--json"))?;
        self.report()
    }

    /// Runs it with its output shown, and reads the report.
    ///
    /// # Errors
    /// If it fails, or writes no report that we understand.
    pub fn run(&self) -> Result<Report> {
        process::run(self.command().arg("--json"))?;
        self.report()
    }

    /// Reads the report of the last run, which had the option `--json`.
    ///
    /// # Errors
    /// If there is none that we understand.
    pub fn report(&self) -> Result<Report> {
        let file = report_path(&self.output);
        let text =
            fs::read_to_string(&file).with_context(|| format!("no report {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("in {}", file.display()))
    }
}

/// Whether a program can be held on one core.
pub fn can_choose_cores() -> bool {
    process::capture(Command::new("taskset").args(["--cpu-list", "0", "true"])).is_ok()
}

/// Where the command puts its report: beside the output, `.json` after its whole name.
fn report_path(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_os_string();
    name.push(".json");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_the_paths_first_and_the_options_after() {
        let conversion = Conversion {
            program: "syrinx".into(),
            input: "a.wav".into(),
            output: "b.wav".into(),
            options: ["--streamed", "--chunk", "20"].map(String::from).to_vec(),
        };
        assert_eq!(
            process::shown(&conversion.command()),
            "syrinx convert a.wav b.wav --streamed --chunk 20"
        );
        assert_eq!(report_path(&conversion.output), Path::new("b.wav.json"));
    }
}
