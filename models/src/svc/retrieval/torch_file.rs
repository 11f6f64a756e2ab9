//! Reads So-VITS-SVC's `kmeans_….pt`: a zip of torch with one pickle, a dictionary of speakers' centres.

use std::io::{Cursor, Read};

use zip::{CompressionMethod, ZipArchive};

use super::error::RetrievalError;
use super::kmeans_centres::CentreSet;
use super::numpy_object;
use super::pickle::{Id, Pickle, Value};
use super::rows::Rows;

/// The pickle in a zip of torch, below a folder of any name.
const PICKLE: &str = "/data.pkl";

/// Reads the centres of every speaker, in the order of the file.
pub(super) fn read(file: &str, bytes: &[u8], dim: usize) -> Result<Vec<CentreSet>, RetrievalError> {
    let content = unpack(file, bytes)?;
    let pickle = Pickle::read(file, &content)?;
    let odd = |expected: &str, found: String| RetrievalError::Content {
        file: file.to_owned(),
        expected: expected.to_owned(),
        found,
    };
    let entries = match pickle.value(pickle.root()) {
        Value::Dict(entries) if !entries.is_empty() => entries,
        _ => {
            return Err(odd(
                "a dictionary of speakers",
                pickle.describe(pickle.root()),
            ));
        }
    };
    let mut taken = 0;
    let set = |(speaker, &(name, entry)): (usize, &(Id, Id))| {
        let Value::Text(name) = pickle.value(name) else {
            return Err(odd("a speaker's name", pickle.describe(name)));
        };
        let Some(centres) = pickle.entry(entry, "cluster_centers_") else {
            let expected = format!("\"cluster_centers_\" of the speaker {name:?}");
            return Err(odd(&expected, pickle.describe(entry)));
        };
        let centres = rows(file, &pickle, centres, name, dim)?;
        // A pickle may name one array for any number of speakers, which would fill the memory.
        taken += 4 * centres.len() * dim;
        if taken > content.len() {
            let expected = "centres of its own for each speaker";
            return Err(odd(
                expected,
                format!("shared ones of the speaker {name:?}"),
            ));
        }
        Ok(CentreSet {
            name: Some((*name).to_owned()),
            speaker,
            centres,
        })
    };
    entries.iter().enumerate().map(set).collect()
}

fn rows(
    file: &str,
    pickle: &Pickle<'_>,
    centres: Id,
    name: &str,
    dim: usize,
) -> Result<Rows, RetrievalError> {
    let array = numpy_object::array(pickle, centres).map_err(|(expected, found)| {
        RetrievalError::Content {
            file: file.to_owned(),
            expected: format!("centres of the speaker {name:?}: {expected}"),
            found,
        }
    })?;
    match array.shape[..] {
        [_, width] if width == dim => Ok(Rows::new(array.values, dim)),
        [_, width] => Err(RetrievalError::Width {
            file: file.to_owned(),
            expected: dim,
            found: width as u64,
        }),
        _ => Err(RetrievalError::Content {
            file: file.to_owned(),
            expected: format!("rows of centres of the speaker {name:?}"),
            found: format!("an array of shape {:?}", array.shape),
        }),
    }
}

/// The pickle's bytes. Torch compresses nothing, so they cannot be more than the zip has.
fn unpack(file: &str, bytes: &[u8]) -> Result<Vec<u8>, RetrievalError> {
    let odd = |found: String| RetrievalError::Content {
        file: file.to_owned(),
        expected: "a zip as torch.save writes it, with one data.pkl, uncompressed".to_owned(),
        found,
    };
    let damaged = |error: &dyn std::fmt::Display| odd(format!("one that is damaged: {error}"));
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let mut found = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(|error| damaged(&error))?;
        if entry.name().is_ok_and(|name| name.ends_with(PICKLE)) {
            found.push(index);
        }
    }
    let &[index] = &found[..] else {
        return Err(odd(format!("one with {} of them", found.len())));
    };
    let mut entry = zip.by_index(index).map_err(|error| damaged(&error))?;
    let compressed = entry.compression() != CompressionMethod::Stored;
    if compressed || entry.size() > bytes.len() as u64 {
        return Err(odd("one that is compressed".to_owned()));
    }
    let mut content = Vec::new();
    match entry.read_to_end(&mut content) {
        Ok(_) => Ok(content),
        Err(error) => Err(damaged(&error)),
    }
}
