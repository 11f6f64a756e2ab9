//! The latency, and what it consists of.

use egui::{Grid, Response, Ui};

use crate::Readings;

/// Shows the latency; pointed at, its parts.
pub fn show(ui: &mut Ui, readings: &Readings) -> Response {
    let Some(samples) = readings.latency_samples else {
        return ui
            .label("latency: not running")
            .on_hover_text("The host has not activated the plugin");
    };
    let text = format!("latency {:.1} ms ({samples} samples)", readings.latency_ms);
    ui.label(text).on_hover_ui(|ui| {
        Grid::new("latency parts").num_columns(3).show(ui, |ui| {
            for part in &readings.latency_parts {
                ui.label(&part.name);
                ui.label(format!("{:.1} ms", part.ms));
                ui.label(&part.note);
                ui.end_row();
            }
        });
    })
}
