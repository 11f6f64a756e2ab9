//! Makes bundles of public voices that speak: piper, VITS, Matcha, Kokoro, FastSpeech 2 and Sambert.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::error::ImportError;
use super::request::{ImportObserver, ImportRequest};
use super::source::short;
use super::staging::Staging;
use super::{settle, speakers, stop_if_asked, write};
use crate::bundle::{MAX_MANIFEST_BYTES, VoiceBundle, VoiceKindName};
use crate::model::TensorSpec;
use crate::runtime::{Device, Runtime};
use crate::speech::{
    FoundVoice, SambertVoice, SpeechError, SpeechFile, SpeechVoiceSpec, Streaming, can_be_part,
    network_takes_symbols,
};

/// A speaking voice that was imported.
#[derive(Clone, Debug)]
pub struct ImportedSpeech {
    /// Its folder, or its zip.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// What kind of voice it is: "piper".
    pub contract: &'static str,
    /// What was left out, and other things worth knowing.
    pub notes: Vec<String>,
}

/// Imports a voice that speaks, and lets it speak a few symbols on `device`; nothing where the files are none of one.
///
/// Told by what is in them: a configuration of piper, a manifest of Sambert, or a table of symbols. Of a folder the files
/// in it are looked at, of a network that was named also the configuration beside it.
///
/// # Errors
/// If a file is damaged, missing or one too many, files do not fit together, the voice does not run, or the observer
/// stops it. Nothing is left behind then, and a voice that was to be replaced stays.
pub fn import_speech(
    request: &ImportRequest,
    runtime: &Runtime,
    device: Device,
    observer: &mut dyn ImportObserver,
) -> Result<Option<ImportedSpeech>, ImportError> {
    let gathered = Gathered::of(&request.paths)?;
    if !gathered.tell_of_speech()? {
        return Ok(None);
    }
    refuse_flags(request)?;
    let name = request.name.clone().unwrap_or_else(|| gathered.name());
    observer.stage("reading", None);
    let (files, mut notes) = gathered.read()?;
    // What is missing is told before what it would be called.
    let found = FoundVoice::of_files(&name, files.clone())?;
    speakers::check_voice_name(&name)?;
    let staging = Staging::new(&request.out, &name, request.zip, request.replace)?;
    stop_if_asked(observer)?;
    observer.stage("loading", None);
    let spec = found.load(runtime, device)?.spec().clone();
    notes.extend(spec.notice());
    stop_if_asked(observer)?;
    let parts = parts(files)?;
    notes.extend(parts.left_out.iter().map(|name| left_out(name)));
    let mut entries = Map::new();
    for (role, path, file) in &parts.kept {
        observer.stage(
            &format!("hashing {}", file.name),
            Some(file.bytes.len() as u64),
        );
        let entry = write::copy(&mut &*file.bytes, &staging.voice(), path, observer)?;
        entries.insert(role.clone(), entry);
    }
    let manifest = manifest(&name, request, &spec, &gathered.name(), entries);
    write::write_manifest(&staging.voice(), &manifest)?;
    // As the first speech will find it.
    FoundVoice::of_bundle(VoiceBundle::open(staging.voice())?)?;
    let path = settle(staging, request.zip, observer)?;
    Ok(Some(ImportedSpeech {
        path,
        name,
        contract: found.kind(),
        notes,
    }))
}

/// Whether a graph with these inputs is a network of a speaking voice.
pub(super) fn is_network(inputs: &[TensorSpec]) -> bool {
    network_takes_symbols(inputs)
}

/// The files that a voice may be made of.
#[derive(Debug, Default)]
struct Gathered {
    paths: Vec<PathBuf>,
    left_out: Vec<PathBuf>,
    /// The folder, where one was named.
    folder: Option<PathBuf>,
}

impl Gathered {
    fn of(asked: &[PathBuf]) -> Result<Gathered, ImportError> {
        let mut found = Gathered::default();
        for path in asked {
            let refuse = |error: std::io::Error| ImportError::file(path, error);
            let kind = fs::metadata(path).map_err(refuse)?;
            if !kind.is_dir() {
                found.paths.push(path.clone());
                continue;
            }
            found.folder.get_or_insert_with(|| path.clone());
            for entry in fs::read_dir(path).map_err(refuse)? {
                let file = entry.map_err(refuse)?.path();
                match (file.is_file(), can_be_part(&file)) {
                    (true, true) => found.paths.push(file),
                    (true, false) => found.left_out.push(file),
                    (false, _) => {}
                }
            }
        }
        let beside = found.paths.iter().filter_map(|path| beside(path));
        let beside: Vec<PathBuf> = beside.collect();
        found.paths.extend(beside);
        found.paths.sort();
        found.paths.dedup();
        found.left_out.sort();
        Ok(found)
    }

