//! Says what a token is spoken as where the script says how to understand it.

use crate::english::expand::{expand, pieces, sign};
use crate::english::numbers::{cardinal, ordinal, spoken_digits, value};
use crate::english::numeric::{Around, spoken_date, to_said};
use crate::english::said::Said;
use crate::english::words;
use crate::piece::{DateOrder, SayAs};

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
