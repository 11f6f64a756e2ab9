//! Reads script and lexicon.

use std::path::Path;

use sha2::{Digest, Sha256};
use syrinx_models::speech::text::{FrontEnd, Language, Lexicon, Script, Segments};

use crate::args::SpeakArgs;
use crate::error::CliError;

/// A script with the front-end that reads it.
pub(super) struct ScriptFile {
    /// What it is called in messages.
    pub(super) name: String,
    text: String,
    script: Script,
    front_end: FrontEnd,
}

impl ScriptFile {
    /// Reads the script that the command line names, and its lexicon.
    ///
    /// # Errors
    /// If a file cannot be read, or is no script or lexicon.
    pub(super) fn read(arguments: &SpeakArgs) -> Result<ScriptFile, CliError> {
        let (name, text) = match (&arguments.text, &arguments.file) {
            (Some(text), _) => ("the text".to_owned(), text.clone()),
            (None, Some(file)) => (file.display().to_string(), read(file)?),
            (None, None) => {
                return Err(CliError::other(
                    "the script",
                    "expected TEXT or --file, found neither",
                ));
            }
        };
        let script = Script::new(&text).map_err(|error| CliError::other(&name, error))?;
        let mut front_end = FrontEnd::new(Language::English);
        if let Some(path) = &arguments.lexicon {
            let lexicon = Lexicon::parse(&read(path)?);
            let lexicon = lexicon.map_err(|error| CliError::other(path.display(), error))?;
            front_end = front_end.with_lexicon(lexicon);
        }
        Ok(ScriptFile {
            name,
            text,
            script,
            front_end,
        })
    }

    /// Its segments, made as they are asked for.
    ///
    /// # Errors
    /// If there is nothing in it that could be spoken.
    pub(super) fn segments(&self) -> Result<Segments, CliError> {
        let segments = self.front_end.segments(&self.script);
        segments.map_err(|error| CliError::other(&self.name, error))
    }

    /// SHA-256 of the script, in hexadecimal.
    pub(super) fn sha256(&self) -> String {
        let digest = Sha256::digest(self.text.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn read(path: &Path) -> Result<String, CliError> {
    let bytes = std::fs::read(path).map_err(|error| CliError::other(path.display(), error))?;
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        CliError::other(
            path.display(),
            format!("expected text in UTF-8, found another byte at {place}"),
        )
    })
}
