//! The files of an archive, in order, before they are packed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Where the bytes of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In a file.
    File(PathBuf),
    /// Here.
    Bytes(Vec<u8>),
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its bytes.
    pub source: Source,
    /// Whether it is a program or a library.
    pub executable: bool,
}

impl Entry {
    /// Its bytes from the start, and how many there are.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(&self) -> Result<(Box<dyn Read + '_>, u64)> {
        Ok(match &self.source {
            Source::Bytes(bytes) => (Box::new(Cursor::new(bytes)), bytes.len() as u64),
            Source::File(path) => {
                let open = || {
                    let file = File::open(path)?;
                    let size = file.metadata()?.len();
                    std::io::Result::Ok((file, size))
                };
                let (file, size) =
                    open().with_context(|| format!("cannot read {}", path.display()))?;
                (Box::new(file), size)
            }
        })
    }
}

/// Files by their path inside the archive's one folder, with `/` between the names. They are sorted, so that the same
/// files make the same archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// The files in their order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries
            .iter()
            .map(|(path, entry)| (path.as_str(), entry))
    }

    /// Adds a text.
    ///
    /// # Errors
    /// If the path is taken.
    pub fn add_text(&mut self, path: &str, text: impl Into<Vec<u8>>) -> Result<()> {
        let source = Source::Bytes(text.into());
        self.add(path, source, false)
    }

    /// Adds a program in the form of a text.
    ///
    /// # Errors
    /// If the path is taken.
    pub fn add_script(&mut self, path: &str, text: impl Into<Vec<u8>>) -> Result<()> {
        let source = Source::Bytes(text.into());
        self.add(path, source, true)
    }

    /// Adds a file.
    ///
    /// # Errors
    /// If the path is taken, or there is no such file.
    pub fn add_file(&mut self, path: &str, from: &Path, executable: bool) -> Result<()> {
        ensure!(from.is_file(), "expected a file {}", from.display());
        self.add(path, Source::File(from.to_owned()), executable)
    }

    /// Adds all files of a folder; libraries are told by their names.
    ///
    /// # Errors
    /// If it cannot be read, holds no file, or a path is taken.
    pub fn add_folder(&mut self, path: &str, from: &Path) -> Result<()> {
        let entries =
            fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
        let before = self.entries.len();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().into_string().ok();
            let name = name.with_context(|| format!("{:?} is not UTF-8", entry.path()))?;
            let inside = format!("{path}/{name}");
            if entry.path().is_dir() {
                self.add_folder(&inside, &entry.path())?;
            } else {
                self.add_file(&inside, &entry.path(), is_code(&name))?;
            }
        }
        ensure!(
            self.entries.len() > before,
            "expected files in {}, found none",
            from.display()
        );
        Ok(())
    }

    fn add(&mut self, path: &str, source: Source, executable: bool) -> Result<()> {
        // Where case does not count, the second of two would replace the first.
        let taken = self
            .entries
            .keys()
            .any(|known| known.eq_ignore_ascii_case(path));
        ensure!(!taken, "two files are called {path}");
        let entry = Entry { source, executable };
        self.entries.insert(path.to_owned(), entry);
        Ok(())
    }
}

/// Whether a file of a bundle is a library, by its name; on macOS it has no ending.
fn is_code(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    name.contains(".so.")
        || matches!(
            ending,
            None | Some("so" | "dylib" | "dll" | "clap" | "vst3" | "exe")
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_taken_with_all_that_is_in_them_in_order() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("b/x86_64")).unwrap();
        for name in ["b/x86_64/lib.so.1.2", "b/moduleinfo.json", "a.txt", "B2"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let mut tree = Tree::default();
        tree.add_folder("top", folder.path()).unwrap();
        let found: Vec<_> = tree
            .entries()
            .map(|(path, entry)| (path, entry.executable))
            .collect();
        let expected = [
            ("top/B2", true),
            ("top/a.txt", false),
            ("top/b/moduleinfo.json", false),
            ("top/b/x86_64/lib.so.1.2", true),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn no_two_files_share_a_name_and_none_is_missing() {
        let mut tree = Tree::default();
        tree.add_text("Syrinx", "1").unwrap();
        assert!(tree.add_text("syrinx", "2").is_err());
        assert!(tree.add_file("a", Path::new("nowhere"), false).is_err());
        let empty = tempfile::tempdir().unwrap();
        assert!(tree.add_folder("b", empty.path()).is_err());
    }
}
