//! Where the pitch is led, as a host's parameter.

use nice_plug::prelude::Enum;

/// Where the pitch is led, as [`syrinx_dsp::PitchTarget`] names it; the ids are for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TargetChoice {
    /// Nowhere.
    #[id = "free"]
    #[name = "Free"]
    Free,
    /// To the notes of the scale.
    #[id = "scale"]
    #[name = "Scale"]
    Scale,
    /// To the note that is held on a keyboard.
    #[id = "midi"]
    #[name = "MIDI"]
    Midi,
    /// To one note.
    #[id = "monotone"]
    #[name = "Monotone"]
    Monotone,
}
