//! Gives a converted recording of any length the loudness contour of its source, in bounded memory.

use crate::SampleRate;
use crate::loudness::{RMS_FLOOR, energy};

/// Matches the loudness of a recording that never needs to be there as a whole.
///
/// As [`match_loudness`](crate::match_loudness): RMS over windows of one second each half second, centred and zero-padded,
/// `(rms_source / rms_converted)^amount` with straight lines between, `rms_converted` at least 1e-6. One thing differs:
/// there the windows are stretched over the recording with aligned outer edges, which moves them by up to a quarter of a
/// second to either side, depending on the length. Here each stays where it was measured, since the length is not known
/// before the end.
///
/// For offline use: allocates. Converted samples are given one to two seconds after they were taken.
#[derive(Clone, Debug)]
pub struct LoudnessFollower {
    amount: f64,
    source: HalfSeconds,
    converted: HalfSeconds,
    /// Source windows per converted sample.
    source_step: f64,
    held: Vec<f32>,
    given: u64,
}

impl LoudnessFollower {
    /// A follower at the start of a recording, whose gain follows its source by `amount`, 0 to 1 (clamped; 0 leaves every
    /// sample as it is).
    pub fn new(amount: f32, source_rate: SampleRate, rate: SampleRate) -> LoudnessFollower {
        let source = HalfSeconds::new(source_rate);
        let per_sample = f64::from(source_rate.hz()) / f64::from(rate.hz());
        LoudnessFollower {
            amount: match amount.is_nan() {
                true => 0.0,
                false => f64::from(amount.clamp(0.0, 1.0)),
            },
            source_step: per_sample / source.hop as f64,
            source,
            converted: HalfSeconds::new(rate),
            held: Vec::new(),
            given: 0,
        }
    }

    /// Takes the next samples of the source.
    pub fn push_source(&mut self, samples: &[f32]) {
        self.source.push(samples);
    }

    /// Takes the next converted samples; sample 0 is at the time of the source's.
    pub fn push_converted(&mut self, samples: &[f32]) {
        self.converted.push(samples);
        self.held.extend_from_slice(samples);
    }

    /// Appends what is certain: everything whose windows have been heard on both sides.
    pub fn take(&mut self, output: &mut Vec<f32>) {
        let source = self.source.last_whole() as f64 / self.source_step;
        let converted = self.converted.last_whole() * self.converted.hop as u64;
        let end = converted.min(source as u64);
        let count = end.saturating_sub(self.given).min(self.held.len() as u64);
        self.give(count as usize, output);
    }

    /// Ends the recording: appends the rest and begins anew.
    pub fn finish(&mut self, output: &mut Vec<f32>) {
        self.give(self.held.len(), output);
        self.source.reset();
        self.converted.reset();
        self.given = 0;
    }

    fn give(&mut self, count: usize, output: &mut Vec<f32>) {
        for (&sample, at) in self.held[..count].iter().zip(self.given..) {
            if self.amount == 0.0 {
                output.push(sample);
                continue;
            }
            let wanted = self.source.rms_at(at as f64 * self.source_step);
            let position = at as f64 / self.converted.hop as f64;
            let found = self.converted.rms_at(position).max(RMS_FLOOR);
            let gain = wanted.powf(self.amount) * found.powf(-self.amount);
            output.push((f64::from(sample) * gain) as f32);
        }
        self.held.drain(..count);
        self.given += count as u64;
        self.source
            .forget_before(self.given as f64 * self.source_step);
        let position = self.given as f64 / self.converted.hop as f64;
        self.converted.forget_before(position);
    }
}

/// The energies of half seconds, of which two make a window: window `i` is centred on the beginning of half second `i`.
#[derive(Clone, Debug)]
struct HalfSeconds {
    hop: usize,
    /// Energies from half second `base` on; the last one is still growing.
    energies: Vec<f64>,
    base: u64,
    filled: usize,
}

impl HalfSeconds {
    fn new(rate: SampleRate) -> HalfSeconds {
        HalfSeconds {
            hop: (rate.hz() as usize / 2).max(1),
            energies: vec![0.0],
            base: 0,
            filled: 0,
        }
    }

    fn push(&mut self, samples: &[f32]) {
        for &sample in samples {
            if self.filled == self.hop {
                self.energies.push(0.0);
                self.filled = 0;
            }
            if let Some(growing) = self.energies.last_mut() {
                *growing += energy(sample);
            }
            self.filled += 1;
        }
    }

    /// The last window that no further sample changes; 0 if there is none.
    fn last_whole(&self) -> u64 {
        let growing = self.base + self.energies.len() as u64 - 1;
        match self.filled == self.hop {
            true => growing,
            false => growing.saturating_sub(1),
        }
    }

    /// The last window that has begun: the one centred on or before the last sample's end.
    fn last(&self) -> u64 {
        let growing = self.base + self.energies.len() as u64 - 1;
        growing + u64::from(self.filled == self.hop)
    }

    fn rms(&self, window: u64) -> f64 {
        let energy = |half: Option<u64>| {
            let at = half.and_then(|half| half.checked_sub(self.base));
            at.and_then(|at| self.energies.get(at as usize))
                .copied()
                .unwrap_or(0.0)
        };
        let sum = energy(window.checked_sub(1)) + energy(Some(window));
        (sum / (2 * self.hop) as f64).sqrt()
    }

    /// The RMS at a position in windows, on the straight line between two; behind the last one that one's.
    fn rms_at(&self, position: f64) -> f64 {
        let left = (position as u64).min(self.last());
        let right = (left + 1).min(self.last());
        let share = (position - left as f64).clamp(0.0, 1.0);
        self.rms(left) * (1.0 - share) + self.rms(right) * share
    }

