//! Reads texts that people wrote with any editor: UTF-8, or UTF-16 as some of Windows write it.

use std::path::Path;

use crate::error::CliError;

/// The mark of byte order, as UTF-16 writes it with the low byte first and with the high byte first.
const LOW_FIRST: [u8; 2] = [0xff, 0xfe];
const HIGH_FIRST: [u8; 2] = [0xfe, 0xff];

/// The text in a file. A mark at its start stays, so that places in UTF-8 are those of the file.
///
/// # Errors
/// If it cannot be read, or is neither UTF-8 nor UTF-16 with its mark.
pub(super) fn read_text(path: &Path) -> Result<String, CliError> {
    let bytes = std::fs::read(path).map_err(|error| CliError::other(path.display(), error))?;
    text(bytes).map_err(|message| CliError::other(path.display(), message))
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.starts_with(&LOW_FIRST) {
        return utf16(&bytes, u16::from_le_bytes);
    }
    if bytes.starts_with(&HIGH_FIRST) {
        return utf16(&bytes, u16::from_be_bytes);
    }
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        format!("expected text in UTF-8, found another byte at {place}")
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("expected text in UTF-16, found half a letter at the end".to_owned());
    }
    let units = pairs.iter().map(|pair| unit(*pair));
    let mut text = String::with_capacity(bytes.len());
    for letter in char::decode_utf16(units) {
        text.push(letter.map_err(|error| {
            let found = error.unpaired_surrogate();
            format!("expected text in UTF-16, found half a letter, {found:#x}")
        })?);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\u{feff}Grüße,\r\n梅 𝄞\r\n";

    #[test]
    fn both_orders_of_utf_16_and_utf_8_are_the_same_text() {
        let low: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let high: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [low, high, TEXT.as_bytes().to_vec()] {
            assert_eq!(text(bytes).as_deref(), Ok(TEXT));
        }
    }

    #[test]
    fn what_is_no_text_is_told() {
        for (bytes, says) in [
            (&b"a\xff"[..], "in UTF-8, found another byte at 1"),
            (b"\xff\xfea", "half a letter at the end"),
            (b"\xff\xfe\x00\xd8a\x00", "half a letter, 0xd800"),
        ] {
            let error = text(bytes.to_vec()).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
