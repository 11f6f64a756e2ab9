//! Compares speaking voices and vocoders of full size, streamed, with what torch and whole networks give.

use std::fmt::Write;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::peers;
use crate::process::{self, cargo};

/// The tests of `syrinx-models` that compare, and how many findings each must print.
const TESTS: [(&str, usize); 2] = [("full_size_voices", 6), ("full_size_vocoders", 9)];

/// What the tests put before a finding.
const MARK: &str = "speech parity: ";

/// How far one voice is from its reference.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Finding {
    /// The voice or vocoder.
    voice: String,
    /// What it was compared with.
    reference: String,
    /// How many samples were compared.
    samples: usize,
    /// The largest difference as a share of the reference's peak.
    off: f64,
    /// How large it may be.
    limit: f64,
    /// How it was streamed, and what it took.
    note: String,
}

/// Makes the voices, speaks with each, and prints how far apart both sides are.
///
/// # Errors
/// If something cannot be brought, built or run, or differs by more than its limit.
pub(super) fn run(json: bool) -> Result<()> {
    let voices = peers::speaking_voices()?;
    let mut test = cargo(["test", "--locked", "--package", "syrinx-models", "--lib"])?;
    test.args(["--", "--ignored", "--nocapture", "--test-threads", "1"]);
    test.args(TESTS.map(|(name, _)| name));
    test.env("SYRINX_FULL_SIZE_VOICES", &voices);
    test.env("SYRINX_FULL_SIZE_VOCODERS", voices.join("vocoders"));
    let output = test.output().context("cannot start cargo")?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let all = findings(&printed)?;
    match json {
        true => println!("{}", serde_json::to_string_pretty(&all)?),
        false => print!("{}", table(&all)),
    }
    let expected: usize = TESTS.iter().map(|(_, count)| count).sum();
    ensure!(
        all.len() == expected,
        "expected {expected} findings, found {}: `{}` ended with\n{}{}",
        all.len(),
        process::shown(&test),
        end(&printed),
        end(&String::from_utf8_lossy(&output.stderr))
    );
    let beyond = all.iter().filter(|finding| !finding.holds()).count();
    if beyond > 0 {
        bail!("{beyond} voices differ by more than rounding explains");
    }
    Ok(())
}

impl Finding {
    /// NaN does not hold.
    fn holds(&self) -> bool {
        self.off <= self.limit
    }
}

fn findings(printed: &str) -> Result<Vec<Finding>> {
    let lines = printed.lines().filter_map(|line| line.strip_prefix(MARK));
    lines
        .map(|line| {
            serde_json::from_str(line).with_context(|| format!("expected a finding, found {line}"))
        })
        .collect()
}

/// The last lines of what a program printed, without findings.
fn end(printed: &str) -> String {
    let lines: Vec<&str> = printed
        .lines()
        .filter(|line| !line.starts_with(MARK))
        .collect();
    let from = lines.len().saturating_sub(12);
    lines[from..].join("\n") + "\n"
}

fn table(findings: &[Finding]) -> String {
    let mut text = format!(
        "{:<25} {:<12} {:>8} {:>12} {:>9}\n",
        "voice", "against", "samples", "of the peak", "limit"
    );
    for finding in findings {
        let verdict = if finding.holds() { "ok" } else { "BEYOND" };
        let line = format!(
            "{:<25} {:<12} {:>8} {:>12.1e} {:>9.0e}  {verdict:<6} {}",
            finding.voice,
            finding.reference,
            finding.samples,
            finding.off,
            finding.limit,
            finding.note
        );
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"voice": "piper", "reference": "torch", "samples": 9, "off": 2e-6, "limit": 1e-4, "note": "n"}"#;

    #[test]
    fn findings_are_read_between_other_lines() {
        let printed = format!("running 2 tests\n\n{MARK}{LINE}\nok\n");
        let all = findings(&printed).unwrap();
        assert_eq!(all.len(), 1);
        assert!(all[0].holds());
        assert!(table(&all).contains("2.0e-6"));
        assert!(findings(&format!("{MARK}nothing")).is_err());
        assert_eq!(end(&printed), "running 2 tests\n\nok\n");
    }

    #[test]
    fn what_is_beyond_its_limit_is_told() {
        let mut finding: Finding = serde_json::from_str(LINE).unwrap();
        finding.off = 2e-4;
        assert!(!finding.holds());
        assert!(table(std::slice::from_ref(&finding)).contains("BEYOND"));
        finding.off = f64::NAN;
        assert!(!finding.holds());
    }
}
