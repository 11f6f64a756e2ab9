//! Silences what lies below a threshold, with hysteresis, hold and smooth edges.

use crate::envelope::{EnvelopeConfig, EnvelopeFollower};
use crate::{ConfigError, Decibels, SampleRate};

/// Release of the level detector: bridges the zero crossings of a 50 Hz tone (10 ms apart) with less than 3 dB of sag.
const DETECTOR_RELEASE_MS: f32 = 30.0;

/// Settings of a [`NoiseGate`]. The defaults suit speech into a close microphone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GateConfig {
    /// The gate opens when the peak level reaches this; `-inf` keeps it open.
    pub threshold: Decibels,
    /// The gate closes only this far below the threshold, 0 dB or more: a level that hovers does not chatter.
    pub hysteresis: Decibels,
    /// Length of the opening fade. Longer eats the starts of words, shorter clicks.
    pub attack_ms: f32,
    /// How long the level must stay low before the gate begins to close; keeps the ends of words.
    pub hold_ms: f32,
    /// Length of the closing fade.
    pub release_ms: f32,
}

impl Default for GateConfig {
    fn default() -> GateConfig {
        GateConfig {
            threshold: GateConfig::OFF,
            hysteresis: Decibels(6.0),
            attack_ms: 2.0,
            hold_ms: 120.0,
            release_ms: 60.0,
        }
    }
}

impl GateConfig {
    /// The threshold that switches a gate off.
    pub const OFF: Decibels = Decibels(f32::NEG_INFINITY);
}

/// A noise gate. Adds no latency.
///
/// The gain moves along a smooth curve between 0 and 1, also when the threshold is changed, so that no edge clicks; at
/// rest and open the signal passes bit-exact. Samples that are not finite come out as 0.
#[derive(Clone, Debug)]
pub struct NoiseGate {
    detector: EnvelopeFollower,
    opens_at: f32,
    closes_at: f32,
    hysteresis: Decibels,
    opening: f32,
    closing: f32,
    hold: usize,
    held: usize,
    is_open: bool,
    position: f32,
}

impl NoiseGate {
    /// A gate for signals at `rate`; it starts closed, or open when it is off.
    ///
    /// # Errors
    /// When a time is negative, above a minute or not a number, the hysteresis is not between 0 and 60 dB, or the
    /// threshold is not a number.
    pub fn new(config: &GateConfig, rate: SampleRate) -> Result<NoiseGate, ConfigError> {
        ConfigError::check_ms("attack_ms", config.attack_ms)?;
        ConfigError::check_ms("hold_ms", config.hold_ms)?;
        ConfigError::check_ms("release_ms", config.release_ms)?;
        let hysteresis = config.hysteresis.0;
        let holds = (0.0..=60.0).contains(&hysteresis);
        ConfigError::check(holds, "hysteresis", "0 to 60 dB", f64::from(hysteresis))?;
        let threshold = config.threshold.0;
        let holds = threshold <= 60.0;
        ConfigError::check(holds, "threshold", "at most 60 dB", f64::from(threshold))?;
        // At once, so that the first sample above the threshold already opens.
        let detector = EnvelopeConfig {
            attack_ms: 0.0,
            release_ms: DETECTOR_RELEASE_MS,
        };
        let per_sample = |ms: f32| 1.0 / (ms * rate.hz() as f32 / 1000.0).max(1.0);
        let mut gate = NoiseGate {
            detector: EnvelopeFollower::new(&detector, rate)?,
            opens_at: 0.0,
            closes_at: 0.0,
            hysteresis: config.hysteresis,
            opening: per_sample(config.attack_ms),
            closing: per_sample(config.release_ms),
            hold: rate.samples_in_ms(f64::from(config.hold_ms)).0,
            held: 0,
            is_open: false,
            position: 0.0,
        };
        gate.set_threshold(config.threshold);
        gate.reset();
        Ok(gate)
    }

