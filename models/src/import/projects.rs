//! Looks for the files of a MoeVS project of which only the `.json` was named.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::candidates::Candidates;
use super::error::ImportError;
use super::request::ImportObserver;
use super::source::lying_in;

/// Adds the files in the folder that a project names, if no synthesizer was found: it lies beside the `.json`, or beside
/// the folder of all `.json`.
pub(super) fn look_around(
    found: &mut Candidates,
    observer: &mut dyn ImportObserver,
) -> Result<(), ImportError> {
    if !found.synthesizers.is_empty() {
        return Ok(());
    }
    let projects = found.texts.iter().filter(|text| !text.file.is_unpacked());
    let folders: Vec<PathBuf> = projects
        .filter_map(|text| Some((text, text.folder.as_deref().and_then(plain)?)))
        .flat_map(|(text, folder)| places(&text.file.path, folder))
        .collect();
    for folder in folders {
        let files = lying_in(&folder);
        found.look_into(&files, observer)?;
        if !found.synthesizers.is_empty() {
            break;
        }
    }
    Ok(())
}

/// A project may name a folder, and no path.
fn plain(folder: &str) -> Option<&Path> {
    let path = Path::new(folder);
    let mut parts = path.components();
    let one = matches!(parts.next(), Some(Component::Normal(_))) && parts.next().is_none();
    one.then_some(path)
}

fn places(json: &Path, folder: &Path) -> Vec<PathBuf> {
    let json = fs::canonicalize(json).unwrap_or_else(|_| json.to_owned());
    let mut above = json.ancestors().skip(1);
    let beside = above.next().map(|parent| parent.join(folder));
    // Older versions keep the .json in `Mods`, beside `Models`.
    let models = above
        .next()
        .map(|parent| parent.join("Models").join(folder));
    beside.into_iter().chain(models).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_names_no_paths() {
        assert_eq!(plain("Mei"), Some(Path::new("Mei")));
        for path in ["", "..", ".", "../Mei", "a/b", "/etc"] {
            assert_eq!(plain(path), None, "{path:?}");
        }
    }
}
