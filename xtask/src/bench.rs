//! Measures the numbers that the project holds itself to, and prints them beside their limits.

mod alignment;
mod conditions;
mod criterion;
mod memory;
mod row;
mod voice;

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use crate::bench::conditions::Conditions;
use crate::bench::row::{Row, Verdict, table};
use crate::bench::voice::VoiceBench;
use crate::process::{self, build_syrinx, cargo, target_dir};
use crate::setup;

/// Measure speed, latency, memory and agreement of the default voice; with --dsp, of the processors too.
///
/// Prints a table and writes target/bench/bench.json. A number over its limit is a warning, unless --strict.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cargo xtask bench\n  cargo xtask bench --strict\n  cargo xtask bench --dsp"
)]
pub struct BenchArgs {
    /// Fail if a number is over its limit or missing
    #[arg(long)]
    strict: bool,

    /// Also run the benchmarks of the dsp crate (some minutes)
    #[arg(long)]
    dsp: bool,

    /// Of the voice, measure the real-time factors only
    #[arg(long)]
    quick: bool,
}

/// Builds the command with all optimisation and measures.
///
/// # Errors
/// If something cannot be built or run; with `--strict`, if a limit is not kept.
pub fn run(args: &BenchArgs) -> Result<()> {
    let target = target_dir()?;
    let folder = target.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    if let Err(error) = setup::ensure_runtime() {
        eprintln!("without ONNX Runtime: {error:#}");
    }
    let bench = VoiceBench::new(build_syrinx(true)?, &process::root()?, &folder)?;
    if args.dsp {
        process::run(&mut cargo([
            "bench",
            "--locked",
            "--package",
            "syrinx-dsp",
            "--benches",
        ])?)?;
    }

    let conditions = Conditions::now();
    let mut rows = bench.real_time_factors();
    if !args.quick {
        rows.extend(bench.memory());
        rows.push(bench.cold_start());
        rows.push(bench.agreement());
    }
    if args.dsp {
        rows.extend(criterion::rows(&target.join("criterion"))?);
    }

    println!("{conditions}\n{}", table(&rows));
    let file = folder.join("bench.json");
    let written = json!({ "conditions": conditions, "rows": rows.iter().map(Row::to_json).collect::<Vec<_>>() });
    fs::write(&file, serde_json::to_string_pretty(&written)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    println!("written to {}", file.display());
    judge(&rows, args.strict)
}

/// Says how many numbers are over their limit.
fn judge(rows: &[Row], strict: bool) -> Result<()> {
    let count = |verdict| rows.iter().filter(|row| row.verdict() == verdict).count();
    let (over, missing) = (count(Verdict::Over), count(Verdict::Missing));
    if over + missing == 0 {
        return Ok(());
    }
    let message = format!("{over} numbers over their limit, {missing} not measured");
    if strict {
        bail!(message);
    }
    println!("warning: {message}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_strict_judge_fails_and_only_for_a_reason() {
        let good = Row::new("a", 1.0, "").limit(2.0);
        let over = Row::new("a", 3.0, "").limit(2.0);
        assert!(judge(std::slice::from_ref(&good), true).is_ok());
        assert!(judge(&[good.clone(), over.clone()], false).is_ok());
        assert!(judge(&[good.clone(), over], true).is_err());
        assert!(judge(&[good, Row::missing("b", "no library")], true).is_err());
    }
}
