//! The voices and presets behind a window: folders that are read and watched, and imports, all on other threads.
//!
//! ```text
//! Panel ─ Desk ─┬ VoiceShelf ──┬─ Errands (a thread): cards, folders
//!               └ PresetShelf ─┘
//! ```
//!
//! It knows voices and views, and neither a host nor a device: plugin and live program have the same.
#![forbid(unsafe_code)]

mod errands;
mod folder_watch;
mod preset_file;
mod preset_shelf;
mod voice_import;
mod voice_shelf;

pub use errands::Errands;
pub use preset_file::{PresetError, read, write};
pub use preset_shelf::{PresetShelf, preset_folder};
pub use voice_import::{BroughtIn, bring_in};
pub use voice_shelf::{ShelfConfig, VoiceShelf};
