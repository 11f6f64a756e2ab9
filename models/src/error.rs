//! One error type per phase: reading a manifest, loading, running, reading and writing samples, converting.

use std::path::PathBuf;

use crate::runtime::{Backend, Device, Megabytes};

/// Why a voice bundle was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// A file of the bundle cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// `voice.json` is not what the format says.
    #[error("{path}: {reason}")]
    Malformed {
        /// The manifest.
        path: PathBuf,
        /// What is wrong, with expected and found.
        reason: String,
    },
    /// The bundle is of a format version that this program does not know.
    #[error(
        "{path}: voice format version {found}, this program reads 1 to {supported}; update Syrinx"
    )]
    Version {
        /// The manifest.
        path: PathBuf,
        /// The version in the file.
        found: u64,
        /// The newest version that is understood.
        supported: u64,
    },
    /// A path in the manifest leads out of the bundle.
    #[error("{path}: the entry {entry:?} leads out of the bundle")]
    Escapes {
        /// The manifest or graph.
        path: PathBuf,
        /// The path as written there.
        entry: String,
    },
    /// A file is larger than its bound.
    #[error("{path}: {found} bytes, at most {limit} are allowed")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        found: u64,
        /// The bound.
        limit: u64,
    },
    /// A file is not as large as the manifest says.
    #[error(
        "{path}: {found} bytes, the manifest says {expected}; the file is damaged or was changed"
    )]
    Size {
        /// The file.
        path: PathBuf,
        /// From the manifest.
        expected: u64,
        /// Of the file.
        found: u64,
    },
    /// The voice has no file for a role.
    #[error("{path}: no file for the role {role:?}; it has {known}")]
    Role {
        /// The manifest.
        path: PathBuf,
        /// The role asked for.
        role: String,
        /// The roles that there are.
        known: String,
    },
    /// The voice has no such speaker.
    #[error("{path}: no speaker {found:?}; it has {known}")]
    Speaker {
        /// The bundle.
        path: PathBuf,
        /// The name or number asked for.
        found: String,
        /// The speakers that there are, with their numbers.
        known: String,
    },
    /// A file is not the one that the manifest names.
    #[error(
        "{path}: SHA-256 {found}, the manifest says {expected}; the file is damaged or was changed"
    )]
    Hash {
        /// The file.
        path: PathBuf,
        /// From the manifest.
        expected: String,
        /// Of the file.
        found: String,
    },
}

/// Why a network or voice could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bundle was refused.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A feature index or file of centres was refused.
    #[error(transparent)]
    Retrieval(#[from] crate::svc::retrieval::RetrievalError),
    /// The backend that was asked for cannot serve.
    #[error("the backend {backend} cannot serve: {reason}")]
    Backend {
        /// The backend asked for.
        backend: Backend,
        /// Why, and what to do.
        reason: String,
    },
    /// The device that was asked for cannot serve.
    #[error("the device {device} cannot serve: {reason}")]
    Device {
        /// The device asked for.
        device: Device,
        /// Why, and what to do.
        reason: String,
    },
    /// The graph is damaged or uses what the backend lacks.
    #[error("{model}: {backend} cannot load the graph: {reason}")]
    Graph {
        /// File or role of the graph.
        model: String,
        /// The backend.
        backend: Backend,
        /// What the backend said.
        reason: String,
    },
    /// The graph keeps data in another file.
    #[error(
        "{model}: the tensor {tensor:?} keeps its data in another file ({location:?}); expected all data in the graph itself"
    )]
    ExternalData {
        /// File or role of the graph.
        model: String,
        /// The tensor.
        tensor: String,
        /// Where it points.
        location: String,
    },
    /// The budget of device memory does not suffice.
    #[error(
        "{device}: {} of its memory are needed and {} are free, of {} that may be used; unload another voice, choose \
         the device cpu, or raise the limit",
        Megabytes(*wanted), Megabytes(*left), Megabytes(*limit)
    )]
    Vram {
        /// The device.
        device: Device,
        /// Bytes asked for.
        wanted: u64,
        /// Bytes left.
        left: u64,
        /// Bytes in all.
        limit: u64,
    },
    /// An input or output is missing or of another type or rank.
    #[error("{model}: expected {expected}, found {found}")]
    Tensor {
        /// File or role of the graph.
        model: String,
        /// The tensor that the contract asks for.
        expected: String,
        /// What the graph has.
        found: String,
    },
    /// The voice does not have what was asked for.
    #[error("{0}")]
    Unsupported(String),
    /// The first run failed.
    #[error("{model}: the first run failed: {source}")]
    Prewarm {
        /// File or role of the graph.
        model: String,
        /// What failed.
        source: RunError,
    },
}

/// Why a run of a network failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// An input does not fit the declared one.
    #[error("input {name:?}: expected {expected}, found {found}")]
    Input {
        /// The input's name.
        name: String,
        /// As declared.
        expected: String,
        /// As given.
        found: String,
    },
    /// An output does not fit the contract.
    #[error("output {name:?}: expected {expected}, found {found}")]
    Output {
        /// The output's name.
        name: String,
        /// By contract.
        expected: String,
        /// As computed.
        found: String,
    },
    /// The backend reported an error.
    #[error("{backend} failed: {reason}")]
    Backend {
        /// The backend.
        backend: Backend,
        /// What it said.
        reason: String,
    },
}

/// Why samples could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the input: {0}")]
pub struct ReadError(pub String);

/// Why samples could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the output: {0}")]
pub struct WriteError(pub String);

/// Why a conversion ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// A network failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The voice or its settings do not fit together.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The input failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The output failed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A setting is out of its range.
    #[error("{name}: expected {expected}, found {found}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// The range.
        expected: String,
        /// The value.
        found: String,
    },
    /// The rates cannot be converted.
    #[error("cannot resample from {from} to {to}: {reason}")]
    Resample {
        /// From.
        from: syrinx_dsp::SampleRate,
        /// To.
        to: syrinx_dsp::SampleRate,
        /// Why.
        reason: String,
    },
    /// The user stopped it.
    #[error("stopped")]
    Cancelled,
}

impl ConvertError {
    /// `Ok` while `value` lies in `low..=high`; otherwise the error that names the setting.
    pub(crate) fn check_range(
        name: &'static str,
        value: f64,
        low: f64,
        high: f64,
    ) -> Result<(), ConvertError> {
        if (low..=high).contains(&value) {
            return Ok(());
        }
        Err(ConvertError::Setting {
            name,
            expected: format!("{low} to {high}"),
            // As f32, which settings are: 1.1 is not to be shown as 1.10000002384.
            found: (value as f32).to_string(),
        })
    }
}

/// `Ok` while all `values` of the output `name` are finite.
pub(crate) fn check_finite(name: &str, values: &[f32]) -> Result<(), RunError> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(RunError::Output {
            name: name.to_owned(),
            expected: "finite values".to_owned(),
            found: format!("{} at element {index}", values[index]),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_is_not_finite_is_named_with_its_place() {
        assert!(check_finite("audio", &[0.0, -1.0, f32::MAX]).is_ok());
        let error = check_finite("audio", &[0.0, f32::NAN]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "output \"audio\": expected finite values, found NaN at element 1"
        );
        assert!(check_finite("audio", &[f32::INFINITY]).is_err());
    }
}
