//! Fades from one signal to another at constant power, whatever their correlation.

use crate::Samples;

/// A crossfade of fixed length.
///
/// The weights start as a raised cosine, `a + b = 1`, and are divided by `sqrt(a² + b² + 2·r·a·b)`, where `r` is
/// the correlation of the two signals: that keeps the expected power constant. `r = 1` gives the equal-gain fade that
/// equal signals need (nothing is audible), `r = 0` an equal-power fade, and what lies between gets what lies between,
/// with no switch.
#[derive(Clone, Debug)]
pub struct Crossfade {
    rise: Vec<f32>,
}

impl Crossfade {
    /// A fade over `length` samples.
    pub fn new(length: Samples) -> Crossfade {
        let count = length.0;
        // Half-sample offset: the fade is symmetrical, and no sample of it is wasted on a weight of exactly 0 or 1.
        let rise = (0..count).map(|n| {
            let phase = (n as f64 + 0.5) / count as f64 * std::f64::consts::FRAC_PI_2;
            phase.sin().powi(2) as f32
        });
        Crossfade {
            rise: rise.collect(),
        }
    }

    /// The length of the fade.
    pub fn len(&self) -> Samples {
        Samples(self.rise.len())
    }

    /// Whether the fade has no length.
    pub fn is_empty(&self) -> bool {
        self.rise.is_empty()
    }

    /// Fades from `from` into `to`, in place in `to`, over the first `len()` samples of both.
    ///
    /// `correlation` is clamped to 0..=1: opposite signals cancel in any fade, and boosting what is left of them would
    /// only add noise.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn join(&self, from: &[f32], to: &mut [f32], correlation: f32) {
        let correlation = if correlation.is_nan() {
            0.0
        } else {
            correlation.clamp(0.0, 1.0)
        };
        for ((&from, to), &b) in from.iter().zip(to).zip(&self.rise) {
            let a = 1.0 - b;
            let power = a * a + b * b + 2.0 * correlation * a * b;
            *to = (a * from + b * *to) / power.sqrt();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_signals_pass_unchanged() {
        let fade = Crossfade::new(Samples(240));
        let from: Vec<f32> = (0..240).map(|n| (n as f32 * 0.05).sin()).collect();
        let mut to = from.clone();
        fade.join(&from, &mut to, 1.0);
        // Rounding of a + b = 1 only; a 0.1 dB dip would be 1e-2.
        assert!(from.iter().zip(&to).all(|(a, b)| (a - b).abs() < 3e-7));
    }

    #[test]
    fn power_is_constant_at_every_correlation() {
        let fade = Crossfade::new(Samples(100));
        for correlation in [0.0f32, 0.4, 0.9] {
            // The gains, read off one side at a time.
            let (mut only_from, mut only_to) = (vec![0.0; 100], vec![1.0; 100]);
            fade.join(&[1.0; 100], &mut only_from, correlation);
            fade.join(&[0.0; 100], &mut only_to, correlation);
            for (a, b) in only_from.iter().zip(&only_to) {
                let power = a * a + b * b + 2.0 * correlation * a * b;
                assert!(
                    (power - 1.0).abs() < 1e-5,
                    "power {power} at correlation {correlation}"
                );
            }
            assert!(only_from[0] > 0.999 && only_to[99] > 0.999);
        }
    }

    #[test]
    fn a_correlation_that_is_not_a_number_is_none() {
        let fade = Crossfade::new(Samples(4));
        let (mut a, mut b) = ([0.5; 4], [0.5; 4]);
        fade.join(&[1.0; 4], &mut a, f32::NAN);
        fade.join(&[1.0; 4], &mut b, 0.0);
        assert_eq!(a, b);
        assert_eq!(fade.len(), Samples(4));
        assert!(!fade.is_empty());
    }
}
