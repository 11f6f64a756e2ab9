//! Keeps a folder equal to another and touches only the files that differ, so that cargo compiles nothing anew.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What is never copied: what cargo and git keep, and Python's leavings.
const LEFT_OUT: [&str; 3] = ["target", ".git", "__pycache__"];

/// A folder and the one that is to be equal to it.
pub struct Mirror<'a> {
    /// The folder to copy.
    pub from: &'a Path,
    /// The copy.
    pub to: &'a Path,
}

impl Mirror<'_> {
    /// Copies what differs, with the time of its last change, and deletes what vanished; the files `kept`
    /// (relative) are the caller's to write.
    ///
    /// # Errors
    /// If something cannot be read or written.
    pub fn update(&self, kept: &[&Path]) -> Result<()> {
        self.folder(Path::new(""), kept)
    }

    fn folder(&self, inside: &Path, kept: &[&Path]) -> Result<()> {
        let (from, to) = (self.from.join(inside), self.to.join(inside));
        fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
        let mut names = BTreeSet::new();
        for entry in entries(&from)? {
            let name = entry.file_name().unwrap_or_default().to_os_string();
            if LEFT_OUT.iter().any(|left_out| name == *left_out) {
                continue;
            }
            let inside = inside.join(&name);
            if entry.is_dir() {
                self.folder(&inside, kept)?;
            } else if !kept.contains(&inside.as_path()) {
                copy_if_different(&entry, &self.to.join(&inside))?;
            }
            names.insert(name);
        }
        for entry in entries(&to)? {
            if !names.contains(entry.file_name().unwrap_or(OsStr::new(""))) {
                remove(&entry)?;
            }
        }
        Ok(())
    }
}

/// Writes the file unless it holds these bytes already; `true` if it was written.
///
/// # Errors
/// If it cannot be written.
pub fn write_if_different(file: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(file).is_ok_and(|found| found == bytes) {
        return Ok(false);
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(true)
}

/// Copies a file and the time of its last change, unless size and time are equal already.
///
/// # Errors
/// If it cannot be read or written.
pub fn copy_if_different(from: &Path, to: &Path) -> Result<()> {
    let known = fs::metadata(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::metadata(to).is_ok_and(|found| same_size_and_time(&known, &found)) {
        return Ok(());
    }
    if to.is_dir() {
        remove(to)?;
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::copy(from, to)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    // With the time of the original: what was compiled from the one is then up to date for the other.
    if let Ok(time) = known.modified() {
        File::options()
            .write(true)
            .open(to)
            .and_then(|file| file.set_modified(time))
            .with_context(|| format!("cannot set the time of {}", to.display()))?;
    }
    Ok(())
}

/// Deletes a file, or a folder with all that is in it.
///
/// # Errors
/// If it cannot be deleted.
pub fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    removed.with_context(|| format!("cannot remove {}", path.display()))
}

fn same_size_and_time(one: &Metadata, other: &Metadata) -> bool {
    let same_time = matches!((one.modified(), other.modified()), (Ok(a), Ok(b)) if a == b);
    one.is_file() && other.is_file() && one.len() == other.len() && same_time
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    };
    let entries: std::io::Result<Vec<PathBuf>> = read();
    entries.with_context(|| format!("cannot read {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: PathBuf) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn the_copy_follows_and_what_cargo_keeps_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for (file, content) in [("a", "1"), ("b/c", "2"), ("target/d", "3"), ("mine", "4")] {
            write_if_different(&from.join(file), content.as_bytes()).unwrap();
        }
        write_if_different(&to.join("mine"), b"kept").unwrap();
        let mirror = Mirror {
            from: &from,
            to: &to,
        };
        let update = || mirror.update(&[Path::new("mine")]).unwrap();
        update();
        assert_eq!(
            (text(to.join("a")), text(to.join("b/c"))),
            ("1".into(), "2".into())
        );
        assert_eq!(text(to.join("mine")), "kept");
        assert!(!to.join("target").exists());

        fs::remove_dir_all(from.join("b")).unwrap();
        fs::write(from.join("a"), "longer").unwrap();
        update();
        assert_eq!(text(to.join("a")), "longer");
        assert!(!to.join("b").exists());
    }

    #[test]
    fn a_file_keeps_its_time_and_equal_ones_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, "same").unwrap();
        let then =
            std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        File::options()
            .write(true)
            .open(&from)
            .unwrap()
            .set_modified(then)
            .unwrap();
        copy_if_different(&from, &to).unwrap();
        assert_eq!(fs::metadata(&to).unwrap().modified().unwrap(), then);
        assert!(!write_if_different(&to, b"same").unwrap());
        assert!(write_if_different(&to, b"other").unwrap());
    }
}
