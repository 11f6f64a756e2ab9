//! What people see of Syrinx: meters, pitch, voices and controls, drawn with egui in any window.
//!
//! ```text
//!                      ┌ Board: parameters of a plugin, or those of another program
//! a window ─ Panel ─ Desk ─ Voices: which there are, and how others come
//!                      └ Presets: where they lie
//! ```
//!
//! Views know `egui` and the traits of [`Desk`] alone: no host, no engine, no device.
#![forbid(unsafe_code)]

mod board;
mod browser;
mod choice;
mod control;
mod controls;
mod counts;
mod desk;
mod factory_presets;
mod footer;
pub mod formats;
mod hint;
mod history;
pub mod interval_names;
mod latency_label;
mod line;
mod lines;
mod load_bar;
mod meter;
mod momentary;
mod note;
pub mod note_names;
mod notices;
mod page;
mod panel;
mod pitch_frame;
mod pitch_view;
mod preset;
mod preset_bar;
mod presets;
mod readings;
mod recorder;
mod scale_choice;
mod sides;
mod slider;
mod snapshot;
pub mod theme;
mod toggle;
pub mod typed_choice;
mod voices;

pub use board::{Board, Choice};
pub use browser::Browser;
pub use control::{Control, Form, Section};
pub use desk::Desk;
pub use factory_presets::factory_presets;
pub use history::History;
pub use line::Line;
pub use meter::Meter;
pub use page::Page;
pub use panel::Panel;
pub use pitch_frame::PitchFrame;
pub use pitch_view::PitchView;
pub use preset::Preset;
pub use preset_bar::PresetBar;
pub use presets::Presets;
pub use readings::{LatencyPart, Readings};
pub use recorder::Recorder;
pub use sides::Sides;
pub use snapshot::Snapshot;
pub use voices::{ImportNews, VoiceCard, VoiceEntry, Voices};
