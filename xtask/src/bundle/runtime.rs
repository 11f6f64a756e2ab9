//! Puts the ONNX Runtime library beside the plugin's own, where the plugin looks for it first.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::mirror::copy_if_different;
use crate::setup::{self, Platform};

/// The folder of the library for a system, if it has been brought.
pub fn find(platform: Platform) -> Option<PathBuf> {
    let library = setup::installed_runtime(platform)?;
    library.parent().map(Path::to_path_buf)
}

/// Says on what the bundled plugin runs.
pub fn report(folder: Option<&Path>) {
    match folder {
        Some(folder) => println!("ONNX Runtime from {} goes along", folder.display()),
        None => println!(
            "no ONNX Runtime goes along: the plugin runs on tract, which is built in \
             (`cargo xtask bundle --with-runtime` brings it)"
        ),
    }
}

/// Copies libraries and licences from `folder` into each of the folders `beside`.
///
/// # Errors
/// If something cannot be copied.
pub fn put_beside(folder: &Path, beside: &[PathBuf]) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(kept_as)
        else {
            continue;
        };
        for place in beside {
            copy_if_different(&path, &place.join(&name))?;
        }
    }
    Ok(())
}

/// The name under which a file of the runtime's folder goes along, if it does.
fn kept_as(name: &str) -> Option<String> {
    match name {
        // In a folder that holds our library too, it must be seen whose licence it is.
        "LICENSE" => Some("onnxruntime-LICENSE.txt".to_string()),
        "ThirdPartyNotices.txt" => Some("onnxruntime-ThirdPartyNotices.txt".to_string()),
        _ => (name.starts_with("libonnxruntime") || name.starts_with("onnxruntime"))
            .then(|| name.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_licences_go_along_and_our_mark_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("cpu"), folder.path().join("bundle"));
        fs::create_dir(&from).unwrap();
        fs::create_dir(&to).unwrap();
        for name in ["libonnxruntime.so.1.31.1", "LICENSE", "wheel.sha256"] {
            fs::write(from.join(name), name).unwrap();
        }
        put_beside(&from, std::slice::from_ref(&to)).unwrap();
        let mut names: Vec<_> = fs::read_dir(&to)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["libonnxruntime.so.1.31.1", "onnxruntime-LICENSE.txt"]
        );
    }
}
