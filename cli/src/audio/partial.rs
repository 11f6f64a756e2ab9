//! A file that is written aside and takes its place only when it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::encode_error::EncodeError;

/// The ending of files that are not finished.
pub const PARTIAL_ENDING: &str = ".partial";

/// How often a file that another program has open is tried again, and how long is waited in between.
const TRIES: usize = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// A file in the making, beside the one that it will become; dropped, it is gone.
#[derive(Debug)]
pub struct PartialFile {
    file: NamedTempFile,
    target: PathBuf,
}

impl PartialFile {
    /// Starts `target` under a unique hidden name in the same folder. A link is followed, so that it stays one.
    ///
    /// # Errors
    /// If the folder is missing or cannot be written to.
    pub fn create(target: &Path) -> Result<PartialFile, EncodeError> {
        let target = whole_path(target)?;
        let folder = folder_of(&target);
        let name = target
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let prefix = format!(".{name}.");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(PARTIAL_ENDING);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Temporary files are private by default; an output is an ordinary file under the user's mask.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        // The error of tempfile names the hidden file, which means nothing to the user.
        let file = builder
            .tempfile_in(folder)
            .map_err(|error| io::Error::from(error.kind()))?;
        Ok(PartialFile { file, target })
    }

    /// A handle of its own for reading and writing, at the start of the file.
    ///
    /// # Errors
    /// If the file has vanished.
    pub fn handle(&self) -> io::Result<File> {
        fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.file.path())
    }

    /// Puts the file in its place, replacing what was there in one step. Windows replaces no file that another program has
    /// open; it is tried for a second, which is as long as virus scanners look at what is new.
    ///
    /// # Errors
    /// If the disk refuses, or the old file stays open; then it is untouched and this one gone.
    pub fn keep(self) -> Result<(), EncodeError> {
        self.file.as_file().sync_all()?;
        let PartialFile { mut file, target } = self;
        let mut tries = 0;
        loop {
            let refused = match file.persist(&target) {
                Ok(_) => return Ok(()),
                Err(refused) => refused,
            };
            match (is_held(&refused.error), tries) {
                (false, _) => return Err(refused.error.into()),
                (true, TRIES) => return Err(EncodeError::Held(refused.error)),
                (true, _) => {
                    file = refused.file;
                    tries += 1;
                    thread::sleep(PAUSE);
                }
            }
        }
    }
}

/// Whether the system refuses because another program has the file open, which Windows alone does.
fn is_held(error: &io::Error) -> bool {
    /// `ERROR_ACCESS_DENIED`, `ERROR_SHARING_VIOLATION` and `ERROR_USER_MAPPED_FILE`.
    const CODES: [i32; 3] = [5, 32, 1224];
    cfg!(windows)
        && error
            .raw_os_error()
            .is_some_and(|code| CODES.contains(&code))
}

/// Where a file is or will be, through links and, on Windows, in the form that paths of any length have.
fn whole_path(target: &Path) -> Result<PathBuf, EncodeError> {
    if let Ok(existing) = target.canonicalize() {
        return Ok(existing);
    }
    let folder = folder_of(target);
    if !folder.is_dir() {
        return Err(EncodeError::NoFolder(folder.to_owned()));
    }
    let name = target.file_name().unwrap_or_default();
    // Some drives of Windows cannot tell it, and are taken as they are called.
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    Ok(folder.join(name))
}

/// The folder that a file lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Refuses an output that is the input itself, a folder or a device.
///
/// # Errors
/// If it is.
pub fn check_target(input: &Path, output: &Path) -> Result<(), EncodeError> {
    let Ok(existing) = fs::metadata(output) else {
        return Ok(());
    };
    if existing.is_dir() {
        return Err(EncodeError::NotAFile("a folder"));
    }
    if !existing.is_file() {
        return Err(EncodeError::NotAFile("a device or pipe"));
    }
    match (input.canonicalize(), output.canonicalize()) {
        (Ok(input), Ok(output)) if input == output => Err(EncodeError::SameFile),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn only_a_kept_file_replaces_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.wav");
        fs::write(&target, "old").unwrap();

        let partial = PartialFile::create(&target).unwrap();
        partial.handle().unwrap().write_all(b"half").unwrap();
        drop(partial);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(entries(folder.path()), 1);

        let partial = PartialFile::create(&target).unwrap();
        partial.handle().unwrap().write_all(b"whole").unwrap();
        partial.keep().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        assert_eq!(entries(folder.path()), 1);
    }

    #[test]
    fn a_new_file_of_a_long_path_takes_its_place() {
        let root = tempfile::tempdir().unwrap();
        let mut folder = root.path().canonicalize().unwrap();
        // Beyond the 260 letters that Windows takes by default.
        while folder.as_os_str().len() < 300 {
            folder.push("a folder with blanks and umlauts äöü");
        }
        fs::create_dir_all(&folder).unwrap();
        let target = folder.join("ü b.wav");
        let partial = PartialFile::create(&target).unwrap();
        partial.handle().unwrap().write_all(b"whole").unwrap();
        partial.keep().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        assert_eq!(entries(&folder), 1);
        let missing = folder.join("none/x.wav");
        assert!(matches!(
            PartialFile::create(&missing),
            Err(EncodeError::NoFolder(folder)) if folder.ends_with("none")
        ));
    }

    /// A file that another program has open without sharing it, as editors and players do.
    #[cfg(windows)]
    #[test]
    fn a_file_that_is_open_elsewhere_stays_and_is_told() {
        use std::os::windows::fs::OpenOptionsExt;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.wav");
        fs::write(&target, "old").unwrap();
        let open = || {
            let mut options = fs::OpenOptions::new();
            options.read(true).share_mode(0).open(&target).unwrap()
        };
        let held = open();
        let partial = PartialFile::create(&target).unwrap();
        assert!(matches!(partial.keep(), Err(EncodeError::Held(_))));
        drop(held);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(entries(folder.path()), 1);

        // One that is let go in the meantime is replaced.
        let held = open();
        let partial = PartialFile::create(&target).unwrap();
        let player = thread::spawn(move || {
            thread::sleep(2 * PAUSE);
            drop(held);
        });
        partial.keep().unwrap();
        player.join().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"");
    }

    #[cfg(unix)]
    #[test]
    fn an_output_that_is_its_input_is_refused_even_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (input, link) = (folder.path().join("a.wav"), folder.path().join("b.wav"));
        fs::write(&input, "x").unwrap();
        std::os::unix::fs::symlink(&input, &link).unwrap();
        for output in [&input, &link] {
            assert!(matches!(
                check_target(&input, output),
                Err(EncodeError::SameFile)
            ));
        }
        assert!(check_target(&input, &folder.path().join("new.wav")).is_ok());
        assert!(matches!(
            check_target(&input, folder.path()),
            Err(EncodeError::NotAFile(_))
        ));
    }
}
