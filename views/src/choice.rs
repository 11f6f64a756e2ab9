//! A list to choose from.

use egui::{ComboBox, Response, Ui};

use crate::hint::explain;
use crate::{Board, Control};

/// Shows what is chosen; pressed, the list. It is made only while it is open.
pub fn show(ui: &mut Ui, board: &dyn Board, control: Control) -> Response {
    let current = board.position(control);
    let mut wanted = None;
    let combo = ComboBox::from_id_salt(control)
        .selected_text(board.text(control, current))
        .width(ui.available_width())
        .truncate();
    let shown = combo.show_ui(ui, |ui| {
        for choice in board.choices(control) {
            // Neighbours lie a step apart, so half a step tells them from each other.
            let selected = (choice.position - current).abs() < board.step(control) / 2.0;
            if ui.selectable_label(selected, &choice.text).clicked() && !selected {
                wanted = Some(choice.position);
            }
        }
    });
    if let Some(position) = wanted {
        board.change(control, position);
    }
    explain(shown.response, board, control)
}
