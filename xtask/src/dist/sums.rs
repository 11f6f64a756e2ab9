//! Writes the list of the archives' SHA-256, as `sha256sum --check` reads it.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result};

use super::archive::ENDING;
use super::digest::sha256;

/// The name of the list.
const LIST: &str = "SHA256SUMS";

/// Writes the list of all archives in `folder` whose names begin with `beginning`, and returns it.
///
/// # Errors
/// If something cannot be read or written.
pub fn write(folder: &Path, beginning: &str) -> Result<String> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let ending = format!(".{ENDING}");
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(beginning) && name.ends_with(&ending) {
            names.push(name);
        }
    }
    names.sort();
    let mut list = String::new();
    for name in names {
        let file = folder.join(&name);
        let mut open =
            File::open(&file).with_context(|| format!("cannot read {}", file.display()))?;
        list.push_str(&format!("{}  {name}\n", sha256(&mut open)?));
    }
    let file = folder.join(LIST);
    fs::write(&file, &list).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_archive_of_the_version_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "s-1-b.tar.xz",
            "s-1-a.tar.xz",
            "s-0-a.tar.xz",
            "s-1-a.tar.xz.part",
            "notes",
        ] {
            fs::write(folder.path().join(name), "abc").unwrap();
        }
        let list = write(folder.path(), "s-1-").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(list, format!("{abc}  s-1-a.tar.xz\n{abc}  s-1-b.tar.xz\n"));
        assert_eq!(fs::read_to_string(folder.path().join(LIST)).unwrap(), list);
    }
}
