//! The time that stands on everything in an archive: that of the commit, so that it does not depend on who packs when.

use std::ffi::OsString;

use anyhow::{Context, Result};

use crate::process;

/// Names another time, in seconds since 1970; other programs that pack reproducibly know it too.
const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// Seconds since 1970: `SOURCE_DATE_EPOCH`, else the time of the commit that is checked out.
///
/// # Errors
/// If the variable is no number, or there is neither it nor a commit.
pub fn commit_time() -> Result<u64> {
    match std::env::var_os(VARIABLE) {
        Some(value) => named(value),
        None => of_commit(),
    }
}

fn named(value: OsString) -> Result<u64> {
    let text = value.to_string_lossy();
    text.parse()
        .with_context(|| format!("{VARIABLE} is {text:?}, expected seconds since 1970"))
}

fn of_commit() -> Result<u64> {
    let mut git = std::process::Command::new("git");
    git.args(["log", "-1", "--format=%ct"])
        .current_dir(process::root()?);
    let text = process::capture(&mut git)
        .with_context(|| format!("no commit gives the archive its time; set {VARIABLE}"))?;
    text.trim()
        .parse()
        .with_context(|| format!("git tells the time {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_times() {
        assert_eq!(named("1700000000".into()).unwrap(), 1_700_000_000);
        for wrong in ["", "yesterday", "-5"] {
            assert!(named(wrong.into()).is_err(), "{wrong}");
        }
    }
}
