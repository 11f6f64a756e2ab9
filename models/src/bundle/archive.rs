//! Where the files of a bundle lie, and how they are read without leaving it or reading more than is allowed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;
use zip::result::ZipError;

use super::built_in;
use crate::error::ManifestError;

/// Where the files of a bundle lie. Names are relative to the manifest and already known to be plain
/// ([`super::manifest`]).
#[derive(Debug)]
pub(super) enum Archive {
    /// The directory as it was named, and its real path.
    Directory { path: PathBuf, real: PathBuf },
    /// A zip, and the directory in it that holds the manifest (empty, or with `/` at its end).
    Zip { path: PathBuf, prefix: String },
    /// Linked into the program.
    Parts(HashMap<String, Cow<'static, [u8]>>),
}

impl Archive {
    /// A directory, the manifest in one, or a zip.
    pub(super) fn open(path: &Path) -> Result<Archive, ManifestError> {
        let read = |source| ManifestError::Read {
            path: path.to_owned(),
            source,
        };
        if path.is_dir() {
            return Archive::directory(path);
        }
        if path.file_name().is_some_and(|name| name == super::MANIFEST) {
            let parent = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            return Archive::directory(parent.unwrap_or(Path::new(".")));
        }
        let zip = open_zip(path)?;
        if zip.has_duplicate_names() {
            // Readers disagree on which of two files of one name counts.
            return Err(read(io::Error::other("two files of one name in the zip")));
        }
        let names: Vec<String> = zip
            .file_names()
            .filter_map(|name| Some(name.ok()?.into_owned()))
            .collect();
        let mut prefixes = names.iter().filter_map(|name| {
            let prefix = name.strip_suffix(super::MANIFEST)?;
            let one_deep = prefix.is_empty() || prefix.find('/') == Some(prefix.len() - 1);
            one_deep.then_some(prefix)
        });
        match (prefixes.next(), prefixes.next()) {
            (Some(prefix), None) => Ok(Archive::Zip {
                path: path.to_owned(),
                prefix: prefix.to_owned(),
            }),
            (None, _) => Err(read(io::Error::other(format!(
                "expected a voice: a directory, or a zip of one, with {} in it",
                super::MANIFEST
            )))),
            (Some(_), Some(_)) => Err(read(io::Error::other(format!(
                "expected one voice, found more than one {}",
                super::MANIFEST
            )))),
        }
    }

    fn directory(path: &Path) -> Result<Archive, ManifestError> {
        let real = path.canonicalize().map_err(|source| ManifestError::Read {
            path: path.to_owned(),
            source,
        })?;
        Ok(Archive::Directory {
            path: path.to_owned(),
            real,
        })
    }

