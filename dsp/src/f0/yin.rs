//! Rates every period that one analysis window could have (YIN), and keeps the best few.

use crate::{ConfigError, SampleRate, Samples};

/// Candidates kept per frame. More than the plausible readings of one frame (a period, its double and triple, its
/// half, a formant) only costs time.
pub(crate) const CANDIDATES: usize = 6;

/// Added to a candidate's cost for each octave of period: of a period and its multiples, which fit a steady tone equally
/// well, the shortest must win also when noise favours another by chance. Larger reads tones with strong even harmonics
/// an octave too high.
const OCTAVE_COST: f32 = 0.025;

/// Minima above this are noise; above the cost of "unvoiced" (see the tracker) they could never win anyway.
const WORST_DIP: f32 = 0.7;

/// Width of the parallel sums in the difference function; lets the compiler use SIMD without reordering floats.
const LANES: usize = 16;

/// One period that the window may have.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Candidate {
    /// Fundamental frequency in Hz.
    pub hz: f32,
    /// The cumulative mean normalised difference: 0 for a perfect period, about 1 for none.
    pub aperiodicity: f32,
    /// `aperiodicity` plus the octave cost; lower is better.
    pub cost: f32,
}

/// The period analysis of YIN (de Cheveigné and Kawahara 2002, steps 2, 3 and 5), on a window that stays centred.
///
/// For each lag the two compared segments lie symmetrically around the window's centre, so that the result belongs to
/// the centre for short and long periods alike (in the textbook form it moves by half a lag), and a half-sine taper
/// favours the middle when the pitch glides. The difference is summed directly: that costs more than by Fourier
/// transform, loses no precision by cancellation, and is far within the budget at 16 kHz (see the crate's benchmarks).
///
/// Instead of the first dip below a threshold, several dips come out; the tracker chooses among them.
#[derive(Clone, Debug)]
pub(crate) struct Yin {
    rate: f32,
    shortest: usize,
    longest: usize,
    taper: Vec<f32>,
    difference: Vec<f32>,
    normalised: Vec<f32>,
}

impl Yin {
    /// An analysis of windows of `2 * half` samples for fundamentals from `floor_hz` to `ceiling_hz`.
    pub(crate) fn new(
        rate: SampleRate,
        floor_hz: f32,
        ceiling_hz: f32,
        half: Samples,
    ) -> Result<Yin, ConfigError> {
        let hz = rate.hz() as f32;
        // One lag beyond each end: a dip at the very edge still has two neighbours.
        let longest = (hz / floor_hz).ceil() as usize + 1;
        let shortest = ((hz / ceiling_hz).floor() as usize)
            .saturating_sub(1)
            .max(2);
        let taper = (2 * half.0).saturating_sub(longest) / LANES * LANES;
        ConfigError::check(
            taper >= hz as usize / floor_hz as usize && shortest + 2 < longest,
            "window_half",
            "at least one period of floor_hz, and floor_hz well below ceiling_hz, in samples",
            half.0 as f64,
        )?;
        let weight = |n: usize| (std::f32::consts::PI * (n as f32 + 0.5) / taper as f32).sin();
        Ok(Yin {
            rate: hz,
            shortest,
            longest,
            taper: (0..taper).map(weight).collect(),
            difference: vec![0.0; longest + 1],
            normalised: vec![0.0; longest + 1],
        })
    }

    /// The best candidates of `window`, cheapest first; returns how many there are. Finite samples are assumed.
    pub(crate) fn analyse(&mut self, window: &[f32], found: &mut [Candidate; CANDIDATES]) -> usize {
        self.fill_difference(window);
        self.normalise();
        let mut count = 0;
        for lag in self.shortest + 1..self.longest {
            let (before, here, after) = (
                self.normalised[lag - 1],
                self.normalised[lag],
                self.normalised[lag + 1],
            );
            if here < WORST_DIP && here <= before && here < after {
                count = insert(found, count, self.refine(lag));
            }
        }
        count
    }

    /// The squared difference of the two tapered segments that lie `lag` apart around the centre, for each lag.
    fn fill_difference(&mut self, window: &[f32]) {
        let (width, centre) = (self.taper.len(), window.len() / 2);
        for lag in 1..=self.longest {
            let first = centre - (width + lag).div_ceil(2);
            let (left, right) = (
                &window[first..first + width],
                &window[first + lag..first + lag + width],
            );
            self.difference[lag] = tapered_difference(left, right, &self.taper);
        }
    }

