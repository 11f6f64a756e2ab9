//! Opens voices: a manifest, its networks, licence and consent, from a directory, a zip or the program itself.
//!
//! A bundle is untrusted input. No path leaves it, every size is bounded before anything is read, and every
//! file is compared with the hash in the manifest. What the networks inside may do is bounded where they are
//! loaded ([`crate::runtime`]).

mod archive;
mod default_speech;
mod default_voice;
mod manifest;
mod roles;
mod stream_error;
#[cfg(test)]
mod tests;

pub use manifest::{
    FORMAT, FileEntry, MAX_CARD_BYTES, MAX_FILE_BYTES, MAX_MANIFEST_BYTES, Manifest, Speaker,
    VoiceKindName,
};
pub use stream_error::StreamError;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::error::ManifestError;
use archive::Archive;

/// The manifest's name in every bundle.
const MANIFEST: &str = "voice.json";

/// A voice that was opened and checked, but not loaded: its networks are still bytes.
#[derive(Debug)]
pub struct VoiceBundle {
    archive: Archive,
    manifest: Manifest,
    hash: String,
}

impl VoiceBundle {
    /// Opens the voice at `path`: a directory with `voice.json` in it, a zip of such a directory, or the path of
    /// a `voice.json`.
    ///
    /// Reads the manifest and checks that every file is there in its declared size; hashes are checked when a
    /// file is read.
    ///
    /// # Errors
    /// If the manifest is missing, damaged, of a newer format, or names files that are not there, too large, or
    /// outside the bundle.
    pub fn open(path: impl AsRef<Path>) -> Result<VoiceBundle, ManifestError> {
        VoiceBundle::from_archive(Archive::open(path.as_ref())?)
    }

    /// A voice that is linked into the program; `files` are the paths of the manifest with their content.
    ///
    /// # Errors
    /// As [`VoiceBundle::open`].
    pub fn from_parts(
        manifest_json: &[u8],
        files: &[(&str, &'static [u8])],
    ) -> Result<VoiceBundle, ManifestError> {
        VoiceBundle::from_archive(Archive::parts(MANIFEST, manifest_json, files))
    }

    fn from_archive(archive: Archive) -> Result<VoiceBundle, ManifestError> {
        let text = archive.read(MANIFEST, None, MAX_MANIFEST_BYTES)?;
        let manifest = Manifest::parse(&archive.path_of(MANIFEST), &text)?;
        for entry in manifest.files.values() {
            let found = archive.size(&entry.path)?;
            if found != entry.bytes {
                let path = archive.path_of(&entry.path);
                return Err(ManifestError::Size {
                    path,
                    expected: entry.bytes,
                    found,
                });
            }
        }
        Ok(VoiceBundle {
            archive,
            manifest,
            hash: sha256(&text),
        })
    }

    /// What the voice says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The SHA-256 of the manifest's bytes, in hexadecimal. The manifest holds the hashes of all files, so this
    /// identifies the voice.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Where the bundle is: its directory or zip, or `built-in`.
    pub fn path(&self) -> &Path {
        self.archive.path()
    }

    /// The speaker that `choice` names, by name or by number; the first one for `None`.
    ///
    /// # Errors
    /// If there is no such speaker; the message lists those that there are.
    pub fn speaker(&self, choice: Option<&str>) -> Result<&Speaker, ManifestError> {
        let speakers = &self.manifest.speakers;
        let Some(choice) = choice else {
            return Ok(&speakers[0]);
        };
        let by_name = speakers.iter().find(|speaker| speaker.name == choice);
        let by_number = || {
            let number: u32 = choice.parse().ok()?;
            speakers.iter().find(|speaker| speaker.id == number)
        };
        by_name
            .or_else(by_number)
            .ok_or_else(|| ManifestError::Speaker {
                path: self.path().to_owned(),
                known: manifest::list(
                    speakers
                        .iter()
                        .map(|speaker| format!("{} ({})", speaker.name, speaker.id)),
                ),
                found: choice.to_owned(),
            })
    }

    /// Whether there is a file for `role`.
    pub fn has(&self, role: &str) -> bool {
        self.manifest.files.contains_key(role)
    }

    /// The content of the file for `role`, read now and compared with its hash.
    ///
    /// # Errors
    /// If there is no such role, or the file is not the one that the manifest names.
    pub fn file(&self, role: &str) -> Result<Arc<[u8]>, ManifestError> {
        let entry = self.entry(role)?;
        let content = self
            .archive
            .read(&entry.path, Some(entry.bytes), MAX_FILE_BYTES)?;
        let found = sha256(&content);
        if found != entry.sha256 {
            let path = self.archive.path_of(&entry.path);
            return Err(ManifestError::Hash {
                path,
                expected: entry.sha256.clone(),
                found,
            });
        }
        Ok(content)
    }

    /// The SHA-256 that the manifest names for the file of `role`, in hexadecimal.
    ///
    /// # Errors
    /// If there is no such role.
    pub fn file_hash(&self, role: &str) -> Result<&str, ManifestError> {
        Ok(&self.entry(role)?.sha256)
    }

    /// Reads every file and compares it with its hash.
    ///
    /// # Errors
    /// As [`VoiceBundle::file`], for the first file that is not as it should be.
    pub fn verify(&self) -> Result<(), ManifestError> {
        self.manifest
            .files
            .keys()
            .try_for_each(|role| self.file(role).map(|_| ()))
    }

    /// The model card, Markdown text, if the voice has one.
    ///
    /// # Errors
    /// As [`VoiceBundle::file`], and if it is not UTF-8.
    pub fn card(&self) -> Result<Option<String>, ManifestError> {
        let Some(role) = &self.manifest.card else {
            return Ok(None);
        };
        let content = self.file(role)?;
        let entry = self.entry(role)?;
        std::str::from_utf8(&content)
            .map(|text| Some(text.to_owned()))
            .map_err(|error| ManifestError::Malformed {
                path: self.archive.path_of(&entry.path),
                reason: format!("expected UTF-8 text: {error}"),
            })
    }

    /// The settings that only this kind of voice has, as the pipeline's own type.
    ///
    /// # Errors
    /// If they are not what `T` asks for; the message says where.
    pub fn parameters<T: DeserializeOwned>(&self) -> Result<T, ManifestError> {
        T::deserialize(&self.manifest.parameters)
            .map_err(|error| self.malformed("parameters", &error))
    }

    /// An error about the manifest's `field`, for pipelines that find a value out of range.
    pub fn malformed(&self, field: &str, reason: &dyn std::fmt::Display) -> ManifestError {
        ManifestError::Malformed {
            path: self.archive.path_of(MANIFEST),
            reason: format!("{field}: {reason}"),
        }
    }

    fn entry(&self, role: &str) -> Result<&FileEntry, ManifestError> {
        self.manifest
            .files
            .get(role)
            .ok_or_else(|| ManifestError::Role {
                path: self.archive.path_of(MANIFEST),
                role: role.to_owned(),
                known: manifest::list(self.manifest.files.keys().cloned()),
            })
    }
}

/// The path of a bundle that is linked into the program.
fn built_in() -> PathBuf {
    PathBuf::from("built-in")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
