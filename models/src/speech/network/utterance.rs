//! A segment that a network speaks.

use super::word_gain::WordGain;
use crate::speech::error::SpeechError;
use crate::speech::timing::WordTiming;
use crate::speech::utterance::Utterance;
use crate::speech::vocoder::{Ready, Sounding};

/// A segment that a network speaks.
pub(crate) struct NetworkUtterance {
    sounding: Box<dyn Sounding>,
    words: Vec<WordTiming>,
    gain: WordGain,
}

impl NetworkUtterance {
    /// The utterance that `sounding` gives.
    pub(crate) fn new(
        sounding: Box<dyn Sounding>,
        words: Vec<WordTiming>,
        gain: WordGain,
    ) -> NetworkUtterance {
        NetworkUtterance {
            sounding,
            words,
            gain,
        }
    }

    /// A segment without words.
    pub(crate) fn silent() -> NetworkUtterance {
        let nothing = Box::new(Ready::new(Vec::new()));
        NetworkUtterance::new(nothing, Vec::new(), WordGain::none())
    }
}

impl Utterance for NetworkUtterance {
    fn next_chunk(&mut self, samples: &mut Vec<f32>) -> Result<bool, SpeechError> {
        let before = samples.len();
        let more = self.sounding.next_chunk(samples)?;
        self.gain.apply(&mut samples[before..]);
        Ok(more)
    }

    fn words(&self) -> &[WordTiming] {
        &self.words
    }
}
