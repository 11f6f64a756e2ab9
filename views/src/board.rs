//! What a panel is connected to.

use crate::{Control, Line, PitchFrame, Readings};

/// One entry of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Where it lies, 0 to 1.
    pub position: f32,
    /// What it is called.
    pub text: String,
}

/// What a panel is connected to: parameters of a plugin, or those of another program. Positions are 0 to 1 over a
/// control's range.
pub trait Board {
    /// Whether it has a control at all; what it has not is not shown, saved or compared.
    fn has(&self, control: Control) -> bool {
        // A plugin has all of them.
        let _ = control;
        true
    }
    /// What a control is called.
    fn name(&self, control: Control) -> String;
    /// Where it stands.
    fn position(&self, control: Control) -> f32;
    /// Where it stands by default.
    fn default_position(&self, control: Control) -> f32;
    /// How far its smallest step is.
    fn step(&self, control: Control) -> f32;
    /// The nearest position that it can stand at.
    fn snap(&self, control: Control, position: f32) -> f32;
    /// What a position means, with its unit.
    fn text(&self, control: Control, position: f32) -> String;
    /// The same for a file: what is understood wherever the file is read.
    fn lasting_text(&self, control: Control, position: f32) -> String {
        self.text(control, position)
    }
    /// The position that a text means; `None` if it means none.
    fn parse(&self, control: Control, text: &str) -> Option<f32>;
    /// The entries of a list.
    fn choices(&self, control: Control) -> Vec<Choice>;
    /// A change begins.
    fn begin(&self, control: Control);
    /// Moves a control, between [`Board::begin`] and [`Board::end`]; it snaps to the nearest step.
    fn set(&self, control: Control, position: f32);
    /// A change has ended.
    fn end(&self, control: Control);
    /// What is going on. Peaks are those since the last call.
    fn readings(&self) -> Readings;
    /// Appends the frames of pitch from number `from` on, as far as they are kept; returns the number of the next one.
    fn pitch(&self, from: u64, frames: &mut Vec<PitchFrame>) -> u64;
    /// The notes that the pitch is led to, a bit for each of the twelve from C on; `None` where it is free.
    fn scale(&self) -> Option<u16>;
    /// Sets all counts to 0.
    fn reset_counts(&self);
    /// The lines that can be spoken.
    fn lines(&self) -> Vec<Line>;
    /// Puts others in their place.
    fn set_lines(&self, lines: Vec<Line>);
    /// How many there may be.
    fn most_lines(&self) -> usize;

    /// A whole change.
    fn change(&self, control: Control, position: f32) {
        self.begin(control);
        self.set(control, position);
        self.end(control);
    }
}
