//! Shows the window until it is closed or the session ends.

use std::sync::Arc;
use std::time::Duration;

use eframe::{App, CreationContext, Frame, NativeOptions};
use egui::{Context, Ui, ViewportBuilder, ViewportCommand};
use syrinx_desk::{Errands, PresetShelf, ShelfConfig, VoiceShelf, preset_folder};
use syrinx_models::voices::voice_folder;
use syrinx_views::{Desk, Panel, theme};

use super::link::WindowLink;
use super::live_board::LiveBoard;
use crate::error::LiveError;

/// The size of a new window, in points: that of the plugin's.
const SIZE: [f32; 2] = [840.0, 700.0];

/// The smallest that everything can be reached in.
const SMALLEST: [f32; 2] = [480.0, 360.0];

/// How often it is looked whether the session has ended, at the least.
const LOOK: Duration = Duration::from_millis(200);

/// Shows the window until it is closed or the session ends. To be called on the thread that the program began on, which
/// some systems want for windows.
///
/// # Errors
/// If there is no screen, or nothing that draws on it.
pub(crate) fn open(link: WindowLink) -> Result<(), LiveError> {
    let options = NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title("Syrinx")
            .with_app_id("syrinx-live")
            .with_inner_size(SIZE)
            .with_min_inner_size(SMALLEST),
        ..NativeOptions::default()
    };
    let shown = link.clone();
    let outcome = eframe::run_native(
        "Syrinx",
        options,
        Box::new(move |context| Ok(Box::new(Window::new(shown, context)))),
    );
    link.close();
    outcome.map_err(|error| LiveError::Window(error.to_string()))
}

/// The window.
struct Window {
    link: WindowLink,
    board: LiveBoard,
    voices: VoiceShelf,
    presets: PresetShelf,
    panel: Panel,
}

impl Window {
    fn new(link: WindowLink, context: &CreationContext<'_>) -> Window {
        theme::apply(&context.egui_ctx);
        let errands = Arc::new(Errands::new());
        let config = ShelfConfig {
            voices: Arc::clone(link.voices()),
            folder: voice_folder(),
            // The program looks where the command does.
            runtime: || None,
        };
        let voices = VoiceShelf::new(config, Arc::clone(&errands));
        voices.open(context.egui_ctx.clone());
        let presets = PresetShelf::new(preset_folder(), errands);
        presets.refresh();
        Window {
            board: LiveBoard::new(link.clone()),
            link,
            voices,
            presets,
            panel: Panel::default(),
        }
    }
}

impl App for Window {
    fn logic(&mut self, context: &Context, _: &mut Frame) {
        if self.link.has_ended() {
            context.send_viewport_cmd(ViewportCommand::Close);
        }
        // Also while the window is hidden.
        context.request_repaint_after(LOOK);
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut Frame) {
        self.board.follow();
        let desk = Desk {
            board: &self.board,
            voices: &self.voices,
            presets: &self.presets,
        };
        self.panel.show(ui, &desk);
    }
}
