//! A button that is on for as long as it is held.

use egui::{Response, Ui};

use super::{Board, Control};

/// Shows a button with its name, which is on for as long as it is held.
pub fn show(ui: &mut Ui, board: &dyn Board, control: Control) -> Response {
    let response = ui.button(board.name(control));
    let is_held = response.is_pointer_button_down_on();
    // What an automation holds is not let go here.
    let was_held = ui.data_mut(|data| {
        let held = data.get_temp_mut_or_default::<bool>(response.id);
        std::mem::replace(held, is_held)
    });
    match (was_held, is_held) {
        (false, true) => {
            board.begin(control);
            board.set(control, 1.0);
        }
        (true, false) => {
            board.set(control, 0.0);
            board.end(control);
        }
        _ => {}
    }
    response.on_hover_text(control.hint())
}
