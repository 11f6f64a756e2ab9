//! Reads a lexicon of words and their symbols (`lexicon.txt`).

use std::collections::HashMap;

use super::tokens::Tokens;
use crate::speech::error::SpeechError;

/// A lexicon in a voice's own symbols.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TokenLexicon {
    words: HashMap<String, Vec<String>>,
}

impl TokenLexicon {
    /// Reads lines of a word and its symbols, parted by white space. Of a word that stands there twice the first line
    /// counts. Source: sherpa-onnx.
    ///
    /// # Errors
    /// With the first line without symbols, or with a symbol that `tokens` lacks.
    pub fn parse(file: &str, text: &str, tokens: &Tokens) -> Result<TokenLexicon, SpeechError> {
        let mut words = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let mut fields = line.split_whitespace();
            let Some(word) = fields.next() else { continue };
            let symbols: Vec<String> = fields.map(str::to_owned).collect();
            let refuse = |expected: String, found: String| SpeechError::File {
                file: format!("{file}, line {}", number + 1),
                expected,
                found,
            };
            if symbols.is_empty() {
                let expected = "a word and its symbols".to_owned();
                return Err(refuse(expected, format!("{line:?}")));
            }
            if let Some(unknown) = symbols.iter().find(|symbol| tokens.get(symbol).is_none()) {
                return Err(refuse(
                    "symbols of the voice's table".to_owned(),
                    unknown.clone(),
                ));
            }
            words.entry(word.to_lowercase()).or_insert(symbols);
        }
        Ok(TokenLexicon { words })
    }

    /// The symbols of a word, in whatever case it is written.
    pub fn get(&self, word: &str) -> Option<&[String]> {
        self.words.get(&word.to_lowercase()).map(Vec::as_slice)
    }

    /// Takes the words of another lexicon that this one lacks.
    pub(crate) fn add(&mut self, other: TokenLexicon) {
        for (word, symbols) in other.words {
            self.words.entry(word).or_insert(symbols);
        }
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}
