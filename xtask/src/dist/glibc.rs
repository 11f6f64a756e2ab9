//! Which version of the C library a program for Linux needs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// How the versions are written that a program wants of the C library's functions.
const MARK: &[u8] = b"GLIBC_2.";

/// The newest version of glibc's that any of the files wants a function of, as "2.34".
///
/// # Errors
/// If a file cannot be read, or none wants any.
pub fn needed<'a>(files: impl IntoIterator<Item = &'a Path>) -> Result<String> {
    let mut newest = None;
    for file in files {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        newest = newest.max(newest_in(&bytes));
    }
    let minor = newest.context("the programs name no version of glibc: are they for Linux?")?;
    Ok(format!("2.{minor}"))
}

/// The number after the mark, where it ends as the string does.
fn newest_in(bytes: &[u8]) -> Option<u32> {
    let after = bytes
        .windows(MARK.len())
        .enumerate()
        .filter(|(_, window)| *window == MARK)
        .map(|(at, _)| &bytes[at + MARK.len()..]);
    after.filter_map(number).max()
}

fn number(text: &[u8]) -> Option<u32> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit())?;
    let ends = matches!(text[end], 0 | b'.');
    let digits = std::str::from_utf8(&text[..end]).ok()?;
    digits.parse().ok().filter(|_| ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_of_all_files_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("1"), folder.path().join("2"));
        fs::write(&one, b"\0GLIBC_2.2.5\0GLIBC_2.17\0GLIBC_PRIVATE\0").unwrap();
        fs::write(&two, b"GLIBC_2.9\0 GLIBC_2.99 is talked of\0").unwrap();
        assert_eq!(needed([one.as_path(), &two]).unwrap(), "2.17");
        assert!(needed([]).is_err());
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn this_very_program_needs_some() {
        let program = std::env::current_exe().unwrap();
        assert!(needed([program.as_path()]).unwrap().starts_with("2."));
    }
}
