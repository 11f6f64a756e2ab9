//! The front-end of English: from text to words and boundaries, and from words to phones.

mod abbreviations;
mod codes;
pub(crate) mod dictionary;
#[cfg(test)]
mod distance;
mod expand;
mod homographs;
mod letters;
mod months;
mod numbers;
mod numeric;
mod pronounce;
mod roman;
mod said;
mod say_as;
pub(crate) mod syllables;
mod tokens;
mod units;
mod words;

pub(crate) use tokens::is_silent;
pub(crate) use words::plain_letters;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::boundary::Ending;
use crate::english::homographs::Neighbours;
use crate::english::numeric::Around;
use crate::english::said::Said;
use crate::english::tokens::{Token, TokenKind};
use crate::item::{Item, Sound, Spoken};
use crate::lexicon::Lexicon;
use crate::notices::Notices;
use crate::phone::Phone;
use crate::piece::{SayAs, TextPiece};

/// Reads one piece of text, token by token.
#[derive(Clone, Debug, Default)]
pub(crate) struct EnglishReader {
    at: usize,
    before: Option<Range<usize>>,
}

impl EnglishReader {
    /// Reads the next token of the piece into `items`; `false` at its end.
    pub fn read(
        &mut self,
        piece: &TextPiece,
        script: &str,
        lexicon: &Lexicon,
        items: &mut VecDeque<Item>,
        notices: &mut Notices,
    ) -> bool {
        let text = piece.content.text(script);
        let Some(token) = tokens::next(text, self.at) else {
            return false;
        };
        self.at = token.range.end;
        match token.kind {
            TokenKind::Core { dot } => self.core(piece, text, &token, dot, lexicon, items, notices),
            TokenKind::Comma => items.push_back(Item::Comma),
            TokenKind::Stop(ending) => items.push_back(Item::Stop(ending)),
            TokenKind::Paragraph => items.push_back(Item::Stop(Ending::Statement)),
            TokenKind::Ellipsis => {
                let goes_on = core_at(text, self.at)
                    .is_some_and(|(core, _)| core.starts_with(char::is_lowercase));
                items.push_back(if goes_on {
                    Item::Comma
                } else {
                    Item::Stop(Ending::Statement)
                });
            }
        }
        true
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the parts of a reader that are borrowed for one token"
    )]
    fn core(
        &mut self,
        piece: &TextPiece,
        text: &str,
        token: &Token,
        dot: bool,
        lexicon: &Lexicon,
        items: &mut VecDeque<Item>,
        notices: &mut Notices,
    ) {
        let core = &text[token.core(text)];
        let next = core_at(text, self.at);
        let around = Around {
            before: self.before.clone().map(|range| &text[range]),
            after: next.as_ref().map(|(core, _)| *core),
        };
        let mut range = token.range.start..token.range.start + core.len();
        let mut ends = dot;
        let said = if piece.say_as == SayAs::Plain && lexicon.find(core).is_some() {
            vec![Said::Word {
                text: core.to_lowercase(),
                written: core.to_string(),
            }]
        } else if piece.say_as == SayAs::Plain {
            let found = expand::expand(core, dot, around);
            ends = dot && !found.keeps_dot;
            if let Some((_, behind)) = next.filter(|_| found.takes_next) {
                ends = behind.ends_sentence(text);
                self.at = behind.range.end;
                range.end = behind.core(text).end;
            }
            found.said
        } else {
            say_as::expand_as(core, piece.say_as)
        };
        self.before = Some(token.range.start..token.range.start + core.len());
        let span = piece.content.span(range);
        notices.go_on_cutting(&span);
        for part in said {
            push(part, &span, piece, items, notices);
        }
        if ends {
            items.push_back(Item::Stop(Ending::Statement));
        }
    }
}

impl Token {
    /// The bytes without the full stop behind.
    fn core(&self, text: &str) -> Range<usize> {
        let dot =
            self.kind == TokenKind::Core { dot: true } && text[self.range.clone()].ends_with('.');
        self.range.start..self.range.end - usize::from(dot)
    }

