//! Follows the level of a signal with separate attack and release times.

use crate::{ConfigError, SampleRate};

/// Below this the envelope becomes 0, so that no denormal number (slow on many CPUs) decays on for seconds: -400 dB.
const SILENCE: f32 = 1e-20;

/// Settings of an [`EnvelopeFollower`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnvelopeConfig {
    /// Time constant while the level rises, in ms: after it 63 % of a step are done. 0 is at once.
    pub attack_ms: f32,
    /// Time constant while the level falls, in ms.
    pub release_ms: f32,
}

/// A one-pole follower of the absolute value. Adds no latency.
#[derive(Clone, Debug)]
pub struct EnvelopeFollower {
    attack: f32,
    release: f32,
    level: f32,
}

/// The share of the old value that a one-pole smoother of this time constant keeps each sample.
pub(crate) fn smoothing(time_ms: f32, rate: SampleRate) -> f32 {
    let samples = f64::from(time_ms) * f64::from(rate.hz()) / 1000.0;
    if samples <= 0.0 {
        0.0
    } else {
        (-1.0 / samples).exp() as f32
    }
}

impl EnvelopeFollower {
    /// A follower for signals at `rate`, starting at 0.
    ///
    /// # Errors
    /// When a time is negative, above a minute, or not a number.
    pub fn new(config: &EnvelopeConfig, rate: SampleRate) -> Result<EnvelopeFollower, ConfigError> {
        ConfigError::check_ms("attack_ms", config.attack_ms)?;
        ConfigError::check_ms("release_ms", config.release_ms)?;
        Ok(EnvelopeFollower {
            attack: smoothing(config.attack_ms, rate),
            release: smoothing(config.release_ms, rate),
            level: 0.0,
        })
    }

    /// The level after `sample`, as an amplitude. A sample that is not finite counts as 0.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    #[inline]
    pub fn step(&mut self, sample: f32) -> f32 {
        let input = if sample.is_finite() {
            sample.abs()
        } else {
            0.0
        };
        let keep = if input > self.level {
            self.attack
        } else {
            self.release
        };
        self.level = input + keep * (self.level - input);
        if self.level < SILENCE {
            self.level = 0.0;
        }
        self.level
    }

    /// The level of the latest sample.
    pub fn level(&self) -> f32 {
        self.level
    }

    /// Starts at 0 again.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.level = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::of(48_000);

    fn follower(attack_ms: f32, release_ms: f32) -> EnvelopeFollower {
        EnvelopeFollower::new(
            &EnvelopeConfig {
                attack_ms,
                release_ms,
            },
            RATE,
        )
        .unwrap()
    }

    #[test]
    fn attack_and_release_are_time_constants() {
        let mut envelope = follower(5.0, 50.0);
        (0..240).for_each(|_| _ = envelope.step(1.0));
        // 1 - 1/e after 5 ms; one sample more or less would be 0.0015.
        assert!(
            (envelope.level() - 0.632_121).abs() < 5e-4,
            "{}",
            envelope.level()
        );
        (0..48_000).for_each(|_| _ = envelope.step(-1.0));
        (0..2400).for_each(|_| _ = envelope.step(0.0));
        assert!(
            (envelope.level() - 0.367_879).abs() < 5e-5,
            "{}",
            envelope.level()
        );
    }

    #[test]
    fn it_decays_to_zero_without_denormals() {
        let mut envelope = follower(0.0, 1.0);
        envelope.step(1.0);
        for _ in 0..10_000 {
            let level = envelope.step(0.0);
            assert!(level == 0.0 || level.is_normal());
        }
        assert_eq!(envelope.level(), 0.0);
    }

    #[test]
    fn bad_samples_do_not_poison_it() {
        let mut envelope = follower(1.0, 1.0);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            envelope.step(bad);
        }
        assert_eq!(envelope.step(0.0), 0.0);
        let config = EnvelopeConfig {
            attack_ms: f32::NAN,
            release_ms: 1.0,
        };
        assert!(EnvelopeFollower::new(&config, RATE).is_err());
    }
}
