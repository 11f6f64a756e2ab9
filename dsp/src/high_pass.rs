//! Takes rumble, footsteps and popping consonants out of a voice.

use crate::butterworth::{self, pole_pair, prewarped};
use crate::{Biquad, ConfigError, LinearRamp, SampleRate};

/// Length of switching on or off, and of turning to another corner. Below 10 ms it is heard as a thump on low voices,
/// much longer as a sluggish knob.
const RAMP_MS: f64 = 30.0;

/// What rings below this while the input is silent is forgotten: the next steps are numbers so small that processors
/// compute them slowly. It is -600 dB.
const FORGET_BELOW: f64 = 1e-30;

/// How steeply a [`HighPass`] falls below its corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HighPassSlope {
    /// 12 dB per octave, second order: rumble goes, a low voice keeps its body.
    #[default]
    Gentle,
    /// 24 dB per octave, fourth order: mains hum goes, too.
    Steep,
}

impl HighPassSlope {
    /// The order of the filter.
    pub const fn order(self) -> usize {
        match self {
            HighPassSlope::Gentle => 2,
            HighPassSlope::Steep => 4,
        }
    }
}

/// Settings of a [`HighPass`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HighPassConfig {
    /// How steeply it falls.
    pub slope: HighPassSlope,
    /// Where it is at -3 dB, 20 to 300 Hz; `None` is off.
    pub cutoff_hz: Option<f32>,
}

/// A Butterworth high-pass that can be switched and turned while it plays. Adds no latency.
///
/// Switching fades between the signal and what is left of it, turning moves the corner along a straight line in octaves;
/// both take 30 ms, so that neither clicks. At rest and off the signal passes bit-exact. What comes out does not depend
/// on the blocks. While it is on, samples that are not finite count as 0.
#[derive(Clone, Debug)]
pub struct HighPass {
    rate: SampleRate,
    sections: Vec<Biquad>,
    /// The binary logarithm of the corner in Hz.
    octave: LinearRamp,
    /// 1 is filtered, 0 is off.
    active: LinearRamp,
}

impl HighPass {
    /// The lowest corner, Hz: there is no voice below it.
    pub const MIN_HZ: f32 = 20.0;
    /// The highest corner, Hz: above it a high-pass takes the fundamental of any voice.
    pub const MAX_HZ: f32 = 300.0;

    /// A filter at rest for signals at `rate`.
    ///
    /// # Errors
    /// When the corner is not between 20 and 300 Hz, or half the rate not above 300 Hz.
    pub fn new(config: &HighPassConfig, rate: SampleRate) -> Result<HighPass, ConfigError> {
        let cutoff_hz = config.cutoff_hz.unwrap_or(HighPass::MIN_HZ);
        let holds = (HighPass::MIN_HZ..=HighPass::MAX_HZ).contains(&cutoff_hz);
        ConfigError::check(holds, "cutoff_hz", "20 to 300 Hz", f64::from(cutoff_hz))?;
        let holds = rate.hz() as f32 > 2.0 * HighPass::MAX_HZ;
        ConfigError::check(holds, "rate", "above 600 Hz", f64::from(rate.hz()))?;
        let length = rate.samples_in_ms(RAMP_MS);
        let active = if config.cutoff_hz.is_some() { 1.0 } else { 0.0 };
        Ok(HighPass {
            rate,
            sections: butterworth::high_pass(config.slope.order(), f64::from(cutoff_hz), rate)?,
            octave: LinearRamp::new(cutoff_hz.log2(), length),
            active: LinearRamp::new(active, length),
        })
    }

