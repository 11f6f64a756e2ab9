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
mod saved_voices;
mod state_version;

pub use editor_size::EditorSize;
pub use saved_voices::SavedVoices;
pub use state_version::StateVersion;

use nice_plug::plugin::ParamValue;

/// The version that is written.
pub const VERSION: u32 = 1;

/// The key of the version.
const VERSION_KEY: &str = "state-version";

/// The key of the voices.
const VOICES_KEY: &str = "voices";

/// No parameter of any version comes near it.
const LARGEST: f32 = 1e6;

/// Leads a state of any version to the present one.
///
/// Numbers that no version wrote are dropped: the framework takes over what it is given, unchecked. A state without
/// voices, such as a hand-written preset, means the default voice rather than those that were there before.
pub fn migrate(state: &mut PluginState) {
    state.params.retain(|_, value| match value {
        ParamValue::F32(value) => value.is_finite() && value.abs() <= LARGEST,
        ParamValue::I32(value) => value.unsigned_abs() <= LARGEST as u32,
        _ => true,
    });
    let fields = &mut state.fields;
    readable::<u32>(fields, VERSION_KEY, VERSION);
    readable::<Vec<syrinx_engine::VoiceIdentity>>(fields, VOICES_KEY, Vec::new());
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
