//! Measures the numbers that the project holds itself to, and prints them beside their limits.

mod alignment;
mod conditions;
mod criterion;
mod memory;
mod plugin;
mod release;
mod row;
mod speech;
mod svc;
mod voice;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::bench::conditions::Conditions;
use crate::bench::plugin::PluginBench;
use crate::bench::release::ReleaseBench;
use crate::bench::row::{Row, Verdict, table};
use crate::bench::speech::SpeechBench;
use crate::bench::svc::SvcBench;
use crate::bench::voice::VoiceBench;
use crate::process::{self, build_syrinx, cargo, target_dir};
use crate::setup;

/// Measure speed, latency, memory and agreement of the default voice; engine and plugin as a host runs them; large voices
/// beside the programs that they come from; what people install; or speech.
///
/// Prints a table and writes target/bench/bench.json, plugin.json, svc.json, release.json or speech.json. A number over its
/// limit is a warning, unless --strict. Measure on an idle machine: what else runs is measured too.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cargo xtask bench\n  cargo xtask bench --strict\n  cargo xtask bench --dsp\n  \
                        cargo xtask bench plugin\n  cargo xtask bench svc --quick\n  cargo xtask bench release\n  \
                        cargo xtask bench speech"
)]
pub struct BenchArgs {
    /// What to measure
    #[arg(value_enum, default_value_t = Subject::Voice)]
    subject: Subject,

    /// Fail if a number is over its limit or missing
    #[arg(long)]
    strict: bool,

    /// Also run the benchmarks of the dsp crate (some minutes)
    #[arg(long)]
    dsp: bool,

    /// Of speech, measure this command instead of building one
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,

    /// Of the voice, measure the real-time factors only; of the plugin, a stream of 20 s instead of 300 s; of
    /// So-VITS-SVC and RVC, once and 12 s; of speech, no memory
    #[arg(long)]
    quick: bool,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// the default voice, by the command
    Voice,
    /// engine and plugin
    Plugin,
    /// So-VITS-SVC and RVC voices, beside the programs that they come from
    Svc,
    /// what people install: its size, and how long a host's scan takes, for this system and for Windows under Wine
    Release,
    /// the default speaking voice and public ones, by the command, beside piper
    Speech,
}

/// Builds what is measured with all optimisation and measures.
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
    let (conditions, mut rows, file) = match args.subject {
        Subject::Voice => voice_rows(args, &folder)?,
        Subject::Plugin => plugin_rows(args, &folder)?,
        Subject::Svc => svc_rows(args, &folder)?,
        Subject::Release => release_rows(&folder)?,
        Subject::Speech => speech_rows(args, &folder)?,
    };
    if args.dsp {
        process::run(&mut cargo([
            "bench",
            "--locked",
            "--package",
            "syrinx-dsp",
            "--benches",
        ])?)?;
        rows.extend(criterion::rows(&target.join("criterion"))?);
    }

    println!("{conditions}\n{}", table(&rows));
    let written = json!({ "conditions": conditions, "rows": rows.iter().map(Row::to_json).collect::<Vec<_>>() });
    fs::write(&file, serde_json::to_string_pretty(&written)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    println!("written to {}", file.display());
    judge(&rows, args.strict)
}

/// The conditions before measuring, the numbers, and the file for them.
type Measured = (Conditions, Vec<Row>, PathBuf);

fn voice_rows(args: &BenchArgs, folder: &Path) -> Result<Measured> {
    let bench = VoiceBench::new(build_syrinx(true)?, &process::root()?, folder)?;
    let conditions = Conditions::now();
    let mut rows = bench.real_time_factors();
    if !args.quick {
        rows.extend(bench.memory());
        rows.push(bench.cold_start());
        rows.push(bench.agreement());
    }
    Ok((conditions, rows, folder.join("bench.json")))
}

fn plugin_rows(args: &BenchArgs, folder: &Path) -> Result<Measured> {
    let bench = PluginBench::new()?;
    let conditions = Conditions::now();
    let rows = bench.rows(args.quick);
    Ok((conditions, rows, folder.join("plugin.json")))
}

fn release_rows(folder: &Path) -> Result<Measured> {
    let benches = ReleaseBench::all()?;
    let conditions = Conditions::now();
    let rows = benches.iter().flat_map(ReleaseBench::rows).collect();
    Ok((conditions, rows, folder.join("release.json")))
}

fn svc_rows(args: &BenchArgs, folder: &Path) -> Result<Measured> {
    let bench = SvcBench::new(build_syrinx(true)?, &process::root()?, folder, args.quick)?;
    let conditions = Conditions::now();
    let rows = bench.rows();
    Ok((conditions, rows, folder.join("svc.json")))
}

fn speech_rows(args: &BenchArgs, folder: &Path) -> Result<Measured> {
    let program = match &args.program {
        Some(program) => std::path::absolute(program)?,
        None => build_syrinx(true)?,
    };
    let bench = SpeechBench::new(program, folder)?;
    let conditions = Conditions::now();
    let mut rows = bench.rows(args.quick);
    rows.extend(bench.public_rows());
    Ok((conditions, rows, folder.join("speech.json")))
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
