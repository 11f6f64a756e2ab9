//! Why the live program stopped or did not start.

use syrinx_models::ManifestError;

/// Why the live program stopped or did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// No device fits the name or number, or more than one does.
    #[error("{role} {asked:?}: {problem} (expected {expected})")]
    Device {
        /// "input", "output" or "monitor".
        role: &'static str,
        /// As asked for.
        asked: String,
        /// What is wrong.
        problem: String,
        /// What there is.
        expected: String,
    },
    /// The system has no device for this role.
    #[error(
        "{role}: {backend} has no device for it; `syrinx-live --list-devices` shows what there is"
    )]
    NoDevice {
        /// "input", "output" or "monitor".
        role: &'static str,
        /// Which system of devices.
        backend: String,
    },
    /// A device refuses what is asked of it.
    #[error("{role} {device:?}: {problem}")]
    Stream {
        /// "input", "output" or "monitor".
        role: &'static str,
        /// The device's name.
        device: String,
        /// What it refuses, with what was asked for.
        problem: String,
    },
    /// The run around the devices panicked.
    #[error("an error inside Syrinx ended the session; standard error says which")]
    Panicked,
    /// There is no screen, or nothing draws on it.
    #[error("window: {0} (expected a screen; without --window it runs in a terminal)")]
    Window(String),
    /// This backend cannot serve here.
    #[error("backend {name}: {problem}")]
    Backend {
        /// Its name.
        name: &'static str,
        /// Why not.
        problem: String,
    },
    /// The device or server went away while it ran.
    #[error("{device}: {problem}")]
    Lost {
        /// Which one.
        device: String,
        /// What it said.
        problem: String,
    },
    /// There is no such voice.
    #[error("voice {name:?}: not found (expected {expected}, or a folder or zip)")]
    NoVoice {
        /// As asked for.
        name: String,
        /// What there is.
        expected: String,
    },
    /// The voice is refused.
    #[error("voice {name}: {source}")]
    Voice {
        /// As asked for.
        name: String,
        /// Why.
        source: Box<ManifestError>,
    },
    /// The voice has no such speaker.
    #[error("speaker {name:?}: not found (expected {expected})")]
    NoSpeaker {
        /// As asked for.
        name: String,
        /// Who there is.
        expected: String,
    },
    /// A recording cannot be written.
    #[error("recording {file}: {source} (expected a new file in a folder that can be written to)")]
    Record {
        /// Which file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// A key that counts in every window is not to be had.
    #[error("hotkey {key}: {problem}")]
    Hotkey {
        /// As asked for.
        key: String,
        /// Why not.
        problem: String,
    },
    /// The remote control cannot serve.
    #[error("remote control on port {port}: {source}")]
    Remote {
        /// As asked for.
        port: u16,
        /// Why not.
        source: std::io::Error,
    },
    /// A virtual microphone cannot be made or taken away.
    #[error("route: {0}")]
    Route(String),
    /// The clicks of a measurement were not heard.
    #[error("latency: {0}")]
    Measure(String),
    /// The terminal or standard output cannot be used.
    #[error("terminal: {0}")]
    Terminal(#[from] std::io::Error),
}
