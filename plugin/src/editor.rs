//! The editor's window: the views of `syrinx-views`, connected to the plugin's parameters, the engine's status, and the
//! folders of voices and presets.

mod editor_memory;
mod editor_parts;
mod parameter_board;
mod pulse;
mod reported;
mod window;
mod window_editor;

pub use editor_memory::EditorMemory;
pub use editor_parts::EditorParts;
pub use parameter_board::ParameterBoard;
pub use pulse::Pulse;
pub use reported::{Report, Reported};
pub use syrinx_views::{
    Board, Choice, Control, Desk, Form, LatencyPart, Line, Meter, Page, Panel, Preset, Presets,
    Readings, Section, VoiceEntry, Voices,
};
pub use window_editor::WindowEditor;
