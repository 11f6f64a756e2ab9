//! Reads an index as faiss writes it: vectors in lists around centroids (`IVF…,Flat`), or all in one.
//!
//! Format: faiss, `impl/index_write.cpp`. Little-endian, no version; every part starts with four characters. Read
//! are `IwFl`, its flat quantizer, its lists (`ilar`), `IxF2` and `IxFl` alone, and either in `IxMp` / `IxM2`.

use super::error::RetrievalError;
use super::feature_index::{FeatureIndex, Lists};
use super::fields::Fields;
use super::rows::Rows;

/// What this reader takes, for messages.
const TAKEN: &str =
    "IVF…,Flat (IwFl), Flat (IxF2, IxFl) or one of them with numbers of its own (IxMp, IxM2)";
/// faiss' number for Euclidean distance.
const METRIC_L2: i32 = 1;

/// What stands at the start of every index.
struct Header {
    dim: usize,
    count: u64,
}

/// Reads the index in `bytes`, whose vectors must be `dim` wide, as the voice's content is.
pub(super) fn read(file: &str, bytes: &[u8], dim: usize) -> Result<FeatureIndex, RetrievalError> {
    let mut fields = Fields::new(file, bytes);
    let index = read_index(&mut fields, dim, true)?;
    fields.end()?;
    Ok(index)
}

fn read_index(
    fields: &mut Fields<'_>,
    dim: usize,
    may_map: bool,
) -> Result<FeatureIndex, RetrievalError> {
    let offset = fields.offset();
    match &fields.fourcc("the kind of the index")? {
        b"IwFl" => read_ivf(fields, dim),
        b"IxF2" | b"IxFl" => {
            let rows = read_flat(fields, dim, "vectors")?;
            let ids = (0..rows.len() as u64).collect();
            Ok(FeatureIndex::new(rows, ids, None))
        }
        b"IxMp" | b"IxM2" if may_map => read_mapped(fields, dim),
        other => Err(fields.malformed("the kind of the index", offset, TAKEN, &name(other))),
    }
}

/// An index whose vectors have numbers of their own.
fn read_mapped(fields: &mut Fields<'_>, dim: usize) -> Result<FeatureIndex, RetrievalError> {
    let header = read_header(fields, dim)?;
    let mut index = read_index(fields, dim, false)?;
    let offset = fields.offset();
    let names = read_u64s(fields, "the vectors' numbers")?;
    let counts = [names.len() as u64, index.len() as u64];
    if counts != [header.count; 2] {
        let expected = format!("{} vectors and numbers", header.count);
        let found = format!("{} numbers for {} vectors", counts[0], counts[1]);
        return Err(fields.malformed("the vectors' numbers", offset, &expected, &found));
    }
    index.renumber(&names);
    Ok(index)
}

fn read_ivf(fields: &mut Fields<'_>, dim: usize) -> Result<FeatureIndex, RetrievalError> {
    let header = read_header(fields, dim)?;
    let offset = fields.offset();
    let list_count = fields.u64("the number of lists")?;
    let probes = fields.u64("the number of lists to search")?;
    if header.count == 0 {
        return Err(RetrievalError::Content {
            file: fields.file().to_owned(),
            expected: "an index with vectors (added_….index)".to_owned(),
            found: "one without (as trained_….index is); take the other one".to_owned(),
        });
    }
    let quantizer = fields.offset();
    let kind = fields.fourcc("the kind of the quantizer")?;
    if !matches!(&kind, b"IxF2" | b"IxFl") {
        let found = name(&kind);
        return Err(fields.malformed("the quantizer", quantizer, "a flat one (IxF2)", &found));
    }
    let centroids = read_flat(fields, dim, "centroids")?;
    if centroids.len() as u64 != list_count {
        let expected = format!("{} lists, one for each centroid", centroids.len());
        let found = list_count.to_string();
        return Err(fields.malformed("the number of lists", offset, &expected, &found));
    }
    skip_direct_map(fields)?;
    let (vectors, ids, ends) = read_lists(fields, &header, centroids.len())?;
    let lists = Lists {
        probes: probes.clamp(1, list_count) as usize,
        centroids,
        ends,
    };
    Ok(FeatureIndex::new(vectors, ids, Some(lists)))
}

/// A flat index after its four characters: the header and the vectors.
fn read_flat(fields: &mut Fields<'_>, dim: usize, part: &str) -> Result<Rows, RetrievalError> {
    let header = read_header(fields, dim)?;
    let offset = fields.offset();
    let count = fields.u64(part)?;
    if header.count == 0 {
        return Err(fields.malformed(part, offset, "at least one", "none"));
    }
    if u128::from(count) != u128::from(header.count) * header.dim as u128 {
        let expected = format!("{} times {} values", header.count, header.dim);
        return Err(fields.malformed(part, offset, &expected, &count.to_string()));
    }
    let mut values = Vec::new();
    fields.f32s(part, count, &mut values)?;
    Ok(Rows::new(values, dim))
}

