//! Finds a voice by name or path, with the command's own errors.

use syrinx_models::VoiceBundle;
use syrinx_models::bundle::VoiceKindName;
use syrinx_models::voices::{self, FindError};

pub use syrinx_models::voices::{DEFAULT_SPEECH, DEFAULT_VOICE, installed, name_of, voice_folder};

use crate::error::CliError;

/// What voices do that speak text.
pub const SPEAKS: &str = "speaks";

/// What voices do that convert recordings.
pub const CONVERTS: &str = "converts";

/// What a voice of this kind does.
pub fn what_it_does(kind: VoiceKindName) -> &'static str {
    match kind.speaks() {
        true => SPEAKS,
        false => CONVERTS,
    }
}

/// Opens the voice that `asked` names: "default", an installed voice, or a folder or zip.
///
/// # Errors
/// If there is none of that name, or it is refused.
pub fn open(asked: &str) -> Result<VoiceBundle, CliError> {
    voices::open(asked).map_err(|error| match error {
        FindError::NoVoice { name, expected } => CliError::NoVoice { name, expected },
        FindError::Refused { name, source } => CliError::bundle(&name)(*source),
        other => CliError::other(format!("voice {asked}"), other),
    })
}
