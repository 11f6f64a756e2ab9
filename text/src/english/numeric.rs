//! Says tokens of English that have digits: amounts, ordinals, years, dates, times, ranges, telephone numbers.

use crate::english::abbreviations::is_month;
use crate::english::months::MONTHS;
use crate::english::numbers::{
    cardinal, decimal, ordinal, plural, spoken_digits, value, words_of, year,
};
use crate::english::said::Said;
use crate::english::units;

/// What stands around a token, which decides how its number is said.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Around<'a> {
    /// The token before, as it is written.
    pub before: Option<&'a str>,
    /// The token behind, as it is written, without its full stop.
    pub after: Option<&'a str>,
}

/// What a token is said as, and whether the token behind it is said by that too.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Numeric {
    pub said: Vec<Said>,
    pub takes_next: bool,
}

/// How a token with digits is said; `None` if it is none of the known forms.
pub(crate) fn numeric(core: &str, around: Around) -> Option<Numeric> {
    let plain: String = core.replace('−', "-").replace('’', "'");
    let alone = |words: Vec<String>| {
        Some(Numeric {
            said: to_said(words),
            takes_next: false,
        })
    };
    if let Some(said) = telephone(&plain) {
        return Some(Numeric {
            said,
            takes_next: false,
        });
    }
    if let Some(words) = date(&plain) {
        return alone(words);
    }
    let (sign, body) = match plain.strip_prefix('-') {
        Some(body) => (Some("minus"), body),
        None => plain
            .strip_prefix('+')
            .map_or((None, plain.as_str()), |body| (Some("plus"), body)),
    };
    let mut found = time(body, around)
        .or_else(|| units::amount(body, around.after))
        .or_else(|| range(body, around))
        .or_else(|| fraction(body))
        .or_else(|| number(body, around))?;
    if let Some(sign) = sign {
        found.said.insert(0, Said::word(sign));
    }
    Some(found)
}

pub(crate) fn to_said(words: Vec<String>) -> Vec<Said> {
    words.iter().map(|word| Said::word(word)).collect()
}

fn join(mut words: Vec<String>, more: &str) -> Vec<String> {
    words.extend(more.split_whitespace().map(ToString::to_string));
    words
}

/// A number such as "1,234.5" without its commas; `None` if the commas do not part thousands.
pub(crate) fn without_commas(number: &str) -> Option<String> {
    let (whole, decimals) = number
        .split_once('.')
        .map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let grouped = whole.contains(',');
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(first)
        || grouped && (first.is_empty() || first.len() > 3)
        || !groups.all(|part| part.len() == 3 && digits(part))
    {
        return None;
    }
    match decimals {
        None if whole.is_empty() => None,
        None => Some(whole.replace(',', "")),
        Some(decimals) => (!decimals.is_empty() && digits(decimals))
            .then(|| format!("{}.{decimals}", whole.replace(',', ""))),
    }
}

/// The number that a token begins with, and the rest.
pub(crate) fn split_number(body: &str) -> (&str, &str) {
    let end = body
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')
        .unwrap_or(body.len());
    body.split_at(end)
}

/// Whole numbers, decimals, ordinals, decades and years.
fn number(body: &str, around: Around) -> Option<Numeric> {
    let (digits, suffix) = split_number(body);
    let plain = without_commas(digits)?;
    let whole = !plain.contains('.');
    let words = match suffix.to_lowercase().as_str() {
        "st" | "nd" | "rd" | "th" if whole => ordinal(&plain),
        "s" | "'s" if whole => {
            let mut words = year_or_cardinal(&plain);
            let last = words.pop()?;
            words.push(plural(&last));
            words
        }
        "x" => join(decimal(&plain), "times"),
        "" if whole
            && around.before.is_some_and(is_month)
            && value(&plain).is_some_and(|day| (1..=31).contains(&day)) =>
        {
            ordinal(&plain)
        }
        "" if whole && digits == plain => year_or_cardinal(&plain),
        "" => decimal(&plain),
        _ => return None,
    };
    Some(Numeric {
        said: to_said(words),
        takes_next: false,
    })
}

