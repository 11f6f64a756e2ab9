//! The window of a live session: the views of the plugin's editor, around the settings of a session.

mod knob;
mod link;
mod live_board;
mod view;
mod wishes;

pub(crate) use link::{Told, WindowLink};
pub(crate) use view::open;
