//! Finds voices and loads each once for all who use it.

/// Finds voices and loads each once for all who use it.
#[derive(Debug, Default)]
pub struct VoiceLibrary {}
