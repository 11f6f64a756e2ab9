//! A segment as the networks hear it: a row of phones, pauses among them, with features of each.
//!
//! The features are those of `models/training/speech_features.py`.

use syrinx_text::phone::Alphabet;
use syrinx_text::{Boundary, Ending, Segment, Word};

use super::parameters::SpeechParameters;
use crate::speech::error::SpeechError;

/// Counts are cut off here: beyond it, position matters no more.
const MOST_WORDS: usize = 9;
/// As [`MOST_WORDS`], for vowels of a phrase.
const MOST_VOWELS: usize = 19;
/// As [`MOST_WORDS`], for vowels of a word.
const MOST_IN_WORD: usize = 4;

/// The number of the silence among the phones.
pub(super) const PAUSE: usize = 0;

/// One phone of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SentencePhone {
    /// Its number among the voice's phones.
    pub number: usize,
    /// The index of its word in the segment; a pause belongs to the word before it, the first one to the first word.
    pub word: usize,
    /// What the first network hears of it.
    pub features: Vec<f32>,
}

/// A word that is spoken.
struct SpokenWord<'a> {
    index: usize,
    word: &'a Word,
    numbers: Vec<usize>,
}

/// The phones of a segment, with a pause before the first word, behind the last, and at phrases' ends. Empty if no
/// word has a phone.
///
/// # Errors
/// If the voice does not have a phone.
pub(super) fn phones_of(
    segment: &Segment,
    parameters: &SpeechParameters,
) -> Result<Vec<SentencePhone>, SpeechError> {
    let mut words = Vec::new();
    for (index, word) in segment.words.iter().enumerate() {
        if !word.phones.is_empty() {
            let numbers = numbers(word, parameters)?;
            words.push(SpokenWord {
                index,
                word,
                numbers,
            });
        }
    }
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return Ok(Vec::new());
    };
    let ending = match last.word.boundary {
        Boundary::Sentence(ending) => ending,
        _ => Ending::Statement,
    };
    let mut row = Row {
        parameters,
        ending: match ending {
            Ending::Statement => 0,
            Ending::Question => 1,
            Ending::Exclamation => 2,
        },
        phones: Vec::new(),
    };
    let mut opening = [0.0; 12];
    opening[10] = 1.0;
    row.add(PAUSE, first.index, opening);
    let phrases: Vec<&[SpokenWord]> = words
        .split_inclusive(|word| word.word.boundary >= Boundary::Phrase)
        .collect();
    for (number, phrase) in phrases.iter().enumerate() {
        row.add_phrase(phrase, number == 0, number + 1 == phrases.len());
    }
    Ok(row.phones)
}

/// The numbers of a word's phones.
fn numbers(word: &Word, parameters: &SpeechParameters) -> Result<Vec<usize>, SpeechError> {
    word.phones
        .iter()
        .map(|phone| {
            let number = match phone.alphabet {
                Alphabet::Arpabet => parameters.phone(&phone.symbol),
                _ => None,
            };
            number
                .filter(|&number| number != PAUSE)
                .ok_or_else(|| SpeechError::Symbol {
                    symbol: phone.symbol.to_string(),
                    word: word.text.clone(),
                    known: parameters.phones[1..].join(" "),
                })
        })
        .collect()
}

/// The row while it grows.
struct Row<'a> {
    parameters: &'a SpeechParameters,
    ending: usize,
    phones: Vec<SentencePhone>,
}

impl Row<'_> {
    fn add(&mut self, number: usize, word: usize, place: [f32; 12]) {
        let known = self.parameters.phones.len();
        let mut features = vec![0.0; self.parameters.features()];
        features[number] = 1.0;
        features[known..known + 12].copy_from_slice(&place);
        features[known + 12 + self.ending] = 1.0;
        self.phones.push(SentencePhone {
            number,
            word,
            features,
        });
    }

    /// A phrase and the pause behind it.
    fn add_phrase(&mut self, phrase: &[SpokenWord], is_first: bool, is_last: bool) {
        let vowels = |word: &SpokenWord| {
            let phones = word.word.phones.iter();
            phones.filter(|phone| phone.is_vowel()).count()
        };
        let total: usize = phrase.iter().map(vowels).sum();
        let (first, last) = (flag(is_first), flag(is_last));
        let mut passed = 0;
        for (index, word) in phrase.iter().enumerate() {
            let (own, begun) = (vowels(word), passed);
            let function = flag(is_function_word(&word.word.text, self.parameters));
            let count = word.numbers.len();
            for (place, (&number, phone)) in word.numbers.iter().zip(&word.word.phones).enumerate()
            {
                let vowel = usize::from(phone.is_vowel());
                let inside = passed - begun;
                self.add(
                    number,
                    word.index,
                    [
                        flag(vowel == 1 && phone.stress_or_tone > 0),
                        flag(place == 0),
                        flag(place + 1 == count),
                        function,
                        capped(index, MOST_WORDS),
                        capped(phrase.len() - 1 - index, MOST_WORDS),
                        capped(passed, MOST_VOWELS),
                        capped(total - passed - vowel, MOST_VOWELS),
                        capped(inside, MOST_IN_WORD),
                        capped(own - inside - vowel, MOST_IN_WORD),
                        first,
                        last,
                    ],
                );
                passed += vowel;
            }
        }
        let mut closing = [0.0; 12];
        closing[11] = last;
        let word = phrase.last().map_or(0, |word| word.index);
        self.add(PAUSE, word, closing);
    }
}

fn flag(is: bool) -> f32 {
    f32::from(u8::from(is))
}

fn capped(count: usize, most: usize) -> f32 {
    count.min(most) as f32 / most as f32
}

/// Whether a word carries grammar rather than meaning. Both apostrophes are the same.
fn is_function_word(text: &str, parameters: &SpeechParameters) -> bool {
    let text = text.to_lowercase().replace('\u{2019}', "'");
    parameters.function_words.binary_search(&text).is_ok()
}
