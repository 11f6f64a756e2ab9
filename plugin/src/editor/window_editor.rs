//! Opens the window when the host asks for it.

use std::error::Error;
use std::sync::Arc;

use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{LogicalSize, NativeSize, PhysicalSize};
use nice_plug::editor::{HostMethods, SizeConstraints, SpawnedEditor};
use nice_plug::prelude::*;
use nice_plug_egui::{
    EguiEditorHandle, EguiEditorState, EguiNiceSettings, RepaintNotifier, create_egui_editor,
};
use parking_lot::Mutex;

use super::window::Window;
use super::{EditorMemory, EditorParts};
use crate::state::EditorSize;

/// Opens the window when the host asks for it, in the size that was saved.
pub struct WindowEditor {
    parts: EditorParts,
    memory: Arc<EditorMemory>,
    state: Mutex<Arc<EguiEditorState>>,
}

impl WindowEditor {
    /// An editor without a window.
    pub fn new(parts: EditorParts) -> WindowEditor {
        let state = Mutex::new(state_of(&parts.parameters.editor_size));
        let memory = Arc::new(EditorMemory::new(&parts));
        WindowEditor {
            parts,
            memory,
            state,
        }
    }

    /// The state of the open window; of a closed one, in the saved size, which may have been restored since.
    fn state(&self) -> Arc<EguiEditorState> {
        let mut state = self.state.lock();
        let size: LogicalSize<f32> = state.logical_size();
        let saved = &self.parts.parameters.editor_size;
        let same = (size.width.round() as u32, size.height.round() as u32) == saved.get()
            && state.user_scale_factor() == saved.zoom();
        if !state.is_open() && !same {
            *state = state_of(saved);
        }
        Arc::clone(&state)
    }
}

fn state_of(size: &EditorSize) -> Arc<EguiEditorState> {
    let (width, height) = size.get();
    let logical = LogicalSize::new(f64::from(width), f64::from(height));
    EguiEditorState::from_size(logical, size.zoom())
}

impl Editor for WindowEditor {
    type Handle = EguiEditorHandle;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<Self::Handle>, Box<dyn Error>> {
        let settings = EguiNiceSettings::new()
            .with_tile("Syrinx")
            .with_resize_hint(self.resize_hint());
        let window = Window::new(self.parts.clone(), Arc::clone(&self.memory));
        // Made anew for each window: a kept one would keep what belongs to the host.
        let editor = create_egui_editor(self.state(), RepaintNotifier::new(), settings, window)
            .ok_or("no editor")?;
        editor.spawn(
            parent,
            wait_for_parent,
            fallback_scale_factor,
            context,
            host,
        )
    }

    fn size(&self) -> NativeSize<u32> {
        let state = self.state();
        // What the window holds, and how large that is shown.
        let (held, zoom) = (state.logical_size(), state.user_scale_factor());
        let logical = LogicalSize::new(f64::from(held.width * zoom), f64::from(held.height * zoom));
        let physical = state.physical_size();
        let physical = PhysicalSize::new(
            (physical.width as f32 * zoom).round() as u32,
            (physical.height as f32 * zoom).round() as u32,
        );
        NativeSize::from_logical_or_physical(logical, physical)
    }

    fn resize_hint(&self) -> ResizeHint {
        let (width, height) = EditorSize::SMALLEST;
        ResizeHint {
            size_constraints: SizeConstraints::min_logical_size(LogicalSize::new(
                width as f32,
                height as f32,
            )),
            ..ResizeHint::RESIZABLE
        }
    }
}
