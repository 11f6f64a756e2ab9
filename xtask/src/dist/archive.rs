//! Packs files into an archive whose bytes depend on nothing but them: not on who packs, when, where, or in which order
//! the files were found.

use std::collections::HashMap;
use std::io::Write;

use anyhow::{Context, Result};
use lzma_rust2::{XzOptions, XzWriter};
use tar::{EntryType, Header};

use super::digest::sha256;
use super::tree::{Entry, Tree};

/// The ending of an archive's name: tar, packed with xz.
pub const ENDING: &str = "tar.xz";
/// How far back the packer looks for bytes that it has seen. The plugin and the programs are linked from the same
/// packages: what one of them holds is found again in the next. Whoever unpacks needs as much memory.
const WINDOW: u32 = 128 << 20;
/// Equal files from this size on are stored once: the plugin in both its forms, the runtime library beside each.
const LINKED_FROM: u64 = 1 << 16;
/// For the folder's owner to change, for all to read and run.
const PROGRAM: u32 = 0o755;
/// The same for what is only read.
const DOCUMENT: u32 = 0o644;

/// What the system that unpacks can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equal {
    /// Equal files are stored once and linked.
    Linked,
    /// Each is stored; the window finds it again.
    Stored,
}

/// Writes the files of `tree` in a folder `top` to `to`, all with the time `seconds` (since 1970).
///
/// # Errors
/// If a file cannot be read, or the archive not be written.
pub fn pack(tree: &Tree, top: &str, seconds: u64, equal: Equal, to: impl Write) -> Result<()> {
    // One thread: where several of them part the work, their number would be seen in the bytes.
    let mut options = XzOptions::with_preset(6);
    options.lzma_options.dict_size = WINDOW;
    let mut tar = tar::Builder::new(XzWriter::new(to, options)?);
    let mut firsts = HashMap::new();
    for (path, entry) in tree.entries() {
        let path = format!("{top}/{path}");
        let (mut reader, size) = entry.open()?;
        let mut header = header(entry, seconds);
        let first = if equal == Equal::Linked && size >= LINKED_FROM {
            let key = (sha256(&mut entry.open()?.0)?, entry.executable);
            let first = firsts.entry(key).or_insert_with(|| path.clone());
            (*first != path).then(|| first.clone())
        } else {
            None
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
    header.set_mode(if entry.executable { PROGRAM } else { DOCUMENT });
    header.set_mtime(seconds);
    header.set_uid(0);
    header.set_gid(0);
    header
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use lzma_rust2::XzReader;

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

    fn packed(tree: &Tree, equal: Equal) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack(tree, "top", TIME, equal, &mut bytes).unwrap();
        bytes
    }

    fn opened(bytes: &[u8]) -> tar::Archive<XzReader<&[u8]>> {
        tar::Archive::new(XzReader::new(bytes, false))
    }

    #[test]
    fn the_same_files_make_the_same_bytes_wherever_they_lie() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let archive = |folder: &Path, names: [&str; 2]| {
            for name in names {
                fs::write(folder.join(name), name).unwrap();
            }
            let mut tree = Tree::default();
            tree.add_folder("in", folder).unwrap();
            packed(&tree, Equal::Linked)
        };
        let first = archive(one.path(), ["x.txt", "y.txt"]);
        assert_eq!(first, archive(two.path(), ["y.txt", "x.txt"]));
        fs::write(one.path().join("x.txt"), "other").unwrap();
        let mut tree = Tree::default();
        tree.add_folder("in", one.path()).unwrap();
        assert_ne!(first, packed(&tree, Equal::Linked));
    }

    #[test]
    fn an_archive_names_nobody_and_stores_equal_files_once() {
        let bytes = packed(&made_up(), Equal::Linked);
        let mut found = Vec::new();
        for entry in opened(&bytes).entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
            assert_eq!(header.username().unwrap().unwrap_or_default(), "");
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
    fn where_nothing_is_linked_every_file_is_there() {
        let bytes = packed(&made_up(), Equal::Stored);
        let mut archive = opened(&bytes);
        let kinds = archive.entries().unwrap();
        let kinds: Vec<_> = kinds
            .map(|entry| entry.unwrap().header().entry_type())
            .collect();
        assert_eq!(kinds, [EntryType::Regular; 4]);
    }

    #[test]
    fn an_archive_unpacks_into_whole_files() {
        for equal in [Equal::Linked, Equal::Stored] {
            let folder = tempfile::tempdir().unwrap();
            opened(&packed(&made_up(), equal))
                .unpack(folder.path())
                .unwrap();
            for path in ["top/a/program", "top/b/program", "top/c/text"] {
                let size = fs::metadata(folder.path().join(path)).unwrap().len();
                assert_eq!(size, LINKED_FROM, "{path}");
            }
        }
    }
}
