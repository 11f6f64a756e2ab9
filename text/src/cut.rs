//! Cuts sentences that are too long for one segment: at commas where there are some, else between words.

use crate::boundary::Boundary;
use crate::item::Spoken;
use crate::segment::MAX_PHONES;
use crate::word::Word;

/// The least phones before a comma that a segment is cut at; shorter ones sound chopped.
const FEWEST_PHONES: usize = 60;

/// Parts the words of one sentence into segments of at most [`MAX_PHONES`] phones.
pub(crate) fn cut(mut words: Vec<Word>) -> Vec<Vec<Word>> {
    let mut parts = Vec::new();
    while !words.is_empty() {
        let count = first_part(&words);
        let rest = words.split_off(count);
        if let (Some(last), false) = (words.last_mut(), rest.is_empty()) {
            last.boundary = last.boundary.max(Boundary::Phrase);
        }
        parts.push(std::mem::replace(&mut words, rest));
    }
    parts
}

/// How many words the first segment takes, at least one.
fn first_part(words: &[Word]) -> usize {
    let mut phones = 0;
    let mut comma = None;
    for (at, word) in words.iter().enumerate() {
        phones += word.phones.len();
        if phones > MAX_PHONES {
            return comma.unwrap_or(at.max(1));
        }
        if word.boundary >= Boundary::Phrase && phones >= FEWEST_PHONES {
            comma = Some(at + 1);
        }
    }
    words.len()
}

/// How many of the words there are up to the last comma, if it is in their second half; otherwise all.
pub(crate) fn last_comma(words: &[(Spoken, Boundary)]) -> usize {
    let comma = words
        .iter()
        .rposition(|(_, behind)| *behind >= Boundary::Phrase);
    comma
        .map(|at| at + 1)
        .filter(|count| *count > words.len() / 2)
        .unwrap_or(words.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::Ending;
    use crate::phone::arpabet_phones;
    use crate::prosody::Prosody;

    fn words(count: usize, commas: &[usize]) -> Vec<Word> {
        let word = |at| Word {
            text: "x".to_string(),
            span: at..at + 1,
            phones: arpabet_phones("t eh1 s t").unwrap(),
            ipa: None,
            boundary: match at {
                _ if at + 1 == count => Boundary::Sentence(Ending::Question),
                _ if commas.contains(&at) => Boundary::Phrase,
                _ => Boundary::Word,
            },
            prosody: Prosody::default(),
        };
        (0..count).map(word).collect()
    }

    fn lengths(parts: &[Vec<Word>]) -> Vec<usize> {
        parts.iter().map(Vec::len).collect()
    }

    #[test]
    fn what_fits_stays_whole() {
        assert_eq!(lengths(&cut(words(50, &[10]))), [50]);
        assert!(cut(Vec::new()).is_empty());
    }

    #[test]
    fn longer_sentences_are_cut_at_the_last_comma_that_fits_or_else_between_words() {
        assert_eq!(lengths(&cut(words(60, &[5, 20, 40]))), [41, 19]);
        assert_eq!(lengths(&cut(words(60, &[5]))), [50, 10]);
        let parts = cut(words(60, &[5]));
        assert_eq!(parts[0].last().unwrap().boundary, Boundary::Phrase);
        assert_eq!(
            parts[1].last().unwrap().boundary,
            Boundary::Sentence(Ending::Question)
        );
    }
}
