//! Devices at work around a session.

use crate::drift::DriftState;
use crate::error::LiveError;
use crate::session::Session;

/// What was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct RigFacts {
    /// Which system of devices.
    pub backend: String,
    /// Where the voice comes from.
    pub input: String,
    /// Where the changed voice goes.
    pub output: String,
    /// Who else hears it.
    pub monitor: Option<String>,
    /// The engine's rate in Hz: that of the output.
    pub rate: u32,
    /// Frames that the output takes at once.
    pub block: u32,
}

/// Devices at work around a session. Dropped, they stop.
pub trait Rig {
    /// What was opened.
    fn facts(&self) -> RigFacts;
    /// The engine's side.
    fn session(&mut self) -> &mut Session;
    /// Does what callbacks cannot; to be called some ten times a second.
    ///
    /// # Errors
    /// If a device or server went away.
    fn tend(&mut self) -> Result<(), LiveError>;
    /// The buffers between devices with clocks of their own, by name.
    fn drifts(&self) -> Vec<(&'static str, &DriftState)>;
}
