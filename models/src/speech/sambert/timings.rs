//! Says when words and phones are spoken, from the frames of their tokens.

use syrinx_text::Segment;

use super::manifest::Manifest;
use super::tokens::Token;
use crate::speech::timing::{PhoneTiming, WordTiming};

/// The timings of the words of `segment`, whose tokens take `counts` frames each. A break belongs to no word.
pub(super) fn words(
    segment: &Segment,
    tokens: &[Token],
    counts: &[usize],
    manifest: &Manifest,
) -> Vec<WordTiming> {
    let mut words: Vec<WordTiming> = Vec::new();
    let (mut now, mut last) = (0u64, None);
    for (token, &count) in tokens.iter().zip(counts) {
        let span = now..now + (count * manifest.hop) as u64;
        now = span.end;
        let Some(number) = token.word else { continue };
        if last != Some(number) {
            let word = &segment.words[number];
            words.push(WordTiming {
                text: word.text.clone(),
                span: word.span.clone(),
                samples: span.clone(),
                phones: Vec::new(),
            });
            last = Some(number);
        }
        if let Some(word) = words.last_mut() {
            word.samples.end = span.end;
            word.phones.push(PhoneTiming {
                symbol: manifest.vocabulary.sy[token.ids[0] as usize].clone(),
                samples: span,
            });
        }
    }
    words
}
