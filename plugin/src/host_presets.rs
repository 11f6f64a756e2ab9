//! Presets where hosts look for them.
//!
//! The format of presets in files is VST3's; CLAP has one that hosts must be told of by a factory, which the framework
//! lacks. Hosts list what lies in the folder of the plugin: ours, and the user's, as soon as an editor was open.

mod host_shelf;
mod program_state;
mod quiet_host;
mod saved;
mod vst3_preset;

pub use host_shelf::{HostShelf, host_preset_folder};
pub use program_state::program_state;
pub use quiet_host::QuietHost;
pub(crate) use saved::Saved;
pub use vst3_preset::vst3_preset;
