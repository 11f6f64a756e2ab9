//! What is always seen below: levels, latency, load and what runs the networks.

use egui::Ui;

use crate::{Board, Meter, Readings, counts, latency_label, load_bar};

/// Shows levels, latency, load, gaps, backend and priority.
pub fn show(ui: &mut Ui, board: &dyn Board, readings: &Readings, input: &Meter, output: &Meter) {
    let gate = Some("Gate").zip(readings.gate);
    input.show(ui, "In", gate);
    output.show(ui, "Out", None);
    ui.add_space(2.0);
    ui.horizontal_wrapped(|ui| {
        latency_label::show(ui, readings);
        ui.separator();
        load_bar::show(ui, readings);
        ui.separator();
        counts::show(ui, board, readings);
        ui.separator();
        ui.weak(&readings.backend)
            .on_hover_text("What runs the networks");
        ui.separator();
        ui.weak(&readings.priority).on_hover_text(
            "With a real-time priority the model thread is not held up by other programs; without one, a higher \
             quality setting is safer",
        );
    });
}
