//! Measures engine and plugin as a host runs them, by the program `bench-plugin`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::artifacts;
use crate::bench::row::Row;
use crate::bundle::{self, BundleArgs};
use crate::conversion::can_choose_cores;
use crate::process::{self, cargo};
use crate::test_hosts;

/// The program, of the package `syrinx-tests`.
const PROGRAM: &str = "bench-plugin";

/// The part that opens windows.
const EDITOR: &str = "editor";

/// How long the stream runs; with `--quick` the second.
const STREAM_SECONDS: [u32; 2] = [300, 20];

/// What numbers must not exceed, by the start of their names and the unit.
///
/// Latency: later than about a tenth of a second, a speaker who hears himself stumbles. Audio thread: a block of 32
/// samples at 96 kHz lasts 333 us, and a session has dozens of plugins. Scan: hosts make hundreds of instances.
/// Memory of a second instance: networks are shared between instances, states are not. Editor: a window that is open all
/// day must not be noticed. Pictures at 30 a second are weighed without drawing, because what draws in the place of a graphics
/// card would be weighed with them.
const LIMITS: [(&str, &str, f64); 11] = [
    ("reported latency", "ms", 110.0),
    ("audio thread, median", "us", 10.0),
    ("audio thread, p99.9", "us", 50.0),
    ("underruns", "", 0.0),
    ("model thread, silence", "%", 1.0),
    ("model thread, host stopped", "%", 1.0),
    ("instance, not activated", "ms", 30.0),
    ("instance, not activated", "MB", 20.0),
    ("second active instance", "MB", 15.0),
    ("editor open, silence", "%", 3.0),
    ("pictures of the page", "%", 3.0),
];

/// One part of what the program measures.
struct Part {
    name: &'static str,
    /// For how long, if not for as long as the program thinks right.
    seconds: Option<u32>,
    one_core: bool,
}

/// A number as the program prints it.
#[derive(Deserialize)]
struct Number {
    name: String,
    value: Option<f64>,
    unit: String,
    note: String,
}

/// The built program and bundles.
pub struct PluginBench {
    program: PathBuf,
    bundles: PathBuf,
}

impl PluginBench {
    /// Builds program and bundles as people use them.
    ///
    /// # Errors
    /// If something does not compile.
    pub fn new() -> Result<PluginBench> {
        let bundles = bundle::make(&BundleArgs::for_host(true))?.folder;
        let mut command = cargo(["build", "--locked", "--workspace", "--release"])?;
        let built = artifacts::build(command.args(["--bin", PROGRAM]))?;
        Ok(PluginBench {
            program: artifacts::program(&built, PROGRAM)?,
            bundles,
        })
    }

    /// All numbers, with their limits; a part that fails is one row that says why.
    pub fn rows(&self, quick: bool) -> Vec<Row> {
        let stream_seconds = STREAM_SECONDS[usize::from(quick)];
        let parts = [
            ("latency", None, false),
            ("cost", None, false),
            ("stream", Some(stream_seconds), true),
            ("idle", None, false),
            ("many", None, false),
            ("instances", None, false),
            (EDITOR, None, false),
            ("pictures", None, false),
        ];
        let mut rows = Vec::new();
        for (name, seconds, one_core) in parts {
            let part = Part {
                name,
                seconds,
                one_core,
            };
            let failed = |error: anyhow::Error| vec![Row::missing(name, format!("{error:#}"))];
            rows.extend(self.measure(&part).unwrap_or_else(failed));
        }
        rows.extend(limits_without_number(&rows));
        rows
    }

    fn measure(&self, part: &Part) -> Result<Vec<Row>> {
        let mut command = self.command(part);
        let _screen = match part.name {
            EDITOR => test_hosts::screen(&mut command)?,
            _ => None,
        };
        println!("$ {}", process::shown(&command));
        rows_from(&process::capture(&mut command)?)
    }

