//! How busy the model thread is.

use egui::{ProgressBar, Response, Ui};

use crate::{Readings, theme};

/// Above this, an ordinary disturbance of the system is enough for an underrun.
const WORRYING: f32 = 0.8;

/// Shows how busy the model thread is.
pub fn show(ui: &mut Ui, readings: &Readings) -> Response {
    let bar = ProgressBar::new(readings.load.clamp(0.0, 1.0))
        .desired_width(120.0)
        .text(format!("load {:.0} %", 100.0 * readings.load));
    let bar = match readings.load > WORRYING {
        true => bar.fill(theme::ALARM),
        false => bar.fill(theme::ACCENT_GROUND),
    };
    ui.add(bar).on_hover_text(format!(
        "The time that a chunk takes over the time that it may take; at most {:.0} % so far",
        100.0 * readings.peak_load
    ))
}