    /// Whether the full stop behind a token that the one before has taken ends the sentence: "at 5 p.m. We left."
    fn ends_sentence(&self, text: &str) -> bool {
        let follows = core_at(text, self.range.end);
        self.kind == TokenKind::Core { dot: true }
            && follows.is_none_or(|(core, _)| core.starts_with(char::is_uppercase))
    }
}

/// The next token if it is to be spoken: its text without the full stop, and itself.
fn core_at(text: &str, at: usize) -> Option<(&str, Token)> {
    let token = tokens::next(text, at)?;
    matches!(token.kind, TokenKind::Core { .. }).then(|| (&text[token.core(text)], token))
}

/// An English word within another language.
pub(crate) fn foreign(
    core: &str,
    range: Range<usize>,
    piece: &TextPiece,
    items: &mut VecDeque<Item>,
    notices: &mut Notices,
) {
    let span = piece.content.span(range);
    let said = match piece.say_as {
        SayAs::Plain => expand::expand(core, false, Around::default()).said,
        other => say_as::expand_as(core, other),
    };
    for part in said {
        push(part, &span, piece, items, notices);
    }
}

/// What the punctuation at the start of a text means, and how many bytes it takes.
pub(crate) fn mark(rest: &str) -> Option<(Item, usize)> {
    let (kind, length) = tokens::mark(rest)?;
    let item = match kind {
        TokenKind::Stop(ending) => Item::Stop(ending),
        TokenKind::Ellipsis | TokenKind::Comma => Item::Comma,
        TokenKind::Core { .. } | TokenKind::Paragraph => return None,
    };
    Some((item, length))
}

/// Whether a lexicon's word is one token here, so that it can be found.
pub(crate) fn is_one_token(word: &str) -> bool {
    tokens::next(word, 0).is_some_and(|token| {
        token.range == (0..word.len()) && matches!(token.kind, TokenKind::Core { .. })
    })
}

/// Makes an item of a part of a token.
fn push(
    said: Said,
    span: &Range<usize>,
    piece: &TextPiece,
    items: &mut VecDeque<Item>,
    notices: &mut Notices,
) {
    let (text, sound) = match said {
        Said::Word { text, written } => (text, Sound::Written(written)),
        Said::Letter(letter) => (letter.to_string(), Sound::Letter(letter)),
        Said::Comma => return items.push_back(Item::Comma),
        Said::Skipped(sample) => return notices.skip(span.clone(), &sample),
    };
    if matches!(&sound, Sound::Written(written) if written.len() == words::MOST_LETTERS) {
        notices.cut(span.clone(), words::MOST_LETTERS);
    }
    items.push_back(Item::Word(Spoken {
        text,
        span: span.clone(),
        sound,
        prosody: Arc::clone(&piece.prosody),
    }));
}

/// The phones of word `at` of a sentence, where no lexicon has it.
pub(crate) fn phones(words: &[&Spoken], at: usize) -> Vec<Phone> {
    let text = |at: Option<usize>| {
        at.and_then(|at| words.get(at))
            .map(|word| word.text.as_str())
    };
    match &words[at].sound {
        Sound::Known { phones, .. } => phones.clone(),
        Sound::Letter(letter) => pronounce::letter(*letter),
        Sound::Written(_) => pronounce::word(
            &words[at].text,
            Neighbours {
                before_last: text(at.checked_sub(2)),
                before: text(at.checked_sub(1)),
                after: text(Some(at + 1)),
            },
        ),
    }
}

/// What the next word makes of a word: "the" before a vowel.
pub(crate) fn link(text: &str, phones: &mut Vec<Phone>, next: Option<&Phone>) {
    if text == "the" && phones.len() == 2 && next.is_some_and(Phone::is_vowel) {
        *phones = pronounce::the_before_a_vowel();
    }
}
