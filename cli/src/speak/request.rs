//! What one speech is to be, as the command line or a row of a table says.

use syrinx_models::speech::SpeechSettings;
use syrinx_models::speech::text::Language;

use super::text_file::read_text;
use crate::args::SpeakArgs;
use crate::error::CliError;

/// What one speech is to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    /// What the script is called in messages.
    pub(super) name: String,
    /// The script.
    pub(super) text: String,
    /// The voice as asked for.
    pub(super) voice: String,
    /// The language that is asked for.
    pub(super) language: Option<Language>,
    /// The settings.
    pub(super) settings: SpeechSettings,
    /// What decides everything random.
    pub(super) seed: u64,
}

impl Request {
    /// As the command line says, for one script.
    ///
    /// # Errors
    /// If its file cannot be read, or is no text.
    pub(super) fn of(arguments: &SpeakArgs) -> Result<Request, CliError> {
        let (name, text) = match (&arguments.text, &arguments.file) {
            (Some(text), _) => ("the text".to_owned(), text.clone()),
            (None, Some(file)) => (file.display().to_string(), read_text(file)?),
            (None, None) => {
                return Err(CliError::other(
                    "the script",
                    "expected TEXT or --file, found neither",
                ));
            }
        };
        Ok(Request {
            name,
            text,
            ..Request::without_text(arguments)
        })
    }

    /// All that the command line says beside the script.
    pub(super) fn without_text(arguments: &SpeakArgs) -> Request {
        Request {
            name: String::new(),
            text: String::new(),
            voice: arguments.voice.clone(),
            language: arguments.language.map(Language::from),
            settings: arguments.settings(),
            seed: arguments.seed,
        }
    }
}
