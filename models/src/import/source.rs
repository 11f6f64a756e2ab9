//! Finds the files that a voice can be made of, in files, folders and zips.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::ImportError;
use super::request::ImportObserver;
use super::unpack::unpack;

/// Most files that are looked at; the largest known collections have some hundred.
pub(super) const MAX_FILES: usize = 10_000;

/// How deep folders are searched; known layouts are three deep.
const MAX_DEPTH: usize = 8;

/// The endings of files that a voice can be made of, or that are worth a message.
const ENDINGS: [&str; 8] = ["onnx", "json", "index", "npy", "pkl", "pt", "pth", "ckpt"];

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundFile {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Whether the user named it, so that it must be of use.
    pub(super) named: bool,
}

/// Whether a file of this name can be part of a voice.
pub(super) fn is_of_interest(path: &Path) -> bool {
    ENDINGS.contains(&ending(path).as_str())
}

/// The ending in lower case, without its dot.
pub(super) fn ending(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default();
    ending.to_string_lossy().to_lowercase()
}

/// Everything of interest in `paths`, sorted; zips are unpacked into `scratch`.
pub(super) fn gather(
    paths: &[PathBuf],
    scratch: &Path,
    observer: &mut dyn ImportObserver,
) -> Result<Vec<FoundFile>, ImportError> {
    let mut found = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        let kind = fs::metadata(path).map_err(|error| ImportError::file(path, error))?;
        if kind.is_dir() {
            walk(path, MAX_DEPTH, &mut found)?;
        } else if !kind.is_file() {
            return Err(ImportError::file(path, "expected a file, folder or zip"));
        } else if ending(path) == "zip" {
            let into = scratch.join(number.to_string());
            fs::create_dir(&into).map_err(|error| ImportError::file(&into, error))?;
            unpack(path, &into, observer)?;
            let before = found.len();
            walk(&into, MAX_DEPTH, &mut found)?;
            if found.len() == before {
                return Err(ImportError::file(
                    path,
                    "expected .onnx files in the zip, found none",
                ));
            }
        } else {
            found.push(FoundFile {
                path: path.clone(),
                named: true,
            });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found.dedup_by(|one, other| one.path == other.path);
    Ok(found)
}

/// Links to folders are not followed: they can lead in circles.
fn walk(folder: &Path, depth: usize, found: &mut Vec<FoundFile>) -> Result<(), ImportError> {
    let refuse = |error: std::io::Error| ImportError::file(folder, error);
    for entry in fs::read_dir(folder).map_err(refuse)? {
        let entry = entry.map_err(refuse)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(refuse)?);
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !hidden && depth > 0 {
            walk(&path, depth - 1, found)?;
        } else if !kind.is_dir() && !hidden && is_of_interest(&path) && path.is_file() {
            found.push(FoundFile { path, named: false });
        }
        if found.len() > MAX_FILES {
            let reason = format!("expected at most {MAX_FILES} files, found more");
            return Err(ImportError::file(folder, reason));
        }
    }
    Ok(())
}
