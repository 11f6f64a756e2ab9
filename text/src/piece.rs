//! What a script consists of, once its markup is understood: stretches of text, sounds, breaks and ends of sentences.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::phone::Phone;
use crate::prosody::Prosody;

/// A part of a script.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// Words to be read.
    Text(TextPiece),
    /// Words given by their sounds.
    Sounds(Vec<Sounds>),
    /// A break of this length.
    Break(Duration),
    /// A sentence or paragraph ends, or another begins.
    Stop,
}

/// Words to be read in one way.
#[derive(Clone, Debug)]
pub(crate) struct TextPiece {
    pub content: Content,
    pub say_as: SayAs,
    pub prosody: Arc<Prosody>,
}

/// A word that is given by its sounds.
#[derive(Clone, Debug)]
pub(crate) struct Sounds {
    pub text: String,
    pub span: Range<usize>,
    pub phones: Vec<Phone>,
    pub ipa: Option<String>,
    pub prosody: Arc<Prosody>,
}

/// Where the letters of a piece of text lie.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// In the script itself.
    Whole(Range<usize>),
    /// In a copy, since entities are resolved in it.
    Copied { text: String, parts: Vec<Part> },
    /// In an attribute of an element, which stands for the whole of the element.
    Instead { text: String, span: Range<usize> },
}

/// A stretch of a copied text, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Where it begins in the copy.
    pub at: usize,
    /// Where it lies in the script.
    pub span: Range<usize>,
    /// Whether it is the same letters there, and not an entity.
    pub same: bool,
}

/// How the text is to be understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SayAs {
    Plain,
    Characters,
    Cardinal,
    Ordinal,
    Digits,
    Telephone,
    Time,
    Date(DateOrder),
}

/// In which order a date is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DateOrder {
    MonthDayYear,
    DayMonthYear,
    YearMonthDay,
}

impl Content {
    /// The letters.
    pub fn text<'a>(&'a self, script: &'a str) -> &'a str {
        match self {
            Content::Whole(span) => &script[span.clone()],
            Content::Copied { text, .. } | Content::Instead { text, .. } => text,
        }
    }

    /// The bytes of the script that a range of the letters comes from.
    pub fn span(&self, range: Range<usize>) -> Range<usize> {
        match self {
            Content::Whole(span) => span.start + range.start..span.start + range.end,
            Content::Instead { span, .. } => span.clone(),
            Content::Copied { parts, .. } => {
                let end = range.end.max(range.start + 1);
                origin(parts, range.start).start..origin(parts, end - 1).end
            }
        }
    }
}

/// The bytes that the letter at `at` of a copied text comes from; its own byte where the letters are the same.
fn origin(parts: &[Part], at: usize) -> Range<usize> {
    let index = parts
        .partition_point(|part| part.at <= at)
        .saturating_sub(1);
    match parts.get(index) {
        None => 0..0,
        Some(part) if part.same => {
            let start = (part.span.start + at - part.at).min(part.span.end);
            start..(start + 1).min(part.span.end)
        }
        Some(part) => part.span.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_text_knows_where_its_letters_come_from() {
        // "a&amp;b" at byte 10.
        let part = |at, span, same| Part { at, span, same };
        let content = Content::Copied {
            text: "a&b".to_string(),
            parts: vec![
                part(0, 10..11, true),
                part(1, 11..16, false),
                part(2, 16..17, true),
            ],
        };
        assert_eq!(content.span(0..1), 10..11);
        assert_eq!(content.span(1..2), 11..16);
        assert_eq!(content.span(0..3), 10..17);
        assert_eq!(content.span(2..3), 16..17);
    }
}
