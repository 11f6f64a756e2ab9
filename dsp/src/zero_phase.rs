//! Filters a recording forwards and backwards, so that nothing moves in time, in bounded memory.

use crate::{Biquad, Samples};

/// How far a state has decayed when it is forgotten: below the rounding of 64 bits.
const FORGOTTEN: f64 = 1e-18;

/// What is filtered backwards at once, in margins: the margin is filtered again each time, so more costs memory and less
/// costs work.
const BLOCKS_PER_MARGIN: usize = 4;

/// Filters a recording of any length forwards and then backwards: the filter's gain twice, and no delay.
///
/// Both ends are continued by their point reflection, and each pass begins settled on its first sample, as
/// `scipy.signal.filtfilt` has it by default. The backward pass would begin at the end of the recording; it begins a
/// margin after what is given out, by which its state there has decayed below rounding. So the memory is bounded, and the
/// result that of the whole recording to the last few bits.
///
/// For offline use: [`ZeroPhase::push`] and [`ZeroPhase::finish`] allocate. What is given lags behind what was taken by up
/// to [`ZeroPhase::held`] samples, and lies in line with it.
#[derive(Clone, Debug)]
pub struct ZeroPhase {
    sections: Vec<Biquad>,
    /// Reflected samples at either end.
    edge: usize,
    margin: usize,
    /// The first samples, until there are enough of them to be reflected.
    first: Vec<f32>,
    started: bool,
    /// The last `edge + 1` samples or fewer.
    last: Vec<f32>,
    /// Filtered forwards, not yet backwards.
    forward: Vec<f64>,
}

impl ZeroPhase {
    /// A filter of these sections, each of which must be stable, at the start of a recording.
    pub fn new(sections: Vec<Biquad>) -> ZeroPhase {
        let radius = sections.iter().map(Biquad::pole_radius).fold(0.0, f64::max);
        let margin = match radius > 0.0 {
            true => (FORGOTTEN.ln() / radius.ln()).ceil() as usize,
            false => 2,
        };
        let order: usize = sections
            .iter()
            .map(|section| match section.denominator[1] == 0.0 {
                true => 1,
                false => 2,
            })
            .sum();
        ZeroPhase {
            sections,
            // Three times the coefficients of numerator or denominator, scipy's default.
            edge: 3 * (order + 1),
            margin,
            first: Vec::new(),
            started: false,
            last: Vec::new(),
            forward: Vec::new(),
        }
    }

    /// The most samples that are held back.
    pub fn held(&self) -> Samples {
        Samples((BLOCKS_PER_MARGIN + 1) * self.margin + self.edge)
    }

    /// Takes the next samples, any number, and appends what is certain now.
    pub fn push(&mut self, input: &[f32], output: &mut Vec<f64>) {
        let mut rest = input;
        if !self.started {
            let missing = self.edge + 1 - self.first.len();
            let (now, later) = rest.split_at(missing.min(rest.len()));
            self.first.extend_from_slice(now);
            rest = later;
            if self.first.len() <= self.edge {
                return;
            }
            self.start();
        }
        for &sample in rest {
            let filtered = forwards(&mut self.sections, f64::from(sample));
            self.forward.push(filtered);
            if self.forward.len() == (BLOCKS_PER_MARGIN + 1) * self.margin {
                self.give(BLOCKS_PER_MARGIN * self.margin, output);
            }
        }
        self.remember(rest);
    }

    /// Ends the recording: appends the rest and begins anew.
    pub fn finish(&mut self, output: &mut Vec<f64>) {
        if !self.started && !self.first.is_empty() {
            // Shorter than what is reflected: as much as there is.
            self.start();
        }
        if let Some((&end, before)) = self.last.split_last() {
            let whole = self.forward.len();
            for &sample in before.iter().rev() {
                let beyond = 2.0 * f64::from(end) - f64::from(sample);
                let filtered = forwards(&mut self.sections, beyond);
                self.forward.push(filtered);
            }
            self.give(whole, output);
        }
        self.forward.clear();
        self.first.clear();
        self.last.clear();
        self.started = false;
    }

    /// Settles on the reflection of the first samples, and filters them.
    fn start(&mut self) {
        self.started = true;
        let first = std::mem::take(&mut self.first);
        let beginning = f64::from(first[0]);
        let edge = first.len().min(self.edge + 1) - 1;
        let mut settled = false;
        for &sample in first[1..=edge].iter().rev() {
            let before = 2.0 * beginning - f64::from(sample);
            if !settled {
                settle(&mut self.sections, before);
                settled = true;
            }
            forwards(&mut self.sections, before);
        }
        if !settled {
            settle(&mut self.sections, beginning);
        }
        for &sample in &first {
            let filtered = forwards(&mut self.sections, f64::from(sample));
            self.forward.push(filtered);
        }
        self.remember(&first);
    }

