//! Says how long a voice rests between two segments.

use std::time::Duration;

use syrinx_dsp::SampleRate;
use syrinx_text::{Boundary, Pause, Segment};

/// Behind a sentence, in milliseconds: about what readers of prose leave; a paragraph's break is the script's to ask for.
const SENTENCE_MS: f32 = 350.0;

/// Behind a comma, in milliseconds: long enough to be heard as a breath, short enough not to end the sentence.
const PHRASE_MS: f32 = 150.0;

/// Where a segment was cut between words: hardly a pause.
const GROUP_MS: f32 = 40.0;

/// The samples of silence behind `segment`; `factor` scales what the script leaves open.
pub(super) fn pause_after(segment: &Segment, factor: f32, rate: SampleRate) -> u64 {
    let seconds = match segment.pause_after {
        Pause::Exact(time) => time,
        Pause::Natural => {
            let boundary = segment.words.last().map(|word| word.boundary);
            let ms = match boundary {
                None | Some(Boundary::Word) => 0.0,
                Some(Boundary::Group) => GROUP_MS,
                Some(Boundary::Phrase) => PHRASE_MS,
                Some(Boundary::Sentence(_)) => SENTENCE_MS,
            };
            Duration::from_secs_f32(ms * factor / 1000.0)
        }
    };
    (seconds.as_secs_f64() * f64::from(rate.hz())).round() as u64
}
