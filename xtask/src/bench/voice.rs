//! Measures the default voice by running the `syrinx` command as a user would.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::bench::alignment::align;
use crate::bench::memory::peak_memory_mb;
use crate::bench::row::{Row, median};
use crate::conversion::{Conversion, Report, can_choose_cores};
use crate::process;
use crate::wav::Recording;

/// The backends, and the real-time factor that each must keep on one core, streamed in 10-20 ms chunks.
const BACKENDS: [(&str, f64); 2] = [("onnxruntime", 0.10), ("tract", 0.15)];
const CHUNKS_MS: [u32; 2] = [10, 20];
/// Runs of which the median counts.
const SPEED_RUNS: usize = 3;
const COLD_START_RUNS: usize = 5;
/// Longest algorithmic latency of the voice: beyond it a speaker is disturbed by hearing himself.
const LATENCY_LIMIT_MS: f64 = 90.0;
/// Ten minutes may need this much more memory than one.
const MEMORY_LIMIT_MB: f64 = 30.0;
const COLD_START_LIMIT_S: f64 = 1.0;
/// Greatest difference between streamed and whole-file output; -60 dB of full scale.
const AGREEMENT_LIMIT: f64 = 1e-3;
/// How far apart streamed and whole-file output are looked for: both are meant to be aligned already.
const AGREEMENT_REACH_S: f64 = 0.1;
/// The shift for comparing the two ways: "auto" would look at the whole recording in one of them only.
const SAME_TRANSPOSE: &str = "4";

/// The default voice, the built command and recordings of several lengths.
pub struct VoiceBench {
    program: PathBuf,
    folder: PathBuf,
}

impl VoiceBench {
    /// Writes recordings of 3 s, 1 and 10 minutes into the folder: the demo's, cut or repeated.
    pub fn new(program: PathBuf, root: &Path, folder: &Path) -> Result<VoiceBench> {
        let speech = Recording::read(&root.join("demo/speech.wav"))?;
        let bench = VoiceBench {
            program,
            folder: folder.to_path_buf(),
        };
        for seconds in [3, 60, 600] {
            speech.repeated(seconds).write(&bench.recording(seconds))?;
        }
        Ok(bench)
    }

    /// Real-time factors of each backend and chunk on one core, with the latencies that go with them.
    pub fn real_time_factors(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (backend, limit) in BACKENDS {
            for chunk in CHUNKS_MS {
                let name = format!("real-time factor, {backend}, {chunk} ms chunks");
                match self.streamed(backend, chunk) {
                    Ok((factor, report)) => {
                        rows.push(Row::new(name, factor, "").limit(limit).note(speed_note()));
                        rows.extend((backend == "tract").then(|| latency_row(&report, chunk)));
                    }
                    Err(error) => rows.push(Row::missing(name, format!("{error:#}")).limit(limit)),
                }
            }
        }
        rows
    }

    /// Peak memory of whole-file conversions of one and of ten minutes, and the difference.
    pub fn memory(&self) -> Vec<Row> {
        let peak = |seconds: u32| {
            let row = |value| Row::new(format!("peak memory, {} min", seconds / 60), value, "MB");
            let mut command = self.conversion(seconds, &["--backend", "tract"]).command();
            peak_memory_mb(&mut command).map(row)
        };
        let both = peak(60).and_then(|short| Ok((short, peak(600)?)));
        let (short, long) = match both {
            Ok(rows) => rows,
            Err(error) => {
                return vec![
                    Row::missing("peak memory", format!("{error:#}")).limit(MEMORY_LIMIT_MB),
                ];
            }
        };
        let growth =
            long.value.clone().unwrap_or(f64::NAN) - short.value.clone().unwrap_or(f64::NAN);
        let difference = Row::new("peak memory, 10 min over 1 min", growth, "MB")
            .limit(MEMORY_LIMIT_MB)
            .note("whole file, tract");
        vec![short, long, difference]
    }

    /// Wall time of the whole command on a recording of three seconds.
    pub fn cold_start(&self) -> Row {
        let name = "cold start, 3 s file";
        let time = |_| {
            let start = Instant::now();
            process::capture(&mut self.conversion(3, &[]).command())?;
            Ok(start.elapsed().as_secs_f64())
        };
        let seconds: Result<Vec<f64>> = (0..COLD_START_RUNS).map(time).collect();
        match seconds.map(|seconds| median(&seconds).unwrap_or(f64::NAN)) {
            Ok(value) => Row::new(name, value, "s")
                .limit(COLD_START_LIMIT_S)
                .note(format!(
                    "median of {COLD_START_RUNS}, all of the command, whole file, files cached"
                )),
            Err(error) => Row::missing(name, format!("{error:#}")).limit(COLD_START_LIMIT_S),
        }
    }

