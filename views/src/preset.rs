//! A setting with a name.

use crate::snapshot::is_sound;
use crate::{Board, Control, Line, Section};

/// A setting with a name: what each control says, in words, so that a file can be read and written by people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preset {
    /// What it is called.
    pub name: String,
    /// Whether it comes with Syrinx; such a one has no file, and leaves alone what depends on the room and the voice.
    pub factory: bool,
    /// [`Control::id`] and what the control says.
    pub values: Vec<(String, String)>,
    /// The lines to be spoken; `None` leaves those that there are.
    pub lines: Option<Vec<Line>>,
}

impl Preset {
    /// Everything on `board` as it stands, under a name.
    pub fn of(board: &dyn Board, name: &str) -> Preset {
        let sound = Control::ALL
            .iter()
            .copied()
            .filter(|&control| is_sound(control) && board.has(control));
        let value = |control| {
            let text = board.lasting_text(control, board.position(control));
            (control.id().to_owned(), text)
        };
        Preset {
            name: name.to_owned(),
            factory: false,
            values: sound.map(value).collect(),
            lines: Some(board.lines()),
        }
    }

    /// Whether choosing it decides about a control: those that come with Syrinx decide about the character alone.
    pub fn governs(&self, control: Control) -> bool {
        is_sound(control) && (!self.factory || is_character(control))
    }

    /// Puts everything as the preset says. Returns what it says and cannot be done, in words.
    pub fn put(&self, board: &dyn Board) -> Vec<String> {
        if self.factory {
            for control in Control::ALL
                .iter()
                .copied()
                .filter(|&control| is_character(control) && board.has(control))
            {
                put(board, control, board.default_position(control));
            }
        }
        let mut problems = Vec::new();
        for (id, text) in &self.values {
            let control = Control::ALL
                .iter()
                .copied()
                .find(|control| control.id() == id);
            let Some(control) = control.filter(|&control| is_sound(control)) else {
                problems.push(format!("the preset says {id}, which is not known here"));
                continue;
            };
            if !board.has(control) {
                // A preset of the plugin says more than a live session has.
                continue;
            }
            match board.parse(control, text) {
                Some(position) => put(board, control, position),
                None => problems.push(format!(
                    "the preset says {text:?} for {}, which is not to be had here",
                    board.name(control)
                )),
            }
        }
        if let Some(lines) = &self.lines
            && *lines != board.lines()
        {
            board.set_lines(lines.clone());
        }
        problems
    }
}

/// Whether a control belongs to the character of a voice, whichever it is.
fn is_character(control: Control) -> bool {
    let kept = [Control::Voice, Control::Speaker, Control::Seed];
    let sections = [Section::Voice, Section::Pitch, Section::Harmony];
    sections.contains(&control.section()) && !kept.contains(&control)
}

fn put(board: &dyn Board, control: Control, position: f32) {
    if board.snap(control, position) != board.position(control) {
        board.change(control, position);
    }
}
