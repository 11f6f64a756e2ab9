//! Speaks every row of a table into a file of its own; finished ones are skipped.

use std::fs;
use std::path::Path;

use super::request::Request;
use super::session::SpeechSession;
use super::table::{Row, Table};
use crate::args::SpeakArgs;
use crate::convert::report_path;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::say;
use crate::progress::Progress;

/// How many rows had which end.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    spoken: usize,
    skipped: usize,
    failed: usize,
}

/// Speaks the rows of `table` into `folder`.
///
/// # Errors
/// If table, lexicon or the voice of the command line cannot be used at all, or the user stops it. Rows that fail are
/// told and counted.
pub(super) fn run(
    arguments: &SpeakArgs,
    table: &Path,
    folder: &Path,
    stop: &Interrupt,
) -> Result<Exit, CliError> {
    let Table { rows, refused } = Table::read(table, &Request::without_text(arguments))?;
    let mut session = SpeechSession::new(arguments, stop)?;
    for error in &refused {
        error.tell();
    }
    let mut tally = Tally {
        failed: refused.len(),
        ..Tally::default()
    };
    for (place, row) in rows.iter().enumerate() {
        if stop.is_asked() {
            return Err(CliError::Stopped);
        }
        let label = format!("{} of {}: {}", place + 1, rows.len(), row.output.display());
        let progress = Progress::new(&label, None, stop);
        let outcome = speak(&mut session, row, folder, arguments.force);
        drop(progress);
        match outcome {
            Ok(Some(line)) => {
                tally.spoken += 1;
                say(line)?;
            }
            Ok(None) => tally.skipped += 1,
            Err(CliError::Stopped) => return Err(CliError::Stopped),
            // Without the voice of the command line no row can be spoken; one message is enough.
            Err(error) if is_common(&error, row, arguments) => return Err(error),
            Err(error) => {
                tally.failed += 1;
                in_row(error, row).tell();
            }
        }
    }
    let Tally {
        spoken,
        skipped,
        failed,
    } = tally;
    say(format_args!(
        "{spoken} spoken, {skipped} already finished, {failed} failed"
    ))?;
    Ok(match failed {
        0 => Exit::Success,
        _ => Exit::Failure,
    })
}

/// Speaks a row, and says so in a line; nothing where it was finished.
fn speak(
    session: &mut SpeechSession,
    row: &Row,
    folder: &Path,
    force: bool,
) -> Result<Option<String>, CliError> {
    let prepared = session.prepare(row.request()?)?;
    let output = folder.join(&row.output);
    let reported = !session.writes_report() || report_path(&output).is_file();
    if !force && reported && prepared.provenance.made(&output) {
        return Ok(None);
    }
    // Before folders are made: nothing is left of a row without words.
    prepared.segments()?;
    if let Some(parent) = output.parent() {
        fs::create_dir_all(parent).map_err(|error| {
            CliError::other(
                parent.display(),
                format_args!("cannot make this folder: {error}"),
            )
        })?;
    }
    let report = session.speak_to_file(&prepared, &output, None)?;
    Ok(Some(report.in_one_line()))
}

/// Whether an error is of what all rows need.
fn is_common(error: &CliError, row: &Row, arguments: &SpeakArgs) -> bool {
    match error {
        CliError::Runtime(_) => true,
        CliError::Speech { .. } | CliError::NoVoice { .. } | CliError::Bundle { .. } => {
            row.voice() == arguments.voice
        }
        _ => false,
    }
}

/// The error with the row before it, where it does not begin with it.
fn in_row(error: CliError, row: &Row) -> CliError {
    match error.to_string() {
        told if told.starts_with(&row.name) => error,
        told => CliError::other(&row.name, told),
    }
}
