//! Syrinx as a VST3 and CLAP plugin: parameters, state and editor around the engine.
//!
//! ```text
//! host ── VoicePlugin ─┬─ VoiceParameters ── Settings per block ─┐
//!                      ├─ SungParts (notes, wheel) ── its parts ─┤
//!                      ├─ Triggers (button, notes, bars) ── Cue ─┤
//!                      ├─ Engine (main thread) ───────────────── AudioPath (audio thread)
//!                      └─ WindowEditor ── Panel ── Board (ParameterBoard)
//! ```
//!
//! The widgets are those of `syrinx-views`, which know `egui` and the [`editor::Board`] trait alone, so another program
//! can show them.
#![deny(unsafe_code)]

pub mod editor;
mod export;
pub mod held_notes;
pub mod host_presets;
mod panic_guard;
pub mod parameters;
mod plugin;
mod runtime_library;
pub mod state;
pub mod sung_parts;
pub mod triggers;

use syrinx_views::{formats, interval_names, note_names, typed_choice};

pub use panic_guard::PanicGuard;
pub use parameters::VoiceParameters;
pub use plugin::VoicePlugin;
pub use runtime_library::runtime_library;