    /// Files that are linked into the program.
    pub(super) fn parts(
        manifest: &str,
        manifest_json: &[u8],
        files: &[(&str, &'static [u8])],
    ) -> Archive {
        let mut parts: HashMap<String, Cow<'static, [u8]>> = files
            .iter()
            .map(|&(name, content)| (name.to_owned(), content.into()))
            .collect();
        parts.insert(manifest.to_owned(), Cow::Owned(manifest_json.to_owned()));
        Archive::Parts(parts)
    }

    /// The directory or zip.
    pub(super) fn path(&self) -> &Path {
        match self {
            Archive::Directory { path, .. } | Archive::Zip { path, .. } => path,
            Archive::Parts(_) => Path::new("built-in"),
        }
    }

    /// Where the file `name` is, for messages.
    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        match self {
            Archive::Directory { path, .. } => path.join(name),
            Archive::Zip { path, prefix } => path.join(prefix).join(name),
            Archive::Parts(_) => built_in().join(name),
        }
    }

    /// The size of the file `name`, without reading it.
    pub(super) fn size(&self, name: &str) -> Result<u64, ManifestError> {
        match self {
            Archive::Directory { .. } => Ok(self.open_file(name)?.1),
            Archive::Zip { path, prefix } => {
                let mut zip = open_zip(path)?;
                Ok(entry(&mut zip, &format!("{prefix}{name}"), &self.path_of(name))?.size())
            }
            Archive::Parts(_) => Ok(self.part(name)?.len() as u64),
        }
    }

    /// The content of the file `name`: at most `limit` bytes, and exactly `bytes` where that is given.
    ///
    /// What a directory or a zip says about a size is not believed: reading stops one byte after the bound.
    pub(super) fn read(
        &self,
        name: &str,
        bytes: Option<u64>,
        limit: u64,
    ) -> Result<Arc<[u8]>, ManifestError> {
        let path = self.path_of(name);
        let bound = bytes.unwrap_or(limit).min(limit);
        let content: Arc<[u8]> = match self {
            Archive::Directory { .. } => {
                let (file, size) = self.open_file(name)?;
                bounded(file, size, bound, &path)?.into()
            }
            Archive::Zip {
                path: zip_path,
                prefix,
            } => {
                let mut zip = open_zip(zip_path)?;
                let file = entry(&mut zip, &format!("{prefix}{name}"), &path)?;
                let size = file.size();
                bounded(file, size, bound, &path)?.into()
            }
            Archive::Parts(_) => self.part(name)?.into(),
        };
        let found = content.len() as u64;
        match bytes {
            Some(expected) if found != expected => Err(ManifestError::Size {
                path,
                expected,
                found,
            }),
            None if found > limit => Err(ManifestError::TooLarge { path, found, limit }),
            _ => Ok(content),
        }
    }

    /// Opens a plain file of a directory, and says its size; a link may not lead out.
    fn open_file(&self, name: &str) -> Result<(File, u64), ManifestError> {
        let path = self.path_of(name);
        let read = |source| ManifestError::Read {
            path: path.clone(),
            source,
        };
        let Archive::Directory {
            path: directory,
            real,
        } = self
        else {
            return Err(read(io::Error::from(io::ErrorKind::Unsupported)));
        };
        let target = path.canonicalize().map_err(read)?;
        if !target.starts_with(real) {
            return Err(ManifestError::Escapes {
                path: directory.join(super::MANIFEST),
                entry: name.to_owned(),
            });
        }
        // Before opening: to open a pipe would wait for ever.
        if !target.metadata().map_err(read)?.is_file() {
            return Err(read(io::Error::other("expected a plain file")));
        }
        let file = File::open(&target).map_err(read)?;
        let size = file.metadata().map_err(read)?.len();
        Ok((file, size))
    }

    fn part(&self, name: &str) -> Result<&[u8], ManifestError> {
        let missing = || ManifestError::Read {
            path: self.path_of(name),
            source: io::Error::from(io::ErrorKind::NotFound),
        };
        match self {
            Archive::Parts(parts) => parts.get(name).map(|part| &part[..]).ok_or_else(missing),
            _ => Err(missing()),
        }
    }
}

fn open_zip(path: &Path) -> Result<ZipArchive<File>, ManifestError> {
    let read = |source| ManifestError::Read {
        path: path.to_owned(),
        source,
    };
    if !path.metadata().map_err(read)?.is_file() {
        return Err(read(io::Error::other("expected a directory or a zip")));
    }
    let file = File::open(path).map_err(read)?;
    ZipArchive::new(file).map_err(|error| {
        let reason = format!("expected a voice: a directory, or a zip of one ({error})");
        read(io::Error::other(reason))
    })
}

fn entry<'a>(
    zip: &'a mut ZipArchive<File>,
    name: &str,
    path: &Path,
) -> Result<zip::read::ZipFile<'a, File>, ManifestError> {
    let read = |source| ManifestError::Read {
        path: path.to_owned(),
        source,
    };
    let file = zip.by_name(name).map_err(|error| match error {
        ZipError::FileNotFound => read(io::Error::from(io::ErrorKind::NotFound)),
        error => read(io::Error::other(error)),
    })?;
    if file.is_symlink() {
        return Err(ManifestError::Escapes {
            path: path.to_owned(),
            entry: name.to_owned(),
        });
    }
    Ok(file)
}

/// Reads to the end of `file`, or to one byte after `bound`.
fn bounded(file: impl Read, size: u64, bound: u64, path: &Path) -> Result<Vec<u8>, ManifestError> {
    let read = |source| ManifestError::Read {
        path: path.to_owned(),
        source,
    };
    if size > bound {
        return Err(ManifestError::TooLarge {
            path: path.to_owned(),
            found: size,
            limit: bound,
        });
    }
    // A zip bomb declares a small size; memory grows with what really comes, up to the bound.
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(bound + 1)
        .read_to_end(&mut content)
        .map_err(read)?;
    Ok(content)
}
