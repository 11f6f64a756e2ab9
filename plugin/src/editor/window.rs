//! One open window.

use std::thread::{self, JoinHandle};

use nice_plug::context::gui::GuiContext;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{Frame, NiceEguiApp};

use super::{EditorParts, Panel, ParameterBoard};

/// One open window; dropped when it closes, so that nothing of the host is kept.
pub struct Window {
    parts: EditorParts,
    panel: Panel,
    host: Option<GuiContext>,
    reader: Option<JoinHandle<()>>,
}

impl Window {
    /// A window that is not shown yet.
    pub fn new(parts: EditorParts) -> Window {
        Window {
            parts,
            panel: Panel::default(),
            host: None,
            reader: None,
        }
    }

    /// Looks for newly installed voices on a thread of its own: reading a folder could hold up the host's window.
    fn look_for_voices(&mut self, context: egui::Context) {
        let voices = std::sync::Arc::clone(&self.parts.voices);
        let thread = thread::Builder::new().name("syrinx-voices".to_owned());
        let reader = thread.spawn(move || {
            voices.refresh();
            context.request_repaint();
        });
        // Without a thread the list stays as it was saved.
        self.reader = reader.ok();
    }
}

impl NiceEguiApp for Window {
    fn build(
        &mut self,
        context: egui::Context,
        host: GuiContext,
        _: &mut Frame,
    ) -> Result<(), HandlerError> {
        // The host decides on the scale; a zoom of our own would not be remembered.
        context.options_mut(|options| options.zoom_with_keyboard = false);
        self.host = Some(host);
        self.look_for_voices(context);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut Frame) {
        if let Some(host) = &self.host {
            let board = ParameterBoard::new(&self.parts, host.param_setter());
            self.panel.show(ui, &board);
        }
    }

    fn resized(&mut self, size: WindowSize) {
        let (width, height) = (size.logical.width, size.logical.height);
        let size = (width.round() as u32, height.round() as u32);
        self.parts.parameters.editor_size.set(size);
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // The plugin's code may be unloaded after this.
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}
