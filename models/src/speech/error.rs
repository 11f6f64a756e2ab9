//! Why a speech ended early, or did not begin.

use syrinx_text::TextError;

use crate::error::{LoadError, RunError};
use crate::graph::GraphError;

/// Why a speech ended early, or did not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpeechError {
    /// The script or the lexicon cannot be used.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The voice or one of its networks cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A network is built in a way that cannot be used.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A network failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file beside a network is not as its format says.
    #[error("{file}: expected {expected}, found {found}")]
    File {
        /// Which file, with its line where it has lines.
        file: String,
        /// What the format says.
        expected: String,
        /// What there is.
        found: String,
    },
    /// The voice has no symbol for a sound.
    #[error("the voice has no symbol for {symbol:?}, which {word:?} needs; it has {known}")]
    Symbol {
        /// The sound.
        symbol: String,
        /// The word that it stands in.
        word: String,
        /// The symbols that there are, or as many as fit a line.
        known: String,
    },
    /// A setting is out of its range, or the voice does not have it.
    #[error("{name}: expected {expected}, found {found}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What the voice takes.
        expected: String,
        /// What was asked for.
        found: String,
    },
}

impl SpeechError {
    /// `Ok` while `value` lies in `low..=high`; otherwise the error that names the setting.
    pub(crate) fn check_range(
        name: &'static str,
        value: f32,
        low: f32,
        high: f32,
    ) -> Result<(), SpeechError> {
        if (low..=high).contains(&value) {
            return Ok(());
        }
        Err(SpeechError::Setting {
            name,
            expected: format!("{low} to {high}"),
            found: value.to_string(),
        })
    }
}
