//! All that a panel is connected to.

use crate::{Board, Presets, Voices};

/// All that a panel is connected to.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// What is turned and read.
    pub board: &'a dyn Board,
    /// The voices.
    pub voices: &'a dyn Voices,
    /// The presets.
    pub presets: &'a dyn Presets,
}
