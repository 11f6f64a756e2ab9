//! Makes one zip of a voice's folder.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::error::ImportError;
use super::request::ImportObserver;
use super::source::short;

/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;

/// Writes every file of `folder` into a zip at `path`. Nothing is compressed: weights hardly shrink, and a voice is read
/// each time that it is loaded. The same folder gives the same bytes.
///
/// # Errors
/// If a file cannot be read or written, or the observer stops it.
pub(super) fn pack(
    folder: &Path,
    path: &Path,
    observer: &mut dyn ImportObserver,
) -> Result<(), ImportError> {
    let refuse = |error: &dyn std::fmt::Display| ImportError::file(path, error.to_string());
    let failed = |error: io::Error| refuse(&error);
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(failed)?;
    files.sort();
    let sizes = files
        .iter()
        .filter_map(|file| Some(file.metadata().ok()?.len()));
    observer.stage("packing", Some(sizes.sum()));
    let mut zip = ZipWriter::new(File::create_new(path).map_err(failed)?);
    let (mut done, mut piece) = (0, vec![0; PIECE]);
    for file in &files {
        let mut file_bytes = File::open(file).map_err(failed)?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default());
        zip.start_file(short(file), options)
            .map_err(|error| refuse(&error))?;
        loop {
            if observer.cancelled() {
                return Err(ImportError::Stopped);
            }
            let count = file_bytes.read(&mut piece).map_err(failed)?;
            if count == 0 {
                break;
            }
            zip.write_all(&piece[..count]).map_err(failed)?;
            done += count as u64;
            observer.progress(done);
        }
    }
    let file = zip.finish().map_err(|error| refuse(&error))?;
    file.sync_all().map_err(failed)
}
