//! Says amounts: money, percentages, and numbers with a unit.

use crate::english::numbers::{decimal, value};
use crate::english::numeric::{Numeric, split_number, to_said, without_commas};

/// Sign, one and many of the large coin, one and many of the hundredth.
const CURRENCIES: [(char, [&str; 4]); 5] = [
    ('$', ["dollar", "dollars", "cent", "cents"]),
    ('£', ["pound", "pounds", "penny", "pence"]),
    ('€', ["euro", "euros", "cent", "cents"]),
    ('¥', ["yen", "yen", "sen", "sen"]),
    ('₹', ["rupee", "rupees", "paisa", "paise"]),
];
const MAGNITUDES: [&str; 4] = ["thousand", "million", "billion", "trillion"];
/// What is written behind an amount of money for a magnitude.
const SHORT_MAGNITUDES: [(&str, &str); 6] = [
    ("k", "thousand"),
    ("K", "thousand"),
    ("m", "million"),
    ("M", "million"),
    ("bn", "billion"),
    ("B", "billion"),
];

/// A unit as it is written, one of it, and many.
const UNITS: &[(&str, &str, &str)] = &[
    ("%", "percent", "percent"),
    ("°", "degree", "degrees"),
    ("°C", "degree celsius", "degrees celsius"),
    ("°F", "degree fahrenheit", "degrees fahrenheit"),
    ("km", "kilometer", "kilometers"),
    ("m", "meter", "meters"),
    ("cm", "centimeter", "centimeters"),
    ("mm", "millimeter", "millimeters"),
    ("mi", "mile", "miles"),
    ("ft", "foot", "feet"),
    ("kg", "kilogram", "kilograms"),
    ("g", "gram", "grams"),
    ("mg", "milligram", "milligrams"),
    ("lb", "pound", "pounds"),
    ("lbs", "pound", "pounds"),
    ("oz", "ounce", "ounces"),
    ("l", "liter", "liters"),
    ("ml", "milliliter", "milliliters"),
    ("km/h", "kilometer per hour", "kilometers per hour"),
    ("mph", "mile per hour", "miles per hour"),
    ("m/s", "meter per second", "meters per second"),
    ("ms", "millisecond", "milliseconds"),
    ("s", "second", "seconds"),
    ("min", "minute", "minutes"),
    ("hr", "hour", "hours"),
    ("hrs", "hour", "hours"),
    ("Hz", "hertz", "hertz"),
    ("kHz", "kilohertz", "kilohertz"),
    ("MHz", "megahertz", "megahertz"),
    ("GHz", "gigahertz", "gigahertz"),
    ("dB", "decibel", "decibels"),
    ("V", "volt", "volts"),
    ("W", "watt", "watts"),
    ("kW", "kilowatt", "kilowatts"),
    ("kB", "kilobyte", "kilobytes"),
    ("KB", "kilobyte", "kilobytes"),
    ("MB", "megabyte", "megabytes"),
    ("GB", "gigabyte", "gigabytes"),
    ("TB", "terabyte", "terabytes"),
];
/// Units that are too much like words to be taken for units when a space parts them from the number.
const ATTACHED_ONLY: &str = "m g l s V W";

/// An amount of money, a percentage, or a number with a unit attached or as the next token.
pub(crate) fn amount(body: &str, after: Option<&str>) -> Option<Numeric> {
    if let Some((_, names)) = CURRENCIES.iter().find(|(sign, _)| body.starts_with(*sign)) {
        let sign = body.chars().next().map_or(0, char::len_utf8);
        return money(&body[sign..], names, after);
    }
    let (digits, suffix) = split_number(body);
    let number = without_commas(digits)?;
    let unit = |written: &str| UNITS.iter().find(|(unit, ..)| *unit == written);
    let next = after
        .filter(|word| suffix.is_empty() && !ATTACHED_ONLY.split(' ').any(|unit| unit == *word));
    let ((_, one, many), takes_next) = match unit(suffix) {
        // "90s" are the nineties, and not ninety seconds.
        Some(_) if suffix == "s" => return None,
        Some(unit) => (unit, false),
        None => (unit(next?)?, true),
    };
    let mut words = decimal(&number);
    let name = if number == "1" { one } else { many };
    words.extend(name.split(' ').map(ToString::to_string));
    Some(Numeric {
        said: to_said(words),
        takes_next,
    })
}

/// Dollars and cents, or millions of dollars.
fn money(body: &str, [one, many, cent, cents]: &[&str; 4], after: Option<&str>) -> Option<Numeric> {
    let (digits, suffix) = split_number(body);
    let number = without_commas(digits)?;
    let next = after.filter(|word| MAGNITUDES.contains(&word.to_lowercase().as_str()));
    let magnitude = match SHORT_MAGNITUDES.iter().find(|(short, _)| *short == suffix) {
        Some((_, name)) => Some((*name).to_string()),
        None if !suffix.is_empty() => return None,
        None => next.map(str::to_lowercase),
    };
    let takes_next = suffix.is_empty() && next.is_some();
    let mut words;
    match (magnitude, number.split_once('.')) {
        (Some(magnitude), _) => {
            words = decimal(&number);
            words.extend([magnitude, (*many).to_string()]);
        }
        (None, Some((whole, hundredths))) if hundredths.len() == 2 => {
            words = Vec::new();
            if value(whole).is_some_and(|whole| whole > 0) {
                words = decimal(whole);
                words.push((if whole == "1" { one } else { many }).to_string());
            }
            if let Some(count) = value(hundredths).filter(|count| *count > 0) {
                words.extend((!words.is_empty()).then(|| "and".to_string()));
                words.extend(decimal(&count.to_string()));
                words.push((if count == 1 { cent } else { cents }).to_string());
            }
            if words.is_empty() {
                words = vec!["zero".to_string(), (*many).to_string()];
            }
        }
        (None, _) => {
            words = decimal(&number);
            words.push((if number == "1" { one } else { many }).to_string());
        }
    }
    Some(Numeric {
        said: to_said(words),
        takes_next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::english::said::shown;

    #[test]
    fn money_percentages_and_units() {
        for (body, after, said, takes_next) in [
            ("$5", None, "five dollars", false),
            ("$1", None, "one dollar", false),
            ("$5.50", None, "five dollars and fifty cents", false),
            ("$1.01", None, "one dollar and one cent", false),
            ("$.99", None, "ninety nine cents", false),
            ("$0.00", None, "zero dollars", false),
            ("£3.20", None, "three pounds and twenty pence", false),
            (
                "$1.5",
                Some("million"),
                "one point five million dollars",
                true,
            ),
            ("€20k", None, "twenty thousand euros", false),
            ("$5", Some("bills"), "five dollars", false),
            ("5%", None, "five percent", false),
            ("10km", None, "ten kilometers", false),
            ("10", Some("km"), "ten kilometers", true),
            ("1", Some("kg"), "one kilogram", true),
            ("20°C", None, "twenty degrees celsius", false),
            ("2.5GHz", None, "two point five gigahertz", false),
        ] {
            let found =
                amount(body, after).unwrap_or_else(|| panic!("{body} {after:?} is an amount"));
            assert_eq!(
                (shown(&found.said).as_str(), found.takes_next),
                (said, takes_next),
                "{body} {after:?}"
            );
        }
    }

    #[test]
    fn other_tokens_are_no_amounts() {
        for (body, after) in [
            ("5", None),
            ("5", Some("people")),
            ("5", Some("m")),
            ("90s", None),
            ("$x", None),
            ("5q", None),
        ] {
            assert_eq!(amount(body, after), None, "{body} {after:?}");
        }
    }
}
