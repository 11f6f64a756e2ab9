//! Why an import ended without a voice.

use std::path::{Path, PathBuf};

use crate::error::{ConvertError, LoadError, ManifestError};
use crate::speech::SpeechError;
use crate::svc::retrieval::RetrievalError;

/// Why an import ended without a voice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {reason}", path = path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, with expected and found.
        reason: String,
    },
    /// A graph is damaged or refers to other files.
    #[error(transparent)]
    Graph(LoadError),
    /// A graph has none of the contracts.
    #[error("{path}: expected {expected}, found {found}", path = path.display())]
    Unrecognised {
        /// The file.
        path: PathBuf,
        /// What would have been taken.
        expected: String,
        /// What it is, and which contract comes closest.
        found: String,
    },
    /// A checkpoint of PyTorch instead of a graph.
    #[error(
        "{path}: a PyTorch checkpoint, expected an ONNX export; `cargo xtask export-pth FILE --out voice.onnx` makes \
         one", path = path.display()
    )]
    Checkpoint {
        /// The file.
        path: PathBuf,
    },
    /// There is no synthesizer in what was given.
    #[error(
        "{asked}: expected a synthesizer (.onnx of So-VITS-SVC or RVC), or a folder or zip with one, found {found}"
    )]
    NoSynthesizer {
        /// What was given.
        asked: String,
        /// What there is instead.
        found: String,
    },
    /// Something that the voice needs is not among the files.
    #[error("{what} is missing; give {flag}")]
    Missing {
        /// What, and what was looked at.
        what: String,
        /// The flag that supplies it.
        flag: &'static str,
    },
    /// More than one file could be meant.
    #[error("expected one {what}, found {found}; {advice}")]
    Several {
        /// What.
        what: &'static str,
        /// The files.
        found: String,
        /// What to do.
        advice: &'static str,
    },
    /// The encoder does not give what the synthesizer takes.
    #[error(
        "{encoder}: expected content of {expected} values per frame, as {synthesizer} takes, found {found}; give \
         another with --encoder", encoder = encoder.display(), synthesizer = synthesizer.display()
    )]
    Width {
        /// The encoder.
        encoder: PathBuf,
        /// The synthesizer.
        synthesizer: PathBuf,
        /// The width that it takes.
        expected: usize,
        /// The widths that the encoder gives.
        found: String,
    },
    /// A value that was given is none that a voice can have.
    #[error("{name}: expected {expected}, found {found}")]
    Value {
        /// The flag.
        name: &'static str,
        /// What is possible.
        expected: String,
        /// What was given.
        found: String,
    },
    /// An index or file of centres was refused.
    #[error(transparent)]
    Retrieval(#[from] RetrievalError),
    /// There is a voice of that name.
    #[error("{path}: exists; give another --name, or --replace", path = path.display())]
    Exists {
        /// Where it is.
        path: PathBuf,
    },
    /// The files are no voice that speaks, or it does not run here.
    #[error(transparent)]
    Speech(Box<SpeechError>),
    /// What was written is no voice.
    #[error("the imported voice was refused and removed: {0}")]
    Refused(#[from] ManifestError),
    /// The imported voice does not run here.
    #[error("the imported voice does not run here and was removed: {0}")]
    Proof(#[from] ConvertError),
    /// The imported voice runs, and does not give what is due.
    #[error("the imported voice was removed: expected {expected} of audio, found {found}")]
    Spoke {
        /// What was due.
        expected: String,
        /// What it gave.
        found: String,
    },
    /// The user stopped it.
    #[error("stopped")]
    Stopped,
}

impl From<SpeechError> for ImportError {
    fn from(error: SpeechError) -> ImportError {
        ImportError::Speech(Box::new(error))
    }
}

impl ImportError {
    /// An error about a file.
    pub(super) fn file(path: impl Into<PathBuf>, reason: impl ToString) -> ImportError {
        ImportError::File {
            path: path.into(),
            reason: reason.to_string(),
        }
    }

    /// An error about weights without a network.
    pub(super) fn checkpoint(path: &Path) -> ImportError {
        if path
            .extension()
            .is_some_and(|ending| ending == "safetensors")
        {
            return ImportError::Unrecognised {
                path: path.to_owned(),
                expected: "an ONNX export".to_owned(),
                found:
                    "weights without a network (safetensors); export the voice with its own program"
                        .to_owned(),
            };
        }
        ImportError::Checkpoint {
            path: path.to_owned(),
        }
    }

    /// This error, with the file in the place of the role in the bundle where a graph cannot be loaded.
    pub(super) fn by_file(self, file_of: impl Fn(&str) -> Option<PathBuf>) -> ImportError {
        let ImportError::Proof(ConvertError::Load(LoadError::Graph {
            model,
            backend,
            reason,
        })) = self
        else {
            return self;
        };
        let file = file_of(&model).map(|file| file.display().to_string());
        ImportError::Graph(LoadError::Graph {
            model: file.unwrap_or(model),
            backend,
            reason,
        })
    }

    /// This error, and another one where both say what is missing: all of it is asked for at once.
    pub(super) fn and(self, other: ImportError) -> ImportError {
        match (self, other) {
            (
                ImportError::Missing { what, flag },
                ImportError::Missing {
                    what: more,
                    flag: last,
                },
            ) => ImportError::Missing {
                what: format!("{what} is missing; give {flag}. And {more}"),
                flag: last,
            },
            (first, _) => first,
        }
    }
}
