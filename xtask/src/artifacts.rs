//! Builds with cargo and reads which files came of it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::process::shown;

/// What cargo made of one target.
#[derive(Clone, Debug, Deserialize)]
pub struct Artifact {
    target: Target,
    /// The files: a library may have several.
    pub filenames: Vec<PathBuf>,
    /// The program, if it is one.
    pub executable: Option<PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
struct Target {
    name: String,
}

/// Runs `cargo build` and returns what it made or found up to date.
///
/// # Errors
/// If it cannot be started, or something does not compile.
pub fn build(command: &mut Command) -> Result<Vec<Artifact>> {
    let name = shown(command);
    println!("$ {name}");
    let mut child = command
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{name}`"))?;
    let output = child.stdout.take().context("no output to read")?;
    let mut artifacts = Vec::new();
    for line in BufReader::new(output).lines() {
        artifacts.extend(artifact(&line?));
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{name}` failed: {status}");
    }
    Ok(artifacts)
}

/// The program called `name`.
///
/// # Errors
/// If it is not among the artifacts.
pub fn program(artifacts: &[Artifact], name: &str) -> Result<PathBuf> {
    artifacts
        .iter()
        .filter(|artifact| artifact.target.name == name)
        .find_map(|artifact| artifact.executable.clone())
        .with_context(|| format!("cargo made no program {name}"))
}

/// The shared library called `name`.
///
/// # Errors
/// If it is not among the artifacts.
pub fn shared_library(artifacts: &[Artifact], name: &str) -> Result<PathBuf> {
    let is_shared = |file: &PathBuf| {
        let extension = file.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("so" | "dylib" | "dll"))
    };
    artifacts
        .iter()
        .filter(|artifact| artifact.target.name == name)
        .find_map(|artifact| {
            artifact
                .filenames
                .iter()
                .find(|file| is_shared(file))
                .cloned()
        })
        .with_context(|| format!("cargo made no shared library {name}"))
}

/// What one line of cargo's messages says; `None` for a message about something else.
fn artifact(line: &str) -> Option<Artifact> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    (value["reason"] == "compiler-artifact")
        .then(|| serde_json::from_value(value).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_found_by_the_targets_name_and_kind() {
        let lines = [
            r#"{"reason":"compiler-artifact","target":{"name":"thing"},"filenames":["/d/libthing.rlib","/d/libthing.so"],"executable":null,"fresh":true}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"thing"},"filenames":["/d/thing"],"executable":"/d/thing","fresh":false}"#,
            r#"{"reason":"build-finished","success":true}"#,
            "said by a program",
        ];
        let artifacts: Vec<_> = lines.iter().filter_map(|line| artifact(line)).collect();
        assert_eq!(artifacts.len(), 2);
        assert_eq!(
            shared_library(&artifacts, "thing").unwrap(),
            PathBuf::from("/d/libthing.so")
        );
        assert_eq!(
            program(&artifacts, "thing").unwrap(),
            PathBuf::from("/d/thing")
        );
        assert!(program(&artifacts, "other").is_err());
    }
}
