//! Syrinx as a VST3 and CLAP plugin: parameters, state and editor around the engine.
//!
//! ```text
//! host ── VoicePlugin ─┬─ VoiceParameters ── Settings per block ─┐
//!                      ├─ Triggers (button, notes, bars) ── Cue ─┤
//!                      ├─ Engine (main thread) ───────────────── AudioPath (audio thread)
//!                      └─ WindowEditor ── Panel ── Board (ParameterBoard)
//! ```
//!
//! The widgets in [`editor`] know `egui` and the [`editor::Board`] trait alone, so another program can show them.
#![deny(unsafe_code)]

pub mod editor;
mod export;
pub mod formats;
mod panic_guard;
pub mod parameters;
mod plugin;
mod runtime_library;
pub mod state;
pub mod triggers;
pub mod typed_choice;

pub use panic_guard::PanicGuard;
pub use parameters::VoiceParameters;
pub use plugin::VoicePlugin;
pub use runtime_library::{find_in, runtime_library};
