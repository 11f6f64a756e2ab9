//! A board that notes what is changed through it.

use std::cell::RefCell;

use crate::{Board, Choice, Control, Form, History, Line, PitchFrame, Readings};

/// A board that notes what is changed through it. Buttons are not noted: what was said is said.
pub struct Recorder<'a> {
    board: &'a dyn Board,
    history: RefCell<&'a mut History>,
}

impl<'a> Recorder<'a> {
    /// Passes everything on to `board`, and notes it in `history`.
    pub fn new(board: &'a dyn Board, history: &'a mut History) -> Recorder<'a> {
        let history = RefCell::new(history);
        Recorder { board, history }
    }

    /// Makes one step of all that `work` changes.
    pub fn as_one<T>(&self, work: impl FnOnce(&dyn Board) -> T) -> T {
        self.history.borrow_mut().begin_group();
        let result = work(self);
        self.history.borrow_mut().end_group();
        result
    }
}

impl Board for Recorder<'_> {
    fn has(&self, control: Control) -> bool {
        self.board.has(control)
    }

    fn name(&self, control: Control) -> String {
        self.board.name(control)
    }

    fn position(&self, control: Control) -> f32 {
        self.board.position(control)
    }

    fn default_position(&self, control: Control) -> f32 {
        self.board.default_position(control)
    }

    fn step(&self, control: Control) -> f32 {
        self.board.step(control)
    }

    fn snap(&self, control: Control, position: f32) -> f32 {
        self.board.snap(control, position)
    }

    fn text(&self, control: Control, position: f32) -> String {
        self.board.text(control, position)
    }

    fn lasting_text(&self, control: Control, position: f32) -> String {
        self.board.lasting_text(control, position)
    }

    fn parse(&self, control: Control, text: &str) -> Option<f32> {
        self.board.parse(control, text)
    }

    fn choices(&self, control: Control) -> Vec<Choice> {
        self.board.choices(control)
    }

    fn begin(&self, control: Control) {
        if control.form() != Form::Button {
            let position = self.board.position(control);
            self.history.borrow_mut().begin(control, position);
        }
        self.board.begin(control);
    }

    fn set(&self, control: Control, position: f32) {
        // A host may take its time to put it there; where it will stand is known.
        let position_then = self.board.snap(control, position);
        self.history.borrow_mut().set(control, position_then);
        self.board.set(control, position);
    }

    fn end(&self, control: Control) {
        self.board.end(control);
        self.history.borrow_mut().end(control);
    }

    fn readings(&self) -> Readings {
        self.board.readings()
    }

    fn pitch(&self, from: u64, frames: &mut Vec<PitchFrame>) -> u64 {
        self.board.pitch(from, frames)
    }

    fn scale(&self) -> Option<u16> {
        self.board.scale()
    }

    fn reset_counts(&self) {
        self.board.reset_counts();
    }

    fn lines(&self) -> Vec<Line> {
        self.board.lines()
    }

    fn set_lines(&self, lines: Vec<Line>) {
        let from = self.board.lines();
        self.history.borrow_mut().lines(from, lines.clone());
        self.board.set_lines(lines);
    }

    fn most_lines(&self) -> usize {
        self.board.most_lines()
    }
}