    /// Forgets what no position from here on needs.
    fn forget_before(&mut self, position: f64) {
        let needed = (position as u64).saturating_sub(1);
        let count = needed.saturating_sub(self.base) as usize;
        let count = count.min(self.energies.len() - 1);
        self.energies.drain(..count);
        self.base += count as u64;
    }

    fn reset(&mut self) {
        self.energies = vec![0.0];
        self.base = 0;
        self.filled = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: SampleRate = SampleRate::of(16_000);
    const RATE: SampleRate = SampleRate::of(22_050);

    /// Noise whose level changes every 0.3 s.
    fn noise(seed: u32, seconds: f64, rate: SampleRate) -> Vec<f32> {
        let mut state = seed;
        let count = (seconds * f64::from(rate.hz())) as usize;
        let level = rate.hz() as usize * 3 / 10;
        (0..count)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let value = (f64::from(state >> 8) / f64::from(1u32 << 23) - 1.0) as f32;
                value * ((n / level * seed as usize) % 5) as f32 * 0.125
            })
            .collect()
    }

    /// The formula of the documentation, over everything at once.
    fn expected(source: &[f32], converted: &[f32], amount: f64) -> Vec<f32> {
        let rms = |signal: &[f32], rate: SampleRate| -> Vec<f64> {
            let hop = rate.hz() as usize / 2;
            let window = |k: usize| {
                let range = (k * hop).saturating_sub(hop)..(k * hop + hop).min(signal.len());
                let sum: f64 = signal[range].iter().map(|x| f64::from(*x).powi(2)).sum();
                (sum / (2 * hop) as f64).sqrt()
            };
            (0..=signal.len() / hop).map(window).collect()
        };
        let at = |rms: &[f64], position: f64| {
            let last = rms.len() - 1;
            let left = (position as usize).min(last);
            let share = (position - left as f64).min(1.0);
            rms[left] * (1.0 - share) + rms[(left + 1).min(last)] * share
        };
        let (wanted, found) = (rms(source, SOURCE), rms(converted, RATE));
        let samples = converted.iter().enumerate();
        samples
            .map(|(n, sample)| {
                let seconds = n as f64 / f64::from(RATE.hz());
                let ratio = at(&wanted, seconds * 2.0) / at(&found, seconds * 2.0).max(1e-6);
                (f64::from(*sample) * ratio.powf(amount)) as f32
            })
            .collect()
    }

    #[test]
    fn it_computes_its_formula_however_it_is_fed() {
        for seconds in [0.2, 3.0, 9.37] {
            let (source, converted) = (noise(7, seconds, SOURCE), noise(3, seconds, RATE));
            let expected = expected(&source, &converted, 0.75);
            for (ahead, block) in [(SOURCE.hz() as usize, 1_000), (source.len(), 40_000)] {
                let mut follower = LoudnessFollower::new(0.75, SOURCE, RATE);
                let (mut output, mut heard, mut longest) = (Vec::new(), 0, 0);
                for (number, part) in converted.chunks(block).enumerate() {
                    let due = (number + 1) * block * SOURCE.hz() as usize / RATE.hz() as usize;
                    let due = (due + ahead).min(source.len());
                    follower.push_source(&source[heard..due.max(heard)]);
                    heard = due.max(heard);
                    follower.push_converted(part);
                    follower.take(&mut output);
                    longest = longest.max(follower.held.len());
                    assert!(follower.source.energies.len() < 6 + 2 * ahead / 16_000);
                }
                follower.push_source(&source[heard..]);
                follower.finish(&mut output);
                assert_eq!(output.len(), converted.len());
                assert!(longest <= 2 * RATE.hz() as usize, "{longest}");
                for (at, (found, expected)) in output.iter().zip(&expected).enumerate() {
                    // f32's rounding of levels up to 1; a window off by one is 1e-2.
                    assert!(
                        (found - expected).abs() < 1e-6,
                        "{found} {expected} at {at}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_amount_of_zero_is_bit_exact_and_a_silent_source_silences() {
        let converted = noise(3, 4.0, RATE);
        let follow = |amount: f32| {
            let mut follower = LoudnessFollower::new(amount, SOURCE, RATE);
            follower.push_source(&[0.0; 64_000]);
            let mut output = Vec::new();
            for part in converted.chunks(999) {
                follower.push_converted(part);
                follower.take(&mut output);
            }
            follower.finish(&mut output);
            output
        };
        assert_eq!(follow(0.0), converted);
        assert_eq!(follow(f32::NAN), converted);
        assert!(follow(0.5).iter().all(|&x| x == 0.0));
    }

    #[test]
    fn what_is_nearly_silent_is_not_lifted_beyond_the_floor() {
        let source = noise(7, 4.0, SOURCE);
        let converted: Vec<f32> = noise(3, 4.0, RATE).iter().map(|x| x * 1e-7).collect();
        let mut follower = LoudnessFollower::new(1.0, SOURCE, RATE);
        follower.push_source(&source);
        follower.push_converted(&converted);
        let mut output = Vec::new();
        follower.finish(&mut output);
        for (found, expected) in output.iter().zip(expected(&source, &converted, 1.0)) {
            assert!((found - expected).abs() <= 1e-6 * expected.abs());
        }
        // Some -150 dB, against the floor of -120 dB, whatever the source's level is.
        let loudest = output.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        assert!((1e-4..0.05).contains(&loudest), "{loudest}");
    }
}
