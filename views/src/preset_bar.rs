//! The list of presets, and how one is saved.

use egui::{ComboBox, Popup, TextEdit, Ui};

use crate::{Board, Preset, Presets, factory_presets, theme};

/// Width of the list, in points.
const WIDTH: f32 = 132.0;
/// Height of the opened list, in points: all factory presets are seen.
const LIST_HEIGHT: f32 = 440.0;
/// The longest name, in letters: what fits into the list and every file system.
const LONGEST: usize = 60;

/// The list of presets, and how one is saved.
#[derive(Debug, Default)]
pub struct PresetBar {
    /// The one that was chosen last.
    current: String,
    typed: String,
    seen: Option<u64>,
    user: Vec<Preset>,
    factory: Vec<Preset>,
}

impl PresetBar {
    /// Shows the list. Returns what was chosen.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        board: &dyn Board,
        presets: &dyn Presets,
    ) -> Option<Preset> {
        let mut chosen = None;
        let shown = match self.current.is_empty() {
            true => "Preset",
            false => &self.current,
        };
        let combo = ComboBox::from_id_salt("presets")
            .selected_text(shown)
            .width(WIDTH)
            .height(LIST_HEIGHT)
            .truncate();
        let response = combo.show_ui(ui, |ui| {
            if self.seen != Some(presets.version()) {
                self.seen = Some(presets.version());
                self.user = presets.all();
            }
            if self.factory.is_empty() {
                self.factory = factory_presets();
            }
            for (heading, list) in [("Factory", &self.factory), ("Yours", &self.user)] {
                if !list.is_empty() {
                    ui.label(theme::heading(heading));
                }
                for preset in list {
                    let is_current = preset.name == self.current;
                    if ui.selectable_label(is_current, &preset.name).clicked() {
                        chosen = Some(preset.clone());
                    }
                }
            }
        });
        let response = response.response;
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_label("Presets"));
        response.on_hover_text(
            "Factory presets change the voice's character alone; yours hold everything",
        );
        if let Some(preset) = &chosen {
            self.current.clone_from(&preset.name);
        }
        self.save_button(ui, board, presets);
        chosen
    }

    fn save_button(&mut self, ui: &mut Ui, board: &dyn Board, presets: &dyn Presets) {
        let button = ui
            .button("Save")
            .on_hover_text("Keeps everything as it stands, under a name");
        if button.clicked() && self.typed.is_empty() {
            self.typed.clone_from(&self.current);
        }
        Popup::menu(&button)
            .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
            .show(|ui| {
                let label = ui.label("Name of the preset");
                let field = TextEdit::singleline(&mut self.typed)
                    .char_limit(LONGEST)
                    .desired_width(180.0);
                let field = ui.add(field).labelled_by(label.id);
                let entered =
                    field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
                let name = self.typed.trim().to_owned();
                ui.horizontal(|ui| {
                    let can = !name.is_empty();
                    let save = ui.add_enabled(can, egui::Button::new("Save preset"));
                    if can && (save.clicked() || entered) {
                        presets.save(Preset::of(board, &name));
                        self.current.clone_from(&name);
                        ui.close();
                    }
                    let known = self.user.iter().any(|preset| preset.name == name);
                    let remove = ui.add_enabled(known, egui::Button::new("Remove"));
                    if remove.clicked() {
                        presets.remove(&name);
                        self.current.clear();
                        ui.close();
                    }
                });
            });
    }
}
