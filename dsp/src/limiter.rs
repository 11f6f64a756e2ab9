//! Keeps the true peak of a signal below a ceiling, without touching what is below it.

mod peak;
mod smooth;

use crate::{ConfigError, Decibels, DelayLine, SampleRate, Samples};
use peak::TruePeakDetector;
use smooth::GainSmoother;

/// How far below the ceiling a peak that is above it comes out. The detector cannot see what lies within 4 % of the Nyquist
/// frequency, and the moving gain spreads into it: white noise 13 dB above the ceiling peaked 0.66 dB higher than asked.
const MARGIN: Decibels = Decibels(-0.7);

/// Settings of a [`TruePeakLimiter`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimiterConfig {
    /// Highest permitted true peak, -60 to 20 dB.
    pub ceiling: Decibels,
    /// Length of the gain's descent before a peak, 0.5 to 20 ms. Shorter distorts low tones, longer is latency.
    pub lookahead_ms: f32,
    /// Time constant of the gain's recovery, 1 to 5000 ms. Shorter pumps less and distorts more.
    pub release_ms: f32,
}

impl LimiterConfig {
    /// For a voice that is heard live: the default ceiling, and a recovery of 40 ms, so short that a sibilant which was
    /// limited does not turn down the vowel behind it; the ripple on voices above 80 Hz stays small.
    pub const OUTPUT: LimiterConfig = LimiterConfig {
        ceiling: Decibels(-1.0),
        lookahead_ms: 1.5,
        release_ms: 40.0,
    };
}

impl Default for LimiterConfig {
    /// -1 dB, the usual headroom for lossy codecs; 1.5 ms; 60 ms.
    fn default() -> LimiterConfig {
        LimiterConfig {
            ceiling: Decibels(-1.0),
            lookahead_ms: 1.5,
            release_ms: 60.0,
        }
    }
}

/// A lookahead limiter for true peaks (ITU-R BS.1770's fourfold oversampling, with a longer filter and a parabola between
/// the points, since four alone read a tone near the Nyquist frequency up to 0.7 dB too low). A peak above the ceiling is
/// brought 0.7 dB below it, for what no short filter sees; a lone peak above 0.46 of the rate can be overlooked.
///
/// While no peak is above the ceiling the output is the input, delayed by [`latency`](Self::latency), bit-exact. Samples
/// that are not finite count, and come out, as 0.
#[derive(Clone, Debug)]
pub struct TruePeakLimiter {
    ceiling: f32,
    aim: f32,
    gain: GainSmoother,
    channels: Vec<Channel>,
    latency: Samples,
}

#[derive(Clone, Debug)]
struct Channel {
    peaks: TruePeakDetector,
    delay: DelayLine,
}

impl TruePeakLimiter {
    /// A limiter for one signal at `rate`.
    ///
    /// # Errors
    /// When a setting is outside its range.
    pub fn new(config: &LimiterConfig, rate: SampleRate) -> Result<TruePeakLimiter, ConfigError> {
        TruePeakLimiter::linked(config, rate, 1)
    }

    /// A limiter for so many channels at `rate`, all of which get the gain that the loudest needs, so that the image
    /// between them does not move.
    ///
    /// # Errors
    /// When a setting is outside its range.
    pub fn linked(
        config: &LimiterConfig,
        rate: SampleRate,
        channels: usize,
    ) -> Result<TruePeakLimiter, ConfigError> {
        let LimiterConfig {
            ceiling,
            lookahead_ms,
            release_ms,
        } = *config;
        let holds = (-60.0..=20.0).contains(&ceiling.0);
        ConfigError::check(holds, "ceiling", "-60 to 20 dB", f64::from(ceiling.0))?;
        let holds = (0.5..=20.0).contains(&lookahead_ms);
        ConfigError::check(
            holds,
            "lookahead_ms",
            "0.5 to 20 ms",
            f64::from(lookahead_ms),
        )?;
        let holds = (1.0..=5000.0).contains(&release_ms);
        ConfigError::check(holds, "release_ms", "1 to 5000 ms", f64::from(release_ms))?;
        let peaks = TruePeakDetector::new();
        let gain = GainSmoother::new(
            rate.samples_in_ms(f64::from(lookahead_ms)),
            release_ms,
            rate,
        );
        let latency = peaks.latency() + gain.latency();
        let channel = Channel {
            peaks,
            delay: DelayLine::new(latency),
        };
        Ok(TruePeakLimiter {
            ceiling: ceiling.to_amplitude(),
            aim: Decibels(ceiling.0 + MARGIN.0).to_amplitude(),
            gain,
            channels: vec![channel; channels],
            latency,
        })
    }

