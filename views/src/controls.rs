//! The controls of a section, one below the other.

use egui::{Align, Label, Layout, Response, RichText, Ui, vec2};

use crate::{Board, Control, Form, Section, choice, momentary, slider, theme, toggle};

/// Width of the names, in points: the longest fits.
const NAME_WIDTH: f32 = 112.0;

/// Shows a section under a heading; nothing where it has no controls. `held` is the control that is being dragged.
pub fn show(
    ui: &mut Ui,
    board: &dyn Board,
    section: Section,
    heading: &str,
    held: &mut Option<Control>,
) {
    if !has_any(board, section) {
        return;
    }
    theme::section().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(theme::heading(heading));
        for control in Control::of(section).filter(|&control| board.has(control)) {
            ui.horizontal(|ui| row(ui, board, control, held));
        }
    });
}

/// Whether a board has a control of a section.
pub fn has_any(board: &dyn Board, section: Section) -> bool {
    Control::of(section).any(|control| board.has(control))
}

fn row(ui: &mut Ui, board: &dyn Board, control: Control, held: &mut Option<Control>) {
    if control.form() == Form::Button {
        // A button bears its own name.
        ui.add_space(NAME_WIDTH + ui.spacing().item_spacing.x);
        momentary::show(ui, board, control);
        return;
    }
    let name = name(ui, &board.name(control));
    let response = match control.form() {
        Form::List => choice::show(ui, board, control),
        Form::Switch => toggle::show(ui, board, control),
        Form::Slider | Form::Button => slider::show(ui, board, control, held),
    };
    response.labelled_by(name.id);
}

fn name(ui: &mut Ui, text: &str) -> Response {
    let size = vec2(NAME_WIDTH, ui.spacing().interact_size.y);
    let layout = Layout::left_to_right(Align::Center);
    let shown = ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.set_min_width(NAME_WIDTH);
        ui.add(Label::new(RichText::new(text)).truncate())
    });
    shown.inner
}
