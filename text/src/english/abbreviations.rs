//! Abbreviations of English, what they stand for, and whether a full stop behind them ends a sentence.

use crate::english::months::MONTHS;

/// What the full stop behind an abbreviation means when a capital letter follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dot {
    /// It never ends a sentence, since a name follows: "Dr. Smith".
    Inside,
    /// It ends the sentence: "and so on, etc. The".
    Ends,
}

/// An abbreviation in lower case, what it stands for, and its dot.
const WITH_DOT: &[(&str, &str, Dot)] = &[
    ("mr", "mister", Dot::Inside),
    ("mrs", "missus", Dot::Inside),
    ("ms", "miz", Dot::Inside),
    ("messrs", "messieurs", Dot::Inside),
    ("prof", "professor", Dot::Inside),
    ("rev", "reverend", Dot::Inside),
    ("hon", "honorable", Dot::Inside),
    ("gen", "general", Dot::Inside),
    ("col", "colonel", Dot::Inside),
    ("capt", "captain", Dot::Inside),
    ("lt", "lieutenant", Dot::Inside),
    ("sgt", "sergeant", Dot::Inside),
    ("gov", "governor", Dot::Inside),
    ("sen", "senator", Dot::Inside),
    ("rep", "representative", Dot::Inside),
    ("pres", "president", Dot::Inside),
    ("mt", "mount", Dot::Inside),
    ("ft", "fort", Dot::Inside),
    ("vs", "versus", Dot::Inside),
    ("no", "number", Dot::Inside),
    ("vol", "volume", Dot::Inside),
    ("fig", "figure", Dot::Inside),
    ("approx", "approximately", Dot::Inside),
    ("est", "established", Dot::Inside),
    ("jr", "junior", Dot::Ends),
    ("sr", "senior", Dot::Ends),
    ("inc", "incorporated", Dot::Ends),
    ("ltd", "limited", Dot::Ends),
    ("co", "company", Dot::Ends),
    ("corp", "corporation", Dot::Ends),
    ("dept", "department", Dot::Ends),
    ("ave", "avenue", Dot::Ends),
    ("blvd", "boulevard", Dot::Ends),
    ("rd", "road", Dot::Ends),
    ("etc", "et cetera", Dot::Ends),
    ("al", "al", Dot::Ends),
    ("jan", "january", Dot::Inside),
    ("feb", "february", Dot::Inside),
    ("mar", "march", Dot::Inside),
    ("apr", "april", Dot::Inside),
    ("jun", "june", Dot::Inside),
    ("jul", "july", Dot::Inside),
    ("aug", "august", Dot::Inside),
    ("sep", "september", Dot::Inside),
    ("sept", "september", Dot::Inside),
    ("oct", "october", Dot::Inside),
    ("nov", "november", Dot::Inside),
    ("dec", "december", Dot::Inside),
    ("mon", "monday", Dot::Inside),
    ("tue", "tuesday", Dot::Inside),
    ("tues", "tuesday", Dot::Inside),
    ("wed", "wednesday", Dot::Inside),
    ("thu", "thursday", Dot::Inside),
    ("thurs", "thursday", Dot::Inside),
    ("fri", "friday", Dot::Inside),
];

/// What is expanded without a full stop too, with its capital or capitals as they stand here.
const WITHOUT_DOT: &[(&str, &str)] = &[
    ("Mr", "mister"),
    ("Mrs", "missus"),
    ("Ms", "miz"),
    ("Dr", "doctor"),
    ("Prof", "professor"),
    ("etc", "et cetera"),
    ("vs", "versus"),
    ("Jan", "january"),
    ("Feb", "february"),
    ("Apr", "april"),
    ("Aug", "august"),
    ("Sept", "september"),
    ("Oct", "october"),
    ("Nov", "november"),
    ("Dec", "december"),
    ("Ltd", "limited"),
    ("Jr", "junior"),
    ("Sr", "senior"),
];

/// Written with dots inside, and what they stand for; others of this form are spelled.
const DOTTED: &[(&str, &str)] = &[
    ("e.g", "for example"),
    ("i.e", "that is"),
    ("ph.d", "p h d"),
];

