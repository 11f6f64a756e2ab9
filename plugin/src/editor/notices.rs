//! What a user should know, where it is seen.

use egui::{Frame, RichText, Ui};

use super::Readings;

/// Shows the notices; takes no room without any.
pub fn show(ui: &mut Ui, readings: &Readings) {
    for notice in &readings.notices {
        Frame::group(ui.style()).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(notice).color(ui.visuals().warn_fg_color));
        });
    }
}
