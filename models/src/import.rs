//! Makes voices of public exports: recognises files, asks for what is missing, writes a bundle and proves it.
//!
//! Everything is untrusted input: files are bounded before they are read, zips before they are unpacked, and nothing
//! stands in the folder of voices until the whole voice has spoken once. What is recognised, is recognised from the
//! tensors of the graphs ([`crate::dialect`]); names of files only decide between several that fit.

mod candidates;
mod centres;
mod choose;
mod encoder_files;
mod encoder_names;
mod error;
mod facts;
mod feeds;
mod indexes;
mod measure;
mod pack;
mod plan;
mod prepare;
mod projects;
mod prove;
mod request;
mod retrieval_files;
mod source;
mod speaker_table;
mod speakers;
mod speaking;
mod staging;
#[cfg(test)]
mod tests;
mod texts;
mod unpack;
mod write;

use std::path::{Path, PathBuf};

pub use error::ImportError;
pub use facts::{GraphFacts, GraphTensor};
pub use request::{ImportObserver, ImportRequest, Speech};
pub(crate) use speaker_table::rows_picked_by;
pub use speaking::{ImportedSpeech, import_speech};

use crate::bundle::{MAX_FILE_BYTES, StreamError};
use crate::dialect::SynthesizerDialect;
use crate::runtime::{Device, Runtime};
use candidates::{Candidates, read};
use source::{FoundFile, gather};
use staging::Staging;

/// A voice that was imported.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its folder, or its zip.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// Which contract the synthesizer has.
    pub dialect: SynthesizerDialect,
    /// What was left out, and other things worth knowing.
    pub notes: Vec<String>,
    /// What its streams cost in sound; empty where they were not measured.
    pub streams: Vec<StreamError>,
}

/// Imports a voice and lets it speak once on `device`, so that what does not run is not kept.
///
/// Several hundred megabytes are read, hashed and written, networks loaded, and streams measured: seconds to a minute.
///
/// # Errors
/// If a file is damaged or none of the contracts', something is missing, files do not fit together, the voice does not
/// run, or the observer stops it. Nothing is left behind then, and a voice that was to be replaced stays.
pub fn import(
    request: &ImportRequest,
    runtime: &Runtime,
    device: Device,
    observer: &mut dyn ImportObserver,
) -> Result<Imported, ImportError> {
    check(request)?;
    let scratch =
        tempfile::tempdir().map_err(|error| ImportError::file("temporary folder", error))?;
    let found = find(request, scratch.path(), observer)?;
    let mut plan = plan::plan(&found, request)?;
    speakers::check_voice_name(&plan.name)?;

    let staging = Staging::new(&request.out, &plan.name, request.zip, request.replace)?;
    observer.stage("preparing the synthesizer", None);
    let onnx = read(&plan.synthesizer, MAX_FILE_BYTES)?;
    let prepared = prepare::prepare(&plan, onnx, runtime)?;
    stop_if_asked(observer)?;
    write::write(&staging.voice(), &plan, &prepared, request, observer)?;
    drop(scratch);
    prove::prove(&staging.voice(), &plan.mute, (runtime, device), observer)
        .map_err(|error| error.by_file(|role| plan.file_of(role)))?;
    stop_if_asked(observer)?;
    let streams = measure::measure(
        &staging.voice(),
        request.speech.as_ref(),
        (runtime, device),
        observer,
    )?;
    plan.notes.extend(prepared.note);
    let path = settle(staging, request.zip, observer)?;
    Ok(Imported {
        path,
        name: plan.name,
        dialect: plan.dialect,
        notes: plan.notes,
        streams,
    })
}

/// Everything that the voice can be made of, zips unpacked into `scratch`.
fn find(
    request: &ImportRequest,
    scratch: &Path,
    observer: &mut dyn ImportObserver,
) -> Result<Candidates, ImportError> {
    let mut gathered = gather(&request.paths, scratch, observer)?;
    gathered
        .files
        .retain(|file| !flags(request).any(|path| *path == file.path));
    let mut found = Candidates::sort(&gathered.files, observer)?;
    found.left_out.extend(gathered.left_out);
    projects::look_around(&mut found, observer)?;
    take_flags(request, &mut found, observer)?;
    if request.encoder.is_none() {
        encoder_files::look_around(&mut found, observer)?;
    }
    Ok(found)
}

/// Moves the voice to its place, as a folder or as a zip.
fn settle(
    staging: Staging,
    zip: bool,
    observer: &mut dyn ImportObserver,
) -> Result<PathBuf, ImportError> {
    let (folder, packed) = (staging.voice(), staging.zip());
    if !zip {
        return staging.settle(&folder);
    }
    pack::pack(&folder, &packed, observer)?;
    staging.settle(&packed)
}

fn check(request: &ImportRequest) -> Result<(), ImportError> {
    for (at, name) in request.speakers.iter().enumerate() {
        speakers::check_name("--speakers", name)?;
        if request.speakers[..at].contains(name) {
            return Err(ImportError::Value {
                name: "--speakers",
                expected: "names of their own".to_owned(),
                found: format!("{name:?} twice"),
            });
        }
    }
    for (flag, text) in [
        ("--licence", &request.licence),
        ("--consent", &request.consent),
    ] {
        if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
            return Err(ImportError::Value {
                name: flag,
                expected: "a text".to_owned(),
                found: "nothing".to_owned(),
            });
        }
    }
    Ok(())
}

/// The files that were named for a role.
fn flags(request: &ImportRequest) -> impl Iterator<Item = &PathBuf> {
    let flags = [&request.encoder, &request.f0, &request.index];
    flags.into_iter().flatten()
}

/// Puts what was named for a role in the place of what was found for it.
fn take_flags(
    request: &ImportRequest,
    found: &mut Candidates,
    observer: &mut dyn ImportObserver,
) -> Result<(), ImportError> {
    let mut alone = |path: &PathBuf| Candidates::sort(&[FoundFile::named(path)], observer);
    let not = |path: &PathBuf, expected: &str| ImportError::Unrecognised {
        path: path.clone(),
        expected: expected.to_owned(),
        found: "something else".to_owned(),
    };
    if let Some(path) = &request.encoder {
        let given = alone(path)?;
        if given.encoders.is_empty() {
            return Err(not(path, "a content encoder (a wave in, content out)"));
        }
        found.encoders = given.encoders;
    }
    if let Some(path) = &request.f0 {
        let given = alone(path)?;
        if given.f0.is_empty() {
            return Err(not(path, "an F0 model (RMVPE, FCPE or CREPE)"));
        }
        found.f0 = given.f0;
    }
    match &request.index {
        Some(path) => retrieval_files::take_flag(FoundFile::named(path), found),
        None => Ok(()),
    }
}

fn stop_if_asked(observer: &dyn ImportObserver) -> Result<(), ImportError> {
    match observer.cancelled() {
        true => Err(ImportError::Stopped),
        false => Ok(()),
    }
}
