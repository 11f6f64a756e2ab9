//! Reads a table of symbols and their numbers (`tokens.txt`).

use std::collections::HashMap;

use crate::speech::error::SpeechError;

/// A table of symbols. Piper's may have several numbers for one symbol.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tokens {
    ids: HashMap<String, Vec<i64>>,
}

impl Tokens {
    /// A table of these symbols.
    pub fn new(ids: HashMap<String, Vec<i64>>) -> Tokens {
        Tokens { ids }
    }

    /// Reads lines of a symbol, white space and a number; a line with a number alone is the space. Source: sherpa-onnx.
    ///
    /// # Errors
    /// With the first line that is none of these, or that repeats a symbol.
    pub fn parse(file: &str, text: &str) -> Result<Tokens, SpeechError> {
        let mut ids = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let refuse = |expected: &str| SpeechError::File {
                file: format!("{file}, line {}", number + 1),
                expected: expected.to_owned(),
                found: format!("{line:?}"),
            };
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (symbol, id) = match fields.as_slice() {
                [id] => (" ", id),
                [symbol, id] => (*symbol, id),
                _ => return Err(refuse("a symbol and a number")),
            };
            let id: i64 = id
                .parse()
                .map_err(|_| refuse("a symbol and a whole number"))?;
            if id < 0 {
                return Err(refuse("a number of 0 or more"));
            }
            if ids.insert(symbol.to_owned(), vec![id]).is_some() {
                return Err(refuse("each symbol once"));
            }
        }
        if ids.is_empty() {
            return Err(SpeechError::File {
                file: file.to_owned(),
                expected: "symbols and their numbers".to_owned(),
                found: "nothing".to_owned(),
            });
        }
        Ok(Tokens { ids })
    }

    /// The numbers of a symbol.
    pub fn get(&self, symbol: &str) -> Option<&[i64]> {
        self.ids.get(symbol).map(Vec::as_slice)
    }

    /// The numbers of a symbol that must be there.
    ///
    /// # Errors
    /// If it is not.
    pub(crate) fn need(&self, symbol: &str, word: &str) -> Result<&[i64], SpeechError> {
        self.get(symbol).ok_or_else(|| SpeechError::Symbol {
            symbol: symbol.to_owned(),
            word: word.to_owned(),
            known: self.listed(),
        })
    }

    /// Any of its numbers, the smallest first.
    pub(crate) fn some(&self) -> Vec<i64> {
        let mut all: Vec<i64> = self.ids.values().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all.truncate(16);
        all
    }

    /// The largest of its numbers.
    pub(crate) fn largest(&self) -> i64 {
        self.ids.values().flatten().copied().max().unwrap_or(0)
    }

    /// The first symbol, by its name, that another table knows by another number or not at all.
    pub(crate) fn differs_from(&self, other: &Tokens) -> Option<&str> {
        let symbols = self.ids.iter();
        let differing = symbols.filter(|(symbol, ids)| other.get(symbol) != Some(ids.as_slice()));
        differing.map(|(symbol, _)| symbol.as_str()).min()
    }

    /// Symbols for a message: as many as a line holds.
    fn listed(&self) -> String {
        let mut symbols: Vec<&str> = self.ids.keys().map(String::as_str).collect();
        symbols.sort_unstable();
        let more = symbols.len().saturating_sub(40);
        symbols.truncate(40);
        let shown = symbols.join(" ");
        match more {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    }
}
