//! The editor's window, and the widgets in it.

mod board;
mod choice;
mod control;
mod counts;
mod editor_parts;
mod latency_label;
mod line;
mod lines;
mod load_bar;
mod meter;
mod momentary;
mod notices;
mod panel;
mod parameter_board;
mod readings;
mod reported;
mod slider;
mod toggle;
mod window;
mod window_editor;

pub use board::{Board, Choice};
pub use control::Control;
pub use editor_parts::EditorParts;
pub use line::Line;
pub use meter::Meter;
pub use panel::Panel;
pub use parameter_board::ParameterBoard;
pub use readings::{LatencyPart, Readings};
pub use reported::{Report, Reported};
pub use window_editor::WindowEditor;