    /// Turns the corner to a frequency in Hz, clamped to 20..=300, or the filter off. Not a number is ignored.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn set_cutoff(&mut self, cutoff_hz: Option<f32>) {
        let Some(hz) = cutoff_hz else {
            self.active.set_target(0.0);
            return;
        };
        if hz.is_nan() {
            return;
        }
        self.octave
            .set_target(hz.clamp(HighPass::MIN_HZ, HighPass::MAX_HZ).log2());
        if self.is_off() {
            // Nobody hears it yet: it need not turn there.
            self.octave.reset();
            self.tune();
        }
        self.active.set_target(1.0);
    }

    /// Filters a block of any size in place.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn process(&mut self, block: &mut [f32]) {
        if self.is_off() {
            return;
        }
        for sample in block {
            *sample = self.step(*sample);
        }
    }

    /// Whether it is off and the last fade has ended: the signal passes as it is.
    pub fn is_off(&self) -> bool {
        self.active.is_settled() && self.active.value() <= 0.0
    }

    /// Forgets the past, and ends what is being switched or turned.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.active.reset();
        self.octave.reset();
        self.tune();
        self.forget();
    }

    fn step(&mut self, sample: f32) -> f32 {
        if self.is_off() {
            return sample;
        }
        if !self.octave.is_settled() {
            self.octave.next_value();
            self.tune();
        }
        let input = if sample.is_finite() { sample } else { 0.0 };
        let filtered = self
            .sections
            .iter_mut()
            .fold(f64::from(input), |signal, section| section.process(signal));
        if input == 0.0 && filtered.abs() < FORGET_BELOW {
            self.forget();
        }
        let share = self.active.next_value();
        if share >= 1.0 {
            return filtered as f32;
        }
        if share <= 0.0 {
            // The next time it begins from rest, whenever that is.
            self.forget();
            return input;
        }
        input + share * (filtered as f32 - input)
    }

    /// Takes up the corner of the moment.
    fn tune(&mut self) {
        let cutoff_hz = f64::from(self.octave.value()).exp2();
        let corner = prewarped(cutoff_hz, self.rate);
        let count = self.sections.len();
        for (index, section) in self.sections.iter_mut().enumerate() {
            // Butterworth's sections come the most damped first.
            let (numerator, denominator) = pole_pair(2 * count, count - 1 - index, corner);
            section.numerator = numerator;
            section.denominator = denominator;
        }
    }

    fn forget(&mut self) {
        for section in &mut self.sections {
            section.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    const RATE: SampleRate = SampleRate::of(48_000);

    fn filter(slope: HighPassSlope, cutoff_hz: Option<f32>) -> HighPass {
        HighPass::new(&HighPassConfig { slope, cutoff_hz }, RATE).unwrap()
    }

    /// `length` samples of a sine of amplitude 0.5.
    fn sine(hz: f32, length: usize) -> Vec<f32> {
        let step = f64::from(hz) / f64::from(RATE.hz());
        let sample = |n: usize| 0.5 * (TAU * (n as f64 * step).fract() as f32).sin();
        (0..length).map(sample).collect()
    }

    /// The gain for a sine, dB, once the filter has settled.
    fn gain_db(filter: &mut HighPass, hz: f32) -> f32 {
        let input = sine(hz, 96_000);
        let mut output = input.clone();
        filter.process(&mut output);
        let power = |signal: &[f32]| signal.iter().map(|x| x * x).sum::<f32>();
        10.0 * (power(&output[48_000..]) / power(&input[48_000..])).log10()
    }

    /// The largest step from one sample to the next.
    fn jump(signal: &[f32]) -> f32 {
        let steps = signal.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        steps.fold(0.0, f32::max)
    }

    #[test]
    fn the_corner_is_where_it_was_set_and_the_slope_is_the_orders() {
        for (slope, octave_db) in [(HighPassSlope::Gentle, 12.3), (HighPassSlope::Steep, 24.1)] {
            for cutoff_hz in [20.0, 80.0, 300.0] {
                let mut filter = filter(slope, Some(cutoff_hz));
                // Butterworth's closed form; the steepest alternative, the other order, differs by 12 dB.
                let at_corner = gain_db(&mut filter, cutoff_hz);
                assert!((at_corner + 3.0).abs() < 0.1, "{slope:?} {at_corner}");
                let below = gain_db(&mut filter, cutoff_hz / 2.0);
                assert!((below + octave_db).abs() < 0.2, "{slope:?} {below}");
                assert!(gain_db(&mut filter, 3_000.0).abs() < 0.01);
            }
        }
    }

    #[test]
    fn a_turned_filter_is_the_one_that_was_made_there() {
        for slope in [HighPassSlope::Gentle, HighPassSlope::Steep] {
            let mut turned = filter(slope, Some(20.0));
            let mut signal = sine(90.0, 20_000);
            turned.process(&mut signal[..100]);
            turned.set_cutoff(Some(120.0));
            turned.process(&mut signal[100..]);
            turned.reset();
            let mut output = sine(90.0, 5_000);
            turned.process(&mut output);
            let mut expected = sine(90.0, 5_000);
            filter(slope, Some(120.0)).process(&mut expected);
            // The corner passed through a logarithm in 32 bits, which moves it by 1e-6 of itself.
            let pairs = output.iter().zip(&expected);
            let difference = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(difference < 1e-5, "{slope:?} {difference}");
        }
    }

    #[test]
    fn switching_and_turning_do_not_click() {
        for slope in [HighPassSlope::Gentle, HighPassSlope::Steep] {
            for hz in [60.0, 110.0, 440.0] {
                let input = sine(hz, 48_000);
                let mut output = input.clone();
                let mut filter = filter(slope, None);
                // At no special place of the sine, one after another and in the middle of each other.
                let changes = [
                    (3_011, Some(80.0)),
                    (9_173, Some(300.0)),
                    (13_007, Some(20.0)),
                    (13_607, Some(300.0)),
                    (20_011, None),
                    (20_411, Some(150.0)),
                    (27_031, None),
                    (35_017, Some(300.0)),
                    (36_001, None),
                ];
                let mut start = 0;
                for (at, cutoff_hz) in changes {
                    filter.process(&mut output[start..at]);
                    filter.set_cutoff(cutoff_hz);
                    start = at;
                }
                filter.process(&mut output[start..]);
                // The fade (0.7 over 1440 samples) and a corner that moves below the sine add 0.0005 and a part of the
                // sine's own step. A switch without a fade jumps by up to 0.5.
                let (plain, found) = (jump(&input), jump(&output));
                assert!(
                    found < 1.25 * plain + 0.001,
                    "{slope:?}, {hz} Hz: a step of {found}, {plain} in the plain sine"
                );
                assert_eq!(output[..3_011], input[..3_011], "off is bit-exact");
                assert_eq!(output[40_000..], input[40_000..], "and off again");
            }
        }
    }

    #[test]
    fn the_output_does_not_depend_on_the_blocks() {
        let run = |block: usize| {
            let mut filter = filter(HighPassSlope::Steep, None);
            let mut signal = sine(70.0, 12_000);
            for (part, cutoff_hz) in signal.chunks_mut(4_000).zip([Some(90.0), Some(50.0), None]) {
                filter.set_cutoff(cutoff_hz);
                part.chunks_mut(block).for_each(|b| filter.process(b));
            }
            signal
        };
        assert_eq!(run(1), run(4_000));
        assert_eq!(run(77), run(4_000));
    }

    #[test]
    fn what_is_no_number_does_no_harm() {
        let mut filter = filter(HighPassSlope::Gentle, Some(80.0));
        filter.set_cutoff(Some(f32::NAN));
        let mut signal = [f32::NAN, f32::INFINITY, 1.0, 0.0, 0.0];
        filter.process(&mut signal);
        assert!(signal.iter().all(|x| x.is_finite()), "{signal:?}");
        // A minute of silence ends in zeros, not in numbers that slow a processor down.
        let mut silence = vec![0.0_f32; 60 * 48_000];
        filter.process(&mut silence);
        assert_eq!(silence.last(), Some(&0.0));
        assert!(filter.sections.iter().all(|s| *s == {
            let mut rest = *s;
            rest.reset();
            rest
        }));
    }

    #[test]
    fn what_cannot_be_built_is_refused() {
        for cutoff_hz in [19.0, 301.0, f32::NAN] {
            let config = HighPassConfig {
                cutoff_hz: Some(cutoff_hz),
                ..HighPassConfig::default()
            };
            assert!(HighPass::new(&config, RATE).is_err());
        }
        assert!(HighPass::new(&HighPassConfig::default(), SampleRate::of(600)).is_err());
    }
}
