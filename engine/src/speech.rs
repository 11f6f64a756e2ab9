//! Speech in the path of the voice: lines that are spoken at a cue, on the sample.
//!
//! ```text
//! AudioPath ── Cue, tied to a sample ──> ModelWorker ─ SpeechInsert ── Order ──> Narrator (a thread of its own)
//!                                                          └──<── Narration (samples) ──┘
//! ```
//!
//! The narrator speaks ahead of what is heard. Where its samples are not there in time, the worker does not go on:
//! that is an underrun in real time, and a moment's patience in a bounce, so both hear the same samples at the same
//! place.

mod cue;
mod insert;
mod line_speaker;
mod lines;
mod mode;
mod narration;
mod narrator;
mod orders;
#[cfg(test)]
mod tests;

pub use cue::{Cue, CueAt, SpeechControls};
pub(crate) use insert::{SpeechInsert, SpeechParts};
pub use lines::{SpeechLine, SpeechLines};
pub use mode::SpeechMode;
pub(crate) use narrator::Narrator;
