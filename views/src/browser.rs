//! The voices: a list to search, and what the chosen one says about itself.

use egui::{Button, Key, ProgressBar, RichText, ScrollArea, TextEdit, Ui};

use crate::{Board, Control, VoiceCard, VoiceEntry, Voices, theme};

/// Share of the width that the list takes.
const LIST_SHARE: f32 = 0.38;
/// The narrowest list, in points.
const NARROWEST: f32 = 190.0;

/// The voices: a list to search, and what the chosen one says about itself.
#[derive(Debug, Default)]
pub struct Browser {
    search: String,
    seen: Option<u64>,
    voices: Vec<VoiceEntry>,
}

impl Browser {
    /// Shows the list and the chosen voice, as high as there is room.
    pub fn show(&mut self, ui: &mut Ui, board: &dyn Board, voices: &dyn Voices) {
        if self.seen != Some(voices.version()) {
            self.seen = Some(voices.version());
            self.voices = voices.all();
        }
        news(ui, voices);
        let height = ui.available_height().max(160.0);
        let width = (LIST_SHARE * ui.available_width()).max(NARROWEST);
        ui.horizontal_top(|ui| {
            ui.allocate_ui(egui::vec2(width, height), |ui| {
                theme::section().show(ui, |ui| {
                    ui.set_min_size(ui.available_size());
                    ui.vertical(|ui| self.list(ui, board, voices));
                });
            });
            theme::section().show(ui, |ui| {
                ui.set_min_size(ui.available_size());
                ui.vertical(|ui| self.chosen(ui, board, voices));
            });
        });
    }

    fn list(&mut self, ui: &mut Ui, board: &dyn Board, voices: &dyn Voices) {
        ui.horizontal(|ui| {
            ui.label(theme::heading("Voices"));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let button = ui.button("Import...").on_hover_text(
                    "Makes a voice of a public export (.onnx of So-VITS-SVC or RVC, or a folder or zip with one), or \
                     installs a voice of Syrinx. Files can also be dropped on this window, or put into the folder of \
                     voices, which is watched",
                );
                if button.clicked() {
                    voices.ask_for_files();
                }
            });
        });
        let field = TextEdit::singleline(&mut self.search)
            .hint_text("Search")
            .desired_width(f32::INFINITY);
        let field = ui.add(field);
        ui.ctx()
            .accesskit_node_builder(field.id, |node| node.set_label("Search voices"));
        if field.has_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
            self.search.clear();
        }
        let wanted = self.search.trim().to_lowercase();
        let current = board.position(Control::Voice);
        let half_step = board.step(Control::Voice) / 2.0;
        ScrollArea::vertical()
            .id_salt("voices")
            .auto_shrink(false)
            .show(ui, |ui| {
                let mut found = false;
                for voice in &self.voices {
                    if !voice.name.to_lowercase().contains(&wanted) {
                        continue;
                    }
                    found = true;
                    let is_current = (voice.position - current).abs() < half_step;
                    let row = Button::selectable(is_current, &voice.name)
                        .truncate()
                        .min_size(egui::vec2(ui.available_width(), 22.0));
                    let row = ui.add(row);
                    if row.gained_focus() {
                        row.scroll_to_me(None);
                    }
                    if row.clicked() && !is_current {
                        board.change(Control::Voice, voice.position);
                    }
                }
                if !found {
                    ui.weak(format!("No voice is called {:?}", self.search.trim()));
                }
            });
    }

    fn chosen(&self, ui: &mut Ui, board: &dyn Board, voices: &dyn Voices) {
        let current = board.position(Control::Voice);
        let half_step = board.step(Control::Voice) / 2.0;
        let chosen = self
            .voices
            .iter()
            .find(|voice| (voice.position - current).abs() < half_step);
        let Some(chosen) = chosen else {
            ui.weak("No voice is chosen: the input passes through");
            return;
        };
        ui.heading(&chosen.name);
        match voices.card(chosen) {
            Some(card) => {
                let id = ("card", &chosen.hash);
                let area = ScrollArea::vertical().id_salt(id).auto_shrink(false);
                area.show(ui, |ui| show_card(ui, &card));
            }
            None => {
                ui.weak("reading...");
            }
        }
    }
}

fn news(ui: &mut Ui, voices: &dyn Voices) {
    let news = voices.news();
    if let Some(stage) = &news.stage {
        theme::section().show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(format!("Importing: {stage}"));
                if ui.button("Stop").clicked() {
                    voices.stop();
                }
                match news.share {
                    Some(share) => ui.add(ProgressBar::new(share).show_percentage()),
                    None => ui.spinner(),
                };
            });
        });
    } else if let Some(outcome) = &news.outcome {
        theme::section().show(ui, |ui| {
            ui.horizontal_top(|ui| {
                if ui.button("OK").clicked() {
                    voices.stop();
                }
                let (text, colour) = match outcome {
                    Ok(text) => (text, theme::ACCENT),
                    Err(text) => (text, theme::ALARM),
                };
                ui.add(egui::Label::new(RichText::new(text).color(colour)).wrap());
            });
        });
    }
}

fn show_card(ui: &mut Ui, card: &VoiceCard) {
    if let Some(problem) = &card.problem {
        ui.colored_label(theme::ALARM, problem);
    }
    if !card.description.is_empty() {
        ui.label(&card.description);
    }
    let speakers = card.speakers.join(", ");
    for (name, text) in [
        ("Licence", &card.licence),
        ("Consent", &card.consent),
        ("Speakers", &speakers),
        ("Kind", &card.kind),
        ("Place", &card.place),
    ] {
        if !text.is_empty() {
            ui.add_space(2.0);
            ui.label(theme::heading(name));
            ui.add(egui::Label::new(text.as_str()).wrap());
        }
    }
    if !card.text.is_empty() {
        ui.separator();
        markdown(ui, &card.text);
    }
}

/// Headings and paragraphs; lists and tables are read as they are written.
fn markdown(ui: &mut Ui, text: &str) {
    for paragraph in text.split("\n\n") {
        let heading = paragraph.trim_start_matches('#');
        if heading.len() < paragraph.len() {
            let (heading, rest) = heading.split_once('\n').unwrap_or((heading, ""));
            ui.add_space(4.0);
            ui.strong(heading.trim());
            if !rest.trim().is_empty() {
                ui.label(plain(rest.trim()));
            }
        } else if paragraph.trim_start().starts_with(['-', '*', '|']) {
            ui.label(plain(paragraph.trim_end()));
        } else {
            // Lines are broken by the width of the window alone.
            let words: Vec<&str> = paragraph.split_whitespace().collect();
            ui.label(plain(&words.join(" ")));
        }
    }
}

/// Without the marks of bold letters and of code.
fn plain(text: &str) -> String {
    text.replace("**", "").replace('`', "")
}
