//! A switch.

use egui::{Response, Ui};

use super::{Board, Control};

/// Shows a switch with its name.
pub fn show(ui: &mut Ui, board: &dyn Board, control: Control) -> Response {
    let mut on = board.position(control) >= 0.5;
    let response = ui.toggle_value(&mut on, board.name(control));
    if response.changed() {
        board.change(control, if on { 1.0 } else { 0.0 });
    }
    response.on_hover_text(control.hint())
}
