//! Puts a finished file or folder in the place of an older one.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Moves `new` to `place`, in the same file system. Nobody sees half of it: what was there before is moved out
/// of the way first and deleted last, and moved back if the new one cannot take its place.
///
/// # Errors
/// If something cannot be moved.
pub fn put_in_place(new: &Path, place: &Path) -> Result<()> {
    let folder = place
        .parent()
        .with_context(|| format!("{} lies in no folder", place.display()))?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let aside = tempfile::Builder::new()
        .prefix(".replaced-")
        .tempdir_in(folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    let old = aside.path().join("old");
    let replaces = place.symlink_metadata().is_ok();
    if replaces {
        fs::rename(place, &old)
            .with_context(|| format!("cannot move {} out of the way", place.display()))?;
    }
    let moved = fs::rename(new, place);
    if moved.is_err() && replaces {
        fs::rename(&old, place)
            .with_context(|| format!("{} is now {}", place.display(), old.display()))?;
    }
    moved.with_context(|| format!("cannot move {} to {}", new.display(), place.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_files_replace_each_other_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (new, place) = (folder.path().join("new"), folder.path().join("in/place"));
        fs::write(&new, "file").unwrap();
        put_in_place(&new, &place).unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "file");
        fs::create_dir(&new).unwrap();
        fs::write(new.join("inside"), "").unwrap();
        put_in_place(&new, &place).unwrap();
        assert!(place.join("inside").is_file() && !new.exists());
        assert_eq!(fs::read_dir(folder.path().join("in")).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_replaced_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("place");
        fs::write(&place, "old").unwrap();
        assert!(put_in_place(&folder.path().join("missing"), &place).is_err());
        assert_eq!(fs::read_to_string(&place).unwrap(), "old");
    }
}
