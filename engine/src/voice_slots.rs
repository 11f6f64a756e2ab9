//! Numbers the voices that an instance knows.

use std::path::Path;

use syrinx_models::ManifestError;

use crate::VoiceIdentity;

/// Which voices an instance knows, by slot; slot 0 is the default voice.
#[derive(Debug, Default)]
pub struct VoiceSlots {}

impl VoiceSlots {
    /// Most voices.
    pub const COUNT: usize = 64;

    /// The voices, by slot.
    pub fn identities(&self) -> Vec<VoiceIdentity> {
        Vec::new()
    }

    /// Takes slots from a saved state.
    pub fn restore(&self, _identities: Vec<VoiceIdentity>) {}

    /// Reads the voice folder.
    pub fn refresh(&self) {}

    /// Gives a voice a slot.
    ///
    /// # Errors
    /// If it is no voice.
    pub fn add(&self, _path: &Path) -> Result<u32, ManifestError> {
        Ok(0)
    }

    /// The name of a voice.
    pub fn name(&self, _slot: u32) -> Option<String> {
        None
    }

    /// The speakers of a voice.
    pub fn speakers(&self, _slot: u32) -> Vec<(u32, String)> {
        Vec::new()
    }

    /// The slot of a voice.
    pub fn find(&self, _name: &str) -> Option<u32> {
        None
    }
}
