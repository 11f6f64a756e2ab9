//! What MIDI notes do in a mode that speaks, as a host's parameter.

use nice_plug::prelude::Enum;

/// What MIDI notes do in a mode that speaks; the ids are for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum NoteChoice {
    /// Note [`crate::triggers::FIRST_NOTE`] starts line 1, the next one line 2, and so on.
    #[id = "lines"]
    #[name = "Choose the line"]
    Lines,
    /// Every note starts the chosen line and is sung.
    #[id = "pitch"]
    #[name = "Sing the line"]
    Pitch,
    /// Nothing.
    #[id = "off"]
    #[name = "Nothing"]
    Off,
}
