//! The version of a saved state.

use std::sync::atomic::{AtomicU32, Ordering};

use nice_plug::params::persist::PersistentField;

use super::VERSION;

/// The version of the state that was opened last; always saved as [`VERSION`].
#[derive(Debug)]
pub struct StateVersion {
    opened: AtomicU32,
}

impl StateVersion {
    /// What a user should know: a newer state may have held more than this version knows.
    pub fn notice(&self) -> Option<String> {
        let opened = self.opened.load(Ordering::Relaxed);
        (opened > VERSION).then(|| {
            format!(
                "this project was saved by a newer Syrinx (state {opened}, known up to {VERSION}): what this one \
                 does not know is lost when it is saved"
            )
        })
    }
}

impl Default for StateVersion {
    fn default() -> Self {
        StateVersion {
            opened: AtomicU32::new(VERSION),
        }
    }
}

impl PersistentField<'_, u32> for StateVersion {
    fn set(&self, version: u32) {
        self.opened.store(version, Ordering::Relaxed);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&u32) -> R,
    {
        f(&VERSION)
    }
}
