//! A spectral envelope as a few values at mel-spaced frequencies, and the way between them and FFT bins.

/// Frequency in Hz to mel, `2595 log10(1 + f / 700)` (the HTK formula).
fn hz_to_mel(hz: f32) -> f32 {
    2595.0 * (1.0 + hz / 700.0).log10()
}

/// Mel to frequency in Hz, the inverse of [`hz_to_mel`].
fn mel_to_hz(mel: f32) -> f32 {
    700.0 * (10f32.powf(mel / 2595.0) - 1.0)
}

/// Frequencies that are equally spaced on the mel scale from 0 Hz to a top frequency, both included.
#[derive(Clone, Debug)]
pub struct KnotScale {
    hz: Vec<f32>,
    width_hz: Vec<f32>,
    mel_step: f32,
}

impl KnotScale {
    /// `count` knots from 0 to `top_hz`.
    ///
    /// # Panics
    /// If there are fewer than two knots or `top_hz` is not positive: both are constants of a voice, checked
    /// when it is loaded.
    pub fn new(count: usize, top_hz: f32) -> KnotScale {
        assert!(
            count >= 2 && top_hz > 0.0,
            "{count} knots up to {top_hz} Hz"
        );
        let mel_step = hz_to_mel(top_hz) / (count - 1) as f32;
        let hz: Vec<f32> = (0..count).map(|k| mel_to_hz(k as f32 * mel_step)).collect();
        let width_hz = (0..count)
            .map(|k| (hz[(k + 1).min(count - 1)] - hz[k.saturating_sub(1)]) / 2.0)
            .collect();
        KnotScale {
            hz,
            width_hz,
            mel_step,
        }
    }

    /// The number of knots.
    pub fn count(&self) -> usize {
        self.hz.len()
    }

    /// The frequency of each knot in Hz, rising.
    pub fn hz(&self) -> &[f32] {
        &self.hz
    }

    /// The band in Hz that each knot stands for: half the distance between its neighbours.
    pub fn width_hz(&self) -> &[f32] {
        &self.width_hz
    }

    /// Where `hz` lies on the scale, in knots, clamped to the scale.
    pub fn position(&self, hz: f32) -> f32 {
        (hz_to_mel(hz.max(0.0)) / self.mel_step).clamp(0.0, (self.count() - 1) as f32)
    }

    /// The first knot above `hz`, or the count.
    pub fn first_above(&self, hz: f32) -> usize {
        self.hz.partition_point(|&knot| knot <= hz)
    }
}

/// Linear interpolation of `values` at `position` (in steps), constant beyond the ends.
pub fn interpolate(values: &[f32], position: f32) -> f32 {
    let last = values.len() - 1;
    let position = position.clamp(0.0, last as f32);
    let index = (position as usize).min(last.saturating_sub(1));
    let fraction = position - index as f32;
    values[index] + (values[(index + 1).min(last)] - values[index]) * fraction
}

/// Averages FFT bins into knots: each knot is the mean of the bins between its two neighbours, weighted by a
/// triangle with its peak at the knot.
#[derive(Clone, Debug)]
pub struct BinsToKnots {
    first_bin: Vec<usize>,
    weights: Vec<Vec<f32>>,
}

impl BinsToKnots {
    /// For `fft / 2 + 1` bins at `rate_hz`. Knots above half the rate read the last bin.
    pub fn new(scale: &KnotScale, fft: usize, rate_hz: f32) -> BinsToKnots {
        let bin_hz = rate_hz / fft as f32;
        let last_bin = fft / 2;
        let (mut first_bin, mut weights) = (Vec::new(), Vec::new());
        for k in 0..scale.count() {
            let centre = scale.hz[k];
            let low = scale.hz[k.saturating_sub(1)];
            let high = scale.hz[(k + 1).min(scale.count() - 1)];
            let (first, triangle) = triangle(low, centre, high, bin_hz, last_bin);
            first_bin.push(first);
            weights.push(triangle);
        }
        BinsToKnots { first_bin, weights }
    }

    /// `knots[k]` becomes the weighted mean of its `bins`.
    ///
    /// # Real-time safety
    ///
    /// Does not allocate; panics only on lengths other than those given to `new`.
    pub fn apply(&self, bins: &[f32], knots: &mut [f32]) {
        for ((knot, &first), weights) in knots.iter_mut().zip(&self.first_bin).zip(&self.weights) {
            let bins = &bins[first..first + weights.len()];
            *knot = bins
                .iter()
                .zip(weights)
                .map(|(bin, weight)| bin * weight)
                .sum();
        }
    }
}

