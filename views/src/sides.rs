//! Two settings to compare, A and B, each with its history.

use egui::Ui;

use crate::{Board, History, Snapshot};

/// Two settings to compare, A and B, each with its history.
#[derive(Debug, Default)]
pub struct Sides {
    on_b: bool,
    histories: [History; 2],
    /// Where everything stands on the side that is not heard; `None` before it was ever heard: as on the other one.
    other: Option<Snapshot>,
}

impl Sides {
    /// Whether B is heard.
    pub fn on_b(&self) -> bool {
        self.on_b
    }

    /// The history of the side that is heard.
    pub fn history(&mut self) -> &mut History {
        &mut self.histories[usize::from(self.on_b)]
    }

    /// Goes to the other side.
    pub fn switch(&mut self, board: &dyn Board) {
        let here = Snapshot::of(board);
        if let Some(other) = self.other.replace(here) {
            other.put(board);
        }
        self.on_b = !self.on_b;
    }

    /// Makes the other side like the one that is heard.
    pub fn copy(&mut self, board: &dyn Board) {
        self.other = Some(Snapshot::of(board));
        self.histories[usize::from(!self.on_b)] = History::default();
    }

    /// Shows the sides, and the buttons that go to and fro in the history.
    pub fn show(&mut self, ui: &mut Ui, board: &dyn Board) {
        for (name, is_b) in [("A", false), ("B", true)] {
            let side = ui.selectable_label(self.on_b == is_b, name);
            let side = side.on_hover_text("Two settings to compare, each with its own history");
            if side.clicked() && self.on_b != is_b {
                self.switch(board);
            }
        }
        let copy = if self.on_b { "B to A" } else { "A to B" };
        let button = ui.button(copy);
        if button
            .on_hover_text("Makes the other side like this one")
            .clicked()
        {
            self.copy(board);
        }
        ui.separator();
        let history = self.history();
        let undo = ui.add_enabled(history.can_undo(), egui::Button::new("Undo"));
        if undo
            .on_hover_text("Takes the last change back (Ctrl-Z)")
            .clicked()
        {
            history.undo(board);
        }
        let redo = ui.add_enabled(history.can_redo(), egui::Button::new("Redo"));
        if redo
            .on_hover_text("Takes it again (Ctrl-Shift-Z)")
            .clicked()
        {
            history.redo(board);
        }
    }
}
