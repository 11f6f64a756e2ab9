//! Opens the voice that is to speak.

use std::path::Path;

use sha2::{Digest, Sha256};
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::speech::source_filter::SourceFilterSpeech;
use syrinx_models::speech::{SpeechFile, SpeechVoice, load_speech, recognise_speech};
use syrinx_models::{Runtime, VoiceBundle};

use crate::args::SpeakArgs;
use crate::error::CliError;
use crate::report::VoiceIdentity;

/// The largest file of a voice: networks of public voices have up to 400 MB.
const LARGEST_FILE: u64 = 4 << 30;

/// A loaded voice with its name and hash.
pub(super) struct SpeakingVoice {
    pub(super) voice: Box<dyn SpeechVoice>,
    pub(super) identity: VoiceIdentity,
}

impl SpeakingVoice {
    /// Opens and loads the voice that the command line names.
    ///
    /// # Errors
    /// If there is none, it is refused, or device or backend cannot serve.
    pub(super) fn open(arguments: &SpeakArgs) -> Result<SpeakingVoice, CliError> {
        let runtime = Runtime::new(RuntimeConfig {
            backend: arguments.backend,
            ..RuntimeConfig::default()
        });
        let runtime = runtime.map_err(CliError::runtime)?;
        match arguments.voice.as_str() {
            "default" => own(&runtime, arguments),
            folder => public(Path::new(folder), &runtime, arguments),
        }
    }
}

/// The voice that comes with the program.
fn own(runtime: &Runtime, arguments: &SpeakArgs) -> Result<SpeakingVoice, CliError> {
    let asked = &arguments.voice;
    let bundle = VoiceBundle::default_speech().map_err(CliError::bundle(asked))?;
    let voice = SourceFilterSpeech::load(runtime, &bundle, arguments.device);
    Ok(SpeakingVoice {
        voice: Box::new(voice.map_err(CliError::load(asked))?),
        identity: VoiceIdentity {
            name: bundle.manifest().name.clone(),
            sha256: bundle.hash().to_owned(),
        },
    })
}

/// A public voice, whose files lie in a folder.
fn public(
    folder: &Path,
    runtime: &Runtime,
    arguments: &SpeakArgs,
) -> Result<SpeakingVoice, CliError> {
    let subject = || format!("voice {}", folder.display());
    let files = files(folder)?;
    let contract = recognise_speech(&files).map_err(|error| CliError::other(subject(), error))?;
    let voice = load_speech(&contract, runtime, arguments.device);
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    let mut hash = Sha256::new();
    for file in &files {
        hash.update(Sha256::digest(&file.bytes));
    }
    let digest = hash.finalize();
    Ok(SpeakingVoice {
        voice: voice.map_err(|error| CliError::other(subject(), error))?,
        identity: VoiceIdentity {
            name: name.to_string_lossy().into_owned(),
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        },
    })
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Result<Vec<SpeechFile>, CliError> {
    let refuse = |error: std::io::Error| CliError::other(folder.display(), error);
    if !folder.is_dir() {
        return Err(CliError::NoVoice {
            name: folder.display().to_string(),
            expected: "default, or a folder with a voice's files".to_owned(),
        });
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refuse)? {
        let path = entry.map_err(refuse)?.path();
        let ending = path
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        // Descriptions for people; everything else must be a part of the voice.
        let is_text = matches!(ending.as_deref(), Some("md" | "html"));
        let named = path.file_name().is_some_and(|name| {
            let name = name.to_string_lossy().to_uppercase();
            name.starts_with("LICENSE") || name.starts_with("MODEL_CARD") || name.starts_with('.')
        });
        if path.is_file() && !is_text && !named {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let size = std::fs::metadata(path).map_err(refuse)?.len();
        if size > LARGEST_FILE {
            return Err(CliError::other(
                path.display(),
                format!("expected at most {LARGEST_FILE} bytes, found {size}"),
            ));
        }
        let bytes = std::fs::read(path).map_err(|error| CliError::other(path.display(), error))?;
        Ok(SpeechFile {
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            bytes: bytes.into(),
        })
    };
    paths.iter().map(read).collect()
}
