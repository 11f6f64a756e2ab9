//! Says which voice is meant, wherever it lies.

use serde::{Deserialize, Serialize};
use syrinx_models::VoiceBundle;

/// Which voice is meant, wherever it lies: a path would not survive another machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VoiceIdentity {
    /// Its name, for people and as a second choice where the hash is not found.
    pub name: String,
    /// The SHA-256 of its manifest, which covers its files.
    pub sha256: String,
}

impl VoiceIdentity {
    /// The identity of a bundle.
    pub fn of(bundle: &VoiceBundle) -> VoiceIdentity {
        VoiceIdentity {
            name: bundle.manifest().name.clone(),
            sha256: bundle.hash().to_owned(),
        }
    }
}
