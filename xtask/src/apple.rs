//! Checks that the workspace compiles for macOS, as far as that goes without one.

use std::fs;

use anyhow::Result;

use crate::{process, setup};

/// What macOS is to Rust, by processor.
const TARGETS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-apple-darwin"];

/// Type-checks every crate for both processors. Nothing is linked or run: that takes Apple's libraries.
///
/// tract brings kernels in assembly, which clang translates for any system and which need no header. It only wants to see
/// a folder where Apple's libraries would be.
///
/// # Errors
/// If something does not compile, or cannot be brought.
pub fn check() -> Result<()> {
    if cfg!(target_os = "linux") {
        setup::ensure_system_for_apple()?;
    }
    let nothing = process::target_dir()?.join("no-sdk");
    fs::create_dir_all(&nothing)?;
    for target in TARGETS {
        setup::ensure_rust_target(target)?;
        let mut command = process::cargo(["check", "--locked", "--workspace", "--target", target])?;
        if !cfg!(target_os = "macos") {
            let variable = |name: &str| format!("{name}_{}", target.replace('-', "_"));
            command
                .env("SDKROOT", &nothing)
                .env(variable("CC"), "clang")
                .env(variable("AR"), "ar");
        }
        process::run(&mut command)?;
    }
    Ok(())
}
