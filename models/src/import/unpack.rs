//! Unpacks the files of a zip that a voice can be made of, never more than is allowed and never elsewhere.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;

use super::error::ImportError;
use super::request::ImportObserver;
use super::source::{MAX_FILES, is_of_interest};
use crate::bundle::MAX_FILE_BYTES;

/// Most bytes that a zip may unpack to: an encoder, a synthesizer, an F0 model and an index of the largest size each.
const MAX_UNPACKED: u64 = 4 * MAX_FILE_BYTES;

/// How many times its size a zip may unpack to. Weights shrink by a tenth; deflate reaches 1000 with zeros alone.
const MAX_RATIO: u64 = 100;

/// What may be unpacked whatever the ratio: texts shrink more than weights.
const FREE_BYTES: u64 = 1 << 22;

/// Bytes that are copied at once.
const PIECE: usize = 1 << 16;

/// Unpacks what is of interest in the zip at `path` into the empty folder `into`.
pub(super) fn unpack(
    path: &Path,
    into: &Path,
    observer: &mut dyn ImportObserver,
) -> Result<(), ImportError> {
    let refuse = |reason: String| ImportError::file(path, reason);
    let file = File::open(path).map_err(|error| refuse(error.to_string()))?;
    let packed = file
        .metadata()
        .map_err(|error| refuse(error.to_string()))?
        .len();
    let mut zip =
        ZipArchive::new(file).map_err(|error| refuse(format!("expected a zip ({error})")))?;
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
    let allowed = packed
        .saturating_mul(MAX_RATIO)
        .clamp(FREE_BYTES, MAX_UNPACKED);
    let mut left = allowed;
    observer.stage("unpacking", Some(packed));
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
        let target = into.join(inside);
        let written = write(&mut entry, &target, left, observer).map_err(|stop| match stop {
            Stop::Asked => ImportError::Stopped,
            Stop::Failed(reason) => refuse(format!("{name}: {reason}")),
            Stop::TooMuch => refuse(format!(
                "expected a zip of {packed} bytes to hold at most {allowed}, found more (at {name:?}): a zip bomb"
            )),
        })?;
        left -= written;
    }
    Ok(())
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
    let failed = |error: std::io::Error| Stop::Failed(error.to_string());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Quiet;
    use zip::write::SimpleFileOptions;

    fn zipped(folder: &Path, entries: &[(&str, &[u8])]) -> PathBuf {
        let path = folder.join("voice.zip");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, content) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    #[test]
    fn only_what_is_of_interest_is_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let path = zipped(folder.path(), &[("a/v.onnx", b"1"), ("a/readme.txt", b"2")]);
        let into = tempfile::tempdir().unwrap();
        unpack(&path, into.path(), &mut Quiet).unwrap();
        assert_eq!(fs::read(into.path().join("a/v.onnx")).unwrap(), b"1");
        assert!(!into.path().join("a/readme.txt").exists());
    }

    #[test]
    fn what_leads_out_is_refused() {
        for name in [
            "../v.onnx",
            "a/../../v.onnx",
            "/v.onnx",
            "a\\..\\v.onnx",
            "C:v.onnx",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = zipped(folder.path(), &[(name, b"1")]);
            let into = folder.path().join("into");
            fs::create_dir(&into).unwrap();
            let error = unpack(&path, &into, &mut Quiet).unwrap_err().to_string();
            assert!(error.contains("leads out"), "{name}: {error}");
            assert!(!folder.path().join("v.onnx").exists());
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let zeros = vec![0; (FREE_BYTES + (1 << 20)) as usize];
        let path = zipped(folder.path(), &[("v.onnx", &zeros)]);
        let into = tempfile::tempdir().unwrap();
        let error = unpack(&path, into.path(), &mut Quiet)
            .unwrap_err()
            .to_string();
        assert!(error.contains("zip bomb"), "{error}");
    }
}
