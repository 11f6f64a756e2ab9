//! Parts English text into tokens: what stands between blanks, and the punctuation that parts sentences.

use std::ops::Range;

use crate::boundary::Ending;

/// The most bytes of one token; longer ones are cut. It bounds what one token can cost in time and memory.
const MOST_BYTES: usize = 256;

/// A token and the bytes of the text that it takes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Token {
    pub range: Range<usize>,
    pub kind: TokenKind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TokenKind {
    /// Letters, digits or symbols to be spoken; whether a full stop follows at once.
    Core { dot: bool },
    /// A comma, dash or bracket.
    Comma,
    /// Three dots: a comma or the end of a sentence, as the next word tells.
    Ellipsis,
    /// The end of a sentence.
    Stop(Ending),
    /// An empty line.
    Paragraph,
}

/// The token at or behind byte `at`; `None` at the end.
pub(crate) fn next(text: &str, at: usize) -> Option<Token> {
    let mut start = at;
    let mut newlines = 0;
    let mut last = text[..at].chars().next_back();
    while let Some(c) = text[start..].chars().next() {
        let here = start;
        if c.is_whitespace() {
            newlines += usize::from(c == '\n');
            if newlines == 2 {
                return Some(skip_blanks(text, here));
            }
        } else if begins_core(text, here, last) {
            return Some(core(text, here));
        } else if let Some((kind, length)) = mark(&text[here..]) {
            return Some(Token {
                range: here..here + length,
                kind,
            });
        } else if !is_silent(c) {
            // A symbol of its own: the language says what becomes of it.
            let range = here..here + c.len_utf8();
            return Some(Token {
                range,
                kind: TokenKind::Core { dot: false },
            });
        }
        last = Some(c);
        start += c.len_utf8();
    }
    None
}

fn skip_blanks(text: &str, at: usize) -> Token {
    let blanks = text[at..].len() - text[at..].trim_start().len();
    Token {
        range: at..at + blanks,
        kind: TokenKind::Paragraph,
    }
}

/// Quotes and the like, that are written but not spoken.
pub(crate) fn is_silent(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | '`'
            | '“'
            | '”'
            | '‘'
            | '’'
            | '„'
            | '«'
            | '»'
            | '‹'
            | '›'
            | '*'
            | '_'
            | '~'
            | '^'
            | '|'
            | '\\'
            | '¿'
            | '¡'
            | '•'
            | '·'
            | '\u{ad}'
            | '\u{200b}'
            ..='\u{200f}'
                | '\u{2060}'
                | '\u{feff}'
                | '\u{fe0f}'
                | '<'
                | '>'
                | '「'
                | '」'
                | '『'
                | '』'
    )
}

/// What part of speech punctuation makes of the text before it, and how many bytes it takes.
pub(crate) fn mark(rest: &str) -> Option<(TokenKind, usize)> {
    let run: usize = rest
        .chars()
        .take_while(|c| is_stop(*c))
        .map(char::len_utf8)
        .sum();
    if run > 0 {
        let stops = &rest[..run];
        let kind = if stops.contains(['?', '？', '‽']) {
            TokenKind::Stop(Ending::Question)
        } else if stops.contains(['!', '！']) {
            TokenKind::Stop(Ending::Exclamation)
        } else if stops.contains('…') || stops.starts_with("..") {
            TokenKind::Ellipsis
        } else {
            TokenKind::Stop(Ending::Statement)
        };
        return Some((kind, run));
    }
    let c = rest.chars().next()?;
    match c {
        ',' | '、' | '，' | '(' | ')' | '[' | ']' | '{' | '}' | '（' | '）' | '—' | '–' | '―'
        | '-' | '−' => Some((TokenKind::Comma, c.len_utf8())),
        ';' | ':' | '；' | '：' => Some((TokenKind::Stop(Ending::Statement), c.len_utf8())),
        _ => None,
    }
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '‽')
}