    fn command(&self, part: &Part) -> Command {
        let mut command = if part.one_core && can_choose_cores() {
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", "0"]).arg(&self.program);
            command
        } else {
            Command::new(&self.program)
        };
        command.arg(part.name).env("SYRINX_BUNDLES", &self.bundles);
        command.args(part.seconds.map(|seconds| seconds.to_string()));
        command
    }
}

/// Reads what the program printed; lines that are not its numbers are said by others.
fn rows_from(printed: &str) -> Result<Vec<Row>> {
    let rows: Vec<_> = printed
        .lines()
        .filter_map(|line| serde_json::from_str::<Number>(line).ok())
        .map(row)
        .collect::<Result<_>>()?;
    if rows.is_empty() {
        bail!("`{PROGRAM}` printed no number: {}", printed.trim());
    }
    Ok(rows)
}

fn row(number: Number) -> Result<Row> {
    let unit = known_unit(&number.unit)
        .with_context(|| format!("{}: unknown unit {:?}", number.name, number.unit))?;
    let limit = LIMITS
        .iter()
        .find(|(name, of, _)| number.name.starts_with(name) && *of == unit)
        .map(|(_, _, limit)| *limit);
    // NaN has no JSON: the program could not measure it.
    let row = match number.value {
        Some(value) => Row::new(number.name, value, unit).note(number.note),
        None => Row::missing(number.name, "not measured on this system"),
    };
    Ok(Row { limit, ..row })
}

fn known_unit(unit: &str) -> Option<&'static str> {
    ["", "ms", "us", "%", "MB", "samples"]
        .into_iter()
        .find(|known| *known == unit)
}

/// A row for each limit that no number was held against, so that a vanished number does not pass.
fn limits_without_number(rows: &[Row]) -> Vec<Row> {
    LIMITS
        .iter()
        .filter(|(name, unit, _)| {
            !rows
                .iter()
                .any(|row| row.name.starts_with(name) && row.limit.is_some() && row.unit == *unit)
        })
        .map(|(name, _, limit)| Row::missing(*name, "no such number was printed").limit(*limit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::row::Verdict;

    #[test]
    fn numbers_get_the_limit_of_their_name_and_unit() {
        let printed = r#"
{"name": "instance, not activated", "value": 12.0, "unit": "ms", "note": "the first"}
{"name": "instance, not activated", "value": 21.0, "unit": "MB", "note": ""}
said by a library
{"name": "missing", "value": 3.0, "unit": "samples", "note": ""}
{"name": "underruns", "value": null, "unit": "", "note": ""}"#;
        let rows = rows_from(printed).unwrap();
        let verdicts: Vec<_> = rows.iter().map(Row::verdict).collect();
        assert_eq!(
            verdicts,
            [Verdict::Ok, Verdict::Over, Verdict::Info, Verdict::Missing]
        );
        assert_eq!(rows[0].note, "the first");
    }

    #[test]
    fn a_program_that_prints_nothing_or_an_unknown_unit_is_an_error() {
        assert!(rows_from("").is_err());
        let printed = r#"{"name": "a", "value": 1.0, "unit": "furlong", "note": ""}"#;
        assert!(
            rows_from(printed)
                .unwrap_err()
                .to_string()
                .contains("furlong")
        );
    }

    #[test]
    fn a_limit_without_a_number_is_seen() {
        let rows = rows_from(r#"{"name": "underruns", "value": 0.0, "unit": "", "note": ""}"#);
        let missing = limits_without_number(&rows.unwrap());
        assert_eq!(missing.len(), LIMITS.len() - 1);
        assert!(missing.iter().all(|row| row.verdict() == Verdict::Missing));
    }

    #[test]
    fn the_stream_runs_on_one_core_for_its_time() {
        let bench = PluginBench {
            program: "bench-plugin".into(),
            bundles: "bundled".into(),
        };
        let part = Part {
            name: "stream",
            seconds: Some(20),
            one_core: true,
        };
        let shown = process::shown(&bench.command(&part));
        assert!(shown.ends_with("bench-plugin stream 20"), "{shown}");
        assert_eq!(shown.starts_with("taskset"), can_choose_cores());
    }
}
