//! Why a command failed: which file or thing, and what was wrong with it.

use std::path::{Path, PathBuf};

use syrinx_models::speech::SpeechError;
use syrinx_models::{ConvertError, LoadError, ManifestError};

use crate::audio::{DecodeError, EncodeError};
use crate::output::complain;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// A recording could not be read.
    #[error("{path}: {source}", path = path.display())]
    Decode {
        /// The recording.
        path: PathBuf,
        /// What is wrong.
        source: DecodeError,
    },
    /// An output could not be written.
    #[error("{path}: {source}", path = path.display())]
    Encode {
        /// The output.
        path: PathBuf,
        /// What is wrong.
        source: EncodeError,
    },
    /// A conversion failed.
    #[error("{path}: {source}", path = path.display())]
    Convert {
        /// The recording.
        path: PathBuf,
        /// What is wrong.
        source: Box<ConvertError>,
    },
    /// A voice was refused; the message names its file.
    #[error("voice {voice}: {source}")]
    Bundle {
        /// The voice as asked for.
        voice: String,
        /// What is wrong.
        source: Box<ManifestError>,
    },
    /// A voice could not be loaded.
    #[error("voice {voice}: {source}")]
    Load {
        /// The voice as asked for.
        voice: String,
        /// What is wrong.
        source: Box<LoadError>,
    },
    /// A speaking voice was refused, or could not be loaded.
    #[error("voice {voice}: {source}")]
    Speech {
        /// The voice as asked for.
        voice: String,
        /// What is wrong.
        source: Box<SpeechError>,
    },
    /// No voice has this name.
    #[error("voice {name}: not found (expected {expected}, found none of these)")]
    NoVoice {
        /// As asked for.
        name: String,
        /// What there is.
        expected: String,
    },
    /// The backend cannot serve.
    #[error(transparent)]
    Runtime(Box<LoadError>),
    /// Anything else, with its subject.
    #[error("{subject}: {message}")]
    Other {
        /// A file, folder or thing.
        subject: String,
        /// What is wrong, with expected and found.
        message: String,
    },
    /// The user stopped it.
    #[error("stopped")]
    Stopped,
}

impl CliError {
    /// An error about `subject` that has no variant of its own.
    pub fn other(subject: impl ToString, message: impl ToString) -> CliError {
        CliError::Other {
            subject: subject.to_string(),
            message: message.to_string(),
        }
    }

    /// An error of a voice's files; `voice` as asked for.
    pub fn bundle(voice: &str) -> impl Fn(ManifestError) -> CliError + '_ {
        |source| CliError::Bundle {
            voice: voice.to_owned(),
            source: Box::new(source),
        }
    }

    /// An error of loading a voice; `voice` as asked for.
    pub fn load(voice: &str) -> impl Fn(LoadError) -> CliError + '_ {
        |source| CliError::Load {
            voice: voice.to_owned(),
            source: Box::new(source),
        }
    }

    /// An error of finding or loading a speaking voice; `voice` as asked for.
    pub fn speech(voice: &str) -> impl Fn(SpeechError) -> CliError + '_ {
        |source| CliError::Speech {
            voice: voice.to_owned(),
            source: Box::new(source),
        }
    }

    /// An error of the backends.
    pub fn runtime(source: LoadError) -> CliError {
        CliError::Runtime(Box::new(source))
    }

    /// An error of a recording.
    pub fn decode(path: &Path) -> impl Fn(DecodeError) -> CliError + '_ {
        |source| CliError::Decode {
            path: path.to_owned(),
            source,
        }
    }

    /// An error of an output.
    pub fn encode(path: &Path) -> impl Fn(EncodeError) -> CliError + '_ {
        |source| CliError::Encode {
            path: path.to_owned(),
            source,
        }
    }

    /// Prints it as one line on standard error.
    pub fn tell(&self) {
        complain(self);
    }
}
