//! Reads Roman numbers where something is counted: chapters and rulers.

use crate::english::numbers::{cardinal, ordinal};

/// Before a Roman number: it counts things.
const COUNTED: &str = "chapter part section volume book act war scene phase appendix article type class stage grade level title";
/// Before a Roman number: it counts rulers.
const RULERS: &str = "henry louis elizabeth george charles edward james william richard john paul pius benedict philip \
                      napoleon ivan peter catherine leo gregory innocent clement alexander francis frederick nicholas";

/// A Roman number of two letters and more, where a chapter or a ruler stands before it.
pub(crate) fn roman(core: &str, before: Option<&str>) -> Option<Vec<String>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_roman_numbers() {
        assert_eq!(roman_value("XXXIX"), Some(39));
        assert_eq!(roman_value(""), None);
        assert_eq!(roman_value("IIX"), None);
    }
}
