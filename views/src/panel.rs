//! Everything in the window, in its place.

use std::path::PathBuf;
use std::time::Duration;

use egui::{
    Align, CentralPanel, Color32, Context, Frame, Key, Layout, Margin, Modifiers, RichText,
    ScrollArea, Ui,
};

use crate::{
    Board, Browser, Control, Desk, Meter, Page, PitchView, PresetBar, Readings, Recorder, Section,
    Sides, controls, footer, lines, notices, scale_choice, theme, toggle,
};

/// Time between pictures while something moves: 30 a second look smooth on a meter.
const MOVING: Duration = Duration::from_millis(33);
/// Time between pictures while only the trace goes on in silence: nobody follows it with the eye.
const SCROLLING: Duration = Duration::from_millis(100);
/// Time between pictures while nothing does, unless a window says otherwise: soon enough to see that something begins.
const RESTING: Duration = Duration::from_millis(200);
/// Below this width, in points, sections stand one below the other.
const TWO_COLUMNS: f32 = 560.0;
/// The lowest and the highest trace, in points: it takes the room that the controls leave.
const TRACE: (f32, f32) = (104.0, 300.0);

/// Everything in the window, in its place. It holds what a closed window should find again when it opens.
#[derive(Debug, Default)]
pub struct Panel {
    page: Page,
    input: Meter,
    output: Meter,
    pitch: PitchView,
    browser: Browser,
    presets: PresetBar,
    sides: Sides,
    problems: Vec<String>,
    held: Option<Control>,
    /// How high the controls under a trace are, by page, as they were last.
    below: [f32; Page::ALL.len()],
    last: Option<f64>,
    moving: bool,
    rest: Option<Duration>,
}

impl Panel {
    /// Shows everything, and asks for the next picture.
    pub fn show(&mut self, ui: &mut Ui, desk: &Desk<'_>) {
        let readings = desk.board.readings();
        let now = ui.input(|input| input.time);
        self.update(now, desk.board, &readings);
        self.keys(ui.ctx(), desk.board);
        self.drops(ui.ctx(), desk);
        let edge = Frame::new().fill(theme::GROUND);
        let margin = Margin::symmetric(10, 8);
        egui::Panel::top("head")
            .frame(edge.inner_margin(margin))
            .show(ui, |ui| self.head(ui, desk, &readings));
        egui::Panel::bottom("foot")
            .frame(edge.inner_margin(margin))
            .show(ui, |ui| {
                footer::show(ui, desk.board, &readings, &self.input, &self.output)
            });
        CentralPanel::default()
            .frame(edge.inner_margin(Margin::symmetric(10, 8)))
            .show(ui, |ui| self.middle(ui, desk, &readings));
        self.moving = self.input.moves()
            || self.output.moves()
            || self.pitch.sounds()
            || self.held.is_some()
            || desk.voices.news().stage.is_some();
        let pause = match self.moving {
            true => MOVING,
            false if self.is_traced() && self.pitch.moves() => SCROLLING,
            false => self.rest.unwrap_or(RESTING),
        };
        ui.ctx().request_repaint_after(pause);
    }

    /// Whether the trace is on this page.
    fn is_traced(&self) -> bool {
        matches!(self.page, Page::Voice | Page::Pitch)
    }

    /// Whether something moved in the last picture.
    pub fn is_moving(&self) -> bool {
        self.moving
    }

    /// How long the window may stay as it is while nothing moves; for a window that is woken when something begins.
    pub fn set_rest(&mut self, rest: Duration) {
        self.rest = Some(rest);
    }

    /// The window closes: what the pointer still holds is let go.
    pub fn close(&mut self, board: &dyn Board) {
        if let Some(control) = self.held.take() {
            Recorder::new(board, self.sides.history()).end(control);
        }
        self.last = None;
    }

    /// The page that is seen.
    pub fn page(&self) -> Page {
        self.page
    }

    /// Turns to a page.
    pub fn turn_to(&mut self, page: Page) {
        self.page = page;
    }

    fn update(&mut self, now: f64, board: &dyn Board, readings: &Readings) {
        // After a pause of the window the meters start afresh rather than fall for minutes.
        let passed = self.last.map_or(0.0, |last| (now - last).clamp(0.0, 1.0));
        self.last = Some(now);
        self.input.update(readings.input_peak, passed as f32);
        self.output.update(readings.output_peak, passed as f32);
        self.pitch.update(board);
        self.sides.history().set_time(now);
    }

