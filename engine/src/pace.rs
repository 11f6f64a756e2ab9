//! Whether the audio side may wait for the model.

/// Whether the audio side may wait for the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Never: the caller is a device.
    Realtime,
    /// If the host comes back for more before a sound card would: hosts do not always say that they render
    /// offline ([`crate::Pacing`]).
    #[default]
    Auto,
    /// For as long as the worker makes progress: the host says that it renders offline.
    Offline,
}