/// The first bin and the weights (sum 1) of a triangle over bins; the nearest bin alone where none lies inside.
fn triangle(low: f32, centre: f32, high: f32, bin_hz: f32, last_bin: usize) -> (usize, Vec<f32>) {
    let first = (low / bin_hz).ceil() as usize;
    let end = ((high / bin_hz).floor() as usize).min(last_bin);
    let weight = |bin: usize| {
        let hz = bin as f32 * bin_hz;
        let side = if hz <= centre {
            (hz - low) / (centre - low)
        } else {
            (high - hz) / (high - centre)
        };
        if side.is_finite() { side.max(0.0) } else { 1.0 }
    };
    let weights: Vec<f32> = (first..=end).map(weight).collect();
    let sum: f32 = weights.iter().sum();
    if first > end || sum < 1e-3 {
        return (
            ((centre / bin_hz).round() as usize).min(last_bin),
            vec![1.0],
        );
    }
    (
        first,
        weights.into_iter().map(|weight| weight / sum).collect(),
    )
}

/// Spreads knots over FFT bins by linear interpolation on the mel scale.
#[derive(Clone, Debug)]
pub struct KnotsToBins {
    positions: Vec<f32>,
}

impl KnotsToBins {
    /// For `fft / 2 + 1` bins at `rate_hz`.
    pub fn new(scale: &KnotScale, fft: usize, rate_hz: f32) -> KnotsToBins {
        let bin_hz = rate_hz / fft as f32;
        KnotsToBins {
            positions: (0..=fft / 2)
                .map(|bin| scale.position(bin as f32 * bin_hz))
                .collect(),
        }
    }

    /// Fills `bins` from `knots`.
    ///
    /// # Real-time safety
    ///
    /// Does not allocate; panics only on lengths other than those given to `new`.
    pub fn apply(&self, knots: &[f32], bins: &mut [f32]) {
        for (bin, &position) in bins.iter_mut().zip(&self.positions) {
            *bin = interpolate(knots, position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knots_span_the_range_and_their_bands_tile_it() {
        let scale = KnotScale::new(80, 16_000.0);
        assert_eq!(scale.hz()[0], 0.0);
        assert!((scale.hz()[79] - 16_000.0).abs() < 0.5);
        // The bands touch, so that sums over knots are integrals over frequency.
        assert!((scale.width_hz().iter().sum::<f32>() - 16_000.0).abs() < 1.0);
        for (k, &hz) in scale.hz().iter().enumerate() {
            assert!((scale.position(hz) - k as f32).abs() < 1e-3);
        }
    }

    #[test]
    fn a_flat_and_a_sloped_spectrum_survive_the_way_there_and_back() {
        let scale = KnotScale::new(80, 16_000.0);
        let down = BinsToKnots::new(&scale, 1024, 32_000.0);
        let up = KnotsToBins::new(&scale, 1024, 32_000.0);
        let mut knots = vec![0.0; 80];
        let mut bins = vec![0.0; 513];
        down.apply(&[2.5; 513], &mut knots);
        up.apply(&knots, &mut bins);
        // 1e-5: rounding of a weighted mean; a wrong normalisation shows as at least a whole bin's weight.
        assert!(bins.iter().all(|bin| (bin - 2.5).abs() < 1e-5));
        let slope: Vec<f32> = (0..513).map(|bin| bin as f32 / 512.0).collect();
        down.apply(&slope, &mut knots);
        up.apply(&knots, &mut bins);
        // One bin is 0.002; a knot off by one is at least 0.005 in the middle of the range.
        for bin in 20..490 {
            assert!(
                (bins[bin] - slope[bin]).abs() < 0.003,
                "bin {bin}: {}",
                bins[bin]
            );
        }
    }

    #[test]
    fn interpolation_is_linear_and_constant_beyond_the_ends() {
        let values = [1.0, 3.0, 2.0];
        assert_eq!(interpolate(&values, -1.0), 1.0);
        assert_eq!(interpolate(&values, 0.5), 2.0);
        assert_eq!(interpolate(&values, 1.5), 2.5);
        assert_eq!(interpolate(&values, 9.0), 2.0);
    }
}
