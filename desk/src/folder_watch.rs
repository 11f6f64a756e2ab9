//! Notices when something in a folder has changed.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

/// Notices when something in a folder has come, gone or changed, two levels deep: a voice is a folder in it.
#[derive(Debug)]
pub struct FolderWatch {
    folder: Option<PathBuf>,
    seen: Option<Vec<(PathBuf, Option<SystemTime>)>>,
}

impl FolderWatch {
    /// For `folder`, which need not be there.
    pub fn new(folder: Option<PathBuf>) -> FolderWatch {
        FolderWatch { folder, seen: None }
    }

    /// Whether it has changed since the last look; the first one is a change.
    pub fn changed(&mut self) -> bool {
        let entries = self
            .folder
            .iter()
            .flat_map(fs::read_dir)
            .flatten()
            .flatten();
        let mut found: Vec<_> = entries
            .map(|entry| {
                let path = entry.path();
                let time = fs::metadata(&path).and_then(|about| about.modified()).ok();
                (path, time)
            })
            .collect();
        found.sort();
        let changed = self.seen.as_ref() != Some(&found);
        self.seen = Some(found);
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_is_noticed_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut watch = FolderWatch::new(Some(folder.path().to_owned()));
        assert!(watch.changed(), "the first look");
        assert!(!watch.changed());
        let voice = folder.path().join("anna");
        fs::create_dir(&voice).unwrap();
        assert!(watch.changed());
        // Dates have steps: one that is made in the same step shows nothing.
        let noticed = (0..1_000).any(|number| {
            std::thread::sleep(std::time::Duration::from_millis(1));
            fs::write(voice.join(number.to_string()), "").unwrap();
            watch.changed()
        });
        assert!(noticed, "something was written into it");
        assert!(!watch.changed());
        fs::remove_dir_all(&voice).unwrap();
        assert!(watch.changed());
        assert!(!watch.changed());
        let mut nowhere = FolderWatch::new(None);
        assert!(nowhere.changed() && !nowhere.changed());
    }
}
