//! What an editor keeps while its window is closed.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use syrinx_desk::{Errands, PresetShelf, ShelfConfig, VoiceShelf, preset_folder};
use syrinx_models::voices::voice_folder;
use syrinx_views::{Board, Desk, Panel};

use super::EditorParts;
use crate::host_presets::{HostShelf, host_preset_folder};
use crate::runtime_library;

/// What an editor keeps while its window is closed: a window that opens anew shows at once what it showed before.
pub struct EditorMemory {
    /// The voices.
    pub voices: VoiceShelf,
    /// The presets.
    pub presets: PresetShelf,
    /// What is seen.
    pub panel: Mutex<Panel>,
}

impl EditorMemory {
    /// For voices and presets where they lie on this machine.
    pub fn new(parts: &EditorParts) -> EditorMemory {
        EditorMemory::within(parts, voice_folder(), preset_folder(), host_preset_folder())
    }

    /// For voices and presets in these folders, and presets for hosts in another.
    pub fn within(
        parts: &EditorParts,
        voices: Option<PathBuf>,
        presets: Option<PathBuf>,
        for_hosts: Option<PathBuf>,
    ) -> EditorMemory {
        let errands = Arc::new(Errands::new());
        let for_hosts = HostShelf::new(for_hosts, &parts.voices);
        EditorMemory {
            voices: VoiceShelf::new(
                ShelfConfig {
                    voices: Arc::clone(&parts.voices),
                    folder: voices,
                    runtime: runtime_library,
                },
                Arc::clone(&errands),
            ),
            presets: PresetShelf::telling(presets, errands, move |users| for_hosts.mirror(users)),
            panel: Mutex::default(),
        }
    }

    /// A window has opened.
    pub fn open(&self, window: egui::Context) {
        self.voices.open(window);
        self.presets.refresh();
    }

    /// It has closed; `board` is what it changed.
    pub fn close(&self, board: Option<&dyn Board>) {
        self.voices.close();
        if let Some(board) = board {
            self.panel.lock().close(board);
        }
    }

    /// All that a panel is connected to, around `board`.
    pub fn desk<'a>(&'a self, board: &'a dyn Board) -> Desk<'a> {
        Desk {
            board,
            voices: &self.voices,
            presets: &self.presets,
        }
    }
}
