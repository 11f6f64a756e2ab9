//! Edits an F0 contour towards musical targets: notes of a scale, a held note, one note, and more or less vibrato.
//!
//! Pitch is counted in semitones as MIDI counts notes: 69 is A4, [`REFERENCE_HZ`]. What is edited here is F0 before a
//! generator hears it, already transposed, so no sound is shifted afterwards and nothing is added to the latency.

mod editor;
mod glide;
mod note;
mod note_chooser;
mod scale;
mod scale_interval;
mod settings;
mod vibrato_band;

pub use editor::PitchEditor;
pub use note::{Note, REFERENCE_HZ};
pub use scale::{Scale, ScaleKind};
pub use scale_interval::ScaleInterval;
pub use settings::{PitchSettings, PitchTarget};