    /// Greatest difference between the streamed and the whole-file conversion.
    pub fn agreement(&self) -> Row {
        let name = "streamed against whole file";
        match self.streamed_against_whole() {
            Ok(row) => Row {
                name: name.to_string(),
                ..row
            },
            Err(error) => Row::missing(name, format!("{error:#}")).limit(AGREEMENT_LIMIT),
        }
    }

    fn streamed_against_whole(&self) -> Result<Row> {
        let options = [
            "--bit-depth",
            "32f",
            "--transpose",
            SAME_TRANSPOSE,
            "--backend",
            "tract",
        ];
        let convert = |options: &[&str]| -> Result<Recording> {
            let conversion = self.conversion(60, options);
            process::capture(&mut conversion.command())?;
            Recording::read(&conversion.output)
        };
        let whole = convert(&options)?;
        let streamed = convert(&[&options[..], &["--streamed"]].concat())?;
        let reach = (AGREEMENT_REACH_S * f64::from(whole.rate)) as usize;
        let found =
            align(&whole.samples, &streamed.samples, reach).context("too short to compare")?;
        let peak = whole
            .samples
            .iter()
            .fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        Ok(Row::new("", f64::from(found.difference), "")
            .limit(AGREEMENT_LIMIT)
            .note(format!(
                "greatest difference; streamed is {} samples late; peak {peak:.2}",
                found.late
            )))
    }

    /// The median real-time factor, and the report of the last run.
    fn streamed(&self, backend: &str, chunk: u32) -> Result<(f64, Report)> {
        let chunk = chunk.to_string();
        let conversion =
            self.conversion(60, &["--streamed", "--chunk", &chunk, "--backend", backend]);
        let reports = (0..SPEED_RUNS)
            .map(|_| conversion.run_on_one_core())
            .collect::<Result<Vec<_>>>()?;
        // Time of computing alone: starting the program and loading the voice are the cold start's.
        let factors: Vec<f64> = reports
            .iter()
            .map(|report| report.compute_s / report.duration_s)
            .collect();
        let last = reports.into_iter().next_back();
        median(&factors).zip(last).context("no run")
    }

    fn conversion(&self, seconds: u32, options: &[&str]) -> Conversion {
        Conversion {
            program: self.program.clone(),
            input: self.recording(seconds),
            output: self.folder.join("converted.wav"),
            options: options.iter().map(ToString::to_string).collect(),
        }
    }

    fn recording(&self, seconds: u32) -> PathBuf {
        self.folder.join(format!("speech_{seconds}s.wav"))
    }
}

fn speed_note() -> String {
    let cores = if can_choose_cores() {
        "one core"
    } else {
        "cores not limited: no taskset"
    };
    format!("median of {SPEED_RUNS}, 60 s streamed, {cores}, loading not counted")
}

/// The voice's own latency: what the host's blocks and rates add depends on them.
fn latency_row(report: &Report, chunk: u32) -> Row {
    let name = format!("algorithmic latency of the voice, {chunk} ms chunks");
    let Some(stream) = &report.stream else {
        return Row::missing(name, "the report has no stream").limit(LATENCY_LIMIT_MS);
    };
    let sum = stream.terms.iter().map(|term| term.ms).sum();
    let terms: Vec<_> = stream
        .terms
        .iter()
        .map(|term| format!("{} {:.1}", term.name, term.ms))
        .collect();
    Row::new(name, sum, "ms")
        .limit(LATENCY_LIMIT_MS)
        .note(format!(
            "{}; whole stream {:.1} ms",
            terms.join(" + "),
            stream.latency_ms
        ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::row::Verdict;

    fn bench_with(program: &str) -> (tempfile::TempDir, VoiceBench) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        std::fs::create_dir(root.join("demo")).unwrap();
        let speech = Recording {
            rate: 8000,
            samples: vec![0.25; 8000],
        };
        speech.write(&root.join("demo/speech.wav")).unwrap();
        let bench = VoiceBench::new(program.into(), &root, &root).unwrap();
        (folder, bench)
    }

    #[test]
    fn a_command_that_fails_gives_rows_without_numbers() {
        let (_folder, bench) = bench_with("false");
        let rows = [
            bench.real_time_factors(),
            bench.memory(),
            vec![bench.cold_start(), bench.agreement()],
        ];
        for row in rows.concat() {
            assert_eq!(row.verdict(), Verdict::Missing, "{row:?}");
        }
    }

    #[test]
    fn the_recordings_have_their_lengths() {
        let (_folder, bench) = bench_with("true");
        for seconds in [3, 60, 600] {
            let recording = Recording::read(&bench.recording(seconds)).unwrap();
            assert_eq!(recording.duration(), f64::from(seconds));
        }
    }
}
