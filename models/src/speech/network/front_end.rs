//! Turns the words of a segment into a voice's symbols.

use syrinx_text::{Alphabet, Boundary, Ending, IpaStyle, Phone, Segment, Word};

use super::ipa;
use super::lexicon::TokenLexicon;
use super::symbols::{Framing, Symbols};
use super::tokens::Tokens;
use crate::speech::error::SpeechError;

/// What a voice's symbols are.
#[derive(Clone, Debug)]
pub(crate) enum Spelling {
    /// IPA, a symbol for each character.
    Ipa(IpaStyle),
    /// The letters that are spoken.
    Letters,
    /// Phones by their names, with the stress behind them or without.
    Phones,
    /// What a lexicon says; words that it lacks are spelled by their phones where the table has those.
    Lexicon(TokenLexicon),
}

/// Turns the words of a segment into a voice's symbols.
#[derive(Clone, Debug)]
pub(crate) struct FrontEnd {
    /// The voice's symbols.
    pub(crate) tokens: Tokens,
    /// What they are.
    pub(crate) spelling: Spelling,
    /// What stands around them.
    pub(crate) framing: Framing,
}

impl FrontEnd {
    /// The symbols of a segment: words, the space between them where the table has one, and marks behind phrases and
    /// sentences where it has them.
    ///
    /// # Errors
    /// With the first sound that the voice has no symbol for.
    pub(crate) fn symbols(&self, segment: &Segment) -> Result<Symbols, SpeechError> {
        let mut symbols = Symbols::default();
        let spoken = segment.words.iter().enumerate();
        let spoken: Vec<(usize, &Word)> =
            spoken.filter(|(_, word)| !word.phones.is_empty()).collect();
        for (place, (number, word)) in spoken.iter().enumerate() {
            if place > 0
                && let Some(space) = self.tokens.get(" ")
            {
                symbols.between(space);
            }
            self.word(&mut symbols, *number, word)?;
            let mark = mark(word.boundary).and_then(|mark| self.tokens.get(mark));
            if let Some(mark) = mark {
                symbols.between(mark);
            }
        }
        Ok(symbols.framed(&self.framing))
    }

    fn word(&self, symbols: &mut Symbols, number: usize, word: &Word) -> Result<(), SpeechError> {
        match &self.spelling {
            Spelling::Ipa(style) => match ipa::spelled(word, *style) {
                Some(ipa) => self.characters(symbols, number, word, &ipa),
                None => Err(SpeechError::Symbol {
                    symbol: word.phones.iter().map(|phone| &*phone.symbol).collect(),
                    word: word.text.clone(),
                    known: "IPA alone".to_owned(),
                }),
            },
            Spelling::Letters => self.characters(symbols, number, word, &word.text.to_lowercase()),
            Spelling::Phones => self.phones(symbols, number, word),
            Spelling::Lexicon(lexicon) => match lexicon.get(&word.text) {
                Some(entry) => {
                    for symbol in entry {
                        symbols.phone(number, symbol, self.tokens.need(symbol, &word.text)?);
                    }
                    Ok(())
                }
                None => self.phones(symbols, number, word),
            },
        }
    }

    fn characters(
        &self,
        symbols: &mut Symbols,
        number: usize,
        word: &Word,
        spelled: &str,
    ) -> Result<(), SpeechError> {
        for character in spelled.chars() {
            let mut buffer = [0; 4];
            let symbol: &str = character.encode_utf8(&mut buffer);
            match (self.tokens.get(symbol), ipa::parts(character)) {
                (None, Some(parts)) => {
                    for part in parts {
                        let mut buffer = [0; 4];
                        let part: &str = part.encode_utf8(&mut buffer);
                        symbols.phone(number, part, self.tokens.need(part, &word.text)?);
                    }
                }
                _ => symbols.phone(number, symbol, self.tokens.need(symbol, &word.text)?),
            }
        }
        Ok(())
    }

    fn phones(&self, symbols: &mut Symbols, number: usize, word: &Word) -> Result<(), SpeechError> {
        for phone in &word.phones {
            let names = names(phone);
            let found = names
                .iter()
                .find_map(|name| Some((name, self.tokens.get(name)?)));
            match found {
                Some((name, ids)) => symbols.phone(number, name, ids),
                None => {
                    self.tokens.need(&names[0], &word.text)?;
                }
            }
        }
        Ok(())
    }
}

/// What a phone may be called: with its stress or tone first, in the two cases that tables are written in.
fn names(phone: &Phone) -> Vec<String> {
    let mut names = Vec::new();
    let (symbol, stress) = (&*phone.symbol, phone.stress_or_tone);
    if phone.alphabet == Alphabet::Arpabet && phone.is_vowel() {
        // CMU's tables write the schwa as AH0.
        let plain = if symbol == "ax" { "ah" } else { symbol };
        for name in [symbol, plain] {
            names.push(format!("{name}{stress}"));
            names.push(format!("{}{stress}", name.to_uppercase()));
        }
    }
    names.push(symbol.to_owned());
    names.push(symbol.to_uppercase());
    names
}

/// The mark behind a word.
fn mark(boundary: Boundary) -> Option<&'static str> {
    match boundary {
        Boundary::Word | Boundary::Group => None,
        Boundary::Phrase => Some(","),
        Boundary::Sentence(Ending::Statement) => Some("."),
        Boundary::Sentence(Ending::Question) => Some("?"),
        Boundary::Sentence(Ending::Exclamation) => Some("!"),
    }
}
