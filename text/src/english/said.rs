//! What a token of English is spoken as: words, names of letters, and commas between them.

/// A part of what a token is spoken as.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Said {
    /// A word in lower case, and how it was written.
    Word { text: String, written: String },
    /// The name of a letter.
    Letter(char),
    /// A rest between groups of digits.
    Comma,
    /// Characters that have no sound.
    Skipped(String),
}

impl Said {
    /// A word of our own, that was not written so.
    pub fn word(text: &str) -> Said {
        Said::Word {
            text: text.to_string(),
            written: text.to_string(),
        }
    }

    /// Several words of our own, with spaces between them.
    pub fn words(text: &str) -> Vec<Said> {
        text.split_whitespace().map(Said::word).collect()
    }
}

/// All of these as text, letters in capitals, for tests and comparisons.
#[cfg(test)]
pub(crate) fn shown(said: &[Said]) -> String {
    let one = |said: &Said| match said {
        Said::Word { text, .. } => text.clone(),
        Said::Letter(letter) => letter.to_uppercase().to_string(),
        Said::Comma => ",".to_string(),
        Said::Skipped(text) => format!("<{text}>"),
    };
    said.iter().map(one).collect::<Vec<_>>().join(" ")
}
