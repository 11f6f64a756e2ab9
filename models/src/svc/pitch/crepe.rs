//! Cuts frames for CREPE, and makes F0 of what it says of them.

use super::salience::{BINS, Peak, bins_between};
use super::{PITCH_HOP, PitchModel};
use crate::model::Tensor;

/// Samples of a frame.
const WINDOW: usize = 1024;

/// Frames of one run, 2.56 s: bounds the memory. Frames are heard one by one, so it changes nothing else.
const BATCH: usize = 256;

/// The range of F0 in Hz that is looked for: the range that RVC maps to its coarse bins.
const RANGE_HZ: (f64, f64) = (50.0, 1100.0);

/// Frames of 1024 samples around each hop as tensors `[n, 1024]`, silence beyond the ends.
///
/// They are as loud as the speech: the graphs of this dialect standardise inside.
pub(super) fn batches(speech: &[f32]) -> impl Iterator<Item = Tensor> {
    let frames = PitchModel::frames(speech.len());
    let mut padded = vec![0.0; WINDOW / 2];
    padded.extend_from_slice(speech);
    padded.resize(speech.len() + WINDOW, 0.0);
    (0..frames).step_by(BATCH).map(move |first| {
        let count = BATCH.min(frames - first);
        let samples = (first..first + count).flat_map(|frame| {
            let start = frame * PITCH_HOP;
            padded[start..start + WINDOW].iter().copied()
        });
        Tensor::f32(&[count, WINDOW], samples.collect())
    })
}

/// What CREPE has said of the frames so far.
pub(super) struct Voices {
    bins: std::ops::Range<usize>,
    hz: Vec<f32>,
    periodicity: Vec<f32>,
}

impl Voices {
    /// Nothing heard, and space for so many frames.
    pub(super) fn with_capacity(frames: usize) -> Voices {
        Voices {
            bins: bins_between(RANGE_HZ.0, RANGE_HZ.1),
            hz: Vec::with_capacity(frames),
            periodicity: Vec::with_capacity(frames),
        }
    }

    /// Takes the salience of the next frames.
    pub(super) fn hear(&mut self, salience: &[f32]) {
        for frame in salience.chunks_exact(BINS) {
            let peak = Peak::of(frame, self.bins.clone());
            self.hz.push(peak.hz);
            self.periodicity.push(peak.height);
        }
    }

    /// F0 in Hz: medians of three frames, 0 where the median periodicity is below `gate`.
    pub(super) fn f0(&self, gate: f32) -> Vec<f32> {
        let (hz, periodicity) = (median3(&self.hz), median3(&self.periodicity));
        let pairs = hz.iter().zip(periodicity);
        pairs
            .map(|(&hz, periodicity)| {
                if periodicity < gate || hz.is_nan() {
                    0.0
                } else {
                    hz
                }
            })
            .collect()
    }
}

/// The median of each value and its two neighbours. At the ends, and where a value is not a number, of those that there
/// are: the mean of two.
fn median3(values: &[f32]) -> Vec<f32> {
    (0..values.len())
        .map(|at| {
            let near = &values[at.saturating_sub(1)..(at + 2).min(values.len())];
            let mut found: Vec<f32> = near.iter().copied().filter(|x| !x.is_nan()).collect();
            found.sort_by(f32::total_cmp);
            match found[..] {
                [] => f32::NAN,
                [one] => one,
                [low, high] => f32::midpoint(low, high),
                [_, middle, ..] => middle,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_take_what_there_is() {
        assert_eq!(
            median3(&[1.0, 9.0, 2.0, 3.0, 7.0]),
            [5.0, 2.0, 3.0, 3.0, 5.0]
        );
        let gap = median3(&[4.0, f32::NAN, f32::NAN, f32::NAN, 6.0]);
        assert_eq!(gap[..2], [4.0, 4.0]);
        assert!(gap[2].is_nan());
        assert_eq!(gap[3..], [6.0, 6.0]);
    }

    #[test]
    fn batches_join_to_the_frames_of_one_run() {
        let speech: Vec<f32> = (1..=100_000).map(|n| n as f32).collect();
        let frames: Vec<f32> = batches(&speech)
            .flat_map(|batch| {
                assert!(batch.shape()[0] <= BATCH && batch.shape()[1] == WINDOW);
                batch.as_f32().unwrap().to_vec()
            })
            .collect();
        assert_eq!(frames.len(), 626 * WINDOW);
        for frame in [0, 1, 255, 256, 257, 511, 512, 624] {
            // The sample on which a frame is centred, counted from 1.
            assert_eq!(
                frames[frame * WINDOW + 512],
                (frame * PITCH_HOP + 1) as f32,
                "{frame}"
            );
        }
        assert_eq!(frames[..512], [0.0; 512]);
        assert_eq!(frames[625 * WINDOW + 512..], [0.0; 512]);
    }
}
