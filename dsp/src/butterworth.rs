//! Designs Butterworth high-pass filters as second-order sections.

use std::f64::consts::PI;

use crate::{Biquad, ConfigError, SampleRate};

/// The steepest that is designed: 72 dB per octave.
const MAX_ORDER: usize = 12;

/// The sections of a Butterworth high-pass: -3 dB at `cutoff_hz`, 0 dB at half the rate, `6 * order` dB per octave below.
///
/// The analogue prototype's poles lie evenly on the unit circle's left half; they are inverted (high-pass), scaled to the
/// prewarped corner, and taken to the unit circle by the bilinear transform, all zeros to `z = 1`. Each section has unit
/// gain at half the rate; the one of first order comes first.
///
/// Reference: A. V. Oppenheim, R. W. Schafer, *Discrete-Time Signal Processing*, 3rd edition, 7.2 and appendix B; the
/// same filter as `scipy.signal.butter(order, cutoff_hz, "high", fs=rate)`.
///
/// # Errors
/// If `order` is not 1 to 12, or `cutoff_hz` not between 0 and half the rate.
pub fn high_pass(
    order: usize,
    cutoff_hz: f64,
    rate: SampleRate,
) -> Result<Vec<Biquad>, ConfigError> {
    let holds = (1..=MAX_ORDER).contains(&order);
    ConfigError::check(holds, "order", "1 to 12", order as f64)?;
    let nyquist = f64::from(rate.hz()) / 2.0;
    let holds = cutoff_hz > 0.0 && cutoff_hz < nyquist;
    let expected = "above 0 Hz and below half the rate";
    ConfigError::check(holds, "cutoff_hz", expected, cutoff_hz)?;

    let corner = prewarped(cutoff_hz, rate);
    let mut sections = Vec::with_capacity(order.div_ceil(2));
    if !order.is_multiple_of(2) {
        // The prototype's pole at -1 becomes one at -corner.
        let pole = (1.0 - corner) / (1.0 + corner);
        let gain = (1.0 + pole) / 2.0;
        sections.push(Biquad::new([gain, -gain, 0.0], [-pole, 0.0]));
    }
    for pair in (0..order / 2).rev() {
        let (numerator, denominator) = pole_pair(order, pair, corner);
        sections.push(Biquad::new(numerator, denominator));
    }
    Ok(sections)
}

/// Half the analogue corner on the scale where the bilinear transform is (1 + s) / (1 - s).
pub(crate) fn prewarped(cutoff_hz: f64, rate: SampleRate) -> f64 {
    let nyquist = f64::from(rate.hz()) / 2.0;
    (PI / 2.0 * cutoff_hz / nyquist).tan()
}

/// Numerator and denominator of the section of one pair of poles, `pair` of `order / 2`, counted from the least damped.
pub(crate) fn pole_pair(order: usize, pair: usize, corner: f64) -> ([f64; 3], [f64; 2]) {
    // From the imaginary axis: half a step in, then by whole steps.
    let angle = PI * (2 * pair + 1) as f64 / (2 * order) as f64;
    // s^2 + 2 damping corner s + corner^2
    let (damping, square) = (angle.sin() * corner, corner * corner);
    let scale = 1.0 + 2.0 * damping + square;
    let a1 = 2.0 * (square - 1.0) / scale;
    let a2 = (1.0 - 2.0 * damping + square) / scale;
    let gain = (1.0 - a1 + a2) / 4.0;
    ([gain, -2.0 * gain, gain], [a1, a2])
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::of(16_000);

    /// The magnitude of the cascade at a frequency.
    fn gain(sections: &[Biquad], hz: f64) -> f64 {
        let omega = 2.0 * PI * hz / f64::from(RATE.hz());
        let magnitude = |constant: f64, one: f64, two: f64| {
            let re = constant + one * omega.cos() + two * (2.0 * omega).cos();
            re.hypot(one * omega.sin() + two * (2.0 * omega).sin())
        };
        let section = |s: &Biquad| {
            let ([b0, b1, b2], [a1, a2]) = (s.numerator, s.denominator);
            magnitude(b0, b1, b2) / magnitude(1.0, a1, a2)
        };
        sections.iter().map(section).product()
    }

    #[test]
    fn the_corner_is_at_half_power_and_the_slope_is_the_orders() {
        for order in 1..=MAX_ORDER {
            let sections = high_pass(order, 48.0, RATE).unwrap();
            assert_eq!(sections.len(), order.div_ceil(2));
            assert!((gain(&sections, 48.0) - 0.5f64.sqrt()).abs() < 1e-9);
            assert!((gain(&sections, 8_000.0) - 1.0).abs() < 1e-12);
            // Butterworth's magnitude in closed form, an octave below; warping moves it by 1e-4 of itself.
            let expected = 1.0 / (1.0 + 4f64.powi(order as i32)).sqrt();
            let found = gain(&sections, 24.0);
            assert!((found / expected - 1.0).abs() < 1e-3, "{found} {expected}");
            assert!(sections.iter().all(|section| section.pole_radius() < 1.0));
        }
    }

    #[test]
    fn what_cannot_be_built_is_refused() {
        for (order, cutoff_hz) in [(0, 48.0), (13, 48.0), (5, 0.0), (5, 8_000.0), (5, f64::NAN)] {
            assert!(high_pass(order, cutoff_hz, RATE).is_err());
        }
    }
}
