//! Makes window and fade curves: Hann in its forms, equal-gain and equal-power fades.

use std::f64::consts::{FRAC_PI_2, TAU};

/// Periodic Hann window of `len` samples: `0.5 - 0.5 cos(2 pi n / len)`.
///
/// The form for spectral analysis (scipy and librosa call it `fftbins=True`): shifted by half its length it
/// adds up to 1.
pub fn hann_periodic(len: usize) -> Vec<f32> {
    hann(len, len as f64)
}

/// Symmetric Hann window of `len` samples, `0.5 - 0.5 cos(2 pi n / (len - 1))`: both ends are 0, for filter
/// design. One sample is `[1.0]`.
pub fn hann_symmetric(len: usize) -> Vec<f32> {
    if len == 1 {
        vec![1.0]
    } else {
        hann(len, len as f64 - 1.0)
    }
}

/// Square root of [`hann_periodic`]: applied before and after a transform, shifts by half its length add up
/// to 1.
pub fn sqrt_hann(len: usize) -> Vec<f32> {
    (0..len)
        .map(|n| (n as f64 * TAU / 2.0 / len as f64).sin() as f32)
        .collect()
}

/// Fade-in of `len` samples for equal signals: it and its reverse add up to 1 (raised cosine).
///
/// Taken half a sample in, so that fade and reverse are symmetrical and no weight is exactly 0 or 1.
pub fn equal_gain_fade(len: usize) -> Vec<f32> {
    fade(len, |phase| phase.sin().powi(2))
}

/// Fade-in of `len` samples for unrelated signals: the squares of it and its reverse add up to 1 (sine).
///
/// Taken half a sample in, as [`equal_gain_fade`].
pub fn equal_power_fade(len: usize) -> Vec<f32> {
    fade(len, f64::sin)
}

fn hann(len: usize, period: f64) -> Vec<f32> {
    (0..len)
        .map(|n| (0.5 - 0.5 * (n as f64 * TAU / period).cos()) as f32)
        .collect()
}

fn fade(len: usize, curve: impl Fn(f64) -> f64) -> Vec<f32> {
    (0..len)
        .map(|n| curve((n as f64 + 0.5) / len as f64 * FRAC_PI_2) as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding to `f32` costs 6e-8; one sample of shift in 64 moves the sums by 1e-2.
    const TOLERANCE: f32 = 3e-7;

    #[test]
    fn periodic_hann_adds_up_to_one_at_half_overlap() {
        for len in [2, 64, 400] {
            let window = hann_periodic(len);
            for n in 0..len / 2 {
                assert!((window[n] + window[n + len / 2] - 1.0).abs() < TOLERANCE);
            }
            assert_eq!(window[0], 0.0);
        }
    }

    #[test]
    fn symmetric_hann_is_its_own_reverse() {
        for len in [1, 2, 63, 64] {
            let window = hann_symmetric(len);
            for n in 0..len {
                assert!((window[n] - window[len - 1 - n]).abs() < TOLERANCE);
            }
        }
        assert_eq!(hann_symmetric(1), [1.0]);
        assert!((hann_symmetric(5)[1] - 0.5).abs() < TOLERANCE);
        assert!(hann_symmetric(0).is_empty());
    }

    #[test]
    fn sqrt_hann_squares_to_hann() {
        for (root, whole) in sqrt_hann(400).iter().zip(hann_periodic(400)) {
            assert!((root * root - whole).abs() < TOLERANCE);
        }
    }

    #[test]
    fn fades_keep_gain_or_power() {
        for len in [1, 2, 31, 480] {
            let (gain, power) = (equal_gain_fade(len), equal_power_fade(len));
            for n in 0..len {
                assert!((gain[n] + gain[len - 1 - n] - 1.0).abs() < TOLERANCE);
                let energy = power[n].powi(2) + power[len - 1 - n].powi(2);
                assert!((energy - 1.0).abs() < TOLERANCE);
                assert!(n == 0 || (gain[n] > gain[n - 1] && power[n] > power[n - 1]));
            }
        }
    }
}
