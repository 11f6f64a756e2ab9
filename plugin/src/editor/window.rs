//! One open window.

use std::sync::Arc;
use std::time::Duration;

use nice_plug::context::gui::GuiContext;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{Frame, NiceEguiApp};
use syrinx_views::theme;

use super::pulse::Pulse;
use super::{EditorMemory, EditorParts, ParameterBoard};

/// Time between pictures while nothing moves: a pulse tells of a voice that begins, and the host of its parameters.
const REST: Duration = Duration::from_millis(500);

/// One open window; dropped when it closes, so that nothing of the host is kept.
pub struct Window {
    parts: EditorParts,
    memory: Arc<EditorMemory>,
    host: Option<GuiContext>,
    pulse: Option<Pulse>,
}

impl Window {
    /// A window that is not shown yet, onto what `memory` holds.
    pub fn new(parts: EditorParts, memory: Arc<EditorMemory>) -> Window {
        Window {
            parts,
            memory,
            host: None,
            pulse: None,
        }
    }
}

impl NiceEguiApp for Window {
    fn build(
        &mut self,
        context: egui::Context,
        host: GuiContext,
        _: &mut Frame,
    ) -> Result<(), HandlerError> {
        // There is a list for it, which is remembered.
        context.options_mut(|options| options.zoom_with_keyboard = false);
        theme::apply(&context);
        self.host = Some(host);
        self.pulse = Pulse::new(&self.parts.status, context.clone());
        if self.pulse.is_some() {
            self.memory.panel.lock().set_rest(REST);
        }
        self.memory.open(context);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut Frame) {
        if let Some(host) = &self.host {
            let board = ParameterBoard::new(&self.parts, host.param_setter());
            let mut panel = self.memory.panel.lock();
            panel.show(ui, &self.memory.desk(&board));
            if let Some(pulse) = &self.pulse {
                pulse.set_resting(!panel.is_moving());
            }
        }
    }

    fn resized(&mut self, size: WindowSize) {
        let (width, height) = (size.logical.width, size.logical.height);
        let size = (width.round() as u32, height.round() as u32);
        self.parts.parameters.editor_size.set(size);
    }

    fn zoom_factor_changed(&mut self, zoom: f32) {
        let scale = (100.0 * zoom).round() as u32;
        self.parts.parameters.editor_size.set_scale(scale);
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let host = self.host.take();
        let board = host
            .as_ref()
            .map(|host| ParameterBoard::new(&self.parts, host.param_setter()));
        self.memory.close(
            board
                .as_ref()
                .map(|board| board as &dyn syrinx_views::Board),
        );
    }
}
