//! Joins the feature indexes of several speakers, which MoeVS keeps in files of their own, into one file.

use std::collections::BTreeMap;
use std::path::Path;

use super::candidates::read;
use super::error::ImportError;
use super::plan::Content;
use super::source::FoundFile;
use crate::bundle::MAX_FILE_BYTES;
use crate::svc::retrieval::Retrieval;

/// MoeVS' indexes, `Index-<number of the speaker>.index`, by their numbers; none unless all indexes are of that form.
/// Where there are several voices' indexes, those in `folder` count.
pub(super) fn numbered<'a>(
    indexes: &'a [FoundFile],
    folder: Option<&Path>,
) -> BTreeMap<u32, &'a FoundFile> {
    let beside = |file: &&FoundFile| folder.is_some() && file.path.parent() == folder;
    let own: Vec<&FoundFile> = indexes.iter().filter(beside).collect();
    let all = match own.is_empty() {
        true => indexes.iter().collect(),
        false => own,
    };
    let mut found = BTreeMap::new();
    for file in all {
        match number_of(file) {
            Some(number) if found.insert(number, file).is_none() => {}
            // Two of one number, or one that is no speaker's: someone has to say which.
            _ => return BTreeMap::new(),
        }
    }
    found
}

fn number_of(file: &FoundFile) -> Option<u32> {
    let name = file.name().to_lowercase();
    let number = name.strip_prefix("index-")?.strip_suffix(".index")?;
    number.parse().ok()
}

/// One file with the indexes of all speakers, in the form in which So-VITS-SVC itself keeps them
/// (`feature_and_index.pkl`).
pub(super) fn join(
    indexes: &BTreeMap<u32, &FoundFile>,
    dim: usize,
) -> Result<Content, ImportError> {
    let mut joined = Pickle::new();
    for (&number, file) in indexes {
        let bytes = read(file, MAX_FILE_BYTES)?;
        Retrieval::read_index(&file.shown.display().to_string(), &bytes, dim)?;
        joined.add(number, &bytes);
    }
    let joined = joined.finish();
    // What is written is what the loader will read.
    Retrieval::read_index("the joined indexes", &joined, dim)?;
    Ok(Content::Made("pkl", joined))
}

/// A pickle of a dictionary from speakers' numbers to faiss' objects, as Python writes it (protocol 4).
struct Pickle(Vec<u8>);

impl Pickle {
    fn new() -> Pickle {
        // PROTO 4, EMPTY_DICT, MARK.
        Pickle(b"\x80\x04}(".to_vec())
    }

    fn add(&mut self, number: u32, index: &[u8]) {
        let out = &mut self.0;
        // LONG1 of eight bytes: any number of a speaker, positive.
        out.extend(b"\x8a\x08");
        out.extend(u64::from(number).to_le_bytes());
        // The class, made without arguments.
        out.extend(b"cfaiss.swigfaiss\nIndexIVFFlat\n)\x81");
        // Its state: a dictionary with the bytes of faiss' own format.
        out.extend(b"}(\x8c\x04this\x8e");
        out.extend((index.len() as u64).to_le_bytes());
        out.extend(index);
        // SETITEMS and BUILD.
        out.extend(b"ub");
    }

    fn finish(mut self) -> Vec<u8> {
        // SETITEMS, STOP.
        self.0.extend(b"u.");
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDED: &[u8] = include_bytes!("../../tests/golden/retrieval/added.index");
    const FLAT: &[u8] = include_bytes!("../../tests/golden/retrieval/flat.index");

    fn files(folder: &Path, names: &[&str]) -> Vec<FoundFile> {
        let file = |name: &&str| {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let content = if name.ends_with("-1.index") {
                FLAT
            } else {
                ADDED
            };
            std::fs::write(&path, content).unwrap();
            FoundFile::found(&path)
        };
        names.iter().map(file).collect()
    }

    #[test]
    fn each_speaker_keeps_its_own_index() {
        let folder = tempfile::tempdir().unwrap();
        let found = files(folder.path(), &["Index-0.index", "index-1.index"]);
        let numbered = numbered(&found, None);
        let Content::Made("pkl", joined) = join(&numbered, 20).unwrap() else {
            panic!("no pickle");
        };
        let Retrieval::Indexes(indexes) = Retrieval::read_index("x", &joined, 20).unwrap() else {
            panic!("not by speaker");
        };
        for (number, bytes) in [(0, ADDED), (1, FLAT)] {
            let alone = Retrieval::read_index("y", bytes, 20).unwrap();
            assert_eq!(Retrieval::Index(indexes[&number].clone()), alone);
        }
        assert_eq!(indexes.len(), 2);
        let error = join(&numbered, 768).unwrap_err().to_string();
        assert!(
            error.contains("Index-0.index") && error.contains("768"),
            "{error}"
        );
    }

    #[test]
    fn other_indexes_are_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        for names in [
            &["added.index"][..],
            &["Index-0.index", "added.index"],
            &["Index-x.index"],
            &["a/Index-0.index", "b/Index-0.index"],
        ] {
            assert!(
                numbered(&files(folder.path(), names), None).is_empty(),
                "{names:?}"
            );
        }
        let two = files(folder.path(), &["a/Index-0.index", "b/Index-0.index"]);
        let own = folder.path().join("b");
        assert_eq!(numbered(&two, Some(&own))[&0], &two[1]);
    }
}
