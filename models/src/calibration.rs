//! Keeps what was measured of a voice on this machine: the windows that hold their deadline.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};

use crate::quality::Quality;
use crate::voices::calibration_folder;

/// Largest file that is read; a calibration has a few hundred bytes.
const MAX_BYTES: u64 = 1 << 16;

/// A window that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibratedWindow {
    /// New audio per call, in milliseconds.
    pub chunk_ms: f64,
    /// Past audio that comes with each chunk, in milliseconds.
    pub context_ms: f64,
    /// Future audio, in milliseconds.
    pub lookahead_ms: f64,
    /// The slowest of the measured chunks but one in a thousand, in milliseconds of compute.
    pub compute_ms: f64,
    /// The time that a chunk has, in milliseconds.
    pub deadline_ms: f64,
    /// How many chunks were measured.
    pub chunks: usize,
}

impl CalibratedWindow {
    /// Whether the chunk is computed in time with what is left for a busier machine.
    pub fn holds(&self) -> bool {
        self.compute_ms * HEADROOM <= self.deadline_ms
    }
}

/// A host's own work and other plug-ins take their share of the caches and of the clock; what is measured alone
/// must leave them a quarter.
pub(crate) const HEADROOM: f64 = 1.25;

/// What was measured of one voice on this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The hash of the voice.
    pub voice: String,
    /// Its name, for people who read the file.
    pub name: String,
    /// The backend and the device.
    pub runs_on: String,
    /// Threads that a network gets.
    pub threads: usize,
    /// The window for each quality.
    pub windows: BTreeMap<Quality, CalibratedWindow>,
}

/// Why a calibration cannot be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// No folder is known for it.
    #[error(
        "no folder for calibrations: expected SYRINX_HOME to be an absolute path, or this user to have a folder for data"
    )]
    NoFolder,
    /// The file cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Calibration {
    /// What is known of the voice with this hash. It is read once per process, so that every part of it streams the
    /// voice alike; what is measured later counts from the next start. A file that is damaged counts as none.
    pub fn of(voice: &str) -> Option<Calibration> {
        static KNOWN: OnceLock<Mutex<HashMap<String, Option<Calibration>>>> = OnceLock::new();
        let known = KNOWN.get_or_init(Mutex::default);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry(voice.to_owned())
            .or_insert_with(|| Calibration::read(&calibration_folder()?, voice))
            .clone()
    }

    /// Keeps it for later processes, and returns the file.
    ///
    /// # Errors
    /// If there is no folder for it or it cannot be written.
    pub fn keep(&self) -> Result<PathBuf, CalibrationError> {
        self.write(&calibration_folder().ok_or(CalibrationError::NoFolder)?)
    }

    fn read(folder: &Path, voice: &str) -> Option<Calibration> {
        let path = file(folder, voice)?;
        if std::fs::metadata(&path).ok()?.len() > MAX_BYTES {
            return None;
        }
        let found: Calibration = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        (found.voice == voice && found.is_sound()).then_some(found)
    }

    fn write(&self, folder: &Path) -> Result<PathBuf, CalibrationError> {
        let path = file(folder, &self.voice).ok_or(CalibrationError::NoFolder)?;
        let failed = |source| CalibrationError::Write {
            path: path.clone(),
            source,
        };
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        std::fs::create_dir_all(folder).map_err(failed)?;
        // A reader must never see half of it.
        let aside = path.with_extension("new");
        std::fs::write(&aside, text).map_err(failed)?;
        std::fs::rename(&aside, &path).map_err(failed)?;
        Ok(path)
    }

    /// Whether all numbers are such as a measurement gives.
    fn is_sound(&self) -> bool {
        let within = |value: f64, least: f64, most: f64| (least..=most).contains(&value);
        (1..=256).contains(&self.threads)
            && self.windows.values().all(|window| {
                within(window.chunk_ms, 5.0, 5_000.0)
                    && within(window.context_ms, 0.0, 20_000.0)
                    && within(window.lookahead_ms, 0.0, 2_000.0)
            })
    }
}

/// The file of a voice; `None` for what is no hash.
fn file(folder: &Path, voice: &str) -> Option<PathBuf> {
    let is_hash = !voice.is_empty() && voice.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| folder.join(format!("{voice}.json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration() -> Calibration {
        let window = CalibratedWindow {
            chunk_ms: 100.0,
            context_ms: 400.0,
            lookahead_ms: 60.0,
            compute_ms: 70.0,
            deadline_ms: 100.0,
            chunks: 250,
        };
        Calibration {
            voice: "0af1".to_owned(),
            name: "someone".to_owned(),
            runs_on: "ONNX Runtime on the CPU".to_owned(),
            threads: 2,
            windows: Quality::ALL.map(|quality| (quality, window)).into(),
        }
    }

    #[test]
    fn what_is_kept_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let kept = calibration();
        kept.write(folder.path()).unwrap();
        assert_eq!(Calibration::read(folder.path(), "0af1"), Some(kept));
        assert_eq!(Calibration::read(folder.path(), "0af2"), None);
    }

    #[test]
    fn damaged_and_foreign_files_count_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut other = calibration();
        let path = other.write(folder.path()).unwrap();
        for damaged in ["", "{", "[]", "{\"voice\": \"0af1\"}"] {
            std::fs::write(&path, damaged).unwrap();
            assert_eq!(Calibration::read(folder.path(), "0af1"), None, "{damaged}");
        }
        let window = other.windows.get_mut(&Quality::Best).unwrap();
        window.chunk_ms = -1.0;
        other.write(folder.path()).unwrap();
        assert_eq!(Calibration::read(folder.path(), "0af1"), None);
        assert!(file(folder.path(), "../up").is_none());
    }

    #[test]
    fn a_quarter_is_left_for_others() {
        let mut window = calibration().windows[&Quality::Best];
        assert!(window.holds());
        window.compute_ms = 81.0;
        assert!(!window.holds());
    }
}
