//! Mixes a processed signal with the dry one, delayed so that both line up.

use crate::{ConfigError, DelayLine, LinearRamp, SampleRate, Samples};

/// Length of a change of the mix. Shorter than 10 ms is heard as a click on low tones, much longer as a sluggish
/// knob.
const MIX_RAMP_MS: f64 = 20.0;

/// Settings of a [`DryWetMixer`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DryWetConfig {
    /// By how much the wet signal lags the dry one, at the mixer's rate.
    pub latency: Samples,
    /// Share of the wet signal at the start, 0 to 1.
    pub mix: f32,
}

/// Wet and dry signal, added with the gains `mix` and `1 - mix`.
///
/// The gains add up to 1 and not in power: both paths carry the same words at the same time. Adds no latency to the
/// wet path; delays the dry one by [`latency`](Self::latency).
#[derive(Clone, Debug)]
pub struct DryWetMixer {
    dry: DelayLine,
    mix: LinearRamp,
}

impl DryWetMixer {
    /// A mixer for signals at `rate`.
    ///
    /// # Errors
    /// When `mix` is not between 0 and 1.
    pub fn new(config: &DryWetConfig, rate: SampleRate) -> Result<DryWetMixer, ConfigError> {
        let mix = config.mix;
        ConfigError::check((0.0..=1.0).contains(&mix), "mix", "0 to 1", f64::from(mix))?;
        Ok(DryWetMixer {
            dry: DelayLine::new(config.latency),
            mix: LinearRamp::new(mix, rate.samples_in_ms(MIX_RAMP_MS)),
        })
    }

    /// Changes the share of the wet signal within 20 ms; clamped to 0..=1, ignored when not a number.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn set_mix(&mut self, mix: f32) {
        self.mix.set_target(mix.clamp(0.0, 1.0));
    }

    /// Mixes `dry` into `wet`, in place, over the shorter of the two lengths.
    ///
    /// At rest on 1 the wet signal, at rest on 0 the delayed dry one, comes out bit-exact.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn process(&mut self, dry: &[f32], wet: &mut [f32]) {
        for (&dry, wet) in dry.iter().zip(wet) {
            let delayed = self.dry.step(dry);
            let mix = self.mix.next_value();
            *wet = if mix >= 1.0 {
                *wet
            } else if mix <= 0.0 {
                delayed
            } else {
                delayed + mix * (*wet - delayed)
            };
        }
    }

    /// Forgets the delayed signal and ends a running change of the mix.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.dry.reset();
        self.mix.reset();
    }

    /// The delay of the dry path in samples.
    pub fn latency(&self) -> Samples {
        self.dry.latency()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::of(48_000);

    fn sine(n: usize) -> f32 {
        (n as f32 * 0.013).sin()
    }

    #[test]
    fn dry_and_wet_line_up_and_the_ends_are_bit_exact() {
        let input: Vec<f32> = (0..4000).map(sine).collect();
        // A wet path that does nothing but lag: any mix of it with the dry path is the signal itself.
        for mix in [0.0, 0.3, 1.0] {
            let mut mixer = DryWetMixer::new(
                &DryWetConfig {
                    latency: Samples(100),
                    mix,
                },
                RATE,
            )
            .unwrap();
            let mut wet = vec![0.0; 100];
            wet.extend_from_slice(&input[..3900]);
            for (dry, wet) in input.chunks(77).zip(wet.chunks_mut(77)) {
                mixer.process(dry, wet);
            }
            assert_eq!(mixer.latency(), Samples(100));
            assert_eq!(wet[100..], input[..3900], "mix {mix}");
        }
    }

    #[test]
    fn a_change_of_the_mix_does_not_click() {
        let input: Vec<f32> = (0..4000).map(sine).collect();
        let config = DryWetConfig {
            latency: Samples(0),
            mix: 1.0,
        };
        let mut mixer = DryWetMixer::new(&config, RATE).unwrap();
        let mut output: Vec<f32> = input.iter().map(|x| -x).collect();
        mixer.process(&input[..2000], &mut output[..2000]);
        mixer.set_mix(0.0);
        mixer.process(&input[2000..], &mut output[2000..]);
        // The sine itself moves by at most 0.013 a sample, the ramp (gain difference 2 over 960 samples) by 0.0021;
        // a hard switch would jump by up to 2.
        let jump = output
            .windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f32::max);
        assert!(jump < 0.0155, "jump of {jump}");
        assert_eq!(output[3999], input[3999]);
    }

    #[test]
    fn a_mix_outside_its_range_is_refused() {
        for mix in [-0.1, 1.1, f32::NAN] {
            let config = DryWetConfig {
                latency: Samples(0),
                mix,
            };
            assert!(DryWetMixer::new(&config, RATE).is_err());
        }
    }
}
