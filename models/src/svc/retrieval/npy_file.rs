//! Reads NumPy arrays of f32, and MoeVS' centres, which are 128 bytes of anything and f32 after them.

use super::error::RetrievalError;
use super::fields::Fields;

/// The first bytes of a NumPy file.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";
/// MoeVS skips so many bytes, whatever they are.
const MOEVS_HEADER: u64 = 128;
/// A header of an array that is no record takes less.
const MAX_HEADER: u32 = 1 << 16;

/// An array of f32 in C order.
pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

/// Reads a NumPy file, format versions 1 to 3.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Array, RetrievalError> {
    let mut fields = Fields::new(file, bytes);
    fields.take("the first bytes", MAGIC.len() as u64, 1)?;
    let offset = fields.offset();
    let version = fields.u8("the format version")?;
    fields.u8("the format version")?;
    let length = match version {
        1 => fields.u16("the header's length")?.into(),
        2 | 3 => fields.u32("the header's length")?,
        _ => {
            let found = version.to_string();
            return Err(fields.malformed("the format version", offset, "1 to 3", &found));
        }
    };
    if length > MAX_HEADER {
        let expected = format!("{MAX_HEADER} bytes at most");
        let found = length.to_string();
        return Err(fields.malformed("the header's length", offset, &expected, &found));
    }
    let offset = fields.offset();
    let header = String::from_utf8_lossy(fields.take("the header", length.into(), 1)?);
    expect(
        &fields,
        offset,
        &header,
        "descr",
        "'<f4'",
        "f32, little-endian ('<f4')",
    )?;
    expect(
        &fields,
        offset,
        &header,
        "fortran_order",
        "False",
        "C order (False)",
    )?;
    let shape = value_of(&header, "shape").unwrap_or_default();
    let Some((shape, count)) = parse_shape(shape) else {
        return Err(fields.malformed("the shape", offset, "a tuple of sizes above 0", shape));
    };
    let mut values = Vec::new();
    fields.f32s("the values", count, &mut values)?;
    fields.end()?;
    Ok(Array { shape, values })
}

/// Reads what MoeVS reads: rows of `dim` values after 128 bytes.
pub(super) fn read_headless(file: &str, bytes: &[u8], dim: usize) -> Result<Array, RetrievalError> {
    let mut fields = Fields::new(file, bytes);
    fields.take("the header", MOEVS_HEADER, 1)?;
    let row = 4 * dim.max(1);
    if fields.left() == 0 || !fields.left().is_multiple_of(row) {
        let expected = format!("whole rows of {dim} f32 values ({row} bytes)");
        let found = format!("{} bytes", fields.left());
        return Err(fields.malformed("the centres", fields.offset(), &expected, &found));
    }
    let mut values = Vec::new();
    fields.f32s("the centres", fields.left() as u64 / 4, &mut values)?;
    let shape = vec![values.len() / dim.max(1), dim];
    Ok(Array { shape, values })
}

fn expect(
    fields: &Fields<'_>,
    offset: usize,
    header: &str,
    key: &str,
    wanted: &str,
    expected: &str,
) -> Result<(), RetrievalError> {
    let found = value_of(header, key).unwrap_or_default();
    if found == wanted {
        return Ok(());
    }
    let found = if found.is_empty() { "none" } else { found };
    Err(fields.malformed(&format!("the header's {key}"), offset, expected, found))
}

/// What stands after `'key':` in a header, up to the comma or bracket that ends it.
fn value_of<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    let (_, rest) = header.split_once(&format!("'{key}':"))?;
    let rest = rest.trim_start();
    let length = match rest.strip_prefix('(') {
        Some(tuple) => tuple.find(')')? + 2,
        None => rest.find([',', '}'])?,
    };
    Some(rest[..length].trim_end())
}

/// The sizes of `(3, 4)` and their product.
fn parse_shape(tuple: &str) -> Option<(Vec<usize>, u64)> {
    let inner = tuple.strip_prefix('(')?.strip_suffix(')')?.trim();
    let inner = inner.strip_suffix(',').unwrap_or(inner);
    let sizes = inner.split(',').map(|size| size.trim().parse::<usize>());
    let sizes: Vec<usize> = sizes.collect::<Result<_, _>>().ok()?;
    let count = sizes.iter().try_fold(1_u64, |product, size| {
        product.checked_mul(u64::try_from(*size).ok()?)
    })?;
    (count > 0).then_some((sizes, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_key_by_key() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (12, 34), }   \n";
        assert_eq!(value_of(header, "descr"), Some("'<f4'"));
        assert_eq!(value_of(header, "fortran_order"), Some("False"));
        assert_eq!(value_of(header, "shape"), Some("(12, 34)"));
        assert_eq!(value_of(header, "order"), None);
        assert_eq!(parse_shape("(12, 34)"), Some((vec![12, 34], 408)));
        assert_eq!(parse_shape("(5,)"), Some((vec![5], 5)));
        for bad in ["()", "(0, 4)", "(-1, 4)", "(4", "(4294967296, 4294967296)"] {
            assert_eq!(parse_shape(bad), None, "{bad}");
        }
    }
}
