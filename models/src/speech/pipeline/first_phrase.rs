//! Cuts the first phrase off a segment, so that the first sound does not wait for the rest.

use syrinx_text::{Boundary, Pause, Segment};

/// Segments of at most so many phones stay whole: about three seconds of speech, which networks prepare at once.
const SHORT: usize = 40;

/// The least phones of a first phrase: a word or two alone would be said as if they were all.
const FEWEST: usize = 8;

/// The most phones of a first phrase, about four seconds; without a comma before that the segment stays whole.
const MOST: usize = 60;

/// The first phrase of a segment and what follows it, which are spoken as two segments; the second is missing where the
/// segment is short, or has no boundary of phrases where one is wanted. A voice hears each of the two alone, as it does
/// when a sentence is too long for one segment.
pub(super) fn first_phrase(mut segment: Segment) -> (Segment, Option<Segment>) {
    if segment.phone_count() <= SHORT {
        return (segment, None);
    }
    let mut phones = 0;
    let ends = segment.words.iter().position(|word| {
        phones += word.phones.len();
        word.boundary >= Boundary::Phrase && phones >= FEWEST
    });
    let count = ends.map_or(0, |last| last + 1);
    if phones > MOST || count == 0 || count == segment.words.len() {
        return (segment, None);
    }
    let rest = Segment {
        words: segment.words.split_off(count),
        pause_after: std::mem::replace(&mut segment.pause_after, Pause::Natural),
    };
    (segment, Some(rest))
}

#[cfg(test)]
mod tests {
    use syrinx_text::{Alphabet, Ending, Phone, Prosody, Word};

    use super::*;

    /// Words with these numbers of phones and boundaries.
    fn segment(words: &[(usize, Boundary)]) -> Segment {
        let phone = Phone {
            alphabet: Alphabet::Arpabet,
            symbol: "aa".into(),
            stress_or_tone: 0,
            starts_syllable: false,
        };
        let word = |&(phones, boundary): &(usize, Boundary)| Word {
            text: "word".to_owned(),
            span: 0..4,
            phones: vec![phone.clone(); phones],
            ipa: None,
            boundary,
            prosody: Prosody::default(),
        };
        Segment {
            words: words.iter().map(word).collect(),
            pause_after: Pause::Exact(std::time::Duration::from_secs(1)),
        }
    }

    const END: Boundary = Boundary::Sentence(Ending::Statement);

    #[test]
    fn a_long_segment_is_cut_behind_its_first_comma() {
        let words = [
            (4, Boundary::Phrase),
            (20, Boundary::Word),
            (5, Boundary::Phrase),
            (30, Boundary::Phrase),
            (9, END),
        ];
        let (first, rest) = first_phrase(segment(&words));
        let rest = rest.unwrap();
        // The first comma comes too early.
        assert_eq!((first.words.len(), rest.words.len()), (3, 2));
        assert_eq!(first.pause_after, Pause::Natural);
        assert_eq!(rest.pause_after, segment(&words).pause_after);
    }

    #[test]
    fn what_is_short_or_has_no_comma_in_time_stays_whole() {
        for words in [
            &[(20, Boundary::Phrase), (20, END)][..],
            &[(30, Boundary::Word), (70, Boundary::Phrase), (9, END)],
            &[(30, Boundary::Word), (30, END)],
        ] {
            let whole = segment(words);
            assert_eq!(first_phrase(whole.clone()), (whole, None));
        }
    }
}
