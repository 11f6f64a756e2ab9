//! The step that looks for the plugin's bundles where hosts look for them.

use std::env;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::report::{Facts, Finding, State};

/// What the plugin's bundles are called, without their endings.
const NAME: &str = "Syrinx";

/// The formats, by the endings of their bundles.
const FORMATS: [(&str, &str); 2] = [("VST3", "vst3"), ("CLAP", "clap")];

/// Where a host looks, by whose folder it is.
const USER: &str = "this user's folder";
const SYSTEM: &str = "the system's folder";
const BESIDE: &str = "beside the program";

/// The formats and where they were found.
#[derive(Debug, Serialize)]
pub(super) struct PluginsFacts {
    formats: Vec<FormatFacts>,
}

/// One format and where it was found.
#[derive(Debug, Serialize)]
struct FormatFacts {
    format: &'static str,
    /// Kinds of places, not folders.
    places: Vec<&'static str>,
}

/// A folder to look into.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    kind: &'static str,
    folder: PathBuf,
}

/// Looks for the bundles. None of them is loaded: that is what hosts do.
pub(super) fn step() -> (Finding, ()) {
    let own = env::current_exe().ok();
    let own = own.as_deref().and_then(Path::parent);
    let formats = FORMATS.map(|(format, ending)| {
        let places = places(env::consts::OS, ending, own, |name| {
            env::var_os(name).map(Into::into)
        });
        FormatFacts {
            format,
            places: found(&places, ending),
        }
    });
    (finding(formats.into()), ())
}

fn finding(formats: Vec<FormatFacts>) -> Finding {
    let line = |format: &FormatFacts| match format.places.as_slice() {
        [] => format!("{} is not installed", format.format),
        places => format!("{} is in {}", format.format, places.join(" and ")),
    };
    let says: Vec<String> = formats.iter().map(line).collect();
    let state = match formats.iter().all(|format| format.places.is_empty()) {
        true => State::NotThere,
        false => State::Works,
    };
    Finding::new(
        state,
        says.join("; "),
        Facts::Plugins(PluginsFacts { formats }),
    )
}

/// The kinds of places in which there is a bundle with something in it.
fn found(places: &[Place], ending: &str) -> Vec<&'static str> {
    let mut kinds: Vec<&'static str> = Vec::new();
    for place in places {
        if !kinds.contains(&place.kind) && has_bundle(&place.folder, ending) {
            kinds.push(place.kind);
        }
    }
    kinds
}

/// Whether a folder holds the bundle, or one of our name does that holds it and what it needs.
fn has_bundle(folder: &Path, ending: &str) -> bool {
    let bundle = format!("{NAME}.{ending}");
    [folder.join(&bundle), folder.join(NAME).join(&bundle)]
        .iter()
        .any(|path| path.is_file() || path.join("Contents").is_dir())
}

/// Where hosts look on a system for bundles of this ending, and where the plugin lies in what was unpacked.
fn places(
    os: &str,
    ending: &str,
    own: Option<&Path>,
    variable: impl Fn(&str) -> Option<PathBuf>,
) -> Vec<Place> {
    let at = |kind, folder: Option<PathBuf>| folder.map(|folder| Place { kind, folder });
    let below = |name: &str, rest: &str| {
        let root = variable(name).filter(|path| path.is_absolute())?;
        Some(root.join(rest))
    };
    let upper = ending.to_uppercase();
    let installed = match os {
        "windows" => vec![
            at(
                USER,
                below("LOCALAPPDATA", "Programs/Common").map(|path| path.join(&upper)),
            ),
            at(SYSTEM, below("COMMONPROGRAMFILES", &upper)),
        ],
        "macos" => vec![
            at(
                USER,
                below("HOME", "Library/Audio/Plug-Ins").map(|path| path.join(&upper)),
            ),
            at(
                SYSTEM,
                Some(Path::new("/Library/Audio/Plug-Ins").join(&upper)),
            ),
        ],
        _ => vec![
            at(USER, below("HOME", &format!(".{ending}"))),
            at(SYSTEM, Some(Path::new("/usr/lib").join(ending))),
            at(SYSTEM, Some(Path::new("/usr/local/lib").join(ending))),
        ],
    };
    let unpacked = own.into_iter().flat_map(|own| {
        let roots = [Some(own.to_owned()), own.parent().map(Path::to_owned)];
        let inside = ["", ending, &upper, "plugins", "plugin"].map(str::to_owned);
        roots.into_iter().flatten().flat_map(move |root| {
            inside.clone().map(|name| Place {
                kind: BESIDE,
                folder: root.join(name),
            })
        })
    });
    installed.into_iter().flatten().chain(unpacked).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn absolute(name: &str) -> PathBuf {
        let root = if cfg!(windows) { "C:\\" } else { "/" };
        Path::new(root).join(name)
    }

    #[test]
    fn each_system_has_its_places() {
        let variable = |name: &str| Some(absolute(&name.to_lowercase()));
        for (os, user) in [
            ("linux", absolute("home").join(".vst3")),
            (
                "macos",
                absolute("home").join("Library/Audio/Plug-Ins/VST3"),
            ),
            (
                "windows",
                absolute("localappdata").join("Programs/Common/VST3"),
            ),
        ] {
            let places = places(os, "vst3", None, variable);
            assert_eq!(places[0].folder, user);
            assert_eq!(places[0].kind, USER);
            assert!(places[1..].iter().all(|place| place.kind == SYSTEM));
        }
        let none = places("windows", "clap", None, |_| None);
        assert!(none.is_empty());
    }

    #[test]
    fn bundles_are_found_in_both_forms_and_told_by_kind() {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("home");
        fs::create_dir_all(home.join(".vst3/Syrinx.vst3/Contents")).unwrap();
        fs::create_dir_all(home.join(".clap/Syrinx")).unwrap();
        fs::write(home.join(".clap/Syrinx/Syrinx.clap"), "").unwrap();
        let own = root.path().join("unpacked/bin");
        fs::create_dir_all(root.path().join("unpacked/Syrinx.vst3/Contents")).unwrap();
        let look = |ending: &str| {
            let variable = |name: &str| (name == "HOME").then(|| home.clone());
            found(&places("linux", ending, Some(&own), variable), ending)
        };
        // The system's own folders may hold one as well.
        let without_system = |mut kinds: Vec<&'static str>| {
            kinds.retain(|kind| *kind != SYSTEM);
            kinds
        };
        assert_eq!(without_system(look("vst3")), [USER, BESIDE]);
        assert_eq!(without_system(look("clap")), [USER]);
        fs::remove_dir_all(&home).unwrap();
        assert_eq!(without_system(look("clap")), [""; 0]);
    }

    #[test]
    fn a_missing_plugin_is_no_failure() {
        let format = |format, places: &[&'static str]| FormatFacts {
            format,
            places: places.to_vec(),
        };
        let found = finding(vec![format("VST3", &[]), format("CLAP", &[])]);
        assert_eq!(found.state, State::NotThere);
        let found = finding(vec![format("VST3", &[USER]), format("CLAP", &[])]);
        assert_eq!(found.state, State::Works);
        assert_eq!(
            found.says,
            "VST3 is in this user's folder; CLAP is not installed"
        );
    }
}
