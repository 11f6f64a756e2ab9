//! Finds the line and column of a byte of a script, for messages.

use crate::error::TextError;

/// The error that something at byte `at` of the script is not as it should be.
pub(crate) fn error_at(
    script: &str,
    at: usize,
    expected: impl Into<String>,
    found: impl Into<String>,
) -> TextError {
    let (line, column) = line_and_column(script, at);
    TextError::Script {
        line,
        column,
        expected: expected.into(),
        found: found.into(),
    }
}

/// Line and column of a byte, both from 1, columns in characters.
pub(crate) fn line_and_column(script: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(script.len());
    while !script.is_char_boundary(at) {
        at -= 1;
    }
    let before = &script[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

/// At most 40 characters of what was found, in quotes, for messages.
pub(crate) fn quoted(found: &str) -> String {
    let mut short: String = found
        .chars()
        .take(40)
        .flat_map(char::escape_debug)
        .collect();
    if found.chars().nth(40).is_some() {
        short.push('…');
    }
    format!("\"{short}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        assert_eq!(line_and_column("", 0), (1, 1));
        assert_eq!(line_and_column("äb\ncd", 2), (1, 2));
        assert_eq!(line_and_column("äb\ncd", 5), (2, 2));
        assert_eq!(line_and_column("äb\n", 99), (2, 1));
        // Within a character.
        assert_eq!(line_and_column("äb", 1), (1, 1));
    }

    #[test]
    fn long_finds_are_cut() {
        assert_eq!(quoted("a\nb"), "\"a\\nb\"");
        assert_eq!(quoted(&"x".repeat(50)).chars().count(), 43);
    }
}
