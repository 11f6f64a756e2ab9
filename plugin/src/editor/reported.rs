//! What the plugin was activated with last, for the editor.

use std::sync::Arc;

use parking_lot::Mutex;
use syrinx_engine::{EngineLatency, Quality};

/// What the plugin was activated with.
#[derive(Clone, Debug)]
pub struct Report {
    /// The latency that the host was told.
    pub latency: EngineLatency,
    /// The quality that it follows from.
    pub quality: Quality,
    /// Whether a denoiser is part of it.
    pub denoises: bool,
    /// Whether a limiter is part of it.
    pub limits: bool,
}

/// What the plugin was activated with last; shared by all clones.
///
/// # Real-time safety
/// None: it locks.
#[derive(Clone, Debug, Default)]
pub struct Reported(Arc<Mutex<Option<Report>>>);

impl Reported {
    /// The plugin was activated.
    pub fn set(&self, report: Report) {
        *self.0.lock() = Some(report);
    }

    /// The plugin was deactivated.
    pub fn clear(&self) {
        *self.0.lock() = None;
    }

    /// It; `None` while nothing runs.
    pub fn get(&self) -> Option<Report> {
        self.0.lock().clone()
    }
}