    fn remember(&mut self, samples: &[f32]) {
        let kept = self.edge + 1;
        let new = &samples[samples.len().saturating_sub(kept)..];
        let old = (self.last.len() + new.len()).saturating_sub(kept);
        self.last.drain(..old);
        self.last.extend_from_slice(new);
    }

    /// Filters backwards from the end of what there is, and gives out the first `count`.
    fn give(&mut self, count: usize, output: &mut Vec<f64>) {
        let Some(&newest) = self.forward.last() else {
            return;
        };
        let mut sections = self.sections.clone();
        settle(&mut sections, newest);
        let start = output.len();
        output.resize(start + count, 0.0);
        for (at, &sample) in self.forward.iter().enumerate().rev() {
            let filtered = forwards(&mut sections, sample);
            if at < count {
                output[start + at] = filtered;
            }
        }
        self.forward.drain(..count);
    }
}

fn forwards(sections: &mut [Biquad], sample: f64) -> f64 {
    sections
        .iter_mut()
        .fold(sample, |sample, section| section.process(sample))
}

fn settle(sections: &mut [Biquad], sample: f64) {
    sections
        .iter_mut()
        .fold(sample, |sample, section| section.settle(sample));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SampleRate;
    use crate::butterworth::high_pass;

    /// What is left is the order of sums in 64 bits: 2e-13 of levels up to 1. A reflection that is off by one sample
    /// changes the ends by 1e-4, a margin of half the length by 1e-9.
    const TOLERANCE: f64 = 1e-11;

    #[derive(serde::Deserialize)]
    struct Golden {
        order: usize,
        cutoff_hz: f64,
        rate: u32,
        seed: u32,
        count: usize,
        indices: Vec<usize>,
        filtered: Vec<f64>,
    }

    /// The same integers as in `make_zero_phase.py`.
    fn noise(seed: u32, count: usize) -> Vec<f32> {
        let mut state = seed;
        (0..count as u32)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let value = (f64::from(state >> 8) / f64::from(1u32 << 23) - 1.0) as f32;
                let level = (n / 3000 * seed % 5) as f32;
                value * level * 0.125 + (n % 400) as f32 * 0.0005
            })
            .collect()
    }

    fn rvc() -> ZeroPhase {
        ZeroPhase::new(high_pass(5, 48.0, SampleRate::of(16_000)).unwrap())
    }

    fn filtered(filter: &mut ZeroPhase, input: &[f32], block: usize) -> Vec<f64> {
        let mut output = Vec::new();
        for part in input.chunks(block) {
            filter.push(part, &mut output);
        }
        filter.finish(&mut output);
        output
    }

    #[test]
    fn recordings_are_filtered_as_scipy_filters_them() {
        let cases: Vec<Golden> =
            serde_json::from_str(include_str!("../tests/golden/zero_phase.json")).unwrap();
        assert!(cases.len() >= 7);
        for case in cases {
            let sections = high_pass(case.order, case.cutoff_hz, SampleRate::of(case.rate));
            let mut filter = ZeroPhase::new(sections.unwrap());
            let output = filtered(&mut filter, &noise(case.seed, case.count), 1_000);
            assert_eq!(output.len(), case.count);
            for (&at, expected) in case.indices.iter().zip(case.filtered) {
                let found = output[at];
                assert!(
                    (found - expected).abs() <= TOLERANCE,
                    "order {}, {at} of {}: {found} for {expected}",
                    case.order,
                    case.count
                );
            }
        }
    }

    #[test]
    fn blocks_of_the_recording_do_not_show() {
        let input = noise(7, 150_000);
        let mut filter = rvc();
        assert!(input.len() > 4 * filter.held().0);
        let whole = filtered(&mut filter, &input, input.len());
        assert_eq!(filtered(&mut filter, &input, 317), whole, "begun anew");
        // The same without a margin: backwards over everything at once.
        let mut at_once = rvc();
        at_once.margin = input.len();
        let expected = filtered(&mut at_once, &input, input.len());
        let pairs = whole.iter().zip(expected);
        let most = pairs.fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
        // Rounding leaves 3e-14 of levels up to 1; half the margin would leave 1e-9 of the level.
        assert!(most < 1e-12, "{most}");
    }

    #[test]
    fn no_more_is_held_than_stated() {
        let mut filter = rvc();
        let (input, mut output) = (noise(3, 100_000), Vec::new());
        for (at, part) in input.chunks(50).enumerate() {
            filter.push(part, &mut output);
            assert!((at + 1) * 50 - output.len() <= filter.held().0);
        }
        filter.finish(&mut output);
        filter.finish(&mut output);
        assert_eq!(output.len(), input.len());
    }
}
