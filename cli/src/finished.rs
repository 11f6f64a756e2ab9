//! Decides whether an output is already what a conversion would give.

use std::fs::File;
use std::path::Path;

use crate::audio::info_chunk;
use crate::report::{Provenance, SettingsAsked, VoiceIdentity};

/// Whether `output` is a whole file whose own provenance names this input, voice and settings.
///
/// Outputs appear in one step and their provenance is their last part, so a file that has it is whole.
pub fn is_finished(
    output: &Path,
    input_sha256: &str,
    voice: &VoiceIdentity,
    settings: &SettingsAsked,
) -> bool {
    let Ok(mut file) = File::open(output) else {
        return false;
    };
    let Ok(entries) = info_chunk::read(&mut file) else {
        return false;
    };
    Provenance::from_info(&entries).is_some_and(|found| {
        found.input_sha256 == input_sha256 && found.voice == *voice && found.settings == *settings
    })
}
