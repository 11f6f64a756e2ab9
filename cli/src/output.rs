//! Lines for people and programs on standard output and standard error.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use crate::error::CliError;

/// Prints a line of the result. A reader that has closed the pipe has read enough.
///
/// # Errors
/// If standard output cannot be written, such as a full disk.
pub fn say(line: impl Display) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(CliError::other("standard output", error))
        }
        _ => Ok(()),
    }
}

/// Prints a remark that is no result. Lost where nobody listens.
pub fn note(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "note: {line}");
}

/// Prints one line of an error.
pub fn complain(line: impl Display) {
    let text = line.to_string();
    // One line per error, whatever a library put into its message.
    let text: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let _ = writeln!(io::stderr().lock(), "error: {}", text.join("; "));
}
