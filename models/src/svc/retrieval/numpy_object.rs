//! Takes a NumPy array out of a pickle.

use super::npy_file::Array;
use super::pickle::{Id, Pickle, Value};

/// Why a value is no array: what was expected and what stands there.
pub(super) type Mismatch = (String, String);

/// The array that the value describes, as f32 in C order. f64 is rounded.
pub(super) fn array(pickle: &Pickle<'_>, id: Id) -> Result<Array, Mismatch> {
    let odd = |expected: &str, found: Id| (expected.to_owned(), pickle.describe(found));
    let state = match pickle.object(id) {
        Some(("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct", _, state)) => {
            state
        }
        _ => None,
    };
    let items = state.and_then(|state| pickle.items(state));
    let Some(&[_, shape, kind, fortran, bytes]) = items else {
        return Err(odd("a NumPy array", id));
    };
    let shape = sizes(pickle, shape).ok_or_else(|| odd("sizes above 0", shape))?;
    if !matches!(pickle.value(fortran), Value::Bool(false)) {
        return Err(("C order".to_owned(), "Fortran order".to_owned()));
    }
    let width = value_width(pickle, kind)?;
    let bytes_of = raw(pickle, bytes).ok_or_else(|| odd("the array's bytes", bytes))?;
    let wanted = shape
        .iter()
        .try_fold(width, |product, size| product.checked_mul(*size));
    if wanted != Some(bytes_of.len()) {
        let expected = format!("{shape:?} values of {width} bytes");
        return Err((expected, format!("{} bytes", bytes_of.len())));
    }
    let values: Vec<f32> = match width {
        4 => bytes_of
            .as_chunks()
            .0
            .iter()
            .map(|raw| f32::from_le_bytes(*raw))
            .collect(),
        _ => bytes_of
            .as_chunks()
            .0
            .iter()
            .map(|raw| f64::from_le_bytes(*raw) as f32)
            .collect(),
    };
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(Array { shape, values }),
        Some(index) => Err((
            "finite values".to_owned(),
            format!("{} at value {index}", values[index]),
        )),
    }
}

fn sizes(pickle: &Pickle<'_>, shape: Id) -> Option<Vec<usize>> {
    let size = |id: &Id| match pickle.value(*id) {
        Value::Int(size) if *size > 0 => usize::try_from(*size).ok(),
        _ => None,
    };
    pickle.items(shape)?.iter().map(size).collect()
}

/// Bytes of a value: 4 for f32, 8 for f64, both little-endian.
fn value_width(pickle: &Pickle<'_>, kind: Id) -> Result<usize, Mismatch> {
    let text = |id: Option<&Id>| match id.map(|id| pickle.value(*id)) {
        Some(Value::Text(text)) => *text,
        _ => "?",
    };
    let (code, order) = match pickle.object(kind) {
        Some(("numpy", "dtype", arguments, state)) => {
            let state = state.and_then(|state| pickle.items(state));
            (
                text(arguments.first()),
                text(state.and_then(|state| state.get(1))),
            )
        }
        _ => ("?", "?"),
    };
    match (code, order) {
        ("f4", "<") => Ok(4),
        ("f8", "<") => Ok(8),
        _ => Err((
            "values of f32 or f64, little-endian (<f4, <f8)".to_owned(),
            format!("{order}{code}"),
        )),
    }
}

/// Bytes as they are, or as protocol 2 writes them: text whose characters are the bytes.
fn raw(pickle: &Pickle<'_>, id: Id) -> Option<Vec<u8>> {
    if let Value::Bytes(bytes) = pickle.value(id) {
        return Some(bytes.to_vec());
    }
    let (module, name, arguments, _) = pickle.object(id)?;
    match (
        module,
        name,
        arguments.first().map(|text| pickle.value(*text)),
    ) {
        ("_codecs", "encode", Some(Value::Text(text))) => text
            .chars()
            .map(|letter| u8::try_from(letter).ok())
            .collect(),
        _ => None,
    }
}
