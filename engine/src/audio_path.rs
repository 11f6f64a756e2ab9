//! The audio side.

use crate::{EngineLatency, Settings};

/// The audio side.
#[derive(Debug, Default)]
pub struct AudioPath {
    latency: EngineLatency,
}

impl AudioPath {
    /// Processes a block in place.
    pub fn process(&mut self, _channels: &mut [&mut [f32]], _settings: &Settings) {}

    /// Forgets the past.
    pub fn reset(&mut self) {}

    /// What is reported.
    pub fn latency(&self) -> &EngineLatency {
        &self.latency
    }
}
