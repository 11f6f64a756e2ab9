//! A speaking voice that was found and recognised, whatever its form, but not loaded: its networks are still bytes.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::contract::{SpeechContract, SpeechFile, load_speech, recognise_speech};
use super::error::SpeechError;
use super::sambert::SambertVoice;
use super::source_filter::SourceFilterSpeech;
use super::voice::SpeechVoice;
use crate::bundle::{FileEntry, VoiceBundle, VoiceKindName};
use crate::error::LoadError;
use crate::runtime::{Device, Runtime};
use syrinx_text::Language;

/// A speaking voice that was found and recognised, but not loaded.
#[derive(Clone, Debug)]
pub struct FoundVoice {
    name: String,
    hash: String,
    languages: Vec<String>,
    form: Form,
}

/// What it is made of.
#[derive(Clone, Debug)]
enum Form {
    SourceFilter(Arc<VoiceBundle>),
    Network(Arc<SpeechContract>),
    Sambert(SpeechFile, Vec<SpeechFile>),
}

impl FoundVoice {
    /// The voice that comes with the program.
    ///
    /// # Errors
    /// If the program is damaged.
    pub fn built_in() -> Result<FoundVoice, SpeechError> {
        FoundVoice::of_bundle(VoiceBundle::default_speech().map_err(LoadError::from)?)
    }

    /// The voice in a bundle: the files that belong to it are read, and compared with their hashes.
    ///
    /// # Errors
    /// If it converts recordings, or a file is damaged or does not fit the others.
    pub fn of_bundle(bundle: VoiceBundle) -> Result<FoundVoice, SpeechError> {
        let manifest = bundle.manifest();
        let (name, hash) = (manifest.name.clone(), bundle.hash().to_owned());
        let (languages, form) = match manifest.kind {
            VoiceKindName::SourceFilterSpeech => (
                vec![Language::English.code().to_owned()],
                Form::SourceFilter(Arc::new(bundle)),
            ),
            VoiceKindName::Speech => recognise(files_of(&bundle)?)?,
            kind => {
                return Err(SpeechError::Load(LoadError::Unsupported(format!(
                    "expected a voice that speaks text, found one of the kind {kind}, which converts recordings"
                ))));
            }
        };
        Ok(FoundVoice {
            name,
            hash,
            languages,
            form,
        })
    }

    /// The voice that these files are, whatever they are called. Its hash is that of the hashes of the files.
    ///
    /// # Errors
    /// If they are none that speaks, one is missing, or there is one too many.
    pub fn of_files(name: &str, files: Vec<SpeechFile>) -> Result<FoundVoice, SpeechError> {
        let mut hash = Sha256::new();
        for file in &files {
            hash.update(Sha256::digest(&file.bytes));
        }
        let digest = hash.finalize();
        let (languages, form) = recognise(files)?;
        Ok(FoundVoice {
            name: name.to_owned(),
            hash: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            languages,
            form,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells it from every other voice: a SHA-256, in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The codes of the languages that it speaks, its own first.
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// What kind of voice it is, for cards and messages: "piper".
    pub fn kind(&self) -> &'static str {
        match &self.form {
            Form::SourceFilter(_) => "source-filter",
            Form::Network(contract) => contract.kind.name(),
            Form::Sambert(..) => SambertVoice::KIND,
        }
    }

    /// Loads it, and speaks a few symbols with it.
    ///
    /// # Errors
    /// If its files do not fit each other, or device or backend cannot serve.
    pub fn load(
        &self,
        runtime: &Runtime,
        device: Device,
    ) -> Result<Box<dyn SpeechVoice>, SpeechError> {
        Ok(match &self.form {
            Form::SourceFilter(bundle) => {
                Box::new(SourceFilterSpeech::load(runtime, bundle, device)?)
            }
            Form::Network(contract) => load_speech(contract, runtime, device)?,
            Form::Sambert(manifest, files) => {
                Box::new(SambertVoice::load(manifest, files, runtime, device)?)
            }
        })
    }
}

/// The files of a bundle, the card aside.
fn files_of(bundle: &VoiceBundle) -> Result<Vec<SpeechFile>, SpeechError> {
    let manifest = bundle.manifest();
    let parts = manifest
        .files
        .iter()
        .filter(|(role, _)| manifest.card.as_ref() != Some(*role));
    let file = |(role, entry): (&String, &FileEntry)| {
        Ok(SpeechFile {
            name: entry.path.clone(),
            bytes: bundle.file(role).map_err(LoadError::from)?,
        })
    };
    parts.map(file).collect()
}

/// What the files are, and the languages that they state.
fn recognise(mut files: Vec<SpeechFile>) -> Result<(Vec<String>, Form), SpeechError> {
    if let Some(place) = files.iter().position(SambertVoice::is_manifest) {
        let manifest = files.remove(place);
        let languages = SambertVoice::languages(&manifest)?;
        return Ok((languages, Form::Sambert(manifest, files)));
    }
    let contract = recognise_speech(&files)?;
    Ok((contract.languages(), Form::Network(Arc::new(contract))))
}