/// Abbreviations that are words as well stand for something only before a number: "No. 5", but "he said no."
const BEFORE_NUMBERS: &str = "no vol fig mar sep dec jan est mt ft";
/// Those that are words as well count only with a capital: "Rev.", "Sun.", but "the sun."
const CAPITALISED: &str = "rev hon gen col capt gov sen rep pres mt ft jan mar jun jul aug sep oct nov dec mon wed fri co";

/// Words that a saint stands behind at the start of a sentence, where they have a capital: "In St. Louis".
const PREPOSITIONS: &str = "a and at by for from in near of on or the to with";

/// What an abbreviation stands for and what its full stop means. `dot` is whether one follows, `name_follows` whether a
/// capital letter comes next, `number_follows` whether a digit does.
pub(crate) fn expansion(
    written: &str,
    dot: bool,
    before: Option<&str>,
    name_follows: bool,
    number_follows: bool,
) -> Option<(&'static str, Dot)> {
    let lower = written.to_lowercase();
    if let Some((_, words)) = DOTTED.iter().find(|(dotted, _)| *dotted == lower) {
        return Some((words, Dot::Inside));
    }
    if !dot {
        let (_, words) = WITHOUT_DOT
            .iter()
            .find(|(abbreviation, _)| *abbreviation == written)?;
        return Some((words, Dot::Inside));
    }
    let named = before.is_some_and(|word| {
        let preposition = PREPOSITIONS
            .split_whitespace()
            .any(|other| other == word.to_lowercase());
        !preposition && word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
    });
    match lower.as_str() {
        "st" if named => return Some(("street", Dot::Ends)),
        "st" if name_follows => return Some(("saint", Dot::Inside)),
        "dr" if named && !name_follows => return Some(("drive", Dot::Ends)),
        "dr" => return Some(("doctor", Dot::Inside)),
        _ => {}
    }
    let among = |list: &str| list.split_whitespace().any(|word| word == lower);
    let capital = written.starts_with(char::is_uppercase);
    let (_, words, kind) = WITH_DOT
        .iter()
        .find(|(abbreviation, ..)| *abbreviation == lower)?;
    let months = words.ends_with("ber") || words.ends_with("ary");
    if among(BEFORE_NUMBERS)
        && !number_follows
        && !(capital && (months || among("mt ft") && name_follows))
    {
        return None;
    }
    if among(CAPITALISED) && !capital {
        return None;
    }
    Some((words, *kind))
}

/// Whether these are letters with dots between them, "U.S" or "a.m".
pub(crate) fn is_dotted(written: &str) -> bool {
    let mut letters = 0;
    for part in written.split('.') {
        let mut chars = part.chars();
        if !chars.next().is_some_and(char::is_alphabetic) || chars.next().is_some() {
            return false;
        }
        letters += 1;
    }
    letters > 1
}

/// The number of a month by its English name, or its usual abbreviation.
pub(crate) fn is_month(word: &str) -> bool {
    let lower = word.to_lowercase();
    word.starts_with(char::is_uppercase)
        && (MONTHS.contains(&lower.as_str())
            || lower == "sept"
            || lower.len() == 3
                && lower.is_ascii()
                && MONTHS.iter().any(|month| month[..3] == lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_stand_for_words() {
        let plain =
            |written, dot| expansion(written, dot, None, true, false).map(|(words, _)| words);
        assert_eq!(plain("Dr", true), Some("doctor"));
        assert_eq!(plain("St", true), Some("saint"));
        assert_eq!(plain("Mr", false), Some("mister"));
        assert_eq!(plain("e.g", true), Some("for example"));
        assert_eq!(plain("no", true), None);
        assert_eq!(plain("dec", true), None);
        assert_eq!(
            expansion("No", true, None, false, true).unwrap().0,
            "number"
        );
        assert_eq!(
            expansion("St", true, Some("Main"), false, false),
            Some(("street", Dot::Ends))
        );
        assert_eq!(
            expansion("Sept", true, None, false, true).unwrap().0,
            "september"
        );
    }

    #[test]
    fn letters_with_dots_are_known() {
        assert!(is_dotted("U.S.A") && is_dotted("a.m"));
        assert!(!is_dotted("U") && !is_dotted("x.com") && !is_dotted("3.5"));
    }

    #[test]
    fn months() {
        assert!(is_month("January") && is_month("Jan") && is_month("Sept"));
        assert!(!is_month("may") && !is_month("Jam") && !is_month("Män"));
    }
}
