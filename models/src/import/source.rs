//! Finds the files that a voice can be made of, in files, folders and zips.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::ImportError;
use super::request::ImportObserver;
use super::unpack::{Bounds, unpack};

/// Most files that are looked at; the largest known collections have some hundred.
pub(super) const MAX_FILES: usize = 10_000;

/// How deep folders are searched; known layouts are three deep.
const MAX_DEPTH: usize = 8;

/// The endings of files that a voice can be made of, or that are worth a message.
const ENDINGS: [&str; 9] = [
    "onnx",
    "json",
    "index",
    "npy",
    "pkl",
    "pt",
    "pth",
    "ckpt",
    "safetensors",
];

/// A file that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FoundFile {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Where the user has it: a file of a zip is somewhere else once it is unpacked.
    pub(super) shown: PathBuf,
    /// Whether the user named it, so that it must be of use.
    pub(super) named: bool,
}

impl FoundFile {
    /// A file that the user named.
    pub(super) fn named(path: &Path) -> FoundFile {
        FoundFile {
            path: path.to_owned(),
            shown: path.to_owned(),
            named: true,
        }
    }

    /// A file that was found where it is.
    pub(super) fn found(path: &Path) -> FoundFile {
        FoundFile {
            named: false,
            ..FoundFile::named(path)
        }
    }

    /// Its name without the folder, for messages.
    pub(super) fn name(&self) -> String {
        short(&self.path)
    }

    /// Whether it came out of a zip.
    pub(super) fn is_unpacked(&self) -> bool {
        self.path != self.shown
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Gathered {
    /// The files, sorted.
    pub(super) files: Vec<FoundFile>,
    /// What was not taken, and why.
    pub(super) left_out: Vec<(PathBuf, String)>,
}

/// Whether a file of this name can be part of a voice.
pub(super) fn is_of_interest(path: &Path) -> bool {
    ENDINGS.contains(&ending(path).as_str())
}

/// Whether a file of this name is weights without a network, whose content does not matter.
pub(super) fn is_checkpoint(path: &Path) -> bool {
    matches!(ending(path).as_str(), "pth" | "ckpt" | "safetensors")
}

/// The ending in lower case, without its dot.
pub(super) fn ending(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default();
    ending.to_string_lossy().to_lowercase()
}

/// The name without its folder, for messages.
pub(super) fn short(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Everything of interest in `paths`. Zips, also those that lie in folders, are unpacked into `scratch`; zips in zips are
/// not.
pub(super) fn gather(
    paths: &[PathBuf],
    scratch: &Path,
    observer: &mut dyn ImportObserver,
) -> Result<Gathered, ImportError> {
    let mut zips = Zips {
        scratch,
        count: 0,
        left: Bounds::USUAL.most,
    };
    let mut found = Gathered::default();
    for path in paths {
        let kind = fs::metadata(path).map_err(|error| ImportError::file(path, error))?;
        if kind.is_dir() {
            let mut files = Vec::new();
            walk(path, MAX_DEPTH, &|path| is_zip(path), &mut files)?;
            for file in files {
                match is_zip(&file) {
                    true => zips.take_along(&file, &mut found, observer)?,
                    false => found.files.push(FoundFile::found(&file)),
                }
            }
        } else if !kind.is_file() {
            return Err(ImportError::file(path, "expected a file, folder or zip"));
        } else if is_zip(path) {
            let files = zips.open(path, observer)?;
            if files.is_empty() {
                let reason = "expected .onnx files in the zip, found none";
                return Err(ImportError::file(path, reason));
            }
            found.files.extend(files);
        } else {
            found.files.push(FoundFile::named(path));
        }
    }
    // A file that was named and found as well counts as named.
    found
        .files
        .sort_by(|one, other| (&one.path, other.named).cmp(&(&other.path, one.named)));
    found.files.dedup_by(|one, other| one.path == other.path);
    Ok(found)
}

fn is_zip(path: &Path) -> bool {
    ending(path) == "zip"
}

/// Unpacks one zip after the other, all of them together no more than one may hold.
struct Zips<'a> {
    scratch: &'a Path,
    count: usize,
    left: u64,
}

impl Zips<'_> {
    /// What is in the zip at `path`.
    fn open(
        &mut self,
        path: &Path,
        observer: &mut dyn ImportObserver,
    ) -> Result<Vec<FoundFile>, ImportError> {
        let into = self.scratch.join(self.count.to_string());
        self.count += 1;
        fs::create_dir(&into).map_err(|error| ImportError::file(&into, error))?;
        let bounds = Bounds {
            most: self.left,
            ..Bounds::USUAL
        };
        match unpack(path, &into, bounds, observer) {
            Ok(bytes) => self.left -= bytes,
            Err(error) => {
                // What was unpacked before it was refused is of no use.
                let _ = fs::remove_dir_all(&into);
                return Err(error);
            }
        }
        let mut files = Vec::new();
        walk(&into, MAX_DEPTH, &|_| false, &mut files)?;
        let shown = |file: &PathBuf| path.join(file.strip_prefix(&into).unwrap_or(file));
        let found = files.iter().map(|file| FoundFile {
            shown: shown(file),
            ..FoundFile::found(file)
        });
        Ok(found.collect())
    }

    /// The same for a zip that lies in a folder: nobody named it, so that it may be of no use.
    fn take_along(
        &mut self,
        path: &Path,
        found: &mut Gathered,
        observer: &mut dyn ImportObserver,
    ) -> Result<(), ImportError> {
        match self.open(path, observer) {
            Ok(files) => found.files.extend(files),
            Err(ImportError::File { reason, .. }) => found.left_out.push((path.to_owned(), reason)),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Every file of interest below a folder, and every one that is `also` wanted. Links to folders are not followed: they
/// can lead in circles.
fn walk(
    folder: &Path,
    depth: usize,
    also: &dyn Fn(&Path) -> bool,
    found: &mut Vec<PathBuf>,
) -> Result<(), ImportError> {
    let refuse = |error: std::io::Error| ImportError::file(folder, error);
    for entry in fs::read_dir(folder).map_err(refuse)? {
        let entry = entry.map_err(refuse)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(refuse)?);
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !hidden && depth > 0 {
            walk(&path, depth - 1, also, found)?;
        } else if !kind.is_dir()
            && !hidden
            && (is_of_interest(&path) || also(&path))
            && path.is_file()
        {
            found.push(path);
        }
        if found.len() > MAX_FILES {
            let reason = format!("expected at most {MAX_FILES} files, found more");
            return Err(ImportError::file(folder, reason));
        }
    }
    Ok(())
}

/// The files of interest that lie in `folder` itself; none where there is no such folder.
pub(super) fn lying_in(folder: &Path) -> Vec<FoundFile> {
    let mut files = Vec::new();
    // A folder that cannot be read is as good as none: nobody named it.
    let _ = walk(folder, 0, &|_| false, &mut files);
    files.sort();
    files.iter().map(|path| FoundFile::found(path)).collect()
}