    fn keys(&mut self, context: &Context, board: &dyn Board) {
        for page in pages(board) {
            if context.input_mut(|input| input.consume_key(Modifiers::COMMAND, page.key())) {
                self.page = page;
            }
        }
        // A field of text takes back what was typed into it by itself.
        if context.text_edit_focused() {
            return;
        }
        let pressed = |modifiers, key| context.input_mut(|input| input.consume_key(modifiers, key));
        // The more special one first: the other would take it too.
        let redo = pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z)
            || pressed(Modifiers::COMMAND, Key::Y);
        if redo {
            self.sides.history().redo(board);
        } else if pressed(Modifiers::COMMAND, Key::Z) {
            self.sides.history().undo(board);
        }
    }

    /// Files that were dropped on the window are imported.
    fn drops(&mut self, context: &Context, desk: &Desk<'_>) {
        let (paths, hovered) = context.input(|input| {
            let paths: Vec<PathBuf> = input
                .raw
                .dropped_files
                .iter()
                .map(|file| file.path().to_owned())
                .collect();
            (paths, !input.raw.hovered_files.is_empty())
        });
        if !paths.is_empty() {
            self.page = Page::Voices;
            desk.voices.import(paths);
        }
        if hovered {
            let rect = context.content_rect();
            let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop"));
            let painter = context.layer_painter(layer);
            painter.rect_filled(rect, 0.0, Color32::from_black_alpha(180));
            painter.text(
                rect.center(),
                egui::Align2::CENTER_CENTER,
                "Drop to import a voice",
                egui::FontId::proportional(22.0),
                theme::TEXT,
            );
        }
    }

    fn head(&mut self, ui: &mut Ui, desk: &Desk<'_>, readings: &Readings) {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Syrinx").heading().color(theme::ACCENT));
            ui.add_space(4.0);
            let recorder = Recorder::new(desk.board, self.sides.history());
            if let Some(preset) = self.presets.show(ui, &recorder, desk.presets) {
                self.problems = recorder.as_one(|board| preset.put(board));
            }
            ui.separator();
            self.sides.show(ui, desk.board);
            ui.separator();
            toggle::show_named(ui, desk.board, Control::Bypass);
        });
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            for page in pages(desk.board) {
                let tab = ui.selectable_label(self.page == page, page.name());
                if tab.clicked() {
                    self.page = page;
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                scale_choice::show(ui);
                ui.weak(&readings.voice);
            });
        });
    }

    fn middle(&mut self, ui: &mut Ui, desk: &Desk<'_>, readings: &Readings) {
        self.problems.extend(desk.presets.take_problem());
        notices::show(ui, readings, &mut self.problems);
        if self.page == Page::Voices {
            let recorder = Recorder::new(desk.board, self.sides.history());
            self.browser.show(ui, &recorder, desk.voices);
            return;
        }
        let room = ui.available_height();
        let area = ScrollArea::vertical().id_salt(self.page).auto_shrink(false);
        area.show(ui, |ui| match self.page {
            Page::Voice => self.traced(
                ui,
                desk.board,
                room,
                [(Section::Voice, "Voice"), (Section::Signal, "Signal")],
            ),
            Page::Pitch => self.traced(
                ui,
                desk.board,
                room,
                [(Section::Pitch, "Pitch"), (Section::Harmony, "Harmony")],
            ),
            Page::Speech | Page::Voices => self.speech(ui, desk.board),
        });
    }

    /// The trace, and below it two sections.
    fn traced(
        &mut self,
        ui: &mut Ui,
        board: &dyn Board,
        room: f32,
        sections: [(Section, &str); 2],
    ) {
        let page = self.page as usize;
        let left = room - self.below[page] - 2.0 * theme::GAP;
        self.pitch
            .show(ui, left.clamp(TRACE.0, TRACE.1), board.scale());
        ui.add_space(theme::GAP);
        let top = ui.cursor().top();
        self.pair(ui, board, sections);
        self.below[page] = ui.cursor().top() - top;
    }

    fn speech(&mut self, ui: &mut Ui, board: &dyn Board) {
        self.pair(
            ui,
            board,
            [(Section::Speech, "Speech"), (Section::Delivery, "Delivery")],
        );
        ui.add_space(theme::GAP);
        theme::section().show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(theme::heading("Lines"));
            let recorder = Recorder::new(board, self.sides.history());
            lines::show(ui, &recorder);
        });
    }

    /// Two sections, side by side where there is room.
    fn pair(&mut self, ui: &mut Ui, board: &dyn Board, [left, right]: [(Section, &str); 2]) {
        let recorder = Recorder::new(board, self.sides.history());
        let held = &mut self.held;
        let mut show = |ui: &mut Ui, (section, heading): (Section, &str)| {
            controls::show(ui, &recorder, section, heading, held);
        };
        if ui.available_width() < TWO_COLUMNS {
            show(ui, left);
            ui.add_space(theme::GAP);
            show(ui, right);
            return;
        }
        ui.columns(2, |columns| {
            show(&mut columns[0], left);
            show(&mut columns[1], right);
        });
    }
}

/// The pages that have something to show.
fn pages(board: &dyn Board) -> impl Iterator<Item = Page> {
    let speaks = controls::has_any(board, Section::Speech);
    let all = Page::ALL.into_iter();
    all.filter(move |&page| page != Page::Speech || speaks)
}
