//! Runs a script that exports networks, and reads what it says that it made.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;

/// How the script's exit status says that the file, and not the program, is at fault.
const REFUSED: i32 = 2;

/// Runs `script` and reads the last line of what it prints, which says as JSON what was made.
///
/// # Errors
/// If it refuses a file, with its own words; if it fails, or says something else.
pub fn made_by<Made: DeserializeOwned>(script: &mut Command) -> Result<Made> {
    let output = script
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .context("cannot start Python")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {}
        Some(REFUSED) => bail!("{}", complaint.trim_end()),
        _ => bail!(
            "the export failed: {}\n{}",
            output.status,
            complaint.trim_end()
        ),
    }
    let text = String::from_utf8_lossy(&output.stdout);
    // Exporters print of their own accord; what was made is the last line.
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last)
        .with_context(|| format!("expected what was made as JSON, found {last:?}"))
}

#[cfg(all(test, unix))]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_refusal_is_told_as_it_is() {
        let ran = |text: &str| made_by::<Value>(Command::new("sh").args(["-c", text]));
        let refused = ran("echo 'a.pth: expected x, found y' >&2; exit 2").unwrap_err();
        assert_eq!(refused.to_string(), "a.pth: expected x, found y");
        let failed = ran("echo Traceback >&2; exit 1").unwrap_err();
        assert!(failed.to_string().starts_with("the export failed"));
        let said = r#"echo noise; echo '{"layer": 9, "rate": 32000}'"#;
        assert_eq!(ran(said).unwrap()["layer"], 9);
        assert!(ran("echo noise").is_err());
    }
}
