//! Seeded triangular dither for 16-bit output.

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Rounds samples to 16 bits after adding triangular noise of ±1 step, so that quiet sounds end in noise and
/// not in distortion (S. P. Lipshitz, R. A. Wannamaker, J. Vanderkooy, "Quantization and Dither", JAES 40(5),
/// 1992). Exact zeros stay zero, so that silence stays silent.
pub struct Dither {
    noise: ChaCha8Rng,
}

impl Dither {
    /// The same seed gives the same noise.
    pub fn new(seed: u64) -> Dither {
        Dither {
            noise: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// The 16-bit value of a sample, before it is clipped to the range of an `i16`.
    pub fn quantise(&mut self, sample: f32) -> f32 {
        let noise = self.noise.random::<f32>() - self.noise.random::<f32>();
        if sample == 0.0 {
            0.0
        } else {
            (sample * 32_768.0 + noise).round()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_between_two_steps_survives_as_their_mean() {
        let mut dither = Dither::new(1);
        let level = 10.3 / 32_768.0;
        let values: Vec<f32> = (0..100_000).map(|_| dither.quantise(level)).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        // Plain rounding would give 10.0; the standard error of the mean is 0.0016.
        assert!((mean - 10.3).abs() < 0.01, "mean {mean}");
        assert!(values.iter().all(|value| (9.0..=12.0).contains(value)));
    }

    #[test]
    fn silence_stays_silent_and_the_seed_decides() {
        let mut dither = Dither::new(1);
        assert!((0..1000).all(|_| dither.quantise(0.0) == 0.0));
        let noise = |seed| {
            let mut dither = Dither::new(seed);
            (0..100).map(|_| dither.quantise(0.001)).collect::<Vec<_>>()
        };
        assert_eq!(noise(3), noise(3));
        assert_ne!(noise(3), noise(4));
    }
}
