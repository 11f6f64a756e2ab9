//! Runs other programs from the root of the repository and says what went wrong with them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The root of the repository: the parent of this package, or the nearest folder above the current one that
/// holds a `Cargo.lock`.
pub fn root() -> Result<PathBuf> {
    // Asked at run time: several clones may share one target folder, and then one compiled program.
    if let Some(package) = std::env::var_os("CARGO_MANIFEST_DIR") {
        let root = Path::new(&package).parent();
        return root
            .map(Path::to_path_buf)
            .context("the package xtask has no parent folder");
    }
    let here = std::env::current_dir()?;
    here.ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file() && folder.join("xtask").is_dir())
        .map(Path::to_path_buf)
        .context("not inside the repository: run `cargo xtask` there")
}

/// Cargo itself, in the root: the one that runs us, so that the toolchain is the same.
pub fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Command> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()?);
    Ok(command)
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .map(|word| {
            if word.contains(' ') {
                format!("'{word}'")
            } else {
                word
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs the command with our output as its own, and no input.
///
/// # Errors
/// If it cannot be started, or fails.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed: {status}", shown(command));
    }
    Ok(())
}

/// Runs the command and returns what it printed.
///
/// # Errors
/// If it cannot be started, or fails; the message ends with what it complained of, unless the caller lets that
/// through to the terminal.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` failed: {}\n{}",
            shown(command),
            output.status,
            complaint.trim_end()
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` is not UTF-8", shown(command)))
}

/// What `cargo metadata` says of the workspace and everything that it depends on.
pub fn metadata() -> Result<Value> {
    let text = capture(&mut cargo([
        "metadata",
        "--format-version",
        "1",
        "--locked",
    ])?)?;
    serde_json::from_str(&text).context("cargo metadata does not print JSON")
}

/// Cargo's target folder.
pub fn target_dir() -> Result<PathBuf> {
    let text = capture(&mut cargo([
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
    ])?)?;
    let value: Value = serde_json::from_str(&text).context("cargo metadata does not print JSON")?;
    let folder = value["target_directory"].as_str();
    folder
        .map(PathBuf::from)
        .context("cargo metadata names no target folder")
}

/// Builds the command `syrinx` and returns its path.
///
/// With the features of the whole workspace, as the tests: those of one package alone differ in small
/// crates deep down, and everything above them, tract too, would be compiled a second time.
pub fn build_syrinx(release: bool) -> Result<PathBuf> {
    let mut command = cargo(["build", "--locked", "--workspace", "--bin", "syrinx"])?;
    if release {
        command.arg("--release");
    }
    run(&mut command)?;
    let profile = if release { "release" } else { "debug" };
    Ok(target_dir()?
        .join(profile)
        .join(format!("syrinx{}", std::env::consts::EXE_SUFFIX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["test", "--", "two words"]);
        assert_eq!(shown(&command), "cargo test -- 'two words'");
    }

    #[test]
    fn a_failing_command_is_an_error_with_its_complaint() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo missing >&2; exit 3"]);
        let message = capture(&mut command).unwrap_err().to_string();
        assert!(
            message.contains("exit status: 3") && message.ends_with("missing"),
            "{message}"
        );
    }
}
