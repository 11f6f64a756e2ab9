//! Brings Rust's standard library for other systems.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// Brings what compiling for the target `triple` needs of Rust, unless it is there.
///
/// # Errors
/// If the target is unknown, or there is neither the library nor a rustup to bring it.
pub fn ensure(triple: &str) -> Result<()> {
    let root = process::root()?;
    let libraries = process::capture(
        Command::new("rustc")
            .args(["--print", "target-libdir", "--target", triple])
            .current_dir(&root),
    )
    .with_context(|| format!("{triple} is no target that this Rust knows"))?;
    if PathBuf::from(libraries.trim()).is_dir() {
        return Ok(());
    }
    println!("Bringing Rust's standard library for {triple} ...");
    process::run(
        Command::new("rustup")
            .args(["target", "add", triple])
            .current_dir(&root),
    )
    .with_context(|| format!("expected Rust's standard library for {triple}, found none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_not_brought_and_what_is_no_target_is_refused() {
        let host = process::capture(Command::new("rustc").args(["--print", "host-tuple"])).unwrap();
        ensure(host.trim()).unwrap();
        let message = format!("{:#}", ensure("no-such-target").unwrap_err());
        assert!(message.contains("no-such-target"), "{message}");
    }
}