/// Whether a core begins here: a letter or digit, or a sign that belongs to the number behind it.
fn begins_core(text: &str, at: usize, before: Option<char>) -> bool {
    let mut rest = text[at..].chars();
    let Some(first) = rest.next() else {
        return false;
    };
    if first.is_alphanumeric() {
        return true;
    }
    let second = rest.next();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let free = !before.is_some_and(char::is_alphanumeric);
    match first {
        '$' | '£' | '€' | '¥' | '₹' => {
            digit(second) || second == Some('.') && digit(rest.next())
        }
        '.' | '#' => free && digit(second),
        '-' | '+' | '−' => {
            free && (digit(second)
                || matches!(second, Some('$' | '£' | '€' | '.')) && digit(rest.next()))
        }
        _ => false,
    }
}

/// The core that begins at `start`.
fn core(text: &str, start: usize) -> Token {
    let mut end = start;
    let mut last = None;
    while let Some(c) = text[end..].chars().next() {
        let behind = text[end + c.len_utf8()..].chars().next();
        if end > start && (end - start + c.len_utf8() > MOST_BYTES || !continues(last, c, behind)) {
            break;
        }
        last = Some(c);
        end += c.len_utf8();
    }
    let dot = text[end..].starts_with('.') && !text[end..].starts_with("..");
    Token {
        range: start..end + usize::from(dot),
        kind: TokenKind::Core { dot },
    }
}

/// Whether a character within a token belongs to it.
fn continues(last: Option<char>, c: char, behind: Option<char>) -> bool {
    if c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}') {
        return true;
    }
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let either = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match c {
        ',' | '–' => digit(last) && digit(behind),
        ':' => digit(last) && digit(behind) || behind == Some('/'),
        '.' => either(behind) && last != Some('.') || digit(behind),
        '\'' | '’' | '\u{2bc}' => either(last) && letter(behind),
        '-' | '‑' | '_' | '&' | '@' | '+' | '=' | '×' => either(last) && either(behind),
        '/' => behind.is_some_and(|c| !c.is_whitespace()),
        '%' | '°' | '′' | '″' => true,
        '$' | '£' | '€' | '#' => last.is_some_and(|c| matches!(c, '-' | '+' | '−' | '$')),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let mut at = 0;
        let mut found = Vec::new();
        while let Some(token) = next(text, at) {
            assert!(
                token.range.end > at && token.range.start >= at,
                "{text:?} stands still at {at}"
            );
            at = token.range.end;
            found.push(match token.kind {
                TokenKind::Core { .. } => text[token.range].to_string(),
                TokenKind::Comma => "<comma>".to_string(),
                TokenKind::Ellipsis => "<ellipsis>".to_string(),
                TokenKind::Stop(ending) => format!("<{ending:?}>"),
                TokenKind::Paragraph => "<paragraph>".to_string(),
            });
        }
        found
    }

    #[test]
    fn words_numbers_and_marks() {
        for (text, expected) in [
            ("Hello, world!", "Hello <comma> world <Exclamation>"),
            (
                "It's $5.50, or -3 or .5.",
                "It's $5.50 <comma> or -3 or .5.",
            ),
            (
                "1,234 a,b 10:30 a:b",
                "1,234 a <comma> b 10:30 a <Statement> b",
            ),
            (
                "“Quoted,” she said (well).",
                "Quoted <comma> she said <comma> well <comma> <Statement>",
            ),
            (
                "Dr. Smith's dogs' U.S.A. e.g. this",
                "Dr. Smith's dogs U.S.A. e.g. this",
            ),
            (
                "wait... what?! no—yes--maybe - so",
                "wait <ellipsis> what <Question> no <comma> yes <comma> <comma> maybe <comma> so",
            ),
            (
                "well-known and/or 1990-95 5%",
                "well-known and/or 1990-95 5%",
            ),
            ("one\n\n two\nthree", "one <paragraph> two three"),
            ("a@b.com http://x.y/z", "a@b.com http://x.y/z"),
            ("😀 x & y", "😀 x & y"),
        ] {
            assert_eq!(tokens(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn nothing_is_no_token() {
        assert!(tokens("").is_empty());
        assert!(tokens(" \n\t \"' ").is_empty());
    }

    #[test]
    fn a_long_token_is_cut() {
        let found = tokens(&"é".repeat(1000));
        assert_eq!(found.concat(), "é".repeat(1000));
        assert!(found.iter().all(|token| token.len() <= MOST_BYTES));
    }
}
