//! Finds the F0 in a salience over 360 bins of 20 cents, as RMVPE and CREPE give it.

use std::ops::Range;

/// Bins of a frame.
pub(super) const BINS: usize = 360;

/// Bin 0 in cents above 10 Hz (32.7 Hz, C1), and the width of a bin: CREPE's scale, which RMVPE took over.
const FIRST_CENTS: f64 = 1_997.379_408_437_619;
const CENTS_PER_BIN: f64 = 20.0;

/// Bins to either side of the greatest one whose mean is the F0: 80 cents, about the width of a peak.
const REACH: usize = 4;

/// What one frame says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peak {
    /// In Hz; not a number where all bins near the greatest are 0.
    pub(super) hz: f32,
    /// The salience of the greatest bin.
    pub(super) height: f32,
}

impl Peak {
    /// The first greatest bin among `bins`, and the mean of the bins around it (those among `bins` alone), weighted
    /// by their salience.
    pub(super) fn of(frame: &[f32], bins: Range<usize>) -> Peak {
        let mut at = bins.start;
        for bin in bins.clone() {
            if frame[bin] > frame[at] {
                at = bin;
            }
        }
        let near = at.saturating_sub(REACH).max(bins.start)..(at + REACH + 1).min(bins.end);
        let (mut sum, mut weights) = (0.0, 0.0);
        for bin in near {
            let weight = f64::from(frame[bin].max(0.0));
            sum += weight * (FIRST_CENTS + CENTS_PER_BIN * bin as f64);
            weights += weight;
        }
        Peak {
            hz: (10.0 * (sum / weights / 1200.0).exp2()) as f32,
            height: frame[at],
        }
    }
}

/// F0 in Hz of the first `frames` frames of RMVPE's salience, 0 where no bin is above `threshold`.
pub(super) fn rmvpe(salience: &[f32], threshold: f32, frames: usize) -> Vec<f32> {
    let peaks = salience.chunks_exact(BINS).take(frames);
    peaks
        .map(|frame| Peak::of(frame, 0..BINS))
        .map(|peak| {
            if peak.height > threshold {
                peak.hz
            } else {
                0.0
            }
        })
        .collect()
}

/// The bins of F0 from `low` to below `high` Hz, the lower edge rounded down and the upper one up.
pub(super) fn bins_between(low: f64, high: f64) -> Range<usize> {
    let bin = |hz: f64| (1200.0 * (hz / 10.0).log2() - FIRST_CENTS) / CENTS_PER_BIN;
    bin(low).floor().max(0.0) as usize..(bin(high).ceil() as usize).min(BINS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One bin is 1.2 % of a frequency; rounding to f32 is 6e-8.
    const TOLERANCE: f32 = 1e-6;

    fn single(bin: usize) -> Vec<f32> {
        let mut frame = vec![0.0; BINS];
        frame[bin] = 0.5;
        frame
    }

    #[test]
    fn a_single_bin_is_its_own_frequency_also_at_the_edges() {
        for (bin, hz) in [(0, 31.7), (120, 126.8), (359, 2_005.5)] {
            let peak = Peak::of(&single(bin), 0..BINS);
            let expected = 10.0 * ((1_997.379_4 + 20.0 * bin as f64) / 1200.0).exp2();
            assert!((peak.hz / expected as f32 - 1.0).abs() < TOLERANCE);
            assert!((peak.hz / hz - 1.0).abs() < 1e-3, "{}", peak.hz);
            assert_eq!(peak.height, 0.5);
        }
    }

    #[test]
    fn four_bins_to_either_side_count_and_the_fifth_does_not() {
        let alone = Peak::of(&single(100), 0..BINS).hz;
        for (other, counts) in [(96, true), (104, true), (95, false), (105, false)] {
            let mut frame = single(100);
            frame[other] = 0.25;
            let hz = Peak::of(&frame, 0..BINS).hz;
            assert_eq!((hz / alone - 1.0).abs() > 1e-3, counts, "{other}");
        }
    }

    #[test]
    fn silence_is_unvoiced_and_the_threshold_itself_too() {
        assert_eq!(rmvpe(&vec![0.0; BINS], 0.0, 1), [0.0]);
        assert_eq!(rmvpe(&single(50), 0.5, 1), [0.0]);
        assert!(rmvpe(&single(50), 0.499, 1)[0] > 0.0);
    }

    #[test]
    fn the_range_of_speech_is_the_programs() {
        assert_eq!(bins_between(50.0, 1100.0), 39..308);
        assert_eq!(bins_between(1.0, 20_000.0), 0..BINS);
    }
}
