//! Reads KAN-TTS's own tokens: `{n_c$tone3$s_begin$word_begin$emotion_neutral$F7} ..`, an utterance a line.

use syrinx_text::TextError;

use super::manifest::Manifest;
use super::vocabulary::{find, some};

/// One token: a phone or a break, and how it is spoken.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// Phone, tone, place in the syllable, place in the word: their numbers.
    pub(super) ids: [i64; 4],
    /// The number of the emotion.
    pub(super) emotion: usize,
    /// How much of it, 0 to 2.
    pub(super) intensity: f32,
    /// The number of the speaker.
    pub(super) speaker: usize,
    /// Speed as a factor.
    pub(super) rate: f32,
    /// The word that it belongs to, by its place in the segment; none for breaks.
    pub(super) word: Option<usize>,
}

/// One line of KAN-TTS's tokens, for a voice.
#[derive(Clone, Debug, PartialEq)]
pub struct KanTokens(pub(super) Vec<Token>);

/// The fields of a token, in order.
const FIELDS: [&str; 6] = [
    "a phone or break",
    "a tone",
    "a syllable flag",
    "a word segment",
    "an emotion",
    "a speaker",
];

/// Reads lines of tokens; empty lines are passed over.
///
/// # Errors
/// With line and column of the first character that cannot stand there, or if there is no token.
pub(super) fn read(text: &str, manifest: &Manifest) -> Result<Vec<KanTokens>, TextError> {
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let reader = Reader {
            line,
            number: number + 1,
            manifest,
        };
        let tokens = reader.tokens()?;
        if tokens.len() > manifest.most_tokens {
            return Err(TextError::TooLarge {
                what: "tokens of a line",
                most: manifest.most_tokens,
                found: tokens.len(),
            });
        }
        if !tokens.is_empty() {
            lines.push(KanTokens(tokens));
        }
    }
    match lines.is_empty() {
        true => Err(TextError::NothingToSpeak {
            found: "no token".to_owned(),
        }),
        false => Ok(lines),
    }
}

/// One line.
struct Reader<'a> {
    line: &'a str,
    number: usize,
    manifest: &'a Manifest,
}

impl Reader<'_> {
    /// What stands at the byte `at` is wrong.
    fn wrong(&self, at: usize, expected: String, found: String) -> TextError {
        TextError::Script {
            line: self.number,
            column: self.line[..at].chars().count() + 1,
            expected,
            found,
        }
    }

    fn tokens(&self) -> Result<Vec<Token>, TextError> {
        let mut tokens = Vec::new();
        let mut at = 0;
        loop {
            let rest = &self.line[at..];
            let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            at += blank;
            let rest = &rest[blank..];
            let Some(first) = rest.chars().next() else {
                return Ok(tokens);
            };
            if blank == 0 && !tokens.is_empty() {
                return Err(self.wrong(at, "a space".to_owned(), format!("{first:?}")));
            }
            if first != '{' {
                return Err(self.wrong(at, "'{'".to_owned(), format!("{first:?}")));
            }
            let Some(end) = rest.find('}') else {
                let end = self.line.len();
                return Err(self.wrong(end, "'}'".to_owned(), "the end of the line".to_owned()));
            };
            tokens.push(self.token(at + 1, &rest[1..end])?);
            at += end + 1;
        }
    }

    /// The token whose fields, which begin at the byte `at`, are `inner`.
    fn token(&self, at: usize, inner: &str) -> Result<Token, TextError> {
        let words = &self.manifest.vocabulary;
        let symbols = [
            &words.sy,
            &words.tone,
            &words.syllable_flag,
            &words.word_segment,
            &words.emotion,
            &self.manifest.speakers,
        ];
        let mut numbers = [0; FIELDS.len()];
        let mut place = at;
        let mut fields = inner.split('$');
        for (index, (name, symbols)) in FIELDS.iter().zip(symbols).enumerate() {
            let Some(field) = fields.next() else {
                let end = at + inner.len();
                return Err(self.wrong(end, format!("'$' and {name}"), "'}'".to_owned()));
            };
            let number = find(symbols, field).ok_or_else(|| {
                let expected = format!("{name} of the voice ({})", some(symbols));
                self.wrong(place, expected, format!("{field:?}"))
            })?;
            numbers[index] = number;
            place += field.len() + 1;
        }
        if fields.next().is_some() {
            return Err(self.wrong(place - 1, "'}'".to_owned(), "'$'".to_owned()));
        }
        let [sy, tone, flag, segment, emotion, speaker] = numbers;
        Ok(Token {
            ids: [sy, tone, flag, segment].map(|number| number as i64),
            emotion,
            intensity: 1.0,
            speaker,
            rate: 1.0,
            word: None,
        })
    }
}
