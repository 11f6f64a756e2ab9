//! Makes voices of public exports: recognises files, asks for what is missing, writes a bundle and proves it.
//!
//! Everything is untrusted input: files are bounded before they are read, zips before they are unpacked, and nothing
//! stands in the folder of voices until the whole voice has spoken once. What is recognised, is recognised from the
//! tensors of the graphs ([`crate::dialect`]); names of files only decide between several that fit.

mod candidates;
mod error;
mod facts;
mod feeds;
mod plan;
mod prepare;
mod request;
mod source;
#[cfg(test)]
mod tests;
mod texts;
mod unpack;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

pub use error::ImportError;
pub use facts::{GraphFacts, GraphTensor};
pub use request::{ImportObserver, ImportRequest};

use crate::bundle::{MAX_FILE_BYTES, VoiceBundle};
use crate::dialect::SynthesizerDialect;
use crate::error::ConvertError;
use crate::progress::Quiet;
use crate::runtime::{Device, Runtime};
use crate::sample_io::{SliceSource, VecSink};
use crate::settings::ConvertSettings;
use crate::voice::Voice;
use candidates::{Candidates, read};
use source::{FoundFile, gather};
use syrinx_dsp::SampleRate;
use write::Staging;

/// A voice that was imported.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its folder.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// Which contract the synthesizer has.
    pub dialect: SynthesizerDialect,
    /// What was left out, and other things worth knowing.
    pub notes: Vec<String>,
}

/// Imports a voice and lets it speak once on `device`, so that what does not run is not kept.
///
/// Several hundred megabytes are read, hashed and written, and networks loaded: seconds to a minute.
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
    let mut files = gather(&request.paths, scratch.path(), observer)?;
    files.retain(|file| !flags(request).any(|path| *path == file.path));
    let mut found = Candidates::sort(&files, observer)?;
    take_flags(request, &mut found, observer)?;
    let mut plan = plan::plan(&found, request)?;
    plan::check_name("--name", &plan.name)?;

    let staging = Staging::new(&request.out, &plan.name, request.replace)?;
    observer.stage("preparing the synthesizer", None);
    let onnx = read(&plan.synthesizer, MAX_FILE_BYTES)?;
    let prepared = prepare::prepare(&plan, onnx, runtime);
    stop_if_asked(observer)?;
    write::write(&staging.voice(), &plan, &prepared, request, observer)?;
    drop(scratch);
    observer.stage("loading", None);
    prove(&staging.voice(), runtime, device)?;
    stop_if_asked(observer)?;
    plan.notes.extend(prepared.note);
    Ok(Imported {
        path: staging.settle()?,
        name: plan.name,
        dialect: plan.dialect,
        notes: plan.notes,
    })
}

fn check(request: &ImportRequest) -> Result<(), ImportError> {
    for name in &request.speakers {
        plan::check_name("--speakers", name)?;
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
    let mut alone = |path: &PathBuf| {
        let file = FoundFile {
            path: path.clone(),
            named: true,
        };
        Candidates::sort(&[file], observer)
    };
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
    if let Some(path) = &request.index {
        let given = alone(path)?;
        if given.indexes.is_empty() && given.centres.is_empty() {
            return Err(not(path, "a feature index or k-means centres"));
        }
        (found.indexes, found.centres) = (given.indexes, given.centres);
    }
    Ok(())
}

fn stop_if_asked(observer: &dyn ImportObserver) -> Result<(), ImportError> {
    match observer.cancelled() {
        true => Err(ImportError::Stopped),
        false => Ok(()),
    }
}

/// Lets the voice speak a second of a tone: it runs, and gives finite audio of the length that its hop promises.
fn prove(folder: &std::path::Path, runtime: &Runtime, device: Device) -> Result<(), ImportError> {
    let bundle = Arc::new(VoiceBundle::open(folder)?);
    let rate = bundle.manifest().rate;
    let mut voice = Voice::load(runtime, bundle, device).map_err(ConvertError::Load)?;
    let step = 150.0 * std::f32::consts::TAU / rate as f32;
    let tone: Vec<f32> = (0..rate).map(|n| 0.3 * (step * n as f32).sin()).collect();
    let mut source = SliceSource::new(&tone, SampleRate::of(rate));
    let mut sink = VecSink::default();
    let settings = ConvertSettings {
        transpose: crate::settings::Transpose::Fixed(syrinx_dsp::Semitones(0.0)),
        ..ConvertSettings::default()
    };
    voice.convert_file(&mut source, &mut sink, &settings, &mut Quiet)?;
    Ok(())
}
