//! Says what a token of English is spoken as: abbreviations, numbers, addresses, compounds, words.

use crate::english::abbreviations::{self, Dot};
use crate::english::numbers::cardinal;
use crate::english::numeric::{Around, numeric, to_said};
use crate::english::roman::roman;
use crate::english::said::Said;
use crate::english::words;

/// What a token is spoken as.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Expansion {
    pub said: Vec<Said>,
    /// The token behind it is spoken by this too.
    pub takes_next: bool,
    /// The full stop behind it belongs to it and ends no sentence.
    pub keeps_dot: bool,
}

/// Signs that are spoken.
const SYMBOLS: &[(char, &str)] = &[
    ('&', "and"),
    ('@', "at"),
    ('%', "percent"),
    ('+', "plus"),
    ('=', "equals"),
    ('#', "number"),
    ('/', "slash"),
    ('°', "degrees"),
    ('×', "times"),
    ('÷', "divided by"),
    ('±', "plus or minus"),
    ('$', "dollar"),
    ('£', "pound"),
    ('€', "euro"),
    ('¥', "yen"),
    ('₹', "rupee"),
    ('©', "copyright"),
    ('®', "registered"),
    ('™', "trademark"),
    ('§', "section"),
    ('≈', "about"),
    ('≤', "at most"),
    ('≥', "at least"),
    ('≠', "is not"),
    ('−', "minus"),
    ('∞', "infinity"),
    ('√', "square root of"),
    ('→', "to"),
    ('π', "pi"),
    ('µ', "micro"),
    ('μ', "mu"),
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('λ', "lambda"),
    ('σ', "sigma"),
    ('ω', "omega"),
    ('θ', "theta"),
    ('Ω', "ohms"),
    ('Δ', "delta"),
    ('½', "one half"),
    ('¼', "one quarter"),
    ('¾', "three quarters"),
    ('²', "squared"),
    ('³', "cubed"),
    ('~', "about"),
    ('_', "underscore"),
    ('-', "dash"),
    ('.', "dot"),
    (':', "colon"),
];

/// What a token is spoken as. `dot` is whether a full stop follows it at once.
pub(crate) fn expand(core: &str, dot: bool, around: Around) -> Expansion {
    let plain = |said| Expansion {
        said,
        ..Expansion::default()
    };
    if let Some(found) = abbreviation(core, dot, around) {
        return found;
    }
    if is_address(core) {
        return plain(address(core));
    }
    if core.contains(|c: char| c.is_ascii_digit())
        && let Some(found) = numeric(core, around)
    {
        return Expansion {
            said: found.said,
            takes_next: found.takes_next,
            keeps_dot: found.takes_next && dot,
        };
    }
    if let Some(words) = roman(core, around.before) {
        return plain(to_said(words));
    }
    if core == "A"
        && !around
            .after
            .is_some_and(|word| word.starts_with(char::is_alphabetic))
        && around.before.is_some()
    {
        return plain(vec![Said::Letter('a')]);
    }
    plain(pieces(core))
}

fn abbreviation(core: &str, dot: bool, around: Around) -> Option<Expansion> {
    let name_follows = around
        .after
        .is_some_and(|word| word.starts_with(char::is_uppercase));
    let number_follows = around
        .after
        .is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    if let Some((words, kind)) =
        abbreviations::expansion(core, dot, around.before, name_follows, number_follows)
    {
        let said = if words == "p h d" {
            "phd".chars().map(Said::Letter).collect()
        } else {
            Said::words(words)
        };
        let keeps_dot = dot && (kind == Dot::Inside || around.after.is_some() && !name_follows);
        return Some(Expansion {
            said,
            takes_next: false,
            keeps_dot,
        });
    }
    let initial = dot && core.len() == 1 && core.starts_with(char::is_uppercase) && core != "I";
    if initial || abbreviations::is_dotted(core) {
        let said = words::plain_letters(core)
            .to_lowercase()
            .chars()
            .filter(char::is_ascii_lowercase)
            .map(Said::Letter)
            .collect();
        let keeps_dot = dot && (initial && name_follows || around.after.is_some() && !name_follows);
        return Some(Expansion {
            said,
            takes_next: false,
            keeps_dot,
        });
    }
    None
}

/// Addresses of the web and of mail.
fn is_address(core: &str) -> bool {
    let dotted = core
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    dotted || core.contains("://") || core.to_lowercase().starts_with("www.")
}

