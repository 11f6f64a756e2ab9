//! Measures speech by running `syrinx speak` as a user would.

mod public;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::bench::memory::peak_memory_mb;
use crate::bench::row::{Row, median};
use crate::conversion::can_choose_cores;
use crate::{peers, process};
use public::PublicVoices;

/// A sentence of 25 phones, and one that begins alike and is eight times as long.
const SENTENCE: &str = "The old clock on the wall struck nine.";
const LONG: &str = "The old clock on the wall struck nine, and while the rain went on and on outside the \
                    window, nobody in the house thought of going to bed before the last of the guests had \
                    found his coat, his hat, his umbrella and the way to the door, which took a while.";
/// What must be heard soon after the call, so that it counts as an answer.
const FIRST_AUDIO_LIMIT_MS: f64 = 50.0;
/// Share of one core that a speaking voice may take, so that it can speak beside everything else.
const REAL_TIME_LIMIT: f64 = 0.1;
/// Fifty pages may need this much more memory than one.
const MEMORY_LIMIT_MB: f64 = 10.0;
/// Lines of a page, of 68 words each.
const PAGE: usize = 8;
/// Runs of which the median counts.
const RUNS: usize = 5;

/// The built command, and where scripts and outputs lie.
pub struct SpeechBench {
    program: PathBuf,
    folder: PathBuf,
}

/// The part of the command's report that we use.
#[derive(Clone, Debug, Deserialize)]
struct Report {
    /// Seconds for opening the voice.
    opened_s: f64,
    /// Seconds from then until the first samples.
    first_audio_s: f64,
    /// Seconds from then until all samples.
    compute_s: f64,
    duration_s: f64,
}