fn read_header(fields: &mut Fields<'_>, dim: usize) -> Result<Header, RetrievalError> {
    let found = fields.u32("the width")?;
    if u64::from(found) != dim as u64 || dim == 0 {
        return Err(RetrievalError::Width {
            file: fields.file().to_owned(),
            expected: dim,
            found: found.into(),
        });
    }
    let count = fields.u64("the number of vectors")?;
    fields.take("two unused numbers", 2, 8)?;
    fields.u8("the mark of training")?;
    let offset = fields.offset();
    let metric = fields.i32("the metric")?;
    if metric != METRIC_L2 {
        let expected = "Euclidean distance (1), on which retrieval weights are built";
        let found = match metric {
            0 => "inner product (0)".to_owned(),
            _ => metric.to_string(),
        };
        return Err(fields.malformed("the metric", offset, expected, &found));
    }
    Ok(Header { dim, count })
}

/// The map from numbers to places, which a search does not need.
fn skip_direct_map(fields: &mut Fields<'_>) -> Result<(), RetrievalError> {
    const PART: &str = "the direct map";
    let offset = fields.offset();
    let kind = fields.u8(PART)?;
    let count = fields.u64(PART)?;
    fields.take(PART, count, 8)?;
    match kind {
        0 | 1 => Ok(()),
        2 => {
            let count = fields.u64(PART)?;
            fields.take(PART, count, 16).map(|_| ())
        }
        _ => Err(fields.malformed(PART, offset, "a kind from 0 to 2", &kind.to_string())),
    }
}

/// The lists, one after the other: vectors, their numbers, and where each list ends.
fn read_lists(
    fields: &mut Fields<'_>,
    header: &Header,
    list_count: usize,
) -> Result<(Rows, Vec<u64>, Vec<usize>), RetrievalError> {
    let offset = fields.offset();
    let kind = fields.fourcc("the lists")?;
    if &kind != b"ilar" {
        let found = match &kind {
            b"il00" => "an index whose lists are elsewhere (il00)".to_owned(),
            other => name(other),
        };
        return Err(fields.malformed("the lists", offset, "lists of arrays (ilar)", &found));
    }
    expect_u64(fields, "the number of lists", list_count as u64)?;
    expect_u64(fields, "the bytes of a vector", 4 * header.dim as u64)?;
    let offset = fields.offset();
    let sizes = read_sizes(fields, list_count)?;
    let total: u128 = sizes.iter().map(|size| u128::from(*size)).sum();
    if total != u128::from(header.count) {
        let expected = format!("{} vectors in all", header.count);
        return Err(fields.malformed("the lists' sizes", offset, &expected, &total.to_string()));
    }
    let (mut values, mut ids, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for size in sizes {
        // A size beyond the file is found here; the product of a size within it cannot overflow.
        fields.f32s(
            "a list's vectors",
            size.saturating_mul(header.dim as u64),
            &mut values,
        )?;
        let offset = fields.offset();
        let bytes = fields.take("a list's numbers", size, 8)?;
        let numbers = bytes.as_chunks().0.iter().copied().map(u64::from_le_bytes);
        ids.extend(numbers.clone());
        if let Some(id) = numbers.clone().find(|id| *id >= header.count) {
            let expected = format!("numbers below {}", header.count);
            let found = (id as i64).to_string();
            return Err(fields.malformed("a list's numbers", offset, &expected, &found));
        }
        ends.push(ids.len());
    }
    Ok((Rows::new(values, header.dim), ids, ends))
}

/// How many vectors each list has: all of them written out, or pairs of list and size.
fn read_sizes(fields: &mut Fields<'_>, list_count: usize) -> Result<Vec<u64>, RetrievalError> {
    const PART: &str = "the lists' sizes";
    let offset = fields.offset();
    let kind = fields.fourcc(PART)?;
    let written = read_u64s(fields, PART)?;
    match &kind {
        b"full" if written.len() == list_count => Ok(written),
        b"sprs" if written.len().is_multiple_of(2) => {
            let mut sizes = vec![0; list_count];
            for [list, size] in written.as_chunks().0 {
                let Some(place) = usize::try_from(*list)
                    .ok()
                    .and_then(|list| sizes.get_mut(list))
                else {
                    let expected = format!("lists below {list_count}");
                    return Err(fields.malformed(PART, offset, &expected, &list.to_string()));
                };
                *place = *size;
            }
            Ok(sizes)
        }
        b"full" | b"sprs" => {
            let expected = format!("sizes of {list_count} lists");
            let found = format!("{} numbers ({})", written.len(), name(&kind));
            Err(fields.malformed(PART, offset, &expected, &found))
        }
        other => Err(fields.malformed(PART, offset, "full or sprs", &name(other))),
    }
}

/// A count and that many numbers.
fn read_u64s(fields: &mut Fields<'_>, part: &str) -> Result<Vec<u64>, RetrievalError> {
    let count = fields.u64(part)?;
    let bytes = fields.take(part, count, 8)?;
    let numbers = bytes.as_chunks().0.iter().copied();
    Ok(numbers.map(u64::from_le_bytes).collect())
}

fn expect_u64(fields: &mut Fields<'_>, part: &str, wanted: u64) -> Result<(), RetrievalError> {
    let offset = fields.offset();
    let found = fields.u64(part)?;
    if found == wanted {
        return Ok(());
    }
    Err(fields.malformed(part, offset, &wanted.to_string(), &found.to_string()))
}

/// Four characters as a message shows them.
fn name(fourcc: &[u8; 4]) -> String {
    format!("\"{}\"", fourcc.escape_ascii())
}
