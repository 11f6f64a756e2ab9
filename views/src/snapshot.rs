//! Where everything stands.

use crate::{Board, Control, Form, Line};

/// Where all controls stand that are a matter of sound, and the lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    positions: Vec<(Control, f32)>,
    lines: Vec<Line>,
}

/// Whether a control belongs to a sound: the bypass compares sounds, and a button is only held.
pub fn is_sound(control: Control) -> bool {
    control != Control::Bypass && control.form() != Form::Button
}

impl Snapshot {
    /// Where everything on `board` stands.
    pub fn of(board: &dyn Board) -> Snapshot {
        let sound = Control::ALL
            .iter()
            .copied()
            .filter(|&control| is_sound(control) && board.has(control));
        Snapshot {
            positions: sound
                .map(|control| (control, board.position(control)))
                .collect(),
            lines: board.lines(),
        }
    }

    /// Puts everything there; what stands there already is left alone.
    pub fn put(&self, board: &dyn Board) {
        for &(control, position) in &self.positions {
            if board.position(control) != position {
                board.change(control, position);
            }
        }
        if board.lines() != self.lines {
            board.set_lines(self.lines.clone());
        }
    }
}
