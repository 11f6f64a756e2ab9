//! What a runtime found, for people.

use std::path::PathBuf;

use super::{Backend, Device};

/// What a runtime found, for people; see [`super::Runtime::status`].
#[derive(Clone, Debug)]
pub struct RuntimeStatus {
    /// The backend that serves.
    pub backend: Backend,
    /// Why it is this one.
    pub reason: String,
    /// The ONNX Runtime library, where one was found.
    pub library: Option<LibraryStatus>,
    /// Every place that was searched, in order.
    pub candidates: Vec<Candidate>,
    /// The devices and whether they serve.
    pub devices: Vec<DeviceStatus>,
}

/// The ONNX Runtime library that was found.
#[derive(Clone, Debug)]
pub struct LibraryStatus {
    /// Its absolute path.
    pub path: PathBuf,
    /// Its version, or why it cannot be opened.
    pub version: Result<String, String>,
}

/// A place where the library was searched.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The file or directory.
    pub path: PathBuf,
    /// Whether a library was there.
    pub found: bool,
}

/// Whether a device serves.
#[derive(Clone, Debug)]
pub struct DeviceStatus {
    /// The device.
    pub device: Device,
    /// `Err` holds the reason why not, and what to do.
    pub available: Result<(), String>,
}
