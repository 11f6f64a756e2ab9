//! Speaks a script into a file or to standard output, or every row of a table, and reports on it.

mod batch;
mod columns;
mod output_name;
mod raw;
mod report;
mod request;
mod session;
mod table;
mod text_file;
mod timings;
mod user_lexicon;
mod voices;

use std::path::Path;

use crate::args::SpeakArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::say;
use request::Request;
use session::SpeechSession;

/// Speaks as the command line says.
///
/// # Errors
/// If script, table, lexicon or voice cannot be read, the output not be written, or the user stops it. Rows of a table
/// that fail are told and counted.
pub fn run(arguments: &SpeakArgs, stop: &Interrupt) -> Result<Exit, CliError> {
    if let (Some(table), Some(folder)) = (&arguments.batch, &arguments.out_dir) {
        return batch::run(arguments, table, folder, stop);
    }
    if let Some(output) = &arguments.output {
        check_ending(output)?;
    }
    let mut session = SpeechSession::new(arguments, stop)?;
    let prepared = session.prepare(Request::of(arguments)?)?;
    let timings = arguments.timings.as_deref();
    match (&arguments.output, arguments.stdout) {
        (Some(output), _) => {
            let report = session.speak_to_file(&prepared, output, timings)?;
            say(report.in_one_line())?;
        }
        (None, Some(format)) => session.speak_to_stdout(&prepared, format, timings)?,
        (None, None) => {
            return Err(CliError::other(
                "output",
                "expected a file or --stdout, found neither",
            ));
        }
    }
    Ok(Exit::Success)
}

fn check_ending(output: &Path) -> Result<(), CliError> {
    let ending = output
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("wav") => Ok(()),
        _ => Err(CliError::other(
            output.display(),
            "outputs are WAV files (expected a name that ends in .wav)",
        )),
    }
}