fn address(core: &str) -> Vec<Said> {
    let core = core
        .split_once("://")
        .map_or(core, |(_, rest)| rest)
        .trim_end_matches('/');
    let mut said = Vec::new();
    for part in split_keeping(core, |c| !c.is_alphanumeric()) {
        match part {
            "." => said.push(Said::word("dot")),
            "www" => said.extend("www".chars().map(Said::Letter)),
            _ => said.extend(pieces(part)),
        }
    }
    said
}

/// Splits before and behind every character that `apart` holds for, and keeps it.
fn split_keeping(text: &str, apart: impl Fn(char) -> bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if apart(c) {
            if at > start {
                parts.push(&text[start..at]);
            }
            start = at + c.len_utf8();
            parts.push(&text[at..start]);
        }
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}

/// The pieces of a token that is no word as a whole: runs of letters, runs of digits, and signs between them.
pub(super) fn pieces(core: &str) -> Vec<Said> {
    #[derive(PartialEq)]
    enum Kind {
        Letters,
        Digits,
        Sign,
    }
    let kind = |c: char| match c {
        '0'..='9' => Kind::Digits,
        '\'' | '’' | '\u{2bc}' | '\u{300}'..='\u{36f}' | '\u{200d}' => Kind::Letters,
        _ if SYMBOLS.iter().any(|(symbol, _)| *symbol == c) => Kind::Sign,
        _ if c.is_alphanumeric() => Kind::Letters,
        _ => Kind::Sign,
    };
    let mut said = Vec::new();
    let mut rest = core;
    while let Some(first) = rest.chars().next() {
        let now = kind(first);
        let end = match now {
            Kind::Sign => first.len_utf8(),
            _ => rest.find(|c| kind(c) != now).unwrap_or(rest.len()),
        };
        let (part, behind) = rest.split_at(end);
        match now {
            Kind::Letters => said.extend(words::said(part)),
            Kind::Digits => said.extend(to_said(cardinal(part))),
            Kind::Sign => said.extend(sign(first, part, core.len() == part.len(), behind)),
        }
        rest = behind;
    }
    said
}

/// A sign within a token. Hyphens part words in silence, and a dot between digits is a point.
pub(super) fn sign(sign: char, written: &str, alone: bool, behind: &str) -> Vec<Said> {
    match sign {
        '-' | '‑' | '–' | '_' | '\'' if !alone => Vec::new(),
        ',' => vec![Said::Comma],
        '.' if behind.starts_with(|c: char| c.is_ascii_digit()) => Said::words("point"),
        _ => match SYMBOLS.iter().find(|(symbol, _)| *symbol == sign) {
            Some((_, words)) => Said::words(words),
            None => vec![Said::Skipped(written.to_string())],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::english::said::shown;

    fn alone(core: &str) -> String {
        shown(&expand(core, false, Around::default()).said)
    }

    #[test]
    fn tokens_that_are_no_plain_words() {
        for (core, expected) in [
            ("well-known", "well known"),
            ("and/or", "and slash or"),
            ("MP3", "M P three"),
            ("AT&T", "at and T"),
            ("B2B", "B two B"),
            ("a@b.com", "a at B dot com"),
            (
                "https://www.example.org/x/",
                "W W W dot example dot org slash X",
            ),
            ("v1.2.3", "V one point two point three"),
            ("U.S.A", "U S A"),
            ("C++", "C plus plus"),
            ("#5", "number five"),
            ("&", "and"),
            ("😀", "<😀>"),
            ("½", "one half"),
        ] {
            assert_eq!(alone(core), expected, "{core}");
        }
    }

    #[test]
    fn roman_numbers_count_where_something_is_counted() {
        let after = |before, core| {
            shown(
                &expand(
                    core,
                    false,
                    Around {
                        before: Some(before),
                        after: None,
                    },
                )
                .said,
            )
        };
        assert_eq!(after("Chapter", "IV"), "four");
        assert_eq!(after("Henry", "VIII"), "the eighth");
        assert_eq!(after("and", "I"), "i");
    }

    #[test]
    fn full_stops_of_abbreviations_are_told_from_those_of_sentences() {
        let keeps = |core, after| {
            expand(
                core,
                true,
                Around {
                    before: None,
                    after,
                },
            )
            .keeps_dot
        };
        assert!(keeps("Dr", Some("Smith")));
        assert!(keeps("J", Some("Smith")));
        assert!(keeps("U.S", Some("army")));
        assert!(!keeps("U.S", Some("The")));
        assert!(!keeps("etc", None));
        assert!(!keeps("I", Some("He")));
        assert!(!keeps("word", Some("The")));
    }
}
