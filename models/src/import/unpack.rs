//! Unpacks the files of a zip that a voice can be made of, never more than is allowed and never elsewhere.

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use zip::ZipArchive;

use super::error::ImportError;
use super::request::ImportObserver;
use super::source::{MAX_FILES, is_checkpoint, is_of_interest, short};
use crate::bundle::MAX_FILE_BYTES;

/// Bytes that are copied at once.
const PIECE: usize = 1 << 16;

/// How much a zip may be and unpack to: `ratio` times its own size, at least `free` and at most `most` bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// How many times its size a zip may unpack to.
    pub(super) ratio: u64,
    /// Bytes that may be unpacked whatever the ratio.
    pub(super) free: u64,
    /// Bytes that may be unpacked at most.
    pub(super) most: u64,
    /// Bytes that are read to learn what the zip holds.
    pub(super) directory: u64,
}

impl Bounds {
    /// Weights shrink by a tenth and texts to a tenth, while deflate reaches a thousand with zeros alone: 100 lies far from
    /// both. 4 MiB are free, because a zip of nothing but texts may shrink more. 8 GiB hold an encoder, a synthesizer,
    /// an F0 model and an index of the largest size each. A directory of 10,000 entries takes about 1 MiB.
    pub(super) const USUAL: Bounds = Bounds {
        ratio: 100,
        free: 1 << 22,
        most: 4 * MAX_FILE_BYTES,
        directory: 1 << 25,
    };

    /// How much a zip of this size may unpack to.
    pub(super) fn allowed(&self, packed: u64) -> u64 {
        let by_ratio = packed.saturating_mul(self.ratio);
        by_ratio.max(self.free).min(self.most)
    }
}

/// Unpacks what is of interest in the zip at `path` into the empty folder `into`, and says how many bytes that were.
/// Checkpoints become empty files: they are told by their names, and never read.
pub(super) fn unpack(
    path: &Path,
    into: &Path,
    bounds: Bounds,
    observer: &mut dyn ImportObserver,
) -> Result<u64, ImportError> {
    let refuse = |reason: String| ImportError::file(path, reason);
    let (mut zip, packed) = open(path, bounds)?;
    let allowed = bounds.allowed(packed);
    let mut left = allowed;
    observer.stage(&format!("unpacking {}", short(path)), None);
    for number in 0..zip.len() {
        let mut entry = zip
            .by_index(number)
            .map_err(|error| refuse(error.to_string()))?;
        let name = entry
            .name()
            .map_err(|error| refuse(error.to_string()))?
            .into_owned();
        let Some(inside) = inside(&name) else {
            return Err(refuse(format!("the entry {name:?} leads out of the zip")));
        };
        if entry.is_symlink() {
            return Err(refuse(format!(
                "expected files in the zip, found the link {name:?}"
            )));
        }
        if entry.is_dir() || !is_of_interest(&inside) {
            continue;
        }
        let target = into.join(&inside);
        let nothing = &mut io::empty();
        let source: &mut dyn Read = match is_checkpoint(&inside) {
            true => nothing,
            false => &mut entry,
        };
        let written = write(source, &target, left, observer).map_err(|stop| match stop {
            Stop::Asked => ImportError::Stopped,
            Stop::Failed(reason) => refuse(format!("{name}: {reason}")),
            Stop::TooMuch => refuse(format!(
                "expected a zip of {packed} bytes to hold at most {allowed}, found more (at {name:?}): a zip bomb"
            )),
        })?;
        left -= written;
    }
    Ok(allowed - left)
}

/// Opens a zip whose entries are few and known apart, and says its size.
fn open(path: &Path, bounds: Bounds) -> Result<(ZipArchive<Metered>, u64), ImportError> {
    let refuse = |reason: String| ImportError::file(path, reason);
    let file = File::open(path).map_err(|error| refuse(error.to_string()))?;
    let packed = file.metadata().map_err(|error| refuse(error.to_string()))?;
    let left = Rc::new(Cell::new(bounds.directory));
    let metered = Metered {
        file,
        left: Rc::clone(&left),
    };
    let zip =
        ZipArchive::new(metered).map_err(|error| refuse(format!("expected a zip ({error})")))?;
    left.set(u64::MAX);
    if zip.len() > MAX_FILES {
        let found = zip.len();
        return Err(refuse(format!(
            "expected at most {MAX_FILES} files in the zip, found {found}"
        )));
    }
    if zip.has_duplicate_names() {
        // Readers disagree on which of two files of one name counts.
        return Err(refuse("two files of one name in the zip".to_owned()));
    }
    Ok((zip, packed.len()))
}

/// A file that may be read so far and no further: a zip itself says how much must be read, and kept, to open it.
struct Metered {
    file: File,
    left: Rc<Cell<u64>>,
}

impl Read for Metered {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        match self.left.get().checked_sub(count as u64) {
            Some(left) => self.left.set(left),
            None => {
                let reason = format!("its directory is longer than that of {MAX_FILES} files");
                return Err(io::Error::other(reason));
            }
        }
        Ok(count)
    }
}

impl Seek for Metered {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// The entry's name as a path that stays inside, if it is one.
fn inside(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let plain = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    (plain && !name.contains(['\\', ':', '\0'])).then(|| path.to_owned())
}

/// Why an entry was not written.
enum Stop {
    Asked,
    TooMuch,
    Failed(String),
}

/// Copies an entry of at most `left` bytes. What it says of its size is not believed.
fn write(
    entry: &mut dyn Read,
    target: &Path,
    left: u64,
    observer: &mut dyn ImportObserver,
) -> Result<u64, Stop> {
    let failed = |error: io::Error| Stop::Failed(error.to_string());
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut file = File::create_new(target).map_err(failed)?;
    let (mut written, mut piece) = (0, vec![0; PIECE]);
    loop {
        if observer.cancelled() {
            return Err(Stop::Asked);
        }
        let count = entry.read(&mut piece).map_err(failed)?;
        if count == 0 {
            return Ok(written);
        }
        written += count as u64;
        if written > left {
            return Err(Stop::TooMuch);
        }
        file.write_all(&piece[..count]).map_err(failed)?;
    }
}
