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

/// A connection in a patchbay, of one of our ports with another program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// Our port, without the name of the client.
    pub own: &'static str,
    /// The other's, in full.
    pub other: String,
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
    /// What does not work, without the voice being lost.
    fn trouble(&self) -> Option<&str> {
        None
    }
    /// How it was connected when it was last looked after, where there is a patchbay.
    fn wires(&self) -> &[Wire] {
        &[]
    }
    /// Connects it like that again, as far as the others are there; what is connected else is taken away.
    fn wire(&mut self, _: &[Wire]) {}
    /// The buffers between devices with clocks of their own, by name.
    fn drifts(&self) -> Vec<(&'static str, &DriftState)>;
}