    /// Limits a block of any size of the first channel in place.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn process(&mut self, block: &mut [f32]) {
        for sample in block {
            self.step(std::slice::from_mut(sample));
        }
    }

    /// Limits one sample of each channel in place; channels beyond those that it was made for are left as they are.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    #[inline]
    pub fn step(&mut self, frame: &mut [f32]) {
        let mut peak = 0.0_f32;
        for (sample, channel) in frame.iter_mut().zip(&mut self.channels) {
            if !sample.is_finite() {
                *sample = 0.0;
            }
            peak = peak.max(channel.peaks.step(*sample));
        }
        let needed = match peak > self.ceiling {
            true => self.aim / peak,
            false => 1.0,
        };
        let gain = self.gain.step(needed);
        for (sample, channel) in frame.iter_mut().zip(&mut self.channels) {
            *sample = channel.delay.step(*sample) * gain;
        }
    }

    /// Forgets the delayed signal and its peaks.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.gain.reset();
        for channel in &mut self.channels {
            channel.peaks.reset();
            channel.delay.reset();
        }
    }

    /// The delay in samples: the detector's filter, the guard around a peak and the lookahead.
    pub fn latency(&self) -> Samples {
        self.latency
    }
}

#[cfg(test)]
mod tests {
    use realfft::RealFftPlanner;

    use super::*;

    const RATE: SampleRate = SampleRate::of(48_000);

    fn limiter(ceiling: f32) -> TruePeakLimiter {
        let config = LimiterConfig {
            ceiling: Decibels(ceiling),
            ..LimiterConfig::default()
        };
        TruePeakLimiter::new(&config, RATE).unwrap()
    }

