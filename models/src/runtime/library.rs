//! Finds the ONNX Runtime library, by absolute path.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Backend, Candidate};
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
            data: data_directory(|name| std::env::var_os(name)),
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

/// The library in `directory`: `libonnxruntime.so`, else the last `libonnxruntime.so.*` by name.
fn library_in(directory: &Path) -> Option<PathBuf> {
    let plain = directory.join("libonnxruntime.so");
    if plain.is_file() {
        return Some(plain);
    }
    let mut versioned: Vec<PathBuf> = std::fs::read_dir(directory)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| name.starts_with("libonnxruntime.so.")) && path.is_file()
        })
        .collect();
    versioned.sort();
    versioned.pop()
}

/// Where setup puts things: `$SYRINX_HOME`, else `$XDG_DATA_HOME/syrinx`, else `~/.local/share/syrinx`.
fn data_directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("SYRINX_HOME")
        .or_else(|| absolute("XDG_DATA_HOME").map(|path| path.join("syrinx")))
        .or_else(|| absolute("HOME").map(|path| path.join(".local/share/syrinx")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, b"").unwrap();
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
            "data/runtime/cpu/libonnxruntime.so.1.31.1",
            "data/runtime/cuda/libonnxruntime.so.1.31.1",
            "app/lib/syrinx/libonnxruntime.so",
            "app/bin/libonnxruntime.so.1",
            "app/bin/libonnxruntime.so",
        ] {
            touch(&at(path));
            assert_eq!(found().library, Some(at(path)));
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
        touch(&root.path().join("runtime/cpu/libonnxruntime.so"));
        let surroundings = Surroundings {
            data: Some(root.path().to_owned()),
            ..Surroundings::default()
        };
        for (path, message) in [
            ("libonnxruntime.so", "not an absolute path"),
            ("/nowhere/libonnxruntime.so", "cargo xtask setup runtime"),
        ] {
            let error = search_in(Some(Path::new(path)), &surroundings)
                .unwrap_err()
                .to_string();
            assert!(error.contains(message) && error.contains(path), "{error}");
        }
    }

    #[test]
    fn the_data_directory_follows_the_variables() {
        let with = |set: &[(&str, &str)]| {
            data_directory(|name| {
                set.iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| value.into())
            })
        };
        assert_eq!(
            with(&[("SYRINX_HOME", "/s"), ("HOME", "/h")]),
            Some("/s".into())
        );
        assert_eq!(
            with(&[("XDG_DATA_HOME", "/x"), ("HOME", "/h")]),
            Some("/x/syrinx".into())
        );
        assert_eq!(
            with(&[("SYRINX_HOME", "relative"), ("HOME", "/h")]),
            Some("/h/.local/share/syrinx".into())
        );
        assert_eq!(with(&[]), None);
    }
}
