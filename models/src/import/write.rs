//! Writes a voice beside its place and moves it there in one step.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::error::ImportError;
use super::plan::Plan;
use super::prepare::Prepared;
use super::request::{ImportObserver, ImportRequest};
use crate::bundle::MAX_FILE_BYTES;

/// Bytes that are copied and hashed at once.
const PIECE: usize = 1 << 20;

/// The folder in which a voice is written before it takes its place; dropped, it is removed.
///
/// The voice lies one deeper, so that lists of voices do not see it.
pub(super) struct Staging {
    folder: tempfile::TempDir,
    target: PathBuf,
}

impl Staging {
    /// Beside where the voice called `name` will be in `out`.
    pub(super) fn new(out: &Path, name: &str, replace: bool) -> Result<Staging, ImportError> {
        let target = out.join(folder_name(name));
        if target.exists() && !replace {
            return Err(ImportError::Exists { path: target });
        }
        // Only a voice is replaced, never another folder of that name.
        if target.exists() && !target.join("voice.json").is_file() {
            return Err(ImportError::file(
                target,
                "expected a voice to replace, found something else",
            ));
        }
        fs::create_dir_all(out).map_err(|error| ImportError::file(out, error))?;
        let folder = tempfile::Builder::new()
            .prefix(".import-")
            .tempdir_in(out)
            .map_err(|error| ImportError::file(out, error))?;
        let staging = Staging { folder, target };
        fs::create_dir(staging.voice()).map_err(|error| ImportError::file(out, error))?;
        Ok(staging)
    }

    /// Where the voice is written.
    pub(super) fn voice(&self) -> PathBuf {
        self.folder.path().join("voice")
    }

    /// Moves the voice to its place; what was there before stays until then, and if it cannot be moved.
    pub(super) fn settle(self) -> Result<PathBuf, ImportError> {
        let refuse = |error: std::io::Error| ImportError::file(&self.target, error);
        let before = self.folder.path().join("before");
        let replaces = self.target.exists();
        if replaces {
            fs::rename(&self.target, &before).map_err(refuse)?;
        }
        if let Err(error) = fs::rename(self.voice(), &self.target) {
            if replaces {
                fs::rename(&before, &self.target).map_err(refuse)?;
            }
            return Err(refuse(error));
        }
        Ok(self.target)
    }
}

/// The name of a voice's folder: by it the voice is asked for, so nothing in it may look like a path.
fn folder_name(name: &str) -> String {
    let plain = |letter: char| match letter {
        '/' | '\\' | ':' | '.' | '\0' | '"' | '*' | '?' | '<' | '>' | '|' => '-',
        other => other,
    };
    name.trim().chars().map(plain).collect()
}

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
    for (role, source) in &plan.files {
        let ending = source.extension().unwrap_or_default().to_string_lossy();
        let path = format!("{role}.{}", ending.to_lowercase());
        let mut file = File::open(source).map_err(|error| ImportError::file(source, error))?;
        let size = file.metadata().map(|found| found.len()).ok();
        observer.stage(
            &format!("hashing {}", super::candidates::short(source)),
            size,
        );
        files.insert(
            (*role).to_owned(),
            copy(&mut file, folder, &path, observer)?,
        );
    }
    let speakers = plan.speakers.iter();
    let speakers: Vec<Value> = speakers
        .map(|(name, id)| json!({ "name": name, "id": id }))
        .collect();
    let unknown = || {
        let file = super::candidates::short(&plan.synthesizer);
        format!("unknown (imported from {file})")
    };
    let mut parameters = prepared.parameters.clone();
    if let Some(unvoiced) = request.unvoiced {
        parameters.insert("unvoiced".to_owned(), json!(unvoiced));
    }
    let manifest = json!({
        "format": 1,
        "kind": plan.kind.to_string(),
        "name": plan.name,
        "description": format!("{}, imported.", plan.dialect),
        "rate": plan.rate,
        "hop": plan.hop,
        "speakers": speakers,
        "files": files,
        "licence": request.licence.clone().unwrap_or_else(unknown),
        "consent": request.consent.clone().unwrap_or_else(unknown),
        "parameters": parameters,
    });
    let path = folder.join("voice.json");
    let text = format!("{manifest:#}\n");
    fs::write(&path, text).map_err(|error| ImportError::file(&path, error))
}

/// Copies and hashes; gives the manifest's entry.
fn copy(
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
