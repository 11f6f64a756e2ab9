//! Whether the audio side may wait for the model.

/// Whether the audio side may wait for the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Never: the caller is a device.
    Realtime,
    /// As long as the host is ahead of real time: hosts do not always say that they render offline, and one that
    /// is ahead loses nothing by waiting.
    #[default]
    Auto,
    /// For as long as the worker makes progress: the host says that it renders offline.
    Offline,
}
