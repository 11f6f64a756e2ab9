//! Keeps a voice beside its place until it is whole, and moves it there in one step.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::error::ImportError;
use crate::bundle::VoiceBundle;
use crate::voices::file_name;

/// How folders are called in which voices wait; lists of voices pass over them.
const PREFIX: &str = ".import-";

/// No import takes so long: what is older was left behind by a program that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// The folder in which a voice is written before it takes its place; dropped, it is removed, and so are the folders that
/// were made for it.
///
/// The voice lies one deeper, so that lists of voices do not see it.
pub(super) struct Staging {
    folder: Option<tempfile::TempDir>,
    path: PathBuf,
    target: PathBuf,
    /// The other form in which a voice of this name could be there.
    other: PathBuf,
    /// Folders that were made for it, the outermost first.
    made: Vec<PathBuf>,
}

impl Staging {
    /// Beside where the voice called `name` will be in `out`, as a folder or as a zip.
    ///
    /// # Errors
    /// If there is a voice of that name that is not to be replaced, or something else, or nothing can be written there.
    pub(super) fn new(
        out: &Path,
        name: &str,
        zip: bool,
        replace: bool,
    ) -> Result<Staging, ImportError> {
        let plain = file_name(name);
        let forms = (out.join(&plain), out.join(format!("{plain}.zip")));
        let (target, other) = if zip { (forms.1, forms.0) } else { forms };
        for path in [&target, &other] {
            refuse_what_is_there(path, replace)?;
        }
        let missing = out
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists());
        let mut made: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        made.reverse();
        let mut staging = Staging {
            folder: None,
            path: PathBuf::new(),
            target,
            other,
            made,
        };
        let refuse = |error: std::io::Error| ImportError::file(out, error);
        fs::create_dir_all(out).map_err(refuse)?;
        remove_abandoned(out);
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(out)
            .map_err(refuse)?;
        staging.path = folder.path().to_owned();
        staging.folder = Some(folder);
        fs::create_dir(staging.voice()).map_err(refuse)?;
        Ok(staging)
    }

    /// Where the voice is written.
    pub(super) fn voice(&self) -> PathBuf {
        self.path.join("voice")
    }

    /// Where the voice is written as a zip, where it is to be one.
    pub(super) fn zip(&self) -> PathBuf {
        self.path.join("voice.zip")
    }

    /// Moves the voice (its folder, or its zip) to its place. What was there before, in either form, stays until then, and
    /// if the voice cannot be moved.
    ///
    /// # Errors
    /// If the system refuses; all is as before then.
    pub(super) fn settle(mut self, voice: &Path) -> Result<PathBuf, ImportError> {
        let mut moved = Moved::default();
        let replaced = [(&self.target, "before"), (&self.other, "other")];
        let outcome = replaced
            .iter()
            .filter(|(path, _)| is_there(path))
            .map(|(path, aside)| ((*path).clone(), self.path.join(aside)))
            .chain([(voice.to_owned(), self.target.clone())])
            .try_for_each(|(from, to)| moved.rename(from, to));
        if let Err(error) = outcome {
            if !moved.undo() {
                // The old voice is in it, which must not go.
                let _ = self.folder.take().map(tempfile::TempDir::keep);
            }
            return Err(ImportError::file(&self.target, error));
        }
        self.made.clear();
        Ok(self.target.clone())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        drop(self.folder.take());
        for folder in self.made.iter().rev() {
            // One that somebody else put something into stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Renamings that can be taken back.
#[derive(Default)]
struct Moved(Vec<(PathBuf, PathBuf)>);

impl Moved {
    fn rename(&mut self, from: PathBuf, to: PathBuf) -> std::io::Result<()> {
        fs::rename(&from, &to)?;
        self.0.push((from, to));
        Ok(())
    }

    /// Whether all is as before.
    fn undo(self) -> bool {
        let backwards = self.0.into_iter().rev();
        let failed = backwards.filter(|(from, to)| fs::rename(to, from).is_err());
        failed.count() == 0
    }
}

/// Whether there is anything, a link to nothing included.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Only a voice is replaced, and only if that was asked for.
fn refuse_what_is_there(path: &Path, replace: bool) -> Result<(), ImportError> {
    if !is_there(path) {
        return Ok(());
    }
    if !replace {
        return Err(ImportError::Exists {
            path: path.to_owned(),
        });
    }
    // A folder may be damaged, which is a reason to replace it; a zip is told by what is in it alone.
    let is_voice = match path.is_dir() {
        true => path.join("voice.json").is_file(),
        false => VoiceBundle::open(path).is_ok(),
    };
    match is_voice {
        true => Ok(()),
        false => Err(ImportError::file(
            path,
            "expected a voice to replace, found something else",
        )),
    }
}

/// Removes what killed programs left in `out`.
fn remove_abandoned(out: &Path) {
    let now = SystemTime::now();
    for entry in fs::read_dir(out).into_iter().flatten().flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let modified = entry.metadata().and_then(|found| found.modified());
        let age = modified.ok().and_then(|time| now.duration_since(time).ok());
        if named && age.is_some_and(|age| age > ABANDONED) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of voices with `mei` as a folder, and a zip of another name.
    fn voices() -> tempfile::TempDir {
        let out = tempfile::tempdir().unwrap();
        fs::create_dir(out.path().join("mei")).unwrap();
        fs::write(out.path().join("mei/voice.json"), "old").unwrap();
        fs::write(out.path().join("li.zip"), "no voice").unwrap();
        out
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_voice_takes_its_place_in_one_step_and_in_one_form() {
        let out = voices();
        let staging = Staging::new(out.path(), "mei", true, true).unwrap();
        fs::write(staging.zip(), "new").unwrap();
        let zip = staging.zip();
        assert!(out.path().join("mei/voice.json").is_file());
        let place = staging.settle(&zip).unwrap();
        assert_eq!(place, out.path().join("mei.zip"));
        assert_eq!(names(out.path()), ["li.zip", "mei.zip"]);
        assert_eq!(fs::read(place).unwrap(), b"new");
    }

    #[test]
    fn what_cannot_take_its_place_leaves_the_old_voice() {
        let out = voices();
        let staging = Staging::new(out.path(), "mei", false, true).unwrap();
        let missing = staging.voice().join("missing");
        staging.settle(&missing).unwrap_err();
        assert_eq!(fs::read(out.path().join("mei/voice.json")).unwrap(), b"old");
        assert_eq!(names(out.path()), ["li.zip", "mei"]);
    }

    #[test]
    fn only_voices_are_replaced_and_only_when_asked() {
        let out = voices();
        for (name, replace, says) in [
            ("mei", false, "--replace"),
            ("li", true, "expected a voice to replace"),
        ] {
            for zip in [false, true] {
                let error = Staging::new(out.path(), name, zip, replace).err().unwrap();
                assert!(error.to_string().contains(says), "{error}");
            }
        }
        assert_eq!(names(out.path()), ["li.zip", "mei"]);
    }

    #[test]
    fn folders_that_were_made_for_nothing_go_again() {
        let out = tempfile::tempdir().unwrap();
        let deep = out.path().join("a/b");
        drop(Staging::new(&deep, "x", false, false).unwrap());
        assert!(names(out.path()).is_empty());
        let staging = Staging::new(&deep, "x", false, false).unwrap();
        let voice = staging.voice();
        staging.settle(&voice).unwrap();
        assert_eq!(names(&deep), ["x"]);
    }

    #[test]
    fn what_a_killed_import_left_goes_after_a_day() {
        let out = tempfile::tempdir().unwrap();
        for (name, hours) in [(".import-old", 25), (".import-new", 1), (".other", 25)] {
            let path = out.path().join(name);
            fs::create_dir(&path).unwrap();
            let time = SystemTime::now() - Duration::from_secs(hours * 3600);
            filetime::set_file_mtime(&path, time.into()).unwrap();
        }
        drop(Staging::new(out.path(), "x", false, false).unwrap());
        assert_eq!(names(out.path()), [".import-new", ".other"]);
    }
}
