//! Writes the files of a voice and its manifest.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::error::ImportError;
use super::plan::{Content, Plan};
use super::prepare::Prepared;
use super::request::{ImportObserver, ImportRequest};
use super::source::ending;
use crate::bundle::MAX_FILE_BYTES;

/// Bytes that are copied and hashed at once.
const PIECE: usize = 1 << 20;

/// Writes every file and, last, the manifest.
pub(super) fn write(
    folder: &Path,
    plan: &Plan,
    prepared: &Prepared,
    request: &ImportRequest,
    observer: &mut dyn ImportObserver,
) -> Result<(), ImportError> {
    let mut files = Map::new();
    for (role, content) in &prepared.files {
        let path = format!("{role}.onnx");
        let entry = copy(&mut content.as_slice(), folder, &path, observer)?;
        files.insert((*role).to_owned(), entry);
    }
    for (role, content) in &plan.files {
        let entry = match content {
            Content::Made(ending, bytes) => {
                let path = format!("{role}.{ending}");
                copy(&mut bytes.as_slice(), folder, &path, observer)?
            }
            Content::File(source) => {
                let path = format!("{role}.{}", ending(&source.path));
                let refuse = |error: std::io::Error| ImportError::file(&source.shown, error);
                let mut file = File::open(&source.path).map_err(refuse)?;
                let size = file.metadata().map(|found| found.len()).ok();
                observer.stage(&format!("hashing {}", source.name()), size);
                copy(&mut file, folder, &path, observer)?
            }
        };
        files.insert((*role).to_owned(), entry);
    }
    write_manifest(
        folder,
        &manifest(plan, prepared, request, &Value::Object(files)),
    )
}

/// Adds a value to the manifest in `folder`.
pub(super) fn add(folder: &Path, key: &str, value: Value) -> Result<(), ImportError> {
    let path = folder.join("voice.json");
    let refuse = |error: &dyn std::fmt::Display| ImportError::file(&path, error.to_string());
    let text = fs::read(&path).map_err(|error| refuse(&error))?;
    let mut manifest: Map<String, Value> =
        serde_json::from_slice(&text).map_err(|error| refuse(&error))?;
    manifest.insert(key.to_owned(), value);
    write_manifest(folder, &Value::Object(manifest))
}

fn manifest(plan: &Plan, prepared: &Prepared, request: &ImportRequest, files: &Value) -> Value {
    let speakers = plan.speakers.iter();
    let speakers: Vec<Value> = speakers
        .map(|(name, id)| json!({ "name": name, "id": id }))
        .collect();
    let unknown = || format!("unknown (imported from {})", plan.synthesizer.name());
    let mut parameters = prepared.parameters.clone();
    if let Some(unvoiced) = request.unvoiced {
        parameters.insert("unvoiced".to_owned(), json!(unvoiced));
    }
    json!({
        "format": 1,
        "kind": plan.kind.to_string(),
        "name": plan.name,
        "description": format!("{}, imported.", plan.dialect),
        "rate": plan.rate,
        "hop": prepared.hop,
        "speakers": speakers,
        "files": files,
        "licence": request.licence.clone().unwrap_or_else(unknown),
        "consent": request.consent.clone().unwrap_or_else(unknown),
        "parameters": parameters,
    })
}

pub(super) fn write_manifest(folder: &Path, manifest: &Value) -> Result<(), ImportError> {
    let path = folder.join("voice.json");
    let text = format!("{manifest:#}\n");
    fs::write(&path, text).map_err(|error| ImportError::file(&path, error))
}

/// Copies and hashes; gives the manifest's entry.
pub(super) fn copy(
    source: &mut dyn Read,
    folder: &Path,
    name: &str,
    observer: &mut dyn ImportObserver,
) -> Result<Value, ImportError> {
    let target = folder.join(name);
    let refuse = |error: std::io::Error| ImportError::file(&target, error);
    let mut file = File::create_new(&target).map_err(refuse)?;
    let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0u64, vec![0; PIECE]);
    loop {
        if observer.cancelled() {
            return Err(ImportError::Stopped);
        }
        let count = source.read(&mut piece).map_err(refuse)?;
        if count == 0 {
            break;
        }
        hash.update(&piece[..count]);
        file.write_all(&piece[..count]).map_err(refuse)?;
        bytes += count as u64;
        observer.progress(bytes);
        if bytes > MAX_FILE_BYTES {
            let reason = format!("expected at most {MAX_FILE_BYTES} bytes, found more");
            return Err(ImportError::file(&target, reason));
        }
    }
    file.sync_all().map_err(refuse)?;
    let digest = hash.finalize();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(json!({ "path": name, "sha256": digest, "bytes": bytes }))
}
