//! Everything in the window, in its place.

use std::time::Duration;

use egui::{Align, CentralPanel, Grid, Layout, ScrollArea, Ui};

use super::{
    Board, Control, Meter, Readings, choice, counts, latency_label, lines, load_bar, momentary,
    notices, slider, toggle,
};

/// Time between pictures while something moves: 30 a second look smooth on a meter.
const MOVING: Duration = Duration::from_millis(33);
/// Time between pictures while nothing does: soon enough to see that something begins.
const RESTING: Duration = Duration::from_millis(200);

/// Width of the names, in points: the longest fits.
const NAME_WIDTH: f32 = 96.0;

/// What shapes the voice, on the left.
const VOICE: [Control; 8] = [
    Control::Voice,
    Control::Speaker,
    Control::Transpose,
    Control::Fine,
    Control::Formant,
    Control::Intonation,
    Control::Strength,
    Control::Seed,
];

/// What shapes the signal, on the right.
const SIGNAL: [Control; 9] = [
    Control::InputGain,
    Control::HighPass,
    Control::Denoise,
    Control::Gate,
    Control::Loudness,
    Control::Mix,
    Control::OutputGain,
    Control::Quality,
    Control::OnUnderrun,
];

/// What is spoken, below on the left.
const SPEECH: [Control; 4] = [Control::Mode, Control::Line, Control::Notes, Control::Speak];

/// How it is spoken, below on the right.
const DELIVERY: [Control; 6] = [
    Control::SpeechRate,
    Control::SpeechPitch,
    Control::SpeechIntonation,
    Control::SpeechPauses,
    Control::SpeechEmotion,
    Control::SpeechIntensity,
];

/// Everything in the window, in its place.
#[derive(Debug, Default)]
pub struct Panel {
    input: Meter,
    output: Meter,
    held: Option<Control>,
    last: Option<f64>,
}

impl Panel {
    /// Shows everything, and asks for the next picture.
    pub fn show(&mut self, ui: &mut Ui, board: &dyn Board) {
        let readings = board.readings();
        self.update_meters(ui.input(|input| input.time), &readings);
        CentralPanel::default().show(ui, |ui| {
            ScrollArea::vertical().show(ui, |ui| {
                self.header(ui, board, &readings);
                notices::show(ui, &readings);
                ui.separator();
                ui.columns(2, |columns| {
                    self.controls(&mut columns[0], board, &VOICE);
                    self.controls(&mut columns[1], board, &SIGNAL);
                });
                ui.separator();
                ui.columns(2, |columns| {
                    self.controls(&mut columns[0], board, &SPEECH);
                    self.controls(&mut columns[1], board, &DELIVERY);
                });
                lines::show(ui, board);
                ui.separator();
                self.meters(ui);
                ui.separator();
                footer(ui, board, &readings);
            });
        });
        let moving = self.input.moves() || self.output.moves() || self.held.is_some();
        let pause = if moving { MOVING } else { RESTING };
        ui.ctx().request_repaint_after(pause);
    }

    fn update_meters(&mut self, time: f64, readings: &Readings) {
        // After a pause of the window the meters start afresh rather than fall for minutes.
        let passed = self.last.map_or(0.0, |last| (time - last).clamp(0.0, 1.0));
        self.last = Some(time);
        self.input.update(readings.input_peak, passed as f32);
        self.output.update(readings.output_peak, passed as f32);
    }

    fn header(&self, ui: &mut Ui, board: &dyn Board, readings: &Readings) {
        ui.horizontal(|ui| {
            ui.heading("Syrinx");
            ui.label(&readings.voice);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                toggle::show(ui, board, Control::Bypass);
            });
        });
    }

    fn controls(&mut self, ui: &mut Ui, board: &dyn Board, controls: &[Control]) {
        let grid = Grid::new(controls[0])
            .num_columns(2)
            .min_col_width(NAME_WIDTH);
        grid.show(ui, |ui| {
            for &control in controls {
                if control == Control::Speak {
                    // A button bears its own name.
                    ui.label("");
                    momentary::show(ui, board, control);
                    ui.end_row();
                    continue;
                }
                let name = ui.label(board.name(control));
                let response = match control {
                    Control::Voice
                    | Control::Speaker
                    | Control::Quality
                    | Control::OnUnderrun
                    | Control::Mode
                    | Control::Notes => choice::show(ui, board, control),
                    _ => slider::show(ui, board, control, &mut self.held),
                };
                response.labelled_by(name.id);
                ui.end_row();
            }
        });
    }

    fn meters(&self, ui: &mut Ui) {
        for (name, meter) in [("In", &self.input), ("Out", &self.output)] {
            ui.horizontal(|ui| {
                ui.add_sized([28.0, 14.0], egui::Label::new(name));
                meter.show(ui);
            });
        }
    }
}

fn footer(ui: &mut Ui, board: &dyn Board, readings: &Readings) {
    ui.horizontal_wrapped(|ui| {
        latency_label::show(ui, readings);
        ui.separator();
        load_bar::show(ui, readings);
        ui.separator();
        counts::show(ui, board, readings);
    });
    ui.horizontal_wrapped(|ui| {
        ui.label(&readings.backend)
            .on_hover_text("What runs the networks");
        ui.separator();
        ui.label(&readings.priority).on_hover_text(
            "With a real-time priority the model thread is not held up by other programs; without one, a higher \
             quality setting is safer",
        );
    });
}
