//! A preset as the state that a host loads.

use std::sync::Arc;

use nice_plug::plugin::PluginState;
use nice_plug::prelude::*;
use syrinx_engine::{Status, VoiceSlots};
use syrinx_views::{Board, Control, Preset};

use super::quiet_host::QuietHost;
use crate::editor::{EditorParts, ParameterBoard, Reported};
use crate::{VoiceParameters, VoicePlugin, state};

/// A preset as the state that a host loads, for an instance whose voices are `voices`. What a preset leaves alone is not
/// in it, and stays as it is: with those that come with Syrinx, voice, lines, and what depends on the room.
pub fn program_state(preset: &Preset, voices: &Arc<VoiceSlots>) -> PluginState {
    let parts = EditorParts {
        parameters: Arc::new(VoiceParameters::new(voices, &Arc::default())),
        voices: Arc::clone(voices),
        status: Arc::new(Status::default()),
        reported: Reported::default(),
    };
    let board = ParameterBoard::new(&parts, ParamSetter::new(&QuietHost));
    // What is not to be had here stays at its default, as when it is chosen in an editor.
    let _ = preset.put(&board);
    let ids = parts.parameters.param_map();
    let controls = Control::ALL
        .iter()
        .copied()
        .filter(|&control| preset.governs(control) && board.has(control));
    let params = controls.filter_map(|control| {
        let (parameter, value) = board.saved(control);
        let (id, ..) = ids.iter().find(|(_, pointer, _)| *pointer == parameter)?;
        Some((id.clone(), value))
    });
    let fields = parts.parameters.serialize_fields();
    PluginState {
        version: <VoicePlugin as Plugin>::VERSION.to_owned(),
        params: params.collect(),
        fields: state::preset_fields(fields, !preset.factory, preset.lines.is_some()),
    }
}
