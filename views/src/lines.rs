//! The list of lines that can be spoken.

use egui::{DragValue, TextEdit, Ui};

use crate::{Board, Line};

/// Width of the field for a bar, in points: four digits and a fraction.
const BAR_WIDTH: f32 = 64.0;
/// Width of the button that takes a line away.
const BUTTON_WIDTH: f32 = 24.0;
/// The last bar that can be typed: hours of music.
const LAST_BAR: f64 = 99_999.0;

/// Shows all lines with their bars, to be edited, and lets people add and take away some.
pub fn show(ui: &mut Ui, board: &dyn Board) {
    let before = board.lines();
    let mut lines = before.clone();
    let mut removed = None;
    for (number, line) in lines.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            ui.label(format!("{:2}", number + 1))
                .on_hover_text("The number of the line, as notes and the list above count");
            bar(ui, line);
            let width = ui.available_width() - BUTTON_WIDTH - 2.0 * ui.spacing().item_spacing.x;
            let field = ui.add(
                TextEdit::singleline(&mut line.text)
                    .id_salt(("line", number))
                    .hint_text("text or SSML")
                    .desired_width(width),
            );
            let label = format!("Text of line {}", number + 1);
            ui.ctx()
                .accesskit_node_builder(field.id, |node| node.set_label(label));
            if ui
                .button("-")
                .on_hover_text("Takes the line away")
                .clicked()
            {
                removed = Some(number);
            }
        });
    }
    if let Some(number) = removed {
        lines.remove(number);
    }
    if lines.len() < board.most_lines() && ui.button("Add a line").clicked() {
        lines.push(Line::default());
    }
    if lines != before {
        board.set_lines(lines);
    }
}

/// The bar of a line; 0 is none.
fn bar(ui: &mut Ui, line: &mut Line) {
    let mut value = line.bar.unwrap_or(0.0);
    let field = DragValue::new(&mut value)
        .range(0.0..=LAST_BAR)
        .speed(0.05)
        .max_decimals(3)
        .custom_formatter(|bar, _| match bar < 1.0 {
            true => "no bar".to_owned(),
            false => format!("bar {}", (bar * 1e3).round() / 1e3),
        })
        .custom_parser(|text| {
            let number = text.trim().trim_start_matches("bar").trim();
            number.replace(',', ".").parse().ok()
        });
    let response = ui
        .add_sized([BAR_WIDTH, ui.spacing().interact_size.y], field)
        .on_hover_text("The bar at which the host's transport starts the line; 0 is none");
    if response.changed() {
        line.bar = (value >= 1.0).then_some(value);
    }
}
