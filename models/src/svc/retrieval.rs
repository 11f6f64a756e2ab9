//! Moves content features towards those that a voice was trained on: feature indexes and k-means centres.
//!
//! Content encoders keep some of the source's timbre. RVC and So-VITS-SVC 4.1 therefore blend each content frame
//! with the nearest of the training recordings' frames ([`FeatureIndex`]), So-VITS-SVC 4.0 with the nearest of
//! centres that those were clustered to ([`KMeansCentres`]). It happens between content encoder and synthesizer, on
//! frames of 20 ms, and adds no latency. The files are untrusted: sizes are checked against the bytes that
//! there are before anything is allocated, and pickles are read as data, never executed.
//!
//! | file | read by |
//! |---|---|
//! | faiss `.index` (`IVF…,Flat`, `Flat`, either with numbers of its own) | [`Retrieval::read_index`] |
//! | `total_fea.npy`, all features as a NumPy array | [`Retrieval::read_index`]; all are compared, which is slow |
//! | So-VITS-SVC's `feature_and_index.pkl` | [`Retrieval::read_index`] |
//! | So-VITS-SVC's `kmeans_….pt` | [`Retrieval::read_centres`] |
//! | MoeVS' `KMeans.npy`, and NumPy arrays of 2 or 3 dimensions | [`Retrieval::read_centres`] |

mod error;
mod faiss_file;
mod feature_index;
mod fields;
mod index_pickle;
mod kmeans_centres;
mod npy_file;
mod numpy_object;
mod pickle;
mod protect;
mod rows;
mod torch_file;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

pub use error::RetrievalError;
pub use feature_index::{FeatureIndex, NEIGHBOURS, Neighbour};
pub use kmeans_centres::KMeansCentres;
pub use protect::{PROTECT_OFF, doubled, protect};

use crate::error::RunError;
use kmeans_centres::CentreSet;
use rows::Rows;

/// The largest file that is read: 2 GiB, as in a bundle; an index of 200,000 vectors of 768 takes 0.6.
pub const MAX_RETRIEVAL_BYTES: u64 = 1 << 31;

/// The first bytes of a zip.
const ZIP: &[u8] = b"PK";
/// The first byte of a pickle of protocol 2 and above.
const PICKLE: u8 = 0x80;
/// How files of torch before 1.6 begin: a pickle of one large number.
const OLD_TORCH: &[u8] = b"\x80\x02\x8a\x0a";

/// What a voice's content is blended with.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Retrieval {
    /// One index for all speakers (RVC).
    Index(FeatureIndex),
    /// An index for each speaker, by number (So-VITS-SVC 4.1, MoeVS' `Index-0.index`, `Index-1.index`, …).
    Indexes(BTreeMap<usize, FeatureIndex>),
    /// The centres of each speaker.
    Centres(KMeansCentres),
}

impl Retrieval {
    /// Reads an index or an array of features for content of the width `dim`; `file` is its name for messages.
    ///
    /// # Errors
    /// If it is none, damaged, of another width, or searched by another measure than Euclidean distance.
    pub fn read_index(file: &str, bytes: &[u8], dim: usize) -> Result<Retrieval, RetrievalError> {
        check_size(file, bytes.len() as u64)?;
        if bytes.starts_with(npy_file::MAGIC) {
            let array = npy_file::read(file, bytes)?;
            let rows = npy_rows(file, array, dim, None)?.remove(0);
            let ids = (0..rows.len() as u64).collect();
            return Ok(Retrieval::Index(FeatureIndex::new(rows, ids, None)));
        }
        if bytes.starts_with(ZIP) || bytes.starts_with(OLD_TORCH) {
            return Err(RetrievalError::Content {
                file: file.to_owned(),
                expected: "a feature index (.index, .npy or feature_and_index.pkl)".to_owned(),
                found: "a file of torch; k-means centres are given as such".to_owned(),
            });
        }
        if bytes.first() == Some(&PICKLE) {
            return Ok(Retrieval::Indexes(index_pickle::read(file, bytes, dim)?));
        }
        Ok(Retrieval::Index(faiss_file::read(file, bytes, dim)?))
    }

