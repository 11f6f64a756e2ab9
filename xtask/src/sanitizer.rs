//! Finds the runtime of RealtimeSanitizer, which comes with some toolchains only.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// The runtime library among the installed toolchains; `None` where no toolchain has it. Nightly ones do, and the
/// program that is tested is still built by the usual toolchain.
///
/// # Errors
/// If the compiler cannot say where it is.
pub fn runtime() -> Result<Option<PathBuf>> {
    let sysroot = process::capture(Command::new("rustc").args(["--print", "sysroot"]))?;
    let own = Path::new(sysroot.trim());
    let toolchains = own.parent().context("the toolchain lies nowhere")?;
    let mut found: Vec<PathBuf> = fs::read_dir(toolchains)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|toolchain| in_toolchain(&toolchain.path()))
        .collect();
    found.sort();
    Ok(found.pop())
}

/// The runtime inside one toolchain, for this machine.
fn in_toolchain(toolchain: &Path) -> Option<PathBuf> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return None;
    }
    let folder = toolchain.join("lib/rustlib/x86_64-unknown-linux-gnu/lib");
    let files = fs::read_dir(folder).ok()?.flatten().map(|file| file.path());
    files.into_iter().find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("librustc") && name.ends_with("rt.rtsan.a")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_of_a_toolchain_is_found_by_its_name() {
        let toolchain = tempfile::tempdir().unwrap();
        let folder = toolchain
            .path()
            .join("lib/rustlib/x86_64-unknown-linux-gnu/lib");
        fs::create_dir_all(&folder).unwrap();
        assert_eq!(in_toolchain(toolchain.path()), None);
        for name in ["librustc-nightly_rt.asan.a", "librustc-nightly_rt.rtsan.a"] {
            fs::write(folder.join(name), "").unwrap();
        }
        let found = in_toolchain(toolchain.path()).unwrap();
        assert!(found.ends_with("librustc-nightly_rt.rtsan.a"));
    }
}