impl SpeechBench {
    /// Writes scripts of one and of fifty pages into the folder.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn new(program: PathBuf, folder: &Path) -> Result<SpeechBench> {
        let bench = SpeechBench {
            program,
            folder: folder.to_path_buf(),
        };
        for pages in [1, 50] {
            let line = format!("{SENTENCE} {LONG}\n");
            fs::write(bench.script(pages), line.repeat(PAGE * pages))?;
        }
        Ok(bench)
    }

    /// All numbers of the default voice; without memory if `quick`.
    pub fn rows(&self, quick: bool) -> Vec<Row> {
        let mut rows = Vec::new();
        for (cores, one_core) in [("one core", true), ("two cores", false)] {
            for (length, text) in [("8-word sentence", SENTENCE), ("60-word sentence", LONG)] {
                rows.extend(self.speed(
                    text,
                    &format!("default voice, {length}, {cores}"),
                    one_core,
                ));
            }
        }
        if !quick {
            rows.extend(self.memory());
        }
        rows
    }

    /// The numbers of public voices of full size, beside piper; brings Python's packages for that.
    pub fn public_rows(&self) -> Vec<Row> {
        match peers::speaking_voices() {
            Ok(voices) => PublicVoices::new(self, voices).rows(),
            Err(error) => vec![Row::missing("public voices", format!("{error:#}"))],
        }
    }

    /// First audio and real-time factor of one sentence.
    fn speed(&self, text: &str, name: &str, one_core: bool) -> Vec<Row> {
        let reports = self.spoken_by(Path::new("default"), text, one_core);
        let reports = match reports {
            Ok(reports) => reports,
            Err(error) => return vec![Row::missing(name, format!("{error:#}"))],
        };
        let middle = |value| middle(&reports, value);
        let opened_ms = 1e3 * middle(|report| report.opened_s);
        vec![
            Row::new(
                format!("first audio, {name}"),
                1e3 * middle(|report| report.first_audio_s),
                "ms",
            )
            .limit(FIRST_AUDIO_LIMIT_MS)
            .note(format!(
                "median of {RUNS}; the voice is open, which took {opened_ms:.0} ms"
            )),
            Row::new(
                format!("real-time factor, {name}"),
                middle(|report| report.compute_s / report.duration_s),
                "",
            )
            .limit(REAL_TIME_LIMIT)
            .note(format!(
                "{:.1} s of speech",
                middle(|report| report.duration_s)
            )),
        ]
    }

    /// Peak memory of one page and of fifty, and the difference.
    fn memory(&self) -> Vec<Row> {
        let peak = |pages: usize| {
            let mut command = Command::new(&self.program);
            command.arg("speak").arg("--file").arg(self.script(pages));
            command.arg("-o").arg(self.output());
            let name = format!("peak memory, default voice, pages: {pages}");
            peak_memory_mb(&mut command).map(|value| Row::new(name, value, "MB"))
        };
        let both = peak(1).and_then(|short| Ok((short, peak(50)?)));
        let (short, long) = match both {
            Ok(rows) => rows,
            Err(error) => {
                let why = format!("{error:#}");
                return vec![Row::missing("peak memory", why).limit(MEMORY_LIMIT_MB)];
            }
        };
        let value = |row: &Row| row.value.clone().unwrap_or(f64::NAN);
        let growth = value(&long) - value(&short);
        let difference =
            Row::new("peak memory, 50 pages over 1 page", growth, "MB").limit(MEMORY_LIMIT_MB);
        vec![short, long, difference]
    }

    /// The reports of the command on this text and voice, one for each run: rows of a table behind a first one, so that
    /// the voice is open and has spoken. Opening is told of the first.
    fn spoken_by(&self, voice: &Path, text: &str, one_core: bool) -> Result<Vec<Report>> {
        let table = self.folder.join("lines.csv");
        fs::write(
            &table,
            format!("text\n{}", format!("\"{text}\"\n").repeat(1 + RUNS)),
        )?;
        let spoken = self.folder.join("spoken");
        let mut command = held(Command::new(&self.program), one_core);
        command.args(["speak", "--force", "--json", "--voice"]);
        command.arg(voice).arg("--batch").arg(&table);
        process::capture(command.arg("--out-dir").arg(&spoken))?;
        let report = |row: usize| -> Result<Report> {
            let path = spoken.join(format!("{row:04}.wav.json"));
            let text = fs::read_to_string(&path)
                .with_context(|| format!("no report {}", path.display()))?;
            serde_json::from_str(&text).with_context(|| format!("in {}", path.display()))
        };
        let opened_s = report(1)?.opened_s;
        let warm = |row| {
            Ok(Report {
                opened_s,
                ..report(row)?
            })
        };
        (2..=1 + RUNS).map(warm).collect()
    }

    fn output(&self) -> PathBuf {
        self.folder.join("spoken.wav")
    }

    fn script(&self, pages: usize) -> PathBuf {
        self.folder.join(format!("script_{pages}.txt"))
    }
}

/// The command on one core, if that is wanted and can be had.
fn held(command: Command, one_core: bool) -> Command {
    if !(one_core && can_choose_cores()) {
        return command;
    }
    let mut held = Command::new("taskset");
    held.args(["--cpu-list", "0"]).arg(command.get_program());
    held.args(command.get_args());
    held
}

/// The middle of a value of several reports.
fn middle(reports: &[Report], value: fn(&Report) -> f64) -> f64 {
    let values: Vec<f64> = reports.iter().map(value).collect();
    median(&values).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::row::Verdict;

    #[test]
    fn a_command_that_fails_gives_rows_without_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let bench = SpeechBench::new("false".into(), folder.path()).unwrap();
        let rows = bench.rows(false);
        assert!(rows.len() > 4);
        assert!(
            rows.iter().all(|row| row.verdict() == Verdict::Missing),
            "{rows:?}"
        );
    }

    #[test]
    fn fifty_pages_are_fifty_times_one() {
        let folder = tempfile::tempdir().unwrap();
        let bench = SpeechBench::new("true".into(), folder.path()).unwrap();
        let lines = |pages| {
            fs::read_to_string(bench.script(pages))
                .unwrap()
                .lines()
                .count()
        };
        assert_eq!(lines(50), 50 * lines(1));
    }
}
