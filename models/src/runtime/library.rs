//! Finds the ONNX Runtime library, by absolute path.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Backend, Candidate};
use crate::data_folder::local_folder;
use crate::error::LoadError;

/// Names the library to take.
pub(super) const VARIABLE: &str = "SYRINX_ONNXRUNTIME";

/// The outcome of a search.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) library: Option<PathBuf>,
    pub(super) candidates: Vec<Candidate>,
}

/// What the search depends on, so that tests need not change the process's environment.
#[derive(Clone, Debug, Default)]
struct Surroundings {
    variable: Option<OsString>,
    executable: Option<PathBuf>,
    data: Option<PathBuf>,
}

impl Surroundings {
    fn of_this_process() -> Surroundings {
        Surroundings {
            variable: std::env::var_os(VARIABLE).filter(|value| !value.is_empty()),
            executable: std::env::current_exe().ok(),
            data: local_folder(),
        }
    }
}

/// Searches `configured`, then where [`super::Runtime`] says.
pub(super) fn search(configured: Option<&Path>) -> Result<Found, LoadError> {
    search_in(configured, &Surroundings::of_this_process())
}

fn search_in(configured: Option<&Path>, surroundings: &Surroundings) -> Result<Found, LoadError> {
    if let Some(path) = configured {
        return named(path, "the configuration");
    }
    if let Some(path) = &surroundings.variable {
        return named(Path::new(path), VARIABLE);
    }
    let mut candidates = Vec::new();
    let mut library = None;
    for directory in directories(surroundings) {
        let file = library_in(&directory);
        candidates.push(Candidate {
            path: directory,
            found: file.is_some(),
        });
        library = library.or(file);
    }
    Ok(Found {
        library,
        candidates,
    })
}

/// A library that a person named: taken or refused.
fn named(path: &Path, by: &str) -> Result<Found, LoadError> {
    let refuse = |what: &str| LoadError::Backend {
        backend: Backend::OnnxRuntime,
        reason: format!("{} (named by {by}) {what}", path.display()),
    };
    if !path.is_absolute() {
        return Err(refuse("is not an absolute path"));
    }
    if !path.is_file() {
        return Err(refuse(
            "is not there; correct the name, or run `cargo xtask setup runtime`",
        ));
    }
    Ok(Found {
        library: Some(path.to_owned()),
        candidates: vec![Candidate {
            path: path.to_owned(),
            found: true,
        }],
    })
}

fn directories(surroundings: &Surroundings) -> Vec<PathBuf> {
    let beside = surroundings.executable.as_deref().and_then(Path::parent);
    let mut directories = Vec::new();
    if let Some(directory) = beside {
        directories.push(directory.to_owned());
        directories.extend(directory.parent().map(|up| up.join("lib").join("syrinx")));
    }
    if let Some(data) = &surroundings.data {
        // The CUDA build serves the CPU as well, and a process can open only one: where both are installed,
        // it is the one that no later request makes wrong.
        directories.extend(["cuda", "cpu"].map(|device| data.join("runtime").join(device)));
    }
    directories.retain(|directory| directory.is_absolute());
    directories
}

/// The ONNX Runtime library in `directory`, under the name that it has on this system: `onnxruntime.dll`,
/// `libonnxruntime.dylib` or `libonnxruntime.so`, else the last with a version by name.
pub fn library_in(directory: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(directory).ok()?;
    let libraries = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_library(path) && path.is_file());
    // The one without a version is the shortest.
    let (plain, versioned): (Vec<PathBuf>, Vec<PathBuf>) = libraries.partition(|path| {
        path.file_name()
            .is_some_and(|name| name.len() == PLAIN.len())
    });
    plain.into_iter().next().or(versioned.into_iter().max())
}

/// The library's name without a version.
const PLAIN: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// Whether that is the library and not one of its providers.
fn is_library(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    if cfg!(windows) {
        name.eq_ignore_ascii_case(PLAIN)
    } else if cfg!(target_os = "macos") {
        name.starts_with("libonnxruntime.") && name.ends_with(".dylib")
    } else {
        name == PLAIN || name.starts_with("libonnxruntime.so.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, b"").unwrap();
    }

    /// The library's name with a version, as this system writes it; Windows writes none.
    fn versioned(version: &str) -> String {
        if cfg!(windows) {
            PLAIN.to_owned()
        } else if cfg!(target_os = "macos") {
            format!("libonnxruntime.{version}.dylib")
        } else {
            format!("{PLAIN}.{version}")
        }
    }

    #[test]
    fn places_are_searched_in_order() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        let surroundings = Surroundings {
            variable: None,
            executable: Some(at("app/bin/syrinx")),
            data: Some(at("data")),
        };
        let found = || search_in(None, &surroundings).unwrap();
        assert_eq!(found().library, None);
        // From the last place to the first: each new one wins over all before it.
        for path in [
            format!("data/runtime/cpu/{}", versioned("1.31.1")),
            format!("data/runtime/cuda/{}", versioned("1.31.1")),
            format!("app/lib/syrinx/{PLAIN}"),
            format!("app/bin/{}", versioned("1")),
            format!("app/bin/{PLAIN}"),
        ] {
            touch(&at(&path));
            assert_eq!(found().library, Some(at(&path)));
        }
        assert_eq!(
            found()
                .candidates
                .iter()
                .filter(|candidate| candidate.found)
                .count(),
            4
        );

        touch(&at("named.so"));
        let with_variable = Surroundings {
            variable: Some(at("named.so").into()),
            ..surroundings.clone()
        };
        assert_eq!(
            search_in(None, &with_variable).unwrap().library,
            Some(at("named.so"))
        );
        touch(&at("configured.so"));
        let configured = search_in(Some(&at("configured.so")), &with_variable).unwrap();
        assert_eq!(configured.library, Some(at("configured.so")));
    }

    #[test]
    fn a_named_library_is_never_passed_over() {
        let root = tempfile::tempdir().unwrap();
        touch(&root.path().join("runtime/cpu").join(PLAIN));
        let surroundings = Surroundings {
            data: Some(root.path().to_owned()),
            ..Surroundings::default()
        };
        let nowhere = root.path().join("nowhere").join(PLAIN);
        for (path, message) in [
            (PLAIN, "not an absolute path"),
            (nowhere.to_str().unwrap(), "cargo xtask setup runtime"),
        ] {
            let error = search_in(Some(Path::new(path)), &surroundings)
                .unwrap_err()
                .to_string();
            assert!(error.contains(message) && error.contains(path), "{error}");
        }
    }

    #[test]
    fn the_library_is_found_and_its_providers_are_not() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(library_in(root.path()), None);
        let provider = PLAIN.replace("onnxruntime", "onnxruntime_providers_shared");
        touch(&root.path().join(provider));
        touch(&root.path().join("libsyrinx_plugin.so"));
        assert_eq!(library_in(root.path()), None);
        let last = root.path().join(versioned("1.31.1"));
        touch(&root.path().join(versioned("1")));
        touch(&last);
        assert_eq!(library_in(root.path()), Some(last));
        assert_eq!(library_in(&root.path().join("nowhere")), None);
    }
}
