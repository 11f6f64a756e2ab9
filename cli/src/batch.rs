//! Runs a whole command: one recording, or many with their folders' layout kept and finished ones skipped.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::args::{ConvertArgs, Destination};
use crate::convert::{Conversion, in_one_line, report_path};
use crate::error::CliError;
use crate::exit::Exit;
use crate::finished::is_finished;
use crate::interrupt::Interrupt;
use crate::output::say;
use crate::report::{VoiceIdentity, sha256_of};
use crate::session::Session;

/// Endings of files that are taken from folders; a file that is named itself may have any.
const ENDINGS: [&str; 5] = ["flac", "mp3", "oga", "ogg", "wav"];

/// One recording and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The recording.
    pub input: PathBuf,
    /// The file to write.
    pub output: PathBuf,
}

/// How many recordings had which end.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    converted: usize,
    skipped: usize,
    failed: usize,
}

/// Runs `syrinx convert`.
///
/// # Errors
/// If the one recording fails; in a batch, if the voice or the output folder cannot be used at all, or the user
/// stops it. Recordings of a batch that fail are told and counted.
pub fn run(
    arguments: &ConvertArgs,
    destination: Destination,
    stop: &Interrupt,
) -> Result<Exit, CliError> {
    let mut session = Session::new(&arguments.voice, arguments.device, arguments.backend);
    let conversion = Conversion::new(arguments, stop);
    match destination {
        Destination::File { input, output } => {
            let report = conversion.run(&mut session, &input, &output)?;
            say(in_one_line(&report))?;
            Ok(Exit::Success)
        }
        Destination::Folder { inputs, folder } => {
            let (jobs, refused) = plan(&inputs, &folder);
            for error in &refused {
                error.tell();
            }
            let tally = Tally {
                failed: refused.len(),
                ..Tally::default()
            };
            run_all(
                &conversion,
                &mut session,
                &jobs,
                arguments.force,
                stop,
                tally,
            )
        }
    }
}

fn run_all(
    conversion: &Conversion,
    session: &mut Session,
    jobs: &[Job],
    force: bool,
    stop: &Interrupt,
    mut tally: Tally,
) -> Result<Exit, CliError> {
    let voice = session.identity()?;
    if !jobs.is_empty() {
        session.speaker(conversion.asked().speaker.as_deref())?;
    }
    for job in jobs {
        if stop.is_asked() {
            return Err(CliError::Stopped);
        }
        if !force && is_done(conversion, &voice, job, stop) {
            tally.skipped += 1;
            continue;
        }
        match run_job(conversion, session, job) {
            Ok(line) => {
                tally.converted += 1;
                say(line)?;
            }
            Err(CliError::Stopped) => return Err(CliError::Stopped),
            // Without its voice no job can be done; one message is enough.
            Err(
                error @ (CliError::Load { .. } | CliError::Bundle { .. } | CliError::Runtime(_)),
            ) => {
                return Err(error);
            }
            Err(error) => {
                tally.failed += 1;
                error.tell();
            }
        }
    }
    let Tally {
        converted,
        skipped,
        failed,
    } = tally;
    say(format_args!(
        "{converted} converted, {skipped} already finished, {failed} failed"
    ))?;
    Ok(if failed == 0 {
        Exit::Success
    } else {
        Exit::Failure
    })
}

fn run_job(conversion: &Conversion, session: &mut Session, job: &Job) -> Result<String, CliError> {
    if let Some(folder) = job.output.parent() {
        fs::create_dir_all(folder).map_err(|error| {
            CliError::other(
                folder.display(),
                format_args!("cannot make this folder: {error}"),
            )
        })?;
    }
    let report = conversion.run(session, &job.input, &job.output)?;
    Ok(in_one_line(&report))
}

fn is_done(conversion: &Conversion, voice: &VoiceIdentity, job: &Job, stop: &Interrupt) -> bool {
    if !job.output.is_file() || (conversion.writes_report() && !report_path(&job.output).is_file())
    {
        return false;
    }
    match sha256_of(&job.input, stop) {
        Ok(Some(sha256)) => is_finished(&job.output, &sha256, voice, conversion.asked()),
        _ => false,
    }
}

