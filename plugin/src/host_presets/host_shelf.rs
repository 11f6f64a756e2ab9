//! Keeps the presets in the folder where VST3 hosts look for them.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nice_plug::prelude::*;
use syrinx_engine::VoiceSlots;
use syrinx_views::{Preset, factory_presets};

use super::{program_state, vst3_preset};
use crate::VoicePlugin;

/// Lists the files that are ours, one name in each line: others in the folder are the user's, saved by a host.
const LIST: &str = ".syrinx";

/// The ending of such files.
const ENDING: &str = "vstpreset";

/// Names another folder for presets of hosts; empty, there is none.
const FOLDER: &str = "SYRINX_VST3_PRESETS";

/// Where VST3 hosts look for the user's presets of this plugin; `None` where the system names no such folder, and where
/// `SYRINX_HOME` keeps everything of Syrinx in one place.
///
/// `$SYRINX_VST3_PRESETS`, which may be empty for none; else `~/.vst3/presets/Syrinx/Syrinx`,
/// `~/Library/Audio/Presets/Syrinx/Syrinx` on macOS, and `%USERPROFILE%\Documents\VST3 Presets\Syrinx\Syrinx` on Windows,
/// as the format wants it.
pub fn host_preset_folder() -> Option<PathBuf> {
    if let Some(folder) = env::var_os(FOLDER) {
        return Some(PathBuf::from(folder)).filter(|folder| folder.is_absolute());
    }
    if env::var_os("SYRINX_HOME").is_some() {
        return None;
    }
    let (home, presets) = if cfg!(target_os = "windows") {
        ("USERPROFILE", "Documents/VST3 Presets")
    } else if cfg!(target_os = "macos") {
        ("HOME", "Library/Audio/Presets")
    } else {
        ("HOME", ".vst3/presets")
    };
    let home = PathBuf::from(env::var_os(home)?);
    let folder = home.join(presets).join(VoicePlugin::VENDOR);
    home.is_absolute().then(|| folder.join(VoicePlugin::NAME))
}

/// Keeps the presets in the folder where VST3 hosts look for them.
pub struct HostShelf {
    folder: Option<PathBuf>,
    voices: Arc<VoiceSlots>,
}

impl HostShelf {
    /// In `folder`, or nowhere; the user's presets may name the voices of `voices`.
    pub fn new(folder: Option<PathBuf>, voices: &Arc<VoiceSlots>) -> HostShelf {
        HostShelf {
            folder,
            voices: Arc::clone(voices),
        }
    }

    /// Writes the presets that come with Syrinx and the user's, where they are not there yet, and removes what we wrote
    /// and is no more. Files of others stay, also where they have the name of one of ours.
    ///
    /// # Errors
    /// In words, with the path, if a file cannot be written.
    pub fn mirror(&self, users: &[Preset]) -> Result<(), String> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let before = listed(folder);
        let mut wanted = BTreeMap::new();
        for preset in factory_presets().iter().chain(users) {
            let name = format!("{}.{ENDING}", plain(&preset.name));
            if before.contains(&name) || !folder.join(&name).exists() {
                wanted.entry(name).or_insert_with(|| self.file(preset));
            }
        }
        // The list comes first: were it missing at the end, what was written would be taken for somebody else's.
        let list: String = wanted.keys().map(|name| format!("{name}\n")).collect();
        keep(&folder.join(LIST), list.as_bytes())?;
        for name in before.iter().filter(|name| !wanted.contains_key(*name)) {
            // It may be gone already.
            let _ = fs::remove_file(folder.join(name));
        }
        for (name, content) in &wanted {
            keep(&folder.join(name), content)?;
        }
        Ok(())
    }

    fn file(&self, preset: &Preset) -> Vec<u8> {
        let state = program_state(preset, &self.voices);
        // Numbers, words and lists of them are always JSON.
        let state = serde_json::to_vec(&state).unwrap_or_default();
        vst3_preset(&VoicePlugin::VST3_CLASS_ID, &state)
    }
}

/// What is ours in a folder.
fn listed(folder: &Path) -> BTreeSet<String> {
    let list = fs::read_to_string(folder.join(LIST)).unwrap_or_default();
    let is_name = |name: &&str| {
        Path::new(name)
            .file_name()
            .is_some_and(|file| file == *name)
    };
    list.lines().filter(is_name).map(str::to_owned).collect()
}

/// A name as any system lets files be called.
fn plain(name: &str) -> String {
    let allowed = |c: char| c.is_alphanumeric() || "-_ ,".contains(c);
    let plain: String = name
        .chars()
        .map(|c| if allowed(c) { c } else { '-' })
        .collect();
    plain.trim().to_owned()
}

/// Writes a file, whole or not at all, unless it says the same already.
fn keep(path: &Path, content: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|found| found == content) {
        return Ok(());
    }
    write(path, content).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.filter(|name| name != LIST).collect()
    }

    #[test]
    fn what_is_ours_comes_and_goes_and_what_is_a_users_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join("deep").join(name);
        let shelf = HostShelf::new(Some(at("")), &Arc::default());
        let mine = Preset {
            name: "Mine: loud?".to_owned(),
            ..Preset::default()
        };
        fs::create_dir(at("")).unwrap();
        fs::write(at("Calm.vstpreset"), "by a host").unwrap();
        fs::write(at("Other.vstpreset"), "by a host").unwrap();
        shelf.mirror(std::slice::from_ref(&mine)).unwrap();
        let found = names(&at(""));
        assert!(found.contains("Mine- loud-.vstpreset"), "{found:?}");
        assert!(found.contains("In tune, C major.vstpreset"), "{found:?}");
        assert_eq!(found.len(), factory_presets().len() + 2, "{found:?}");
        // Again nothing changes; what was removed goes, and what others wrote stays.
        shelf.mirror(std::slice::from_ref(&mine)).unwrap();
        assert_eq!(names(&at("")), found);
        shelf.mirror(&[]).unwrap();
        let left = names(&at(""));
        assert_eq!(left.len(), found.len() - 1);
        assert!(!left.contains("Mine- loud-.vstpreset"));
        for name in ["Calm.vstpreset", "Other.vstpreset"] {
            assert_eq!(fs::read_to_string(at(name)).unwrap(), "by a host");
        }
        // A list that was tampered with leads nowhere else.
        fs::write(folder.path().join("outside"), "safe").unwrap();
        fs::write(at(LIST), "../outside\nCalm.vstpreset/..\n").unwrap();
        shelf.mirror(&[]).unwrap();
        assert!(folder.path().join("outside").exists());
        HostShelf::new(None, &Arc::default())
            .mirror(&[mine])
            .unwrap();
    }
}
