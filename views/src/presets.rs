//! Where presets lie.

use crate::Preset;

/// Where presets lie. None of these waits for a disk.
pub trait Presets {
    /// Rises whenever what [`Presets::all`] gives has changed.
    fn version(&self) -> u64;
    /// The presets of the user, by name.
    fn all(&self) -> Vec<Preset>;
    /// Keeps one; another of the same name goes.
    fn save(&self, preset: Preset);
    /// Removes the one of this name.
    fn remove(&self, name: &str);
    /// Why the last of these failed, in words; once.
    fn take_problem(&self) -> Option<String>;
}
