//! The step that finds what runs the networks.

use std::path::Path;

use serde::Serialize;
use syrinx_models::runtime::{LibraryStatus, RuntimeConfig, RuntimeStatus};
use syrinx_models::{Backend, Runtime};

use super::report::{Facts, Finding, State};
use crate::error::CliError;
use crate::voices::find;

/// What runs the networks.
#[derive(Debug, Serialize)]
pub(super) struct BackendFacts {
    backend: String,
    library_version: Option<String>,
    /// What kind of place the library lies in.
    library_place: Option<&'static str>,
    devices: Vec<DeviceFact>,
    /// How many voices are installed.
    installed_voices: usize,
}

/// A device that networks can run on.
#[derive(Debug, Serialize)]
struct DeviceFact {
    device: String,
    serves: bool,
}

/// Finds what runs the networks, and gives what will: tract, where there is a library that cannot be opened.
///
/// # Errors
/// If a library was named that is not there.
pub(super) fn step() -> Result<(Finding, Runtime), CliError> {
    let runtime = Runtime::new(RuntimeConfig::default()).map_err(CliError::runtime)?;
    let status = runtime.status();
    let place = status.library.as_ref().map(|found| place_of(&found.path));
    let facts = Facts::Backend(facts(&status, place));
    let Some(library) = &status.library else {
        let says = "tract, linked in; no ONNX Runtime library was found, which large voices need";
        return Ok((Finding::new(State::Works, says, facts), runtime));
    };
    let place = place.unwrap_or_default();
    match &library.version {
        Ok(version) => {
            // What it was built of follows in brackets, and stands in the facts.
            let number = version.split(' ').next().unwrap_or_default();
            let says = format!(
                "ONNX Runtime {number}, found {place}; {}",
                devices_in_words(&status)
            );
            Ok((Finding::new(State::Works, says, facts), runtime))
        }
        Err(problem) => {
            let says =
                format!("the ONNX Runtime library, found {place}, cannot be opened: {problem}");
            let tract = RuntimeConfig {
                backend: Some(Backend::Tract),
                ..RuntimeConfig::default()
            };
            let tract = Runtime::new(tract).map_err(CliError::runtime)?;
            Ok((Finding::new(State::Failed, says, facts), tract))
        }
    }
}

fn facts(status: &RuntimeStatus, library_place: Option<&'static str>) -> BackendFacts {
    let version = |library: &LibraryStatus| library.version.clone().ok();
    let devices = status.devices.iter().map(|device| DeviceFact {
        device: device.device.to_string(),
        serves: device.available.is_ok(),
    });
    BackendFacts {
        backend: status.backend.to_string(),
        library_version: status.library.as_ref().and_then(version),
        library_place,
        devices: devices.collect(),
        installed_voices: find::installed().len(),
    }
}

fn devices_in_words(status: &RuntimeStatus) -> String {
    let serving = status
        .devices
        .iter()
        .filter(|device| device.available.is_ok());
    let names: Vec<String> = serving.map(|device| device.device.to_string()).collect();
    format!("networks can run on {}", names.join(" and "))
}

/// What kind of place a library lies in, in words that name no folder.
fn place_of(library: &Path) -> &'static str {
    let program = std::env::current_exe().ok();
    let data = find::voice_folder();
    place_among(
        library,
        std::env::var_os("SYRINX_ONNXRUNTIME")
            .as_deref()
            .map(Path::new),
        program.as_deref().and_then(Path::parent),
        data.as_deref().and_then(Path::parent),
    )
}

/// The same, for a variable, the program's folder and that of the user's data.
fn place_among(
    library: &Path,
    named: Option<&Path>,
    program: Option<&Path>,
    data: Option<&Path>,
) -> &'static str {
    let folder = library.parent();
    let is = |place: Option<std::path::PathBuf>| place.is_some() && place.as_deref() == folder;
    if named == Some(library) {
        "where SYRINX_ONNXRUNTIME says"
    } else if program.is_some() && program == folder {
        "beside the program"
    } else if is(program
        .and_then(Path::parent)
        .map(|up| up.join("lib").join("syrinx")))
    {
        "in the libraries beside the program's folder"
    } else if is(data.map(|data| data.join("runtime").join("cuda"))) {
        "in the folder of the user's data, as built for CUDA"
    } else if data.is_some_and(|data| library.starts_with(data)) {
        "in the folder of the user's data"
    } else {
        "in another place"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_by_kind() {
        let [program, data] = ["/app/bin", "/home/anna/data"].map(Path::new);
        let named = Path::new("/x/lib.so");
        for (library, says) in [
            ("/x/lib.so", "where SYRINX_ONNXRUNTIME says"),
            ("/app/bin/lib.so", "beside the program"),
            ("/app/lib/syrinx/lib.so", "in the libraries beside"),
            ("/home/anna/data/runtime/cuda/lib.so", "for CUDA"),
            ("/home/anna/data/runtime/cpu/lib.so", "user's data"),
            ("/opt/lib.so", "in another place"),
        ] {
            let library = Path::new(library);
            let place = place_among(library, Some(named), Some(program), Some(data));
            assert!(place.contains(says), "{library:?}: {place}");
            assert!(!place.contains(['/', '\\']), "{place}");
        }
        assert_eq!(place_among(named, None, None, None), "in another place");
    }
}
