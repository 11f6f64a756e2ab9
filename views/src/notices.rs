//! What a user should know, where it is seen.

use egui::{Label, RichText, Ui};

use crate::{Readings, theme};

/// Shows the notices, and `problems` until they are put away; takes no room without any.
pub fn show(ui: &mut Ui, readings: &Readings, problems: &mut Vec<String>) {
    for notice in &readings.notices {
        line(ui, notice);
    }
    if problems.is_empty() {
        return;
    }
    ui.horizontal_top(|ui| {
        let away = ui.button("OK").clicked();
        ui.vertical(|ui| problems.iter().for_each(|problem| line(ui, problem)));
        if away {
            problems.clear();
        }
    });
}

fn line(ui: &mut Ui, text: &str) {
    theme::section().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(Label::new(RichText::new(text).color(theme::WARNING)).wrap());
    });
    ui.add_space(4.0);
}
