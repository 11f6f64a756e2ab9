//! Compares a file that was made again with the committed one: bytes, or numbers within rounding.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Numbers may differ by this much, relative to the greatest of the file: the last bits of a 32-bit float
/// (6e-8) after some hundred operations, on another processor or with another maths library. The tests'
/// own tolerances begin at 1e-5.
const ROUNDING: f64 = 2e-6;

/// How two files differ.
#[derive(Debug, PartialEq)]
pub enum Difference {
    /// Equal bytes, or numbers equal within rounding.
    None,
    /// There is no committed file.
    New,
    /// Numbers differ by this much, relative to the greatest.
    Numbers(f64),
    /// Another number of values, other names, or other bytes in a file that does not hold numbers.
    Content,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::None => write!(f, "the same"),
            Difference::New => write!(f, "NEW"),
            Difference::Numbers(by) => write!(f, "DIFFERS by {by:.1e} of the greatest"),
            Difference::Content => write!(f, "DIFFERS"),
        }
    }
}

/// Compares the file `made` with the one that is `committed`. Files named `.json` are compared as numbers and
/// text, files named `.f32` or `.bin` as 32-bit floats (little-endian), others byte by byte.
///
/// # Errors
/// If a file cannot be read.
pub fn compare(made: &Path, committed: &Path) -> Result<Difference> {
    if !committed.is_file() {
        return Ok(Difference::New);
    }
    let read =
        |file: &Path| fs::read(file).with_context(|| format!("cannot read {}", file.display()));
    let (made_bytes, committed_bytes) = (read(made)?, read(committed)?);
    if made_bytes == committed_bytes {
        return Ok(Difference::None);
    }
    let numbers = match made.extension().and_then(|end| end.to_str()) {
        Some("json") => json_numbers(&made_bytes).zip(json_numbers(&committed_bytes)),
        Some("f32" | "bin") => floats(&made_bytes).zip(floats(&committed_bytes)),
        _ => None,
    };
    Ok(numbers.map_or(Difference::Content, |(made, committed)| {
        distance(&made, &committed)
    }))
}

/// The numbers of a file in order, and everything else in it as one text.
type Numbers = (Vec<f64>, String);

fn distance((made, frame): &Numbers, (committed, committed_frame): &Numbers) -> Difference {
    if made.len() != committed.len() || frame != committed_frame {
        return Difference::Content;
    }
    let greatest = committed
        .iter()
        .map(|x| x.abs())
        .fold(f64::MIN_POSITIVE, f64::max);
    let furthest = made.iter().zip(committed).map(|(a, b)| (a - b).abs());
    // NaN must not pass: it is no number that could be near another.
    let furthest = furthest.fold(0.0, |far: f64, x| {
        if x.is_nan() {
            f64::INFINITY
        } else {
            far.max(x)
        }
    });
    match furthest / greatest {
        by if by <= ROUNDING => Difference::None,
        by => Difference::Numbers(by),
    }
}

fn floats(bytes: &[u8]) -> Option<Numbers> {
    let (whole, rest) = bytes.as_chunks::<4>();
    let numbers = whole
        .iter()
        .map(|four| f64::from(f32::from_le_bytes(*four)))
        .collect();
    rest.is_empty().then_some((numbers, String::new()))
}

fn json_numbers(bytes: &[u8]) -> Option<Numbers> {
    let mut value: Value = serde_json::from_slice(bytes).ok()?;
    let mut numbers = Vec::new();
    take_numbers(&mut value, &mut numbers);
    Some((numbers, value.to_string()))
}

/// Moves the numbers out of the value and leaves nulls.
fn take_numbers(value: &mut Value, numbers: &mut Vec<f64>) {
    match value {
        Value::Number(number) => {
            numbers.extend(number.as_f64());
            *value = Value::Null;
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| take_numbers(value, numbers)),
        Value::Object(map) => map
            .values_mut()
            .for_each(|value| take_numbers(value, numbers)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(name: &str, made: &[u8], committed: &[u8]) -> Difference {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (
            folder.path().join(name),
            folder.path().join(format!("old-{name}")),
        );
        fs::write(&a, made).unwrap();
        fs::write(&b, committed).unwrap();
        compare(&a, &b).unwrap()
    }

    fn f32s(values: &[f32]) -> Vec<u8> {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }

    #[test]
    fn rounding_is_no_difference_and_a_hundred_thousandth_is_one() {
        assert_eq!(
            compared("a.f32", &f32s(&[1.0, 100.0]), &f32s(&[1.0, 100.0001])),
            Difference::None
        );
        let one = compared("a.f32", &f32s(&[1.0, 100.0]), &f32s(&[1.001, 100.0]));
        assert!(
            matches!(one, Difference::Numbers(by) if (by - 1e-5).abs() < 1e-6),
            "{one}"
        );
        assert_eq!(
            compared("a.json", br#"{"a":[1.0000001]}"#, br#"{"a": [1.0]}"#),
            Difference::None
        );
    }

    #[test]
    fn other_lengths_names_or_nan_differ() {
        assert_eq!(
            compared("a.f32", &f32s(&[1.0]), &f32s(&[1.0, 2.0])),
            Difference::Content
        );
        assert_eq!(
            compared("a.json", br#"{"a":1}"#, br#"{"b":1}"#),
            Difference::Content
        );
        assert_eq!(
            compared("a.json", br#"{"a":1,"b":"x"}"#, br#"{"a":1,"b":"y"}"#),
            Difference::Content
        );
        assert_ne!(
            compared("a.f32", &f32s(&[f32::NAN]), &f32s(&[1.0])),
            Difference::None
        );
    }

    #[test]
    fn files_without_numbers_are_compared_byte_by_byte() {
        assert_eq!(compared("a.onnx", b"same", b"same"), Difference::None);
        assert_eq!(compared("a.onnx", b"some", b"same"), Difference::Content);
    }
}
