//! The lexicon of one run of the command, and what tells it from others.

use std::path::Path;

use syrinx_models::speech::text::{FrontEnd, Language, Lexicon};

use super::report::sha256_of_text;
use super::text_file::read_text;
use crate::error::CliError;

/// A user's lexicon; of nothing, where none was given.
#[derive(Clone, Debug, Default)]
pub(super) struct UserLexicon {
    lexicon: Option<Lexicon>,
    /// SHA-256 of its file.
    pub(super) sha256: Option<String>,
}

impl UserLexicon {
    /// Reads the one at `path`, if any.
    ///
    /// # Errors
    /// If it cannot be read, or a line is none of a lexicon.
    pub(super) fn read(path: Option<&Path>) -> Result<UserLexicon, CliError> {
        let Some(path) = path else {
            return Ok(UserLexicon::default());
        };
        let text = read_text(path)?;
        let lexicon = Lexicon::parse(&text);
        Ok(UserLexicon {
            lexicon: Some(lexicon.map_err(|error| CliError::other(path.display(), error))?),
            sha256: Some(sha256_of_text(&text)),
        })
    }

    /// A front-end that knows it.
    pub(super) fn front_end(&self, language: Language) -> FrontEnd {
        let front_end = FrontEnd::new(language);
        match &self.lexicon {
            Some(lexicon) => front_end.with_lexicon(lexicon.clone()),
            None => front_end,
        }
    }
}
