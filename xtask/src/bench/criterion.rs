//! Reads what criterion measured of the dsp processors and states it as real-time factors.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::bench::row::Row;

/// What criterion was asked to measure.
#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
    throughput: Option<Throughput>,
}

/// How much one run works on, as criterion writes it. Our benchmarks work on one second of audio, so the number
/// of samples is the rate, and the seconds that a run takes are the real-time factor.
#[derive(Deserialize)]
struct Throughput {
    #[serde(rename = "Elements")]
    elements: Option<f64>,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    /// Nanoseconds for one run.
    point_estimate: f64,
}

/// One row for each benchmark below criterion's folder: a real-time factor where a run works on one second
/// of audio (see [`Throughput`]), else microseconds.
///
/// # Errors
/// If criterion wrote something else than expected.
pub fn rows(folder: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            match path.file_name().and_then(|name| name.to_str()) {
                Some("new") => rows.extend(row(&path)?),
                Some("base" | "change" | "report") => {}
                _ if path.is_dir() => waiting.push(path),
                _ => {}
            }
        }
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(rows)
}

/// The row of one benchmark; `None` if its folder is not complete.
fn row(folder: &Path) -> Result<Option<Row>> {
    let files = [folder.join("benchmark.json"), folder.join("estimates.json")];
    if !files.iter().all(|file| file.is_file()) {
        return Ok(None);
    }
    let [benchmark, estimates] = files;
    let (benchmark, estimates): (Benchmark, Estimates) = (read(benchmark)?, read(estimates)?);
    let seconds = estimates.median.point_estimate * 1e-9;
    let name = format!("dsp: {}", benchmark.full_id);
    let samples = benchmark
        .throughput
        .and_then(|throughput| throughput.elements);
    Ok(Some(match samples {
        Some(rate) => Row::new(name, seconds, "").note(format!("of real time at {rate} Hz")),
        None => Row::new(name, seconds * 1e6, "us").note("a run"),
    }))
}

fn read<T: for<'a> Deserialize<'a>>(file: PathBuf) -> Result<T> {
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("in {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_for_samples_becomes_a_real_time_factor() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, benchmark: &str, nanoseconds: f64| {
            let new = folder.path().join(name).join("new");
            fs::create_dir_all(&new).unwrap();
            fs::write(new.join("benchmark.json"), benchmark).unwrap();
            let estimates =
                format!(r#"{{"median": {{"point_estimate": {nanoseconds}}}, "mean": {{}}}}"#);
            fs::write(new.join("estimates.json"), estimates).unwrap();
        };
        write(
            "gate/one",
            r#"{"full_id": "gate/one", "throughput": {"Elements": 48000}}"#,
            1e7,
        );
        write("plan", r#"{"full_id": "plan", "throughput": null}"#, 2500.0);
        fs::create_dir_all(folder.path().join("report")).unwrap();

        let rows = rows(folder.path()).unwrap();
        assert_eq!(rows.len(), 2);
        // 10 ms for a second of sound.
        assert_eq!((rows[0].name.as_str(), rows[0].unit), ("dsp: gate/one", ""));
        assert!((rows[0].value.clone().unwrap() - 0.01).abs() < 1e-12);
        assert_eq!((rows[1].value.clone(), rows[1].unit), (Ok(2.5), "us"));
    }
}
