//! The engine and what else outlives the devices around it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syrinx_engine::{Engine, Status, VoiceSlots};

use crate::counts::Counts;

/// The engine and what else outlives the devices around it: voices, counts, what is muted. Cheap to clone.
///
/// # Real-time safety
/// None; the callback has an [`crate::AudioSide`].
#[derive(Clone)]
pub struct LiveEngine {
    engine: Arc<Mutex<Engine>>,
    status: Arc<Status>,
    voices: Arc<VoiceSlots>,
    counts: Arc<Counts>,
}

impl From<Engine> for LiveEngine {
    fn from(engine: Engine) -> LiveEngine {
        LiveEngine {
            status: Arc::clone(engine.status()),
            voices: Arc::clone(engine.voices()),
            engine: Arc::new(Mutex::new(engine)),
            counts: Arc::default(),
        }
    }
}

impl LiveEngine {
    /// The engine, for as long as the guard lives.
    pub(crate) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the engine tells.
    pub fn status(&self) -> &Arc<Status> {
        &self.status
    }

    /// The voices that it knows.
    pub fn voices(&self) -> &Arc<VoiceSlots> {
        &self.voices
    }

    /// What the callbacks tell and are told.
    pub fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }
}
