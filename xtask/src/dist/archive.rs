//! Packs files into an archive whose bytes depend on nothing but them: not on who packs, when, where, or in which order
//! the files were found.

use std::collections::HashMap;
use std::io::{self, Seek, Write};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};
use time::OffsetDateTime;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::digest::sha256;
use super::tree::{Entry, Tree};

/// Equal files from this size on are stored once: the plugin in both its forms, the runtime library beside each.
const LINKED_FROM: u64 = 1 << 16;
/// For the folder's owner to change, for all to read and run.
const PROGRAM: u32 = 0o755;
/// The same for what is only read.
const DOCUMENT: u32 = 0o644;

/// How an archive is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A tar archive, packed with gzip; equal files are hard links.
    TarGz,
    /// A zip archive, which knows no links.
    Zip,
}

impl Format {
    /// The ending of the archive's name.
    pub fn ending(self) -> &'static str {
        match self {
            Format::TarGz => "tar.gz",
            Format::Zip => "zip",
        }
    }
}

/// Writes the files of `tree` in a folder `top` to `to`, all with the time `seconds` (since 1970).
///
/// # Errors
/// If a file cannot be read, or the archive not be written.
pub fn pack(
    tree: &Tree,
    top: &str,
    seconds: u64,
    format: Format,
    to: impl Write + Seek,
) -> Result<()> {
    match format {
        Format::TarGz => pack_tar(tree, top, seconds, to),
        Format::Zip => pack_zip(tree, top, seconds, to),
    }
}

fn pack_tar(tree: &Tree, top: &str, seconds: u64, to: impl Write) -> Result<()> {
    // Gzip's own header says neither time nor system.
    let gzip = GzBuilder::new().write(to, Compression::best());
    let mut tar = tar::Builder::new(gzip);
    let mut firsts = HashMap::new();
    for (path, entry) in tree.entries() {
        let path = format!("{top}/{path}");
        let (mut reader, size) = entry.open()?;
        let mut header = header(entry, seconds);
        let first = match size {
            LINKED_FROM.. => {
                let key = (sha256(&mut entry.open()?.0)?, entry.executable);
                let first = firsts.entry(key).or_insert_with(|| path.clone());
                (*first != path).then(|| first.clone())
            }
            _ => None,
        };
        let written = match first {
            Some(first) => {
                header.set_entry_type(EntryType::Link);
                header.set_size(0);
                tar.append_link(&mut header, &path, first)
            }
            None => {
                header.set_size(size);
                tar.append_data(&mut header, &path, &mut reader)
            }
        };
        written.with_context(|| format!("cannot pack {path}"))?;
    }
    tar.into_inner()?.finish()?.flush()?;
    Ok(())
}

fn header(entry: &Entry, seconds: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(mode(entry));
    header.set_mtime(seconds);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn pack_zip(tree: &Tree, top: &str, seconds: u64, to: impl Write + Seek) -> Result<()> {
    let mut zip = ZipWriter::new(to);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .system(System::Unix)
        .last_modified_time(zip_time(seconds)?);
    for (path, entry) in tree.entries() {
        let path = format!("{top}/{path}");
        let mut add = || -> Result<()> {
            zip.start_file(&path, options.unix_permissions(mode(entry)))?;
            io::copy(&mut entry.open()?.0, &mut zip)?;
            Ok(())
        };
        add().with_context(|| format!("cannot pack {path}"))?;
    }
    zip.finish()?.flush()?;
    Ok(())
}

/// Zip knows years from 1980 on and every other second.
fn zip_time(seconds: u64) -> Result<DateTime> {
    let time = OffsetDateTime::from_unix_timestamp(i64::try_from(seconds)?)?;
    if time.year() < 1980 {
        return Ok(DateTime::default());
    }
    let year = u16::try_from(time.year())?;
    DateTime::from_date_and_time(
        year,
        time.month().into(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
    )
    .map_err(|error| anyhow::anyhow!("{time} is no time for a zip archive: {error}"))
}

fn mode(entry: &Entry) -> u32 {
    if entry.executable { PROGRAM } else { DOCUMENT }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Cursor, Read};

    use super::*;

    const TIME: u64 = 1_700_000_001;

    fn made_up() -> Tree {
        let mut tree = Tree::default();
        let large = vec![7; LINKED_FROM as usize];
        tree.add_script("a/program", large.clone()).unwrap();
        tree.add_script("b/program", large.clone()).unwrap();
        tree.add_text("c/text", large).unwrap();
        tree.add_text(&format!("{}/long", "d".repeat(150)), "long")
            .unwrap();
        tree
    }

    fn packed(tree: &Tree, format: Format) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        pack(tree, "top", TIME, format, &mut bytes).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn the_same_files_make_the_same_bytes_wherever_they_lie() {
        for format in [Format::TarGz, Format::Zip] {
            let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let archive = |folder: &std::path::Path, names: [&str; 2]| {
                for name in names {
                    fs::write(folder.join(name), name).unwrap();
                }
                let mut tree = Tree::default();
                tree.add_folder("in", folder).unwrap();
                packed(&tree, format)
            };
            let first = archive(one.path(), ["x.txt", "y.txt"]);
            assert_eq!(first, archive(two.path(), ["y.txt", "x.txt"]));
            fs::write(one.path().join("x.txt"), "other").unwrap();
            let mut tree = Tree::default();
            tree.add_folder("in", one.path()).unwrap();
            assert_ne!(first, packed(&tree, format));
        }
    }

    #[test]
    fn a_tar_archive_names_nobody_and_stores_equal_files_once() {
        let bytes = packed(&made_up(), Format::TarGz);
        // Time and system of gzip's header: none.
        assert_eq!((&bytes[4..8], bytes[9]), (&[0; 4][..], 255));
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
        let mut found = Vec::new();
        for entry in tar.entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
            assert_eq!(header.mtime().unwrap(), TIME);
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            found.push((path, header.entry_type(), header.mode().unwrap()));
        }
        let long = format!("top/{}/long", "d".repeat(150));
        let expected = [
            ("top/a/program", EntryType::Regular, PROGRAM),
            ("top/b/program", EntryType::Link, PROGRAM),
            ("top/c/text", EntryType::Regular, DOCUMENT),
            (&long, EntryType::Regular, DOCUMENT),
        ];
        let expected = expected.map(|(path, kind, mode)| (path.to_owned(), kind, mode));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_tar_archive_unpacks_into_whole_files() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = packed(&made_up(), Format::TarGz);
        tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]))
            .unpack(folder.path())
            .unwrap();
        for path in ["top/a/program", "top/b/program", "top/c/text"] {
            let size = fs::metadata(folder.path().join(path)).unwrap().len();
            assert_eq!(size, LINKED_FROM, "{path}");
        }
    }

    #[test]
    fn a_zip_archive_holds_all_with_its_time() {
        let bytes = packed(&made_up(), Format::Zip);
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(zip.len(), 4);
        let mut entry = zip.by_name("top/b/program").unwrap();
        assert_eq!(entry.unix_mode().map(|mode| mode & 0o777), Some(PROGRAM));
        // 2023-11-14 22:13:21 UTC, as far as zip can tell.
        let time = entry.last_modified().unwrap();
        assert_eq!((time.year(), time.day(), time.second()), (2023, 14, 20));
        let mut text = Vec::new();
        entry.read_to_end(&mut text).unwrap();
        assert_eq!(text.len() as u64, LINKED_FROM);
    }

    #[test]
    fn what_is_older_than_zip_gets_its_first_day() {
        assert_eq!(zip_time(0).unwrap().year(), 1980);
    }
}
