//! `syrinx self-test`: tries on this machine all that a user needs, and tells it in a report that can be shared.

mod backend;
mod devices;
mod latency;
mod plugins;
mod report;
mod shareable;
mod sound;
mod speech;
mod steps;
mod system;
mod voice;

use std::io::Write;
use std::path::Path;

use crate::args::SelfTestArgs;
use crate::audio::PartialFile;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::say;
use report::Report;
use steps::Steps;

/// Tries everything and prints the report. A step that fails stops no other that does not need it.
///
/// # Errors
/// If the report cannot be written, or the user stops it.
pub fn run(arguments: &SelfTestArgs, stop: &Interrupt) -> Result<Exit, CliError> {
    let report = examine(stop)?;
    let text = match arguments.json {
        true => {
            serde_json::to_string_pretty(&report).map_err(|error| CliError::other("JSON", error))?
        }
        false => report.in_words(),
    };
    say(&text)?;
    if let Some(path) = &arguments.output {
        write(path, &text)?;
    }
    Ok(match report.passed {
        true => Exit::Success,
        false => Exit::Failure,
    })
}

fn examine(stop: &Interrupt) -> Result<Report, CliError> {
    let mut steps = Steps::new(stop);
    steps.take("system", |_| Ok(system::step()))?;
    let runtime = steps.take("backend", |_| backend::step())?;
    let runtime = runtime.as_ref();
    let phrase = steps.take("speech", |progress| speech::step(runtime, progress))?;
    let phrase = phrase.as_ref();
    let voice = steps.take("voice", |progress| voice::step(runtime, phrase, progress))?;
    let voice = voice.as_ref();
    steps.take("latency", |progress| latency::step(voice, phrase, progress))?;
    steps.take("devices", devices::step)?;
    steps.take("plugins", |_| Ok(plugins::step()))?;
    Ok(steps.into_report())
}

/// Writes the report in one step.
fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let write = || {
        let partial = PartialFile::create(path)?;
        let mut file = partial.handle()?;
        writeln!(file, "{text}")?;
        drop(file);
        partial.keep()
    };
    write().map_err(CliError::encode(path))
}
