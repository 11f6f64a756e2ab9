//! Says numbers in English words.
//!
//! Own code and not a crate: numbers come as digits of any length, which those that exist turn into floats first.

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const GROUPS: [&str; 6] = [
    "",
    "thousand",
    "million",
    "billion",
    "trillion",
    "quadrillion",
];
/// Longer numbers are read digit by digit, as nobody follows "septillions".
const MOST_DIGITS: usize = 3 * GROUPS.len();

/// The value of decimal digits, `None` for other characters and for numbers beyond [`MOST_DIGITS`].
pub(crate) fn value(digits: &str) -> Option<u64> {
    let fits = !digits.is_empty()
        && digits.len() <= MOST_DIGITS
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { digits.parse().ok() } else { None }
}

/// "123" as "one hundred twenty three"; longer numbers than quadrillions, and those with a zero in front, by digits.
pub(crate) fn cardinal(digits: &str) -> Vec<String> {
    match value(digits) {
        Some(number) if digits.len() == 1 || !digits.starts_with('0') => words_of(number),
        _ => spoken_digits(digits),
    }
}

/// The words of a number.
pub(crate) fn words_of(number: u64) -> Vec<String> {
    if number == 0 {
        return vec![ONES[0].to_string()];
    }
    let mut words = Vec::new();
    for group in (0..=GROUPS.len()).rev() {
        let Some(size) = 1000_u64.checked_pow(u32::try_from(group).unwrap_or(u32::MAX)) else {
            continue;
        };
        let part = number / size % 1000;
        if part > 0 {
            below_thousand(part, &mut words);
            words.extend(
                GROUPS
                    .get(group)
                    .filter(|name| !name.is_empty())
                    .map(ToString::to_string),
            );
        }
    }
    words
}

fn below_thousand(number: u64, words: &mut Vec<String>) {
    let at = |index: u64| usize::try_from(index).unwrap_or(0);
    if number >= 100 {
        words.push(ONES[at(number / 100)].to_string());
        words.push("hundred".to_string());
    }
    match number % 100 {
        0 => {}
        rest if rest < 20 => words.push(ONES[at(rest)].to_string()),
        rest => {
            words.push(TENS[at(rest / 10)].to_string());
            if rest % 10 > 0 {
                words.push(ONES[at(rest % 10)].to_string());
            }
        }
    }
}

/// "23" as "twenty third".
pub(crate) fn ordinal(digits: &str) -> Vec<String> {
    let mut words = cardinal(digits);
    if let Some(last) = words.last_mut() {
        *last = ordinal_word(last);
    }
    words
}

fn ordinal_word(word: &str) -> String {
    match word {
        "one" => "first".to_string(),
        "two" => "second".to_string(),
        "three" => "third".to_string(),
        "five" => "fifth".to_string(),
        "eight" => "eighth".to_string(),
        "nine" => "ninth".to_string(),
        "twelve" => "twelfth".to_string(),
        _ => match word.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{word}th"),
        },
    }
}

/// The digits one by one; other characters are passed over.
pub(crate) fn spoken_digits(digits: &str) -> Vec<String> {
    let digit = |c: char| Some(ONES[c.to_digit(10)? as usize].to_string());
    digits.chars().filter_map(digit).collect()
}

/// A year: "nineteen eighty four", "nineteen oh five", "two thousand nine", "twenty ten".
pub(crate) fn year(number: u64) -> Vec<String> {
    let (century, rest) = (number / 100, number % 100);
    if !(1000..10_000).contains(&number) || century % 10 == 0 && rest < 10 {
        return words_of(number);
    }
    let mut words = words_of(century);
    match rest {
        0 => words.push("hundred".to_string()),
        1..10 => words.extend([
            "oh".to_string(),
            ONES[usize::try_from(rest).unwrap_or(0)].to_string(),
        ]),
        _ => words.extend(words_of(rest)),
    }
    words
}

/// A number with or without decimals: "three point one four".
pub(crate) fn decimal(digits: &str) -> Vec<String> {
    match digits.split_once('.') {
        None => cardinal(digits),
        Some((whole, decimals)) => {
            let mut words = if whole.is_empty() {
                vec![ONES[0].to_string()]
            } else {
                cardinal(whole)
            };
            words.push("point".to_string());
            words.extend(spoken_digits(decimals));
            words
        }
    }
}

/// A word in the plural, "sixties" or "hundreds".
pub(crate) fn plural(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
        _ if word.ends_with("six") || word.ends_with("ch") || word.ends_with('s') => {
            format!("{word}es")
        }
        _ => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cardinals() {
        for (digits, words) in [
            ("0", "zero"),
            ("7", "seven"),
            ("13", "thirteen"),
            ("21", "twenty one"),
            ("100", "one hundred"),
            ("342", "three hundred forty two"),
            ("1000", "one thousand"),
            ("1000001", "one million one"),
            (
                "12345678",
                "twelve million three hundred forty five thousand six hundred seventy eight",
            ),
            ("007", "zero zero seven"),
            (
                "999999999999999999",
                &[
                    "nine hundred ninety nine quadrillion",
                    "nine hundred ninety nine trillion",
                    "nine hundred ninety nine billion",
                    "nine hundred ninety nine million",
                    "nine hundred ninety nine thousand nine hundred ninety nine",
                ]
                .join(" "),
            ),
            (
                "1234567890123456789",
                "one two three four five six seven eight nine zero one two three four five six seven eight nine",
            ),
        ] {
            assert_eq!(cardinal(digits).join(" "), words);
        }
    }

    #[test]
    fn ordinals() {
        for (digits, words) in [
            ("1", "first"),
            ("2", "second"),
            ("3", "third"),
            ("4", "fourth"),
            ("5", "fifth"),
            ("8", "eighth"),
            ("9", "ninth"),
            ("12", "twelfth"),
            ("20", "twentieth"),
            ("31", "thirty first"),
            ("100", "one hundredth"),
            ("1000000", "one millionth"),
        ] {
            assert_eq!(ordinal(digits).join(" "), words);
        }
    }

    #[test]
    fn years() {
        for (number, words) in [
            (1984, "nineteen eighty four"),
            (1900, "nineteen hundred"),
            (1905, "nineteen oh five"),
            (2000, "two thousand"),
            (2009, "two thousand nine"),
            (2010, "twenty ten"),
            (2026, "twenty twenty six"),
            (1066, "ten sixty six"),
            (476, "four hundred seventy six"),
        ] {
            assert_eq!(year(number).join(" "), words);
        }
    }

    #[test]
    fn decimals_and_plurals() {
        assert_eq!(decimal("3.14").join(" "), "three point one four");
        assert_eq!(decimal(".5").join(" "), "zero point five");
        assert_eq!(plural("eighty"), "eighties");
        assert_eq!(plural("six"), "sixes");
        assert_eq!(plural("hundred"), "hundreds");
        assert_eq!(plural("day"), "days");
    }
}
