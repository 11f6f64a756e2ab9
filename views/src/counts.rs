//! How often sound was missing or lost.

use egui::{RichText, Ui};

use crate::{Board, Readings};

/// Shows the counts, and a button that sets them to 0.
pub fn show(ui: &mut Ui, board: &dyn Board, readings: &Readings) {
    let text = format!(
        "underruns {}   overruns {}",
        readings.underruns, readings.overruns
    );
    let text = match readings.underruns + readings.overruns {
        0 => RichText::new(text),
        _ => RichText::new(text).color(ui.visuals().warn_fg_color),
    };
    ui.label(text).on_hover_text(format!(
        "Underruns: converted sound was missing when it was due ({} samples in all). Overruns: the model fell so far \
         behind that input was lost. A higher quality setting, with more latency, helps against both",
        readings.missing_samples
    ));
    if ui
        .small_button("reset")
        .on_hover_text("Sets the counts and the peak load to 0")
        .clicked()
    {
        board.reset_counts();
    }
}