    /// Changes the threshold; the gain follows with the usual fades. Not a number is ignored, `-inf` is off.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn set_threshold(&mut self, threshold: Decibels) {
        if !threshold.0.is_nan() {
            self.opens_at = threshold.to_amplitude();
            self.closes_at = Decibels(threshold.0 - self.hysteresis.0).to_amplitude();
        }
    }

    /// Gates a block of any size in place.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn process(&mut self, block: &mut [f32]) {
        for sample in block {
            let level = self.detector.step(*sample);
            self.decide(level);
            let gain = self.next_gain();
            *sample = if sample.is_finite() {
                *sample * gain
            } else {
                0.0
            };
        }
    }

    /// Whether the gate is open or opening.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Back to the state of a new gate with the present threshold.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.detector.reset();
        self.held = 0;
        self.is_open = self.opens_at == 0.0;
        self.position = if self.is_open { 1.0 } else { 0.0 };
    }

    #[inline]
    fn decide(&mut self, level: f32) {
        if level >= self.opens_at {
            self.is_open = true;
            self.held = 0;
        } else if level >= self.closes_at {
            self.held = 0;
        } else if self.held < self.hold {
            self.held += 1;
        } else {
            self.is_open = false;
        }
    }

    /// Moves along the fade and bends it at both ends (smoothstep): a gain without corners spreads no click.
    #[inline]
    fn next_gain(&mut self) -> f32 {
        self.position = if self.is_open {
            (self.position + self.opening).min(1.0)
        } else {
            (self.position - self.closing).max(0.0)
        };
        let x = self.position;
        x * x * (3.0 - 2.0 * x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::of(48_000);

    fn gate(threshold: f32) -> NoiseGate {
        let config = GateConfig {
            threshold: Decibels(threshold),
            hysteresis: Decibels(6.0),
            attack_ms: 2.0,
            hold_ms: 50.0,
            release_ms: 20.0,
        };
        NoiseGate::new(&config, RATE).unwrap()
    }

    fn tone(amplitude: f32, count: usize) -> Vec<f32> {
        (0..count)
            .map(|n| amplitude * (n as f32 * 0.02).sin())
            .collect()
    }

    #[test]
    fn off_is_bit_exact() {
        let input = tone(1e-6, 1000);
        let mut output = input.clone();
        gate(f32::NEG_INFINITY).process(&mut output);
        assert_eq!(input, output);
    }

    #[test]
    fn loud_passes_bit_exact_and_quiet_becomes_silence() {
        let (mut loud, mut quiet) = (tone(0.1, 48_000), tone(0.005, 48_000));
        let untouched = loud.clone();
        let mut gate = gate(-40.0);
        gate.process(&mut quiet);
        assert!(quiet.iter().all(|&x| x == 0.0));
        gate.process(&mut loud);
        assert_eq!(loud[1000..], untouched[1000..]);
        // Detector (0.1 to 0.005 with 30 ms: 90 ms), hold (50), release (20), and a margin of 20 ms.
        let mut tail = tone(0.001, 48_000);
        gate.process(&mut tail);
        assert!(tail[48 * 180..].iter().all(|&x| x == 0.0));
        assert!(
            tail[48 * 40..48 * 45].iter().any(|&x| x != 0.0),
            "the hold keeps word ends"
        );
    }

    #[test]
    fn hysteresis_stops_chatter() {
        // Hovers 2 dB around the threshold, slowly, for two seconds.
        let hover = |n: usize| {
            let level = Decibels(-40.0 + 2.0 * (n as f32 * 0.0004).sin()).to_amplitude();
            level * (n as f32 * 0.1).sin()
        };
        let mut gate = gate(-40.0);
        let mut changes = 0;
        for n in 0..96_000 {
            let was_open = gate.is_open();
            gate.process(&mut [hover(n)]);
            changes += usize::from(was_open != gate.is_open());
        }
        assert_eq!(changes, 1, "opened once and stayed open");
    }

    #[test]
    fn nothing_clicks_also_when_the_threshold_moves() {
        let mut gate = gate(-60.0);
        let mut output = tone(0.5, 96_000);
        for (index, block) in output.chunks_mut(9_601).enumerate() {
            gate.set_threshold(Decibels(if index % 2 == 0 { -60.0 } else { 0.0 }));
            gate.process(block);
        }
        // Steepest: the tone's own 0.01 a sample plus amplitude 0.5 times the steepest gain, 1.5 / 96 samples; a hard
        // gate jumps by up to 0.5.
        let jump = output
            .windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f32::max);
        assert!(jump < 0.018, "jump of {jump}");
        assert!(
            output.windows(500).any(|w| w.iter().all(|&x| x == 0.0)),
            "it did close"
        );
    }

    #[test]
    fn bad_samples_and_settings() {
        let mut block = [0.5, f32::NAN, f32::INFINITY, 0.5];
        let mut gate = gate(-40.0);
        gate.process(&mut block);
        assert!(block.iter().all(|x| x.is_finite()));
        let config = GateConfig {
            hysteresis: Decibels(-1.0),
            ..GateConfig::default()
        };
        assert!(NoiseGate::new(&config, RATE).is_err());
        let config = GateConfig {
            threshold: Decibels(f32::NAN),
            ..GateConfig::default()
        };
        assert!(NoiseGate::new(&config, RATE).is_err());
    }
}
