//! What is saved with a project besides the parameters, and how older and newer states are read.
//!
//! # Policy
//! Parameter ids, the ids of choices and the keys of fields are for ever. [`VERSION`] rises when what is written
//! changes its meaning; [`migrate`] then leads every older version to the present one, and a file of the older one
//! joins `tests/states`. What a newer version wrote is read as far as it is known, and the editor says so. Saving
//! always writes the present version.

use std::collections::BTreeMap;

use nice_plug::prelude::PluginState;

mod editor_size;
mod saved_lines;
mod saved_voices;
mod state_version;

pub use editor_size::EditorSize;
pub use saved_lines::SavedLines;
pub use saved_voices::SavedVoices;
pub use state_version::StateVersion;

use nice_plug::plugin::ParamValue;
use syrinx_engine::{SpeechLine, SpeechLines};

/// The version that is written.
pub const VERSION: u32 = 4;

/// The key of the version.
const VERSION_KEY: &str = "state-version";

/// The key of the voices.
const VOICES_KEY: &str = "voices";

/// The key of the lines.
const LINES_KEY: &str = "speech-lines";

/// The key of the names of fields that the state leaves as they are; only presets have it.
const LEAVES_KEY: &str = "leaves";

/// No parameter of any version comes near it.
const LARGEST: f32 = 1e6;

/// Leads a state of any version to the present one.
///
/// Numbers that no version wrote are dropped: the framework takes over what it is given, unchecked. A state without
/// voices, such as a hand-written preset, means the default voice rather than those that were there before, unless it
/// says that it leaves them; one without lines means those that a new instance has, likewise. Version 1 knew nothing of
/// speech: what it saved converts, whatever the instance did before. Version 2 knew nothing of cleaning the input: what it saved leaves it as it is. Version 3 knew
/// nothing of leading the pitch, of voices that sing along and of what makes the output safe: what it saved has none.
pub fn migrate(state: &mut PluginState) {
    state.params.retain(|_, value| match value {
        ParamValue::F32(value) => value.is_finite() && value.abs() <= LARGEST,
        ParamValue::I32(value) => value.unsigned_abs() <= LARGEST as u32,
        _ => true,
    });
    let fields = &mut state.fields;
    readable::<u32>(fields, VERSION_KEY, VERSION);
    let left = fields.remove(LEAVES_KEY);
    let left = left.and_then(|text| serde_json::from_str::<Vec<String>>(&text).ok());
    let leaves = |key: &str| left.iter().flatten().any(|left| left == key);
    if !leaves(VOICES_KEY) {
        readable::<Vec<syrinx_engine::VoiceIdentity>>(fields, VOICES_KEY, Vec::new());
    }
    if !leaves(LINES_KEY) {
        readable::<Vec<SpeechLine>>(fields, LINES_KEY, SpeechLines::greeting());
    }
    let version = fields
        .get(VERSION_KEY)
        .and_then(|text| text.parse::<u32>().ok());
    if version.is_some_and(|version| version < 2) {
        without_speech(state);
    }
    if version.is_some_and(|version| version < 3) {
        let off = [
            ("hipass", ParamValue::F32(crate::formats::HIGH_PASS_OFF)),
            ("denois", ParamValue::F32(0.0)),
        ];
        add_missing(state, off);
    }
    if version.is_some_and(|version| version < 4) {
        unled(state);
    }
}

/// The fields of a preset's state, from all that an instance saves: with voices and lines, or leaving them as they are.
/// The size of the window is none of a preset's business.
pub(crate) fn preset_fields(
    mut fields: BTreeMap<String, String>,
    voices: bool,
    lines: bool,
) -> BTreeMap<String, String> {
    let (chosen, left): (Vec<_>, Vec<_>) = [(VOICES_KEY, voices), (LINES_KEY, lines)]
        .into_iter()
        .partition(|(_, chosen)| *chosen);
    fields.retain(|key, _| key == VERSION_KEY || chosen.iter().any(|(known, _)| known == key));
    let left: Vec<&str> = left.into_iter().map(|(key, _)| key).collect();
    if let Ok(text) = serde_json::to_string(&left) {
        fields.insert(LEAVES_KEY.to_owned(), text);
    }
    fields
}

/// Gives a state what an older version did not know.
fn add_missing<const N: usize>(state: &mut PluginState, new: [(&str, ParamValue); N]) {
    for (id, value) in new {
        state.params.entry(id.to_owned()).or_insert(value);
    }
}

/// Gives a state of version 1 the parameters that it did not know, as they are in a new instance.
fn without_speech(state: &mut PluginState) {
    let new = [
        ("mode", ParamValue::String("convert".to_owned())),
        ("speak", ParamValue::Bool(false)),
        ("line", ParamValue::I32(1)),
        ("notes", ParamValue::String("lines".to_owned())),
        ("sprate", ParamValue::F32(100.0)),
        ("sppitc", ParamValue::F32(0.0)),
        ("spinto", ParamValue::F32(100.0)),
        ("sppaus", ParamValue::F32(100.0)),
        ("spemot", ParamValue::I32(0)),
        ("spinty", ParamValue::F32(100.0)),
    ];
    add_missing(state, new);
}

/// Gives a state of version 3 the parameters that it did not know, as they are in a new instance.
fn unled(state: &mut PluginState) {
    let new = [
        ("target", ParamValue::String("free".to_owned())),
        ("key", ParamValue::I32(0)),
        ("scale", ParamValue::String("chromatic".to_owned())),
        ("corstr", ParamValue::F32(100.0)),
        ("corspd", ParamValue::F32(50.0)),
        ("mnote", ParamValue::I32(45)),
        ("vibrat", ParamValue::F32(100.0)),
        ("glide", ParamValue::F32(60.0)),
        ("bendrg", ParamValue::I32(2)),
        ("hm1int", ParamValue::I32(0)),
        ("hm1lev", ParamValue::F32(-6.0)),
        ("hm2int", ParamValue::I32(0)),
        ("hm2lev", ParamValue::F32(-6.0)),
        ("hm3int", ParamValue::I32(0)),
        ("hm3lev", ParamValue::F32(-6.0)),
        ("limit", ParamValue::Bool(false)),
        ("fbguar", ParamValue::Bool(false)),
    ];
    add_missing(state, new);
}

/// Puts `default` in the place of a field that is missing or says something else than a `T`.
fn readable<T>(fields: &mut BTreeMap<String, String>, key: &str, default: T)
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let known = fields.get(key).map(|text| serde_json::from_str::<T>(text));
    if !matches!(known, Some(Ok(_)))
        && let Ok(text) = serde_json::to_string(&default)
    {
        fields.insert(key.to_owned(), text);
    }
}
