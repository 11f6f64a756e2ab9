//! How large everything is.

use egui::{ComboBox, Ui};

/// The scales to choose from, per cent.
const SCALES: [u32; 5] = [100, 125, 150, 175, 200];

/// Shows the list of scales; the window keeps its contents and changes its size.
pub fn show(ui: &mut Ui) {
    let current = (100.0 * ui.ctx().zoom_factor()).round() as u32;
    let combo = ComboBox::from_id_salt("scale")
        .selected_text(format!("{current} %"))
        .width(64.0);
    let response = combo.show_ui(ui, |ui| {
        for scale in SCALES {
            let text = format!("{scale} %");
            if ui.selectable_label(scale == current, text).clicked() {
                ui.ctx().set_zoom_factor(scale as f32 / 100.0);
            }
        }
    });
    let response = response.response;
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label("Size"));
    response.on_hover_text("How large everything is");
}