/// Four digits without a comma from 1100 to 2099 are a year; other numbers are not.
fn year_or_cardinal(digits: &str) -> Vec<String> {
    match value(digits) {
        Some(number) if digits.len() == 4 && (1100..2100).contains(&number) => year(number),
        _ => cardinal(digits),
    }
}

/// "10:30", "10:30pm", and "7pm" or "7 pm"; the next token may be the "pm".
fn time(body: &str, around: Around) -> Option<Numeric> {
    let lower = body.to_lowercase();
    let (clock, attached) = match lower
        .strip_suffix("am")
        .or_else(|| lower.strip_suffix("pm"))
    {
        Some(clock) => (clock, lower.get(lower.len() - 2..)),
        None => (lower.as_str(), None),
    };
    let next = around
        .after
        .map(|word| word.to_lowercase().replace('.', ""));
    let next = next.as_deref().filter(|word| matches!(*word, "am" | "pm"));
    // "am" in lower case without dots is the verb: "at 5 I am".
    let half = attached.or(next);
    let mut parts = clock.split(':');
    let hour = parts
        .next()
        .filter(|part| part.len() <= 2)
        .and_then(value)?;
    let minutes: Vec<&str> = parts.collect();
    if minutes.len() > 2
        || minutes.iter().any(|part| part.len() != 2)
        || hour > 24
        || minutes.is_empty() && half.is_none()
    {
        return None;
    }
    let mut words = words_of(hour);
    for (index, part) in minutes.iter().enumerate() {
        match value(part).filter(|minute| *minute < 60)? {
            0 if index == 0 && minutes.len() == 1 => {
                words.extend((half.is_none() && hour <= 12).then(|| "o'clock".to_string()))
            }
            minute if minute < 10 => words.extend(["oh".to_string(), words_of(minute).concat()]),
            minute => words.extend(words_of(minute)),
        }
    }
    let mut said = to_said(words);
    if hour > 12 && minutes.first() == Some(&"00") {
        said.push(Said::word("hundred"));
    }
    said.extend(half.into_iter().flat_map(str::chars).map(Said::Letter));
    Some(Numeric {
        said,
        takes_next: attached.is_none() && next.is_some(),
    })
}

/// "3-5", "1990-95", "10–12": both numbers with "to" between them.
fn range(body: &str, around: Around) -> Option<Numeric> {
    let (from, to) = body.split_once(['-', '–'])?;
    let first = number(from, Around::default())?;
    let second = units::amount(to, around.after).or_else(|| number(to, Around::default()))?;
    let mut said = first.said;
    said.push(Said::word("to"));
    said.extend(second.said);
    Some(Numeric {
        said,
        takes_next: second.takes_next,
    })
}

/// "1/2", "3/4", "2/3" and the like; other pairs with their slash.
fn fraction(body: &str) -> Option<Numeric> {
    let (above, below) = body.split_once('/')?;
    let (top, bottom) = (value(above)?, value(below)?);
    let words = match (top, bottom) {
        (1, 2) => join(words_of(1), "half"),
        (_, 2) => join(words_of(top), "halves"),
        (1, 4) => join(words_of(1), "quarter"),
        (_, 4) => join(words_of(top), "quarters"),
        (1, 3..=20) => [words_of(1), ordinal(below)].concat(),
        (_, 3..=20) => {
            let mut words = [words_of(top), ordinal(below)].concat();
            let last = words.pop()?;
            words.push(plural(&last));
            words
        }
        _ => [join(words_of(top), "slash"), words_of(bottom)].concat(),
    };
    Some(Numeric {
        said: to_said(words),
        takes_next: false,
    })
}

/// "12/25/2003" and "2003-12-25", in the American order and ISO's.
fn date(body: &str) -> Option<Vec<String>> {
    let slashes: Vec<&str> = body.split('/').collect();
    let dashes: Vec<&str> = body.split('-').collect();
    match (slashes.as_slice(), dashes.as_slice()) {
        ([month, day, year], _) => spoken_date(year, month, day),
        (_, [year, month, day]) if year.len() == 4 => spoken_date(year, month, day),
        _ => None,
    }
}