    /// Divides each difference by the mean of those at shorter lags.
    fn normalise(&mut self) {
        let mut sum = 0.0;
        self.normalised[0] = 1.0;
        for lag in 1..=self.longest {
            sum += self.difference[lag];
            self.normalised[lag] = if sum > 0.0 {
                self.difference[lag] * lag as f32 / sum
            } else {
                1.0
            };
        }
    }

    /// Places the dip between the samples by a parabola through the raw difference (YIN, step 5: the normalised one
    /// would be biased towards short periods).
    fn refine(&self, lag: usize) -> Candidate {
        let (before, here, after) = (
            self.difference[lag - 1],
            self.difference[lag],
            self.difference[lag + 1],
        );
        let curvature = before - 2.0 * here + after;
        let shift = if curvature > 0.0 {
            (0.5 * (before - after) / curvature).clamp(-1.0, 1.0)
        } else {
            0.0
        };
        let depth = (here - 0.25 * (before - after) * shift).max(0.0);
        let aperiodicity = if here > 0.0 {
            self.normalised[lag] * (depth / here).min(1.0)
        } else {
            0.0
        };
        let period = lag as f32 + shift;
        let octaves = (period / self.shortest as f32).log2();
        Candidate {
            hz: self.rate / period,
            aperiodicity,
            cost: aperiodicity + OCTAVE_COST * octaves,
        }
    }
}

/// Puts `new` into the sorted list, which drops its worst when full; returns the new count.
fn insert(found: &mut [Candidate; CANDIDATES], count: usize, new: Candidate) -> usize {
    let place = found[..count]
        .iter()
        .position(|old| new.cost < old.cost)
        .unwrap_or(count);
    if place == CANDIDATES {
        return count;
    }
    let count = (count + 1).min(CANDIDATES);
    found[place..count].rotate_right(1);
    found[place] = new;
    count
}

fn tapered_difference(left: &[f32], right: &[f32], taper: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let blocks = left.chunks_exact(LANES).zip(right.chunks_exact(LANES));
    for ((left, right), taper) in blocks.zip(taper.chunks_exact(LANES)) {
        for lane in 0..LANES {
            let difference = left[lane] - right[lane];
            sums[lane] += taper[lane] * difference * difference;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analyse(signal: impl Fn(f32) -> f32) -> (usize, [Candidate; CANDIDATES]) {
        let mut yin = Yin::new(SampleRate::of(16_000), 50.0, 1100.0, Samples(480)).unwrap();
        let window: Vec<f32> = (0..960)
            .map(|n| signal((n as f32 - 480.0) / 16_000.0))
            .collect();
        let mut found = [Candidate::default(); CANDIDATES];
        let count = yin.analyse(&window, &mut found);
        (count, found)
    }

    #[test]
    fn the_period_of_a_sine_is_the_cheapest_candidate() {
        for hz in [50.0f32, 73.1, 200.0, 441.0, 1099.0] {
            let (count, found) = analyse(|t| (std::f32::consts::TAU * hz * t + 0.3).sin());
            let cents = 1200.0 * (found[0].hz / hz).log2();
            assert!(
                count > 0 && cents.abs() < 3.0,
                "{hz} Hz read as {:?}",
                found[0]
            );
        }
    }

    #[test]
    fn a_strong_second_harmonic_does_not_halve_the_period() {
        let tau = std::f32::consts::TAU;
        let (_, found) = analyse(|t| 0.4 * (tau * 110.0 * t).sin() + (tau * 220.0 * t + 1.0).sin());
        assert!((found[0].hz - 110.0).abs() < 0.5, "{:?}", found[0]);
    }

    #[test]
    fn silence_has_no_period() {
        assert_eq!(analyse(|_| 0.0).0, 0);
    }

    #[test]
    fn the_list_stays_sorted_and_bounded() {
        let mut found = [Candidate::default(); CANDIDATES];
        let mut count = 0;
        for cost in [5.0, 1.0, 4.0, 9.0, 2.0, 8.0, 3.0, 0.5, 7.0] {
            count = insert(
                &mut found,
                count,
                Candidate {
                    cost,
                    ..Candidate::default()
                },
            );
        }
        assert_eq!(count, CANDIDATES);
        assert_eq!(found.map(|c| c.cost), [0.5, 1.0, 2.0, 3.0, 4.0, 5.0]);
    }
}