    fn noise(count: usize) -> impl Iterator<Item = f32> {
        let mut state = 99u32;
        (0..count).map(move |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0) as f32
        })
    }

    /// The highest value between the samples, by sixteenfold oversampling of the whole signal at once: its Fourier transform,
    /// padded with zeros. Shares nothing with the limiter's own detector.
    fn true_peak_db(signal: &[f32]) -> f32 {
        const FACTOR: usize = 16;
        let count = signal.len();
        let mut planner = RealFftPlanner::<f64>::new();
        let forward = planner.plan_fft_forward(count);
        let mut spectrum = forward.make_output_vec();
        let mut input: Vec<f64> = signal.iter().map(|&x| f64::from(x)).collect();
        forward.process(&mut input, &mut spectrum).unwrap();
        let inverse = planner.plan_fft_inverse(count * FACTOR);
        let mut padded = inverse.make_input_vec();
        padded[..spectrum.len()].copy_from_slice(&spectrum);
        // The Nyquist bin stands for both its halves.
        padded[count / 2] *= 0.5;
        let mut fine = inverse.make_output_vec();
        inverse.process(&mut padded, &mut fine).unwrap();
        let peak = fine.iter().fold(0.0f64, |peak, x| peak.max(x.abs())) / count as f64;
        Decibels::from_amplitude(peak as f32).0
    }

    #[test]
    fn the_yardstick_reads_a_tone_between_its_samples() {
        // A quarter of the rate, sampled at 45°: samples at -3 dB, true peak at 0 dB.
        let tone: Vec<f32> = (0..4096)
            .map(|n| (std::f32::consts::FRAC_PI_2 * ((n % 4) as f32 + 0.5)).sin())
            .collect();
        assert!(true_peak_db(&tone).abs() < 1e-3);
    }

    /// Signals that begin and end in silence, so that the periodic yardstick sees no edge.
    fn loud_signals() -> Vec<(String, Vec<f32>)> {
        let count = 16_384;
        let window = |n: usize| {
            (std::f32::consts::PI * n as f32 / count as f32)
                .sin()
                .powi(2)
        };
        let mut signals = Vec::new();
        for cycles in [0.001f32, 0.02, 0.1234, 0.25, 0.3777, 0.45] {
            let tone = (0..count)
                .map(|n| 4.0 * window(n) * (std::f32::consts::TAU * cycles * n as f32 + 0.7).sin());
            signals.push((format!("tone at {cycles} of the rate"), tone.collect()));
        }
        let hiss = noise(count).enumerate().map(|(n, x)| 3.0 * window(n) * x);
        signals.push(("white noise".into(), hiss.collect()));
        let bursts = noise(count).enumerate().map(|(n, x)| {
            if n % 2000 < 60 {
                8.0 * window(n) * x
            } else {
                0.05 * window(n) * x
            }
        });
        signals.push(("bursts".into(), bursts.collect()));
        let mut clicks = vec![0.0; count];
        for n in (1000..15_000).step_by(777) {
            clicks[n] = 5.0;
            clicks[n + 1] = -3.0;
        }
        signals.push(("clicks".into(), clicks));
        signals
    }

    #[test]
    fn the_true_peak_stays_below_the_ceiling() {
        for ceiling in [-1.0, -12.0] {
            // At the level given, and just above the ceiling.
            let softer = |(name, signal): &(String, Vec<f32>)| {
                let scale = Decibels(ceiling + 3.0 - true_peak_db(signal)).to_amplitude();
                (
                    format!("softer {name}"),
                    signal.iter().map(|x| x * scale).collect(),
                )
            };
            let loud = loud_signals();
            let soft: Vec<_> = loud.iter().map(softer).collect();
            for (name, mut signal) in loud.into_iter().chain(soft) {
                let before = true_peak_db(&signal);
                let mut limiter = limiter(ceiling);
                for block in signal.chunks_mut(301) {
                    limiter.process(block);
                }
                let peak = true_peak_db(&signal);
                println!("{name}: {before:.2} dB to {peak:.3} dB, ceiling {ceiling}");
                assert!(before > ceiling + 2.9, "{name} is not loud");
                assert!(
                    peak <= ceiling + 0.1,
                    "{name}: {peak} dB above {ceiling} dB"
                );
                assert!(
                    peak > ceiling - 1.5,
                    "{name}: {peak} dB is needlessly far below"
                );
            }
        }
    }

    #[test]
    fn below_the_ceiling_it_only_delays() {
        let (_, signal) = loud_signals().swap_remove(6);
        let scale = Decibels(-1.05 - true_peak_db(&signal)).to_amplitude();
        let input: Vec<f32> = signal.iter().map(|x| x * scale).collect();
        let mut limiter = limiter(-1.0);
        // A peak before: its gain must recover to exactly unity.
        limiter.process(&mut [3.0]);
        limiter.process(&mut vec![0.0; 48_000]);
        let mut output = input.clone();
        for block in output.chunks_mut(97) {
            limiter.process(block);
        }
        let latency = limiter.latency().0;
        assert_eq!(output[latency..], input[..input.len() - latency]);
        // 32 for the detector, 16 for the guard, 71 for the descent of 1.5 ms.
        assert_eq!(latency, 32 + 16 + 71);
    }

    #[test]
    fn linked_channels_keep_their_balance() {
        let config = LimiterConfig::default();
        let mut limiter = TruePeakLimiter::linked(&config, RATE, 2).unwrap();
        let latency = limiter.latency().0;
        let loud: Vec<f32> = noise(4800).map(|x| 3.0 * x).collect();
        for (n, &sample) in loud.iter().enumerate() {
            let mut frame = [sample, 0.25 * sample];
            limiter.step(&mut frame);
            assert!((frame[1] - 0.25 * frame[0]).abs() < 1e-6);
            if n >= latency {
                assert!(frame[0].abs() <= loud[n - latency].abs());
            }
        }
    }

    /// What a listener would hear as pumping: a sibilant over the ceiling that turns the vowel behind it down.
    #[test]
    fn a_loud_sibilant_does_not_turn_the_vowel_behind_it_down() {
        let config = LimiterConfig::OUTPUT;
        let mut limiter = TruePeakLimiter::new(&config, RATE).unwrap();
        let tone = |n: usize| 0.5 * (std::f32::consts::TAU * 200.0 * n as f32 / 48_000.0).sin();
        let mut hiss = 0.0;
        let mut signal: Vec<f32> = noise(4800)
            .map(|x| {
                // The difference of neighbours is what a sibilant is: high.
                let high = x - hiss;
                hiss = x;
                0.75 * high
            })
            .chain((0..48_000).map(tone))
            .collect();
        limiter.process(&mut signal);
        let vowel = &signal[4800 + limiter.latency().0..];
        let level = |at: usize| {
            let part = &vowel[at..at + 480];
            (part.iter().map(|x| x * x).sum::<f32>() / 480.0).sqrt()
        };
        let full = level(40_000);
        // An s of 6 dB over the ceiling: half a decibel is left after 100 ms, below what is noticed behind it.
        let first = Decibels::from_amplitude(level(0) / full).0;
        let later = Decibels::from_amplitude(level(4800) / full).0;
        println!("behind the sibilant {first:.2} dB, 100 ms later {later:.2} dB");
        assert!(first < -2.0, "the s was limited");
        assert!(later > -0.75, "{later}");
    }

    #[test]
    fn bad_samples_and_settings() {
        let mut limiter = limiter(-1.0);
        let mut block = [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            -f32::MAX,
        ];
        for _ in 0..100 {
            limiter.process(&mut block);
            assert!(block.iter().all(|x| x.is_finite()));
        }
        let mut after = vec![0.25; 48_000];
        limiter.process(&mut after);
        assert!(
            after[40_000..].iter().all(|&x| x == 0.25),
            "the state was poisoned"
        );
        limiter.reset();
        let mut block = [0.5; 200];
        limiter.process(&mut block);
        assert_eq!((block[118], block[119]), (0.0, 0.5));
        for bad in [
            LimiterConfig {
                ceiling: Decibels(f32::NAN),
                ..LimiterConfig::default()
            },
            LimiterConfig {
                lookahead_ms: 0.0,
                ..LimiterConfig::default()
            },
            LimiterConfig {
                release_ms: f32::INFINITY,
                ..LimiterConfig::default()
            },
        ] {
            assert!(TruePeakLimiter::new(&bad, RATE).is_err());
        }
    }
}
