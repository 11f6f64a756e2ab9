//! Lays out k-means centres by the numbers that a voice has for its speakers.

use super::candidates::read;
use super::error::ImportError;
use super::plan::Content;
use super::source::FoundFile;
use crate::bundle::MAX_FILE_BYTES;
use crate::svc::retrieval::{KMeansCentres, Retrieval, RetrievalError};

/// The centres in `file` as a NumPy array of speakers, centres and values, in the order of the voice's numbers; `each` is
/// how many every speaker has in a file that does not part them. A file of one speaker for a voice of one is taken as it
/// is.
pub(super) fn lay_out(
    file: &FoundFile,
    dim: usize,
    each: Option<usize>,
    speakers: &[(String, u32)],
) -> Result<Content, ImportError> {
    let name = file.shown.display().to_string();
    let bytes = read(file, MAX_FILE_BYTES)?;
    let Retrieval::Centres(mut centres) = Retrieval::read_centres(&name, &bytes, dim, each)? else {
        return Ok(Content::File(file.clone()));
    };
    if centres.speakers().count() == 1 && speakers.len() == 1 {
        return Ok(Content::File(file.clone()));
    }
    let numbers = speakers
        .iter()
        .map(|(name, number)| (*number as usize, name.as_str()));
    centres.number(&name, numbers)?;
    Ok(Content::Made("npy", array(&name, &centres, speakers)?))
}

/// A NumPy file of f32, version 1, of three dimensions.
fn array(
    file: &str,
    centres: &KMeansCentres,
    speakers: &[(String, u32)],
) -> Result<Vec<u8>, RetrievalError> {
    let dim = centres.dim();
    let last = speakers.iter().map(|(_, number)| *number as usize).max();
    let sets = last.unwrap_or(0) + 1;
    let each = centres
        .speakers()
        .map(|(.., count)| count)
        .max()
        .unwrap_or(0);
    let limit = MAX_FILE_BYTES / 4 / (dim * each.max(1)) as u64;
    if sets as u64 > limit {
        return Err(RetrievalError::Content {
            file: file.to_owned(),
            expected: format!("centres of speakers with numbers below {limit}"),
            found: format!("number {}", sets - 1),
        });
    }
    let shape = format!("({sets}, {each}, {dim})");
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    // The data begin at a multiple of 64 bytes, the header ends its line.
    let begun = 10 + header.len() + 1;
    header.extend(std::iter::repeat_n(' ', begun.next_multiple_of(64) - begun));
    header.push('\n');
    let nothing = vec![0.0; dim];
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((header.len() as u16).to_le_bytes());
    out.extend(header.as_bytes());
    for number in 0..sets {
        let known = speakers.iter().find(|(_, known)| *known as usize == number);
        let set = match (centres.values(number), known) {
            (Some(set), _) => set,
            (None, Some((name, _))) => {
                return Err(RetrievalError::Content {
                    file: file.to_owned(),
                    expected: "centres of each of the voice's speakers".to_owned(),
                    found: format!("none of {name:?}"),
                });
            }
            // Nobody can choose a number that is no speaker's.
            (None, None) => &[],
        };
        // Repeating a centre changes nothing about which one is the nearest.
        let last = set.chunks_exact(dim).last().unwrap_or(&nothing);
        let rows = set.chunks_exact(dim).chain(std::iter::repeat(last));
        for row in rows.take(each) {
            out.extend(row.iter().flat_map(|value| value.to_le_bytes()));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(name: &str) -> FoundFile {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        FoundFile::found(&folder.join("tests/golden/retrieval").join(name))
    }

    fn speakers(names: &[(&str, u32)]) -> Vec<(String, u32)> {
        let speakers = names.iter();
        speakers
            .map(|(name, number)| ((*name).to_owned(), *number))
            .collect()
    }

    /// The nearest centre of a speaker to zeros.
    fn nearest(centres: &Retrieval, speaker: usize) -> Vec<f32> {
        let mut content = vec![0.0; 20];
        centres.apply(&mut content, 20, speaker, 1.0).unwrap();
        content
    }

    fn made(file: &str, each: Option<usize>, names: &[(&str, u32)]) -> Retrieval {
        let laid_out = lay_out(&golden(file), 20, each, &speakers(names)).unwrap();
        let Content::Made("npy", bytes) = laid_out else {
            panic!("{laid_out:?}");
        };
        Retrieval::read_centres("made.npy", &bytes, 20, None).unwrap()
    }

    #[test]
    fn names_get_the_numbers_of_the_voice() {
        let path = golden("kmeans.pt").path;
        let original = Retrieval::open_centres(&path, 20, None).unwrap();
        let (ann, ben) = (nearest(&original, 0), nearest(&original, 1));
        assert_ne!(ann, ben);
        let made = made("kmeans.pt", None, &[("Ben", 0), ("Ann", 2)]);
        assert_eq!((nearest(&made, 0), nearest(&made, 2)), (ben, ann));
    }

    #[test]
    fn moe_vs_parts_centres_by_their_count() {
        let parted = made("KMeans.npy", Some(7), &[("x", 0), ("y", 1)]);
        let path = golden("kmeans_v2.npy").path;
        let original = Retrieval::open_centres(&path, 20, None).unwrap();
        for speaker in [0, 1] {
            assert_eq!(nearest(&parted, speaker), nearest(&original, speaker));
        }
        let two = speakers(&[("x", 0), ("y", 1)]);
        let error = lay_out(&golden("KMeans.npy"), 20, Some(10_000), &two).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains("10000 centres for each speaker, found 14 in all"),
            "{said}"
        );
    }

    #[test]
    fn a_voice_of_one_takes_its_file_as_it_is() {
        let one = speakers(&[("x", 0)]);
        let taken = lay_out(&golden("KMeans.npy"), 20, None, &one).unwrap();
        assert!(matches!(taken, Content::File(_)));
    }

    #[test]
    fn speakers_without_centres_are_told() {
        let three = speakers(&[("Ann", 0), ("Ben", 1), ("Carl", 2)]);
        let error = lay_out(&golden("kmeans.pt"), 20, None, &three).unwrap_err();
        assert!(
            error.to_string().contains("found none of \"Carl\""),
            "{error}"
        );
        let other = speakers(&[("Ann", 0), ("Carl", 1)]);
        let error = lay_out(&golden("kmeans.pt"), 20, None, &other).unwrap_err();
        assert!(
            error.to_string().contains("found some of \"Ben\""),
            "{error}"
        );
        let far = speakers(&[("Ann", 0), ("Ben", u32::MAX)]);
        let error = lay_out(&golden("kmeans.pt"), 20, None, &far).unwrap_err();
        assert!(error.to_string().contains("numbers below"), "{error}");
    }
}
