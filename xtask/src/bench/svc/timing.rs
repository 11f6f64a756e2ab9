//! Runs one side once and reads what it took.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::bench::memory::peak_memory_mb;
use crate::conversion::Conversion;
use crate::peers::Peers;
use crate::process;

/// What one run took. What a part does not measure is NaN.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Timing {
    /// From start to end of the program.
    pub wall_s: f64,
    /// The peak of its resident memory.
    pub peak_mb: f64,
    /// Of a peer's file, the same once more in the same process.
    #[serde(default = "unknown")]
    pub again_s: f64,
    /// Of a peer's file, until its libraries are there.
    #[serde(default = "unknown")]
    pub imported_s: f64,
    /// Of ours, opening counted.
    #[serde(default = "unknown")]
    pub compute_s: f64,
    /// Of our stream, opening its networks.
    #[serde(default = "unknown")]
    pub opened_s: f64,
    /// Of a peer's stream, computing per second of audio: the median over blocks.
    #[serde(default = "unknown")]
    pub per_second: f64,
    /// Of the processor.
    #[serde(default = "unknown")]
    pub gflops: f64,
}

fn unknown() -> f64 {
    f64::NAN
}

/// Runs a part of `time_peers.py`.
///
/// # Errors
/// If it fails, or prints something else than its numbers.
pub fn of_peer(
    peers: &Peers,
    part: &str,
    recording: &Path,
    threads: &str,
    settings: &[&str],
) -> Result<Timing> {
    let mut command = peers.script("time_peers.py");
    command.arg(&peers.voices).arg(recording).arg(part);
    command.args(["--threads", threads]).args(settings);
    let printed = process::capture(&mut command)?;
    parse(&printed).with_context(|| format!("{part} printed {}", printed.trim()))
}

/// The last line is the object: libraries may say something before it.
fn parse(printed: &str) -> Result<Timing> {
    let line = printed.lines().next_back().context("nothing")?;
    Ok(serde_json::from_str(line)?)
}

/// Runs `syrinx convert`, whose options have `--json`.
///
/// # Errors
/// If it fails, or writes no report that we understand.
pub fn of_ours(conversion: &Conversion) -> Result<Timing> {
    let start = Instant::now();
    let peak_mb = peak_memory_mb(&mut conversion.command())?;
    let wall_s = start.elapsed().as_secs_f64();
    let report = conversion.report()?;
    Ok(Timing {
        wall_s,
        peak_mb,
        again_s: unknown(),
        imported_s: unknown(),
        compute_s: report.compute_s,
        opened_s: report.stream.map_or(f64::NAN, |stream| stream.opened_s),
        per_second: unknown(),
        gflops: unknown(),
    })
}

/// What encoder, head and generator of a bundle compute, in GFLOP per second of audio.
///
/// # Errors
/// If the script fails, or prints something else.
pub fn operations(peers: &Peers, bundle: &str) -> Result<[f64; 3]> {
    let mut command = peers.script("count_operations.py");
    command.arg(&peers.voices).arg(bundle);
    let printed = process::capture(&mut command)?;
    let line = printed.lines().next_back().context("nothing")?;
    let counted: BTreeMap<String, BTreeMap<String, f64>> = serde_json::from_str(line)?;
    let of = |role: &str| {
        counted
            .get(bundle)
            .and_then(|roles| roles.get(role).copied())
    };
    let all = (of("encoder"), of("head"), of("generator"));
    let (Some(encoder), Some(head), Some(generator)) = all else {
        bail!("count_operations.py printed {line}");
    };
    Ok([encoder, head, generator])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_has_its_median_and_a_file_has_none() {
        let stream =
            r#"{"per_second": 2.5, "blocks": 90, "wall_s": 9.0, "cpu_s": 17.0, "peak_mb": 900.0}"#;
        let found = parse(&format!("said by a library\n{stream}\n")).unwrap();
        assert_eq!((found.per_second, found.peak_mb), (2.5, 900.0));
        assert!(found.compute_s.is_nan());
        assert!(parse("").is_err() && parse("{}").is_err());
    }
}
