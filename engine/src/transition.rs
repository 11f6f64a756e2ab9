//! Brings a new voice in without a click.

use syrinx_dsp::{SampleRate, Samples};

use crate::lane::Lane;

/// Length of the cross-fade. Two voices that say the same at once sound like a chorus for so long; much shorter is
/// heard as a cut within a vowel.
const FADE_MS: f64 = 30.0;

/// A voice on its way in: it runs unheard until its output is whole, then it is faded in.
pub struct Transition {
    /// What comes; `None` is the dry signal.
    lane: Option<Lane>,
    /// Samples until its output is whole: what a stream gives before is the silence of its latency.
    wait: usize,
    done: usize,
    length: usize,
    block: Vec<f32>,
}

impl Transition {
    /// To `lane`, or to the dry signal, which is whole at once.
    pub fn new(lane: Option<Lane>, latency: Samples, rate: SampleRate) -> Transition {
        Transition {
            wait: if lane.is_some() { latency.0 } else { 0 },
            lane,
            done: 0,
            length: rate.samples_in_ms(FADE_MS).0.max(1),
            block: Vec::new(),
        }
    }

    /// The voice that comes.
    pub fn lane_mut(&mut self) -> Option<&mut Lane> {
        self.lane.as_mut()
    }

    /// The voice that comes, at the end.
    pub fn into_lane(self) -> Option<Lane> {
        self.lane
    }

    /// Samples until the fade has ended.
    pub fn left(&self) -> usize {
        (self.wait + self.length).saturating_sub(self.done)
    }

    /// Samples that can be processed without running a network.
    pub fn until_chunk(&self) -> usize {
        self.lane.as_ref().map_or(usize::MAX, Lane::until_chunk)
    }

    /// Runs the voice on a block of input; true when the fade will end within it.
    ///
    /// # Errors
    /// In words, if it fails.
    pub fn process(&mut self, input: &[f32]) -> Result<bool, String> {
        self.block.clear();
        self.block.extend_from_slice(input);
        if let Some(lane) = &mut self.lane {
            lane.process(&mut self.block)?;
        }
        Ok(self.wait + self.length <= self.done + input.len())
    }

    /// Fades `output` over to the voice; `dry` is the dry signal of the same block.
    pub fn mix(&mut self, output: &mut [f32], dry: &[f32]) {
        for (index, sample) in output.iter_mut().enumerate() {
            let new = match &self.lane {
                Some(_) => self.block[index],
                None => dry[index],
            };
            let passed = self.done.saturating_sub(self.wait).min(self.length);
            *sample += (new - *sample) * (passed as f32 / self.length as f32);
            self.done += 1;
        }
    }
}
