//! The speaking voices of one run of the command: found when first asked for, loaded when first needed, and kept.

use std::collections::HashMap;
use std::path::Path;

use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::speech::{FoundVoice, SpeechSettings, TtsPipeline, read_speech_folder};
use syrinx_models::{Backend, Device, Runtime};

use super::request::Request;
use crate::error::CliError;
use crate::output::note;
use crate::report::VoiceIdentity;
use crate::voices::find::{self, DEFAULT_VOICE};

/// The speaking voices of one run of the command.
pub(super) struct SpeakingVoices {
    backend: Option<Backend>,
    device: Device,
    runtime: Option<Runtime>,
    known: HashMap<String, Known>,
    /// Those that wait to be loaded. Their bytes go when they are.
    waiting: HashMap<String, FoundVoice>,
    loaded: HashMap<String, TtsPipeline>,
}

/// What is known of a voice before it is loaded.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) identity: VoiceIdentity,
    /// The codes of its languages, its own first.
    pub(super) languages: Vec<String>,
}

impl SpeakingVoices {
    /// Of this backend, or the best that there is, on this device.
    pub(super) fn new(backend: Option<Backend>, device: Device) -> SpeakingVoices {
        SpeakingVoices {
            backend,
            device,
            runtime: None,
            known: HashMap::new(),
            waiting: HashMap::new(),
            loaded: HashMap::new(),
        }
    }

    /// The voice that `asked` names: "default", an installed one, a folder or zip of one, or a folder with the files of a
    /// public voice.
    ///
    /// # Errors
    /// If there is none, it is refused, or it converts recordings.
    pub(super) fn find(&mut self, asked: &str) -> Result<Known, CliError> {
        if let Some(known) = self.known.get(asked) {
            return Ok(known.clone());
        }
        let found = find(asked)?;
        let known = Known {
            identity: VoiceIdentity {
                name: found.name().to_owned(),
                sha256: found.hash().to_owned(),
            },
            languages: found.languages().to_vec(),
        };
        self.known.insert(asked.to_owned(), known.clone());
        self.waiting.insert(asked.to_owned(), found);
        Ok(known)
    }

    /// The voice of `request`, loaded and set.
    ///
    /// # Errors
    /// If it cannot be loaded, backend or device cannot serve, or it does not have what is asked for.
    pub(super) fn pipeline(&mut self, request: &Request) -> Result<&mut TtsPipeline, CliError> {
        let asked = &request.voice;
        if !self.loaded.contains_key(asked) {
            let found = match self.waiting.remove(asked) {
                Some(found) => found,
                None => find(asked)?,
            };
            let device = self.device;
            let voice = found.load(self.runtime()?, device);
            let voice = voice.map_err(CliError::speech(asked))?;
            if let Some(notice) = voice.spec().notice() {
                note(notice);
            }
            // What the voice has is asked below, where it is a matter of the request.
            let pipeline = TtsPipeline::new(voice, SpeechSettings::default(), request.seed);
            let pipeline = pipeline.map_err(CliError::speech(asked))?;
            self.loaded.insert(asked.clone(), pipeline);
        }
        let pipeline = self.loaded.get_mut(asked).ok_or(CliError::Stopped)?;
        let subject = || format!("voice {asked}");
        pipeline
            .set(request.settings.clone(), request.seed)
            .map_err(|error| CliError::other(subject(), error))?;
        Ok(pipeline)
    }

    fn runtime(&mut self) -> Result<&Runtime, CliError> {
        if self.runtime.is_none() {
            let runtime = Runtime::new(RuntimeConfig {
                backend: self.backend,
                ..RuntimeConfig::default()
            });
            self.runtime = Some(runtime.map_err(CliError::runtime)?);
        }
        self.runtime.as_ref().ok_or(CliError::Stopped)
    }
}

fn find(asked: &str) -> Result<FoundVoice, CliError> {
    if asked == DEFAULT_VOICE {
        return FoundVoice::built_in().map_err(CliError::speech(asked));
    }
    let folder = Path::new(asked);
    let is_installed = find::installed()
        .iter()
        .any(|path| find::name_of(path) == asked);
    if is_installed || !folder.is_dir() || folder.join("voice.json").is_file() {
        return FoundVoice::of_bundle(find::open(asked)?).map_err(CliError::speech(asked));
    }
    // The files of a public voice as they are.
    let files = read_speech_folder(folder).map_err(CliError::speech(asked))?;
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    FoundVoice::of_files(&name.to_string_lossy(), files.files).map_err(CliError::speech(asked))
}
