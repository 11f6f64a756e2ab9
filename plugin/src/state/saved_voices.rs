//! Saves which voices an instance knows.

use std::sync::Arc;

use nice_plug::params::persist::PersistentField;
use syrinx_engine::{VoiceIdentity, VoiceSlots};

/// Saves which voices an instance knows, by slot: the voice's parameter is the number of one.
#[derive(Debug)]
pub struct SavedVoices(pub Arc<VoiceSlots>);

impl PersistentField<'_, Vec<VoiceIdentity>> for SavedVoices {
    fn set(&self, identities: Vec<VoiceIdentity>) {
        self.0.restore(identities);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&Vec<VoiceIdentity>) -> R,
    {
        f(&self.0.identities())
    }
}
