//! Saves the lines that an instance speaks.

use std::sync::Arc;

use nice_plug::params::persist::PersistentField;
use syrinx_engine::{SpeechLine, SpeechLines};

/// Saves the lines that an instance speaks, each with the bar at which it begins.
#[derive(Debug)]
pub struct SavedLines(pub Arc<SpeechLines>);

impl PersistentField<'_, Vec<SpeechLine>> for SavedLines {
    fn set(&self, lines: Vec<SpeechLine>) {
        self.0.replace(lines);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&Vec<SpeechLine>) -> R,
    {
        f(&self.0.all())
    }
}
