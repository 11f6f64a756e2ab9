//! A button that is on for as long as it is held.

use egui::{Key, Response, Ui};

use crate::hint::explain;
use crate::{Board, Control};

/// Shows a button with its name, which is on for as long as the pointer or a key holds it.
pub fn show(ui: &mut Ui, board: &dyn Board, control: Control) -> Response {
    let response = ui.button(board.name(control));
    let by_key = response.has_focus()
        && ui.input(|input| input.key_down(Key::Space) || input.key_down(Key::Enter));
    let is_held = response.is_pointer_button_down_on() || by_key;
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
    explain(response, board, control)
}