/// "december twenty fifth two thousand three".
pub(crate) fn spoken_date(year_digits: &str, month: &str, day: &str) -> Option<Vec<String>> {
    let month = usize::try_from(value(month)?).ok()?;
    let name = MONTHS.get(month.checked_sub(1)?)?;
    if !(1..=31).contains(&value(day)?) || !matches!(year_digits.len(), 2 | 4) {
        return None;
    }
    let mut words = vec![(*name).to_string()];
    words.extend(ordinal(day.trim_start_matches('0')));
    words.extend(match value(year_digits)? {
        short if year_digits.len() == 2 && short < 10 => {
            join(vec!["oh".to_string()], &words_of(short).concat())
        }
        number => year(number),
    });
    Some(words)
}

/// Groups of digits such as "555-1234" or "+1-555-123-4567": digit by digit, with a rest between the groups.
fn telephone(body: &str) -> Option<Vec<Said>> {
    let (plus, groups) = body
        .strip_prefix('+')
        .map_or((false, body), |rest| (true, rest));
    let groups: Vec<&str> = groups.split(['-', '.']).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let local = matches!(lengths.as_slice(), [3, 4] | [3, 3, 4] | [1..=3, 3, 3, 4]);
    if !local
        || !groups.iter().all(|group| value(group).is_some())
        || lengths == [3, 4] && body.contains('.')
    {
        return None;
    }
    let mut said = if plus {
        vec![Said::word("plus")]
    } else {
        Vec::new()
    };
    for (index, group) in groups.iter().enumerate() {
        if index > 0 {
            said.push(Said::Comma);
        }
        said.extend(to_said(spoken_digits(group)));
    }
    Some(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::english::said::shown;

    fn alone(core: &str) -> String {
        numeric(core, Around::default()).map_or_else(String::new, |found| shown(&found.said))
    }

    #[test]
    fn tokens_with_digits_are_said_as_people_say_them() {
        for (core, said) in [
            ("5", "five"),
            ("1,234", "one thousand two hundred thirty four"),
            ("1234", "twelve thirty four"),
            ("3.14", "three point one four"),
            ("-5", "minus five"),
            ("21st", "twenty first"),
            ("1960s", "nineteen sixties"),
            ("90s", "nineties"),
            ("1984", "nineteen eighty four"),
            ("10:30", "ten thirty"),
            ("10:05pm", "ten oh five P M"),
            ("7:00", "seven o'clock"),
            ("7am", "seven A M"),
            ("14:00", "fourteen hundred"),
            ("1/2", "one half"),
            ("2/3", "two thirds"),
            ("12/25/2003", "december twenty fifth two thousand three"),
            ("2026-11-21", "november twenty first twenty twenty six"),
            ("555-1234", "five five five , one two three four"),
            (
                "+1-555-123-4567",
                "plus one , five five five , one two three , four five six seven",
            ),
            ("3-5", "three to five"),
            ("1990–95", "nineteen ninety to ninety five"),
            ("007", "zero zero seven"),
            ("2x", "two times"),
        ] {
            assert_eq!(alone(core), said, "{core}");
        }
    }

    #[test]
    fn what_is_no_known_form_is_left_to_others() {
        for core in [
            "1.2.3", "a5", "5b", "1,23", "99/99/99", "25:61", "", "-", "1-2-3",
        ] {
            assert_eq!(alone(core), "", "{core}");
        }
    }

    #[test]
    fn neighbours_decide() {
        let around = |before, after| Around { before, after };
        let said = |core, around| {
            let found = numeric(core, around).unwrap();
            (shown(&found.said), found.takes_next)
        };
        assert_eq!(
            said("5", around(Some("January"), None)),
            ("fifth".to_string(), false)
        );
        assert_eq!(
            said("7", around(None, Some("p.m"))),
            ("seven P M".to_string(), true)
        );
        assert_eq!(
            said("7", around(None, Some("people"))),
            ("seven".to_string(), false)
        );
    }
}
