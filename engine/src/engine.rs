//! The control side.

use std::sync::Arc;

use syrinx_models::Quality;

use crate::{Activation, AudioPath, EngineLatency, Status, VoiceLibrary, VoiceSlots};

/// The control side.
#[derive(Debug, Default)]
pub struct Engine {
    voices: Arc<VoiceSlots>,
    status: Arc<Status>,
}

impl Engine {
    /// An engine.
    pub fn new() -> Engine {
        Engine::default()
    }

    /// An engine with a library of its own.
    pub fn with_library(_library: Arc<VoiceLibrary>) -> Engine {
        Engine::default()
    }

    /// The voices.
    pub fn voices(&self) -> &Arc<VoiceSlots> {
        &self.voices
    }

    /// The status.
    pub fn status(&self) -> &Arc<Status> {
        &self.status
    }

    /// Starts.
    pub fn activate(&mut self, _activation: &Activation) -> AudioPath {
        AudioPath::default()
    }

    /// Stops.
    pub fn deactivate(&mut self) {}

    /// What activation would report.
    pub fn latency_for(
        &self,
        _rate: f64,
        _max_block: usize,
        _quality: Quality,
        _voice: u32,
    ) -> EngineLatency {
        EngineLatency::default()
    }
}
