//! What an editor shares with its plugin.

use std::sync::Arc;

use syrinx_engine::{Status, VoiceSlots};

use super::Reported;
use crate::VoiceParameters;

/// What an editor shares with its plugin.
#[derive(Clone)]
pub struct EditorParts {
    /// What it changes.
    pub parameters: Arc<VoiceParameters>,
    /// The voices to choose from.
    pub voices: Arc<VoiceSlots>,
    /// What the engine tells.
    pub status: Arc<Status>,
    /// What the plugin was activated with.
    pub reported: Reported,
}
