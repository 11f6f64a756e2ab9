//! Tells what a control does, in what range, when people point at it.

use egui::Response;

use crate::{Board, Control, Form};

/// Lets `response` tell of `control`; the words are made only when they are shown. What the keyboard reaches is brought
/// into sight.
pub fn explain(response: Response, board: &dyn Board, control: Control) -> Response {
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    response.on_hover_ui(|ui| {
        ui.label(control.hint());
        if control.form() == Form::Slider {
            let text = |position| board.text(control, position);
            ui.weak(format!(
                "{} to {}; {} by a double click",
                text(0.0),
                text(1.0),
                text(board.default_position(control))
            ));
        }
    })
}
