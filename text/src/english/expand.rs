//! Says what a token of English is spoken as: abbreviations, numbers, addresses, compounds, words.

use crate::english::abbreviations::{self, Dot};
use crate::english::numbers::{cardinal, ordinal, spoken_digits, value};
use crate::english::numeric::{Around, numeric, spoken_date, to_said};
use crate::english::said::Said;
use crate::english::words;
use crate::piece::{DateOrder, SayAs};

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

/// Before a Roman number: it counts things.
const COUNTED: &str = "chapter part section volume book act war scene phase appendix article type class stage grade level title";
/// Before a Roman number: it counts rulers.
const RULERS: &str = "henry louis elizabeth george charles edward james william richard john paul pius benedict philip \
                      napoleon ivan peter catherine leo gregory innocent clement alexander francis frederick nicholas";

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

/// A Roman number of two letters and more, where a chapter or a ruler stands before it.
fn roman(core: &str, before: Option<&str>) -> Option<Vec<String>> {
    let before = before?.to_lowercase();
    let among = |list: &str| list.split_whitespace().any(|word| word == before);
    let number = roman_value(core)?.to_string();
    if among(COUNTED) {
        Some(cardinal(&number))
    } else if among(RULERS) && core.len() > 1 {
        let mut words = vec!["the".to_string()];
        words.extend(ordinal(&number));
        Some(words)
    } else {
        None
    }
}

/// The value of a Roman number from 1 to 39.
fn roman_value(core: &str) -> Option<u32> {
    let tens = core.bytes().take_while(|byte| *byte == b'X').count();
    let ones = match &core[tens.min(core.len())..] {
        "" => 0,
        "I" => 1,
        "II" => 2,
        "III" => 3,
        "IV" => 4,
        "V" => 5,
        "VI" => 6,
        "VII" => 7,
        "VIII" => 8,
        "IX" => 9,
        _ => return None,
    };
    (tens <= 3 && tens + ones > 0).then(|| u32::try_from(10 * tens + ones).unwrap_or(0))
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
fn pieces(core: &str) -> Vec<Said> {
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
fn sign(sign: char, written: &str, alone: bool, behind: &str) -> Vec<Said> {
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

/// What a token is spoken as where the script says how to understand it.
pub(crate) fn expand_as(core: &str, say_as: SayAs) -> Vec<Said> {
    let digits: String = core.chars().filter(char::is_ascii_digit).collect();
    match say_as {
        SayAs::Plain => pieces(core),
        SayAs::Characters => characters(core),
        SayAs::Cardinal
            if value(&digits).is_some() && digits.len() == core.replace(',', "").len() =>
        {
            to_said(cardinal(&digits))
        }
        SayAs::Ordinal if !digits.is_empty() => to_said(ordinal(&digits)),
        SayAs::Digits | SayAs::Telephone if !digits.is_empty() => by_digits(core),
        SayAs::Date(order) => {
            date(core, order).map_or_else(|| expand(core, false, Around::default()).said, to_said)
        }
        _ => expand(core, false, Around::default()).said,
    }
}

/// One by one: names of letters, digits, names of signs.
fn characters(core: &str) -> Vec<Said> {
    let mut said = Vec::new();
    for c in words::plain_letters(core).chars() {
        match c {
            'a'..='z' | 'A'..='Z' => said.push(Said::Letter(c.to_ascii_lowercase())),
            '0'..='9' => said.extend(to_said(spoken_digits(&c.to_string()))),
            _ => said.extend(sign(c, &c.to_string(), true, "")),
        }
    }
    said
}

/// Digits one by one, with a rest where something else parts them.
fn by_digits(core: &str) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    for part in core
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
    {
        if !said.is_empty() {
            said.push(Said::Comma);
        }
        said.extend(to_said(spoken_digits(part)));
    }
    said
}

fn date(core: &str, order: DateOrder) -> Option<Vec<String>> {
    let parts: Vec<&str> = core.split(['/', '-', '.']).collect();
    let [first, second, third] = parts.as_slice() else {
        return None;
    };
    match order {
        DateOrder::MonthDayYear => spoken_date(third, first, second),
        DateOrder::DayMonthYear => spoken_date(third, second, first),
        DateOrder::YearMonthDay => spoken_date(first, second, third),
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
        assert_eq!(roman_value("XXXIX"), Some(39));
        assert_eq!(roman_value(""), None);
        assert_eq!(roman_value("IIX"), None);
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

    #[test]
    fn say_as() {
        for (core, how, expected) in [
            ("a1?", SayAs::Characters, "A one <?>"),
            (
                "1234",
                SayAs::Cardinal,
                "one thousand two hundred thirty four",
            ),
            ("12", SayAs::Ordinal, "twelfth"),
            ("12", SayAs::Digits, "one two"),
            ("(555) 12", SayAs::Telephone, "five five five , one two"),
            (
                "3/4/2020",
                SayAs::Date(DateOrder::DayMonthYear),
                "april third twenty twenty",
            ),
            ("word", SayAs::Cardinal, "word"),
            ("10:30", SayAs::Time, "ten thirty"),
        ] {
            assert_eq!(shown(&expand_as(core, how)), expected, "{core}");
        }
    }
}
