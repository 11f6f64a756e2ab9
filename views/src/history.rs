//! What was changed in a window, so that it can be taken back.

use crate::{Board, Control, Line};

/// Steps that are remembered: more than anybody takes back.
const MOST: usize = 200;
/// Seconds of rest after which what is typed into lines is a new step.
const REST: f64 = 1.0;

/// One change.
#[derive(Clone, Debug, PartialEq)]
enum Change {
    Moved {
        control: Control,
        from: f32,
        to: f32,
    },
    Lines {
        from: Vec<Line>,
        to: Vec<Line>,
    },
}

impl Change {
    fn put(&self, board: &dyn Board, back: bool) {
        match self {
            Change::Moved { control, from, to } => {
                board.change(*control, if back { *from } else { *to });
            }
            Change::Lines { from, to } => board.set_lines(if back { from } else { to }.clone()),
        }
    }
}

/// What was changed in a window, so that it can be taken back. What a host's automation changes is no part of it.
#[derive(Debug, Default)]
pub struct History {
    done: Vec<Vec<Change>>,
    undone: Vec<Vec<Change>>,
    /// Changes that have begun: where the control stood, and where it was put last.
    open: Vec<(Control, f32, Option<f32>)>,
    group: Option<Vec<Change>>,
    now: f64,
    typed: f64,
}

impl History {
    /// The time in seconds, from any start.
    pub fn set_time(&mut self, now: f64) {
        self.now = now;
    }

    /// A change of `control` begins, which stands at `position`.
    pub fn begin(&mut self, control: Control, position: f32) {
        self.open.retain(|open| open.0 != control);
        self.open.push((control, position, None));
    }

    /// `control` was put to `position`.
    pub fn set(&mut self, control: Control, position: f32) {
        if let Some(open) = self.open.iter_mut().find(|open| open.0 == control) {
            open.2 = Some(position);
        }
    }

    /// The change of `control` has ended: with all that was set between, it is one step.
    pub fn end(&mut self, control: Control) {
        let Some(at) = self.open.iter().position(|open| open.0 == control) else {
            return;
        };
        if let (control, from, Some(to)) = self.open.remove(at)
            && from != to
        {
            self.add(Change::Moved { control, from, to });
        }
    }

    /// Lines were changed. What is typed without a rest is one step.
    pub fn lines(&mut self, from: Vec<Line>, to: Vec<Line>) {
        let same_rows = from.len() == to.len();
        let goes_on = same_rows && self.now - self.typed < REST;
        self.typed = if same_rows { self.now } else { f64::MIN };
        if let Some([Change::Lines { to: last, .. }]) = self.done.last_mut().map(Vec::as_mut_slice)
            && goes_on
            && *last == from
        {
            *last = to;
            return;
        }
        self.add(Change::Lines { from, to });
    }

    /// All changes until [`History::end_group`] are one step.
    pub fn begin_group(&mut self) {
        self.group = Some(Vec::new());
    }

    /// The step has ended.
    pub fn end_group(&mut self) {
        if let Some(changes) = self.group.take() {
            self.push(changes);
        }
    }

    fn add(&mut self, change: Change) {
        match &mut self.group {
            Some(changes) => changes.push(change),
            None => self.push(vec![change]),
        }
    }

    fn push(&mut self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.undone.clear();
        if self.done.len() == MOST {
            self.done.remove(0);
        }
        self.done.push(changes);
    }

    /// Whether there is a step to take back.
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is one to take again.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Takes the last step back.
    pub fn undo(&mut self, board: &dyn Board) {
        if let Some(step) = self.done.pop() {
            step.iter().rev().for_each(|change| change.put(board, true));
            self.undone.push(step);
            self.typed = f64::MIN;
        }
    }

    /// Takes it again.
    pub fn redo(&mut self, board: &dyn Board) {
        if let Some(step) = self.undone.pop() {
            step.iter().for_each(|change| change.put(board, false));
            self.done.push(step);
            self.typed = f64::MIN;
        }
    }
}
