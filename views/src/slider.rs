//! A knob that lies down: moved with the pointer, typed into, or put back by a double click.

use egui::{Response, Slider, Ui};

use crate::hint::explain;
use crate::{Board, Control};

/// Width of the value beside a slider, in points: `voice's own` fits.
const VALUE_WIDTH: f32 = 100.0;

/// Shows a slider and its value. `held` is the control that is being dragged, of all of them: a drag is one change
/// for the host, from press to release.
pub fn show(
    ui: &mut Ui,
    board: &dyn Board,
    control: Control,
    held: &mut Option<Control>,
) -> Response {
    let current = board.position(control);
    let mut position = f64::from(current);
    ui.spacing_mut().slider_width = (ui.available_width() - VALUE_WIDTH).max(60.0);
    ui.spacing_mut().interact_size.x = VALUE_WIDTH - ui.spacing().item_spacing.x;
    let response = ui.add(
        Slider::new(&mut position, 0.0..=1.0)
            .smart_aim(false)
            .update_while_editing(false)
            .step_by(f64::from(board.step(control)))
            .custom_formatter(|position, _| board.text(control, position as f32))
            .custom_parser(|text| board.parse(control, text).map(f64::from)),
    );
    let response = explain(response, board, control);
    let wanted = match double_clicked(ui, &response) {
        true => board.default_position(control),
        false => position as f32,
    };
    if response.dragged() && held.is_none() {
        *held = Some(control);
        board.begin(control);
    }
    // The slider rounds what it is given, in its own arithmetic; that is no change.
    if board.snap(control, wanted) != board.snap(control, current) {
        match *held == Some(control) {
            true => board.set(control, wanted),
            false => board.change(control, wanted),
        }
    }
    if *held == Some(control) && !response.dragged() {
        *held = None;
        board.end(control);
    }
    response
}

/// Whether the rail was clicked twice; on the value, that selects its text.
fn double_clicked(ui: &Ui, response: &Response) -> bool {
    let button = egui::PointerButton::Primary;
    let rail = response.rect.left()..=response.rect.left() + ui.spacing().slider_width;
    response.contains_pointer()
        && ui.input(|input| {
            let place = input.pointer.interact_pos();
            input.pointer.button_double_clicked(button)
                && place.is_some_and(|place| rail.contains(&place.x))
        })
}
