//! A switch.

use egui::{Button, Response, Ui};

use crate::hint::explain;
use crate::{Board, Control};

/// Shows a switch that says whether it is on; its name stands beside it.
pub fn show(ui: &mut Ui, board: &dyn Board, control: Control) -> Response {
    let position = board.position(control);
    switch(ui, board, control, &board.text(control, position))
}

/// Shows a switch that bears its name.
pub fn show_named(ui: &mut Ui, board: &dyn Board, control: Control) -> Response {
    switch(ui, board, control, &board.name(control))
}

fn switch(ui: &mut Ui, board: &dyn Board, control: Control, text: &str) -> Response {
    let on = board.position(control) >= 0.5;
    // A rim, or what is off would look like a word.
    let button = Button::selectable(on, text).frame_when_inactive(true);
    let response = ui.add(button);
    if response.clicked() {
        board.change(control, if on { 0.0 } else { 1.0 });
    }
    explain(response, board, control)
}