    /// Reads k-means centres for content of the width `dim`; `file` is its name for messages.
    ///
    /// In a file without names the speakers follow each other with `per_speaker` centres each (MoeVS'
    /// `KMeansLength`, 10000 where it is not given); without the number all are one speaker's. Files with names
    /// (`kmeans_….pt`) are numbered by [`KMeansCentres::number`] afterwards.
    ///
    /// # Errors
    /// If it is none, damaged, or of another width, or has no whole number of speakers.
    pub fn read_centres(
        file: &str,
        bytes: &[u8],
        dim: usize,
        per_speaker: Option<usize>,
    ) -> Result<Retrieval, RetrievalError> {
        check_size(file, bytes.len() as u64)?;
        let odd = |found: &str| RetrievalError::Content {
            file: file.to_owned(),
            expected: "k-means centres (kmeans_….pt of torch 1.6 or newer, or KMeans.npy)"
                .to_owned(),
            found: found.to_owned(),
        };
        if bytes.starts_with(ZIP) {
            return Ok(centres(torch_file::read(file, bytes, dim)?));
        }
        if bytes.starts_with(OLD_TORCH) {
            return Err(odd(
                "a file of an older torch; load and save it with a newer one",
            ));
        }
        if bytes.first() == Some(&PICKLE) {
            return Err(odd("a pickle; feature_and_index.pkl is given as an index"));
        }
        if bytes.starts_with(b"IwFl") || bytes.starts_with(b"Ix") {
            return Err(odd("a feature index of faiss; it is given as an index"));
        }
        let array = if bytes.starts_with(npy_file::MAGIC) {
            npy_file::read(file, bytes)?
        } else {
            npy_file::read_headless(file, bytes, dim)?
        };
        let sets = npy_rows(file, array, dim, Some(per_speaker))?;
        let set = |(speaker, centres)| CentreSet {
            name: None,
            speaker,
            centres,
        };
        Ok(centres(sets.into_iter().enumerate().map(set).collect()))
    }

    /// [`Retrieval::read_index`] of the file at `path`.
    ///
    /// # Errors
    /// As there, and if the file cannot be read or is too large.
    pub fn open_index(path: &Path, dim: usize) -> Result<Retrieval, RetrievalError> {
        Retrieval::read_index(&path.display().to_string(), &contents(path)?, dim)
    }

    /// [`Retrieval::read_centres`] of the file at `path`.
    ///
    /// # Errors
    /// As there, and if the file cannot be read or is too large.
    pub fn open_centres(
        path: &Path,
        dim: usize,
        per_speaker: Option<usize>,
    ) -> Result<Retrieval, RetrievalError> {
        let file = path.display().to_string();
        Retrieval::read_centres(&file, &contents(path)?, dim, per_speaker)
    }

    /// The memory that it takes, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Retrieval::Index(index) => index.bytes(),
            Retrieval::Indexes(indexes) => indexes.values().map(FeatureIndex::bytes).sum(),
            Retrieval::Centres(centres) => centres.bytes(),
        }
    }

    /// Blends `content`, rows of `dim` values for frames of 20 ms, with what is retrieved for the speaker:
    /// `rate * retrieved + (1 - rate) * content`, `rate` from 0 (nothing happens) to 1.
    ///
    /// # Errors
    /// If `content` is not rows of the width that this was read for, the rate is out of its range, or the speaker has
    /// no index or centres.
    pub fn apply(
        &self,
        content: &mut [f32],
        dim: usize,
        speaker: usize,
        rate: f32,
    ) -> Result<(), RunError> {
        if !(0.0..=1.0).contains(&rate) {
            return Err(RunError::Input {
                name: "retrieval rate".to_owned(),
                expected: "0 to 1".to_owned(),
                found: rate.to_string(),
            });
        }
        if rate == 0.0 {
            return Ok(());
        }
        match self {
            Retrieval::Index(index) => {
                check_content(content, dim, index.dim())?;
                index.blend(content, rate)
            }
            Retrieval::Indexes(indexes) => {
                let Some(index) = indexes.get(&speaker) else {
                    let known: Vec<_> = indexes.keys().map(usize::to_string).collect();
                    return Err(RunError::Input {
                        name: "speaker".to_owned(),
                        expected: format!("one with an index: {}", known.join(", ")),
                        found: speaker.to_string(),
                    });
                };
                check_content(content, dim, index.dim())?;
                index.blend(content, rate)
            }
            Retrieval::Centres(centres) => {
                check_content(content, dim, centres.dim())?;
                centres.blend(content, speaker, rate)
            }
        }
    }
}

