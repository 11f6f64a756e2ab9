//! Changes the level word by word.

use syrinx_dsp::{SampleRate, Samples};
use syrinx_text::Segment;

use crate::speech::error::SpeechError;
use crate::speech::timing::WordTiming;

/// How long a change of level takes: short against a phone, long enough not to click.
const FADE_MS: f64 = 10.0;

/// A level that follows the words of a segment.
#[derive(Clone, Debug)]
pub(crate) struct WordGain {
    /// From which sample on which factor is aimed at.
    aims: Vec<(u64, f32)>,
    gain: f32,
    /// What `gain` moves to, and by how much per sample.
    aim: f32,
    step: f32,
    /// Samples that a change takes.
    fade: usize,
    position: u64,
}

impl WordGain {
    /// The levels of the words of `segment`, which are spoken at `timings`.
    ///
    /// # Errors
    /// If the words differ in level and the voice does not tell when they are spoken.
    pub(crate) fn new(
        segment: &Segment,
        timings: &[WordTiming],
        rate: SampleRate,
    ) -> Result<WordGain, SpeechError> {
        let factor = |decibels: f32| 10f32.powf(decibels / 20.0);
        let spoken = segment.words.iter().filter(|word| !word.phones.is_empty());
        let levels: Vec<f32> = spoken.map(|word| word.prosody.volume).collect();
        let first = levels.first().copied().unwrap_or(0.0);
        let mut aims = Vec::new();
        if levels.iter().any(|&level| level != first) {
            if timings.len() != levels.len() {
                return Err(SpeechError::Setting {
                    name: "volume",
                    expected: "one for all words of a sentence, since this voice does not tell when they are spoken"
                        .to_owned(),
                    found: format!("{} levels", levels.len()),
                });
            }
            let starts = timings.iter().map(|word| word.samples.start);
            aims = starts
                .zip(levels.iter().map(|&level| factor(level)))
                .collect();
        }
        let Samples(fade) = rate.samples_in_ms(FADE_MS);
        Ok(WordGain {
            aims,
            gain: factor(first),
            aim: factor(first),
            step: 0.0,
            fade: fade.max(1),
            position: 0,
        })
    }

    /// No change.
    pub(crate) fn none() -> WordGain {
        WordGain {
            aims: Vec::new(),
            gain: 1.0,
            aim: 1.0,
            step: 0.0,
            fade: 1,
            position: 0,
        }
    }

    /// Changes the next samples.
    pub(crate) fn apply(&mut self, samples: &mut [f32]) {
        if self.aims.is_empty() {
            if self.gain != 1.0 {
                samples.iter_mut().for_each(|sample| *sample *= self.gain);
            }
            return;
        }
        for sample in samples {
            let begun = self.aims.iter().rev().find(|aim| aim.0 <= self.position);
            let aim = begun.map_or(self.aim, |aim| aim.1);
            if aim != self.aim {
                self.aim = aim;
                self.step = (aim - self.gain).abs() / self.fade as f32;
            }
            self.gain += (aim - self.gain).clamp(-self.step, self.step);
            *sample *= self.gain;
            self.position += 1;
        }
    }
}