    /// Whether one of the small files tells that the others speak. Large ones are not read for it.
    fn tell_of_speech(&self) -> Result<bool, ImportError> {
        for path in &self.paths {
            let small = fs::metadata(path).is_ok_and(|found| found.len() <= MAX_MANIFEST_BYTES);
            let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
            let text = ending == "json" || ending == "txt";
            if small && text && SpeechFile::read(path)?.tells_of_speech() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The name of the voice: that of its folder, or of its network.
    fn name(&self) -> String {
        let network = self.paths.iter().find(|path| {
            let ending = path.extension().unwrap_or_default();
            ending.eq_ignore_ascii_case("onnx")
        });
        let folder = self
            .folder
            .as_ref()
            .and_then(|folder| folder.canonicalize().ok());
        let named = folder.as_deref().and_then(Path::file_name);
        let named = named.or_else(|| network.and_then(|path| path.file_stem()));
        named.unwrap_or_default().to_string_lossy().into_owned()
    }

    fn read(&self) -> Result<(Vec<SpeechFile>, Vec<String>), ImportError> {
        let files = self.paths.iter().map(|path| SpeechFile::read(path));
        let files: Result<_, SpeechError> = files.collect();
        let notes = self.left_out.iter().map(|path| left_out(&short(path)));
        Ok((files?, notes.collect()))
    }
}

/// Piper's configuration, as it lies beside its network.
fn beside(network: &Path) -> Option<PathBuf> {
    let mut name = network.file_name()?.to_owned();
    name.push(".json");
    let path = network.with_file_name(name);
    path.is_file().then_some(path)
}

fn left_out(name: &str) -> String {
    format!("left out {name}")
}

/// What is only there for voices that convert.
fn refuse_flags(request: &ImportRequest) -> Result<(), ImportError> {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let speakers = (!request.speakers.is_empty()).then(|| request.speakers.join(","));
    for (name, given) in [
        ("--encoder", path(&request.encoder)),
        ("--f0", path(&request.f0)),
        ("--index", path(&request.index)),
        ("--rate", request.rate.map(|rate| rate.to_string())),
        ("--unvoiced", request.unvoiced.map(|how| format!("{how:?}"))),
        ("--speakers", speakers),
    ] {
        if let Some(found) = given {
            return Err(ImportError::Value {
                name,
                expected: "nothing, since this is a voice that speaks text".to_owned(),
                found,
            });
        }
    }
    Ok(())
}

/// The files of a bundle: role, path and content of each, and the names of those that are no part of it.
struct Parts {
    kept: Vec<(String, String, SpeechFile)>,
    left_out: Vec<String>,
}

fn parts(files: Vec<SpeechFile>) -> Result<Parts, ImportError> {
    let mut parts = Parts {
        kept: Vec::new(),
        left_out: Vec::new(),
    };
    // Sambert's manifest calls the others by their names.
    if let Some(manifest) = files.iter().find(|file| SambertVoice::is_manifest(file)) {
        let roles = SambertVoice::files(manifest)?;
        for file in &files {
            let role = roles.iter().find(|(_, name)| **name == file.name);
            let role = match role {
                Some((role, _)) => role.clone(),
                None if file.name == manifest.name => "manifest".to_owned(),
                None => {
                    parts.left_out.push(file.name.clone());
                    continue;
                }
            };
            // The bundle has a voice.json of its own.
            let path = match role.as_str() {
                "manifest" => "sambert.json",
                _ => file.name.as_str(),
            };
            parts.kept.push((role, path.to_owned(), file.clone()));
        }
        return Ok(parts);
    }
    for file in files {
        let role = file.role()?;
        let same = parts
            .kept
            .iter()
            .filter(|(known, ..)| known.starts_with(role));
        let role = match same.count() {
            0 => role.to_owned(),
            // Lexicons are read in this order.
            count => format!("{role}-{:02}", count + 1),
        };
        let ending = match role.as_str() {
            "network" | "vocoder" => "onnx",
            "config" => "json",
            "styles" => "bin",
            _ => "txt",
        };
        let path = format!("{role}.{ending}");
        parts.kept.push((role, path, file));
    }
    Ok(parts)
}

fn manifest(
    name: &str,
    request: &ImportRequest,
    spec: &SpeechVoiceSpec,
    source: &str,
    files: Map<String, Value>,
) -> Value {
    let speakers = spec.speakers.iter().enumerate();
    let speakers: Vec<Value> = speakers
        .map(|(id, name)| json!({ "name": name, "id": id }))
        .collect();
    let unknown = || format!("unknown (imported from {source})");
    let hop = match spec.streaming {
        Streaming::Exact { hop, .. } => hop,
        // It gives whole segments.
        Streaming::PerSegment { .. } => 1,
    };
    json!({
        "format": 1,
        "kind": VoiceKindName::Speech.to_string(),
        "name": name,
        "description": format!("{}, imported.", spec.kind),
        "rate": spec.rate.hz(),
        "hop": hop,
        "speakers": speakers,
        "files": files,
        "licence": request.licence.clone().unwrap_or_else(unknown),
        "consent": request.consent.clone().unwrap_or_else(unknown),
        "parameters": {
            "contract": spec.kind,
            "languages": spec.languages,
            "emotions": spec.emotions,
            "streaming": spec.streaming.to_string(),
        },
    })
}