/// Which recordings go where, sorted, and what of the command line cannot be done.
///
/// A file goes to `folder` under its own name, a file of a folder under its path inside that one, each with the
/// ending `wav`. What lies in `folder` itself is no input.
pub fn plan(inputs: &[PathBuf], folder: &Path) -> (Vec<Job>, Vec<CliError>) {
    let (mut jobs, mut refused) = (Vec::new(), Vec::new());
    let mut taken: HashMap<PathBuf, PathBuf> = HashMap::new();
    for input in inputs {
        let found = if input.is_dir() {
            recordings_in(input, folder)
        } else {
            Ok(vec![input.clone()])
        };
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                refused.push(error);
                continue;
            }
        };
        for recording in found {
            let output = folder.join(inside(&recording, input)).with_extension("wav");
            match taken.get(&as_the_same_file(&output, IGNORES_CASE)) {
                Some(other) if *other == recording => {}
                Some(other) => refused.push(CliError::other(
                    recording.display(),
                    format_args!(
                        "would be written to {}, as {} is; rename one of them",
                        output.display(),
                        other.display()
                    ),
                )),
                None => {
                    let key = as_the_same_file(&output, IGNORES_CASE);
                    taken.insert(key, recording.clone());
                    jobs.push(Job {
                        input: recording,
                        output,
                    });
                }
            }
        }
    }
    (jobs, refused)
}

/// Whether "A.wav" and "a.wav" are usually one file here.
const IGNORES_CASE: bool = cfg!(any(windows, target_os = "macos"));

/// The same for all paths of one file.
fn as_the_same_file(path: &Path, ignores_case: bool) -> PathBuf {
    match ignores_case {
        true => PathBuf::from(path.to_string_lossy().to_lowercase()),
        false => path.to_owned(),
    }
}

/// The path of `recording` below `input`, or its name where it is the input itself.
fn inside(recording: &Path, input: &Path) -> PathBuf {
    match recording.strip_prefix(input) {
        Ok(path) if !path.as_os_str().is_empty() => path.to_owned(),
        _ => PathBuf::from(recording.file_name().unwrap_or_default()),
    }
}

fn recordings_in(input: &Path, folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let outputs = folder.canonicalize().ok();
    let is_output = |path: &Path| outputs.is_some() && path.canonicalize().ok() == outputs;
    let mut found = Vec::new();
    let entries = WalkDir::new(input).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_output(entry.path())) {
        let entry = entry.map_err(|error| CliError::other(input.display(), error))?;
        if is_recording(entry.path()) && entry.path().is_file() {
            found.push(entry.into_path());
        }
    }
    if found.is_empty() {
        let message = format!(
            "no recordings (expected files that end in {}, found none)",
            ENDINGS.join(", ")
        );
        return Err(CliError::other(input.display(), message));
    }
    Ok(found)
}

/// By the ending; hidden files are partial or not meant.
fn is_recording(path: &Path) -> bool {
    let is_hidden = path
        .file_name()
        .is_none_or(|name| name.to_string_lossy().starts_with('.'));
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    !is_hidden && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: PathBuf) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }

    #[test]
    fn the_layout_of_folders_is_kept_and_outputs_are_no_inputs() {
        let root = tempfile::tempdir().unwrap();
        let takes = root.path().join("takes");
        for name in [
            "b.FLAC",
            "a.wav",
            "deep/er/c.mp3",
            "notes.txt",
            ".a.wav.x.partial",
            ".d.wav",
            "out/old.wav",
        ] {
            touch(takes.join(name));
        }
        let single = root.path().join("x/single.ogg");
        touch(single.clone());
        let out = takes.join("out");
        let (jobs, refused) = plan(&[takes.clone(), single.clone()], &out);
        assert!(refused.is_empty(), "{refused:?}");
        let job = |input: PathBuf, output: &str| Job {
            input,
            output: out.join(output),
        };
        assert_eq!(
            jobs,
            [
                job(takes.join("a.wav"), "a.wav"),
                job(takes.join("b.FLAC"), "b.wav"),
                job(takes.join("deep/er/c.mp3"), "deep/er/c.wav"),
                job(single, "single.wav"),
            ]
        );
    }

    #[test]
    fn two_recordings_for_one_output_are_told() {
        let root = tempfile::tempdir().unwrap();
        for name in ["a.wav", "a.mp3"] {
            touch(root.path().join("takes").join(name));
        }
        let takes = root.path().join("takes");
        let (jobs, refused) = plan(
            &[takes.clone(), takes.join("a.mp3")],
            &root.path().join("out"),
        );
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].input, takes.join("a.mp3"));
        assert_eq!(refused.len(), 1);
        assert!(
            refused[0]
                .to_string()
                .contains("a.wav: would be written to"),
            "{}",
            refused[0]
        );
    }

    #[test]
    fn names_that_differ_in_case_are_one_file_on_some_systems() {
        let [upper, lower] = ["out/Ärger.WAV", "out/ärger.wav"].map(Path::new);
        assert_eq!(as_the_same_file(upper, true), as_the_same_file(lower, true));
        assert_ne!(
            as_the_same_file(upper, false),
            as_the_same_file(lower, false)
        );
    }

    #[test]
    fn an_empty_folder_is_told() {
        let root = tempfile::tempdir().unwrap();
        let (jobs, refused) = plan(&[root.path().to_owned()], &root.path().join("out"));
        assert!(jobs.is_empty());
        assert!(refused[0].to_string().contains("no recordings"));
    }
}