fn centres(sets: Vec<CentreSet>) -> Retrieval {
    Retrieval::Centres(KMeansCentres::new(sets))
}

/// The rows of an array of two dimensions, or for `sets` also three: as one, or parted into sets of equal length.
fn npy_rows(
    file: &str,
    array: npy_file::Array,
    dim: usize,
    sets: Option<Option<usize>>,
) -> Result<Vec<Rows>, RetrievalError> {
    let odd = |expected: String, found: String| RetrievalError::Content {
        file: file.to_owned(),
        expected,
        found,
    };
    let (count, each, width) = match (&array.shape[..], sets) {
        (&[count, width], None) => (count, count, width),
        (&[count, width], Some(each)) => (count, each.unwrap_or(count), width),
        (&[sets, each, width], Some(None)) => (sets * each, each, width),
        (&[sets, each, width], Some(Some(wanted))) if each == wanted => (sets * each, each, width),
        (shape, _) => {
            let expected = match sets {
                None => "rows of features (two dimensions)".to_owned(),
                Some(None) => "centres in two or three dimensions".to_owned(),
                Some(Some(each)) => format!("{each} centres for each speaker"),
            };
            return Err(odd(expected, format!("an array of shape {shape:?}")));
        }
    };
    if width != dim || dim == 0 {
        return Err(RetrievalError::Width {
            file: file.to_owned(),
            expected: dim,
            found: width as u64,
        });
    }
    if each == 0 || count % each != 0 {
        let expected = format!("{each} centres for each speaker");
        return Err(odd(expected, format!("{count} in all")));
    }
    if each == count {
        return Ok(vec![Rows::new(array.values, dim)]);
    }
    let sets = array.values.chunks_exact(each * dim);
    Ok(sets.map(|set| Rows::new(set.to_vec(), dim)).collect())
}

fn contents(path: &Path) -> Result<Vec<u8>, RetrievalError> {
    let file = path.display().to_string();
    let read = |source| RetrievalError::Read {
        file: file.clone(),
        source,
    };
    check_size(&file, std::fs::metadata(path).map_err(read)?.len())?;
    std::fs::read(path).map_err(read)
}

fn check_size(file: &str, found: u64) -> Result<(), RetrievalError> {
    if found <= MAX_RETRIEVAL_BYTES {
        return Ok(());
    }
    Err(RetrievalError::TooLarge {
        file: file.to_owned(),
        found,
        limit: MAX_RETRIEVAL_BYTES,
    })
}

/// `Ok` for whole rows of `dim` values where `wanted` is the width.
fn check_content(content: &[f32], dim: usize, wanted: usize) -> Result<(), RunError> {
    if dim == wanted && content.len().is_multiple_of(wanted) {
        return Ok(());
    }
    Err(RunError::Input {
        name: "content".to_owned(),
        expected: format!("whole rows of {wanted} values"),
        found: format!("{} values in rows of {dim}", content.len()),
    })
}

/// `rate * other + (1 - rate) * row`, in place.
fn mix(row: &mut [f32], other: &[f32], rate: f32) {
    for (value, other) in row.iter_mut().zip(other) {
        *value = rate * other + (1.0 - rate) * *value;
    }
}
