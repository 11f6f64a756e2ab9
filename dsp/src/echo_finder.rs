//! Finds whether one signal comes back in another, and how much later.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::{ConfigError, Samples};

/// How far the highest peak must stand out of the noise of the correlation, in its standard deviations. The highest of
/// some thousand values of noise lies at four; pulses of the same pitch came to ten. An echo 10 dB below a voice came to 18,
/// and no loop howls before it is above that.
const STANDS_OUT: f32 = 12.0;

/// How much higher it must be than anything that is not part of it. What is only periodic has peaks of like height one
/// period apart.
const ABOVE_OTHERS: f32 = 1.4;

/// Below this mean square there is nothing to find: -80 dB.
const SILENT: f32 = 1e-8;

/// An echo that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Echo {
    /// How much later the sound comes back.
    pub delay: Samples,
    /// How far its peak stands out, in standard deviations of the correlation.
    pub clarity: f32,
}

/// Finds whether what was `sent` comes back in what is `heard`, as from loudspeakers into a microphone, and how much
/// later: the highest peak of the cross-correlation of both, whitened so that loud harmonics count no more than soft
/// ones. The level of the echo hardly matters; what stands beside it does.
///
/// Method: generalised cross-correlation with phase transform (Knapp and Carter, *The Generalized Correlation Method for
/// Estimation of Time Delay*, 1976).
pub struct EchoFinder {
    forward: Arc<dyn RealToComplex<f32>>,
    back: Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
    time: Vec<f32>,
    sent: Vec<Complex32>,
    heard: Vec<Complex32>,
    scratch: Vec<Complex32>,
    /// What counts as part of the same peak to either side.
    width: usize,
}

impl EchoFinder {
    /// For `length` samples of what was sent, a power of two of at least 1024: delays of up to half of it are found.
    /// `width` is how far from the peak echoes of the same sound lie, as from nearby walls.
    ///
    /// # Errors
    /// If the length is another.
    pub fn new(length: Samples, width: Samples) -> Result<EchoFinder, ConfigError> {
        let count = length.0;
        ConfigError::check(
            count.is_power_of_two() && count >= 1024,
            "length",
            "a power of two, 1024 or more",
            count as f64,
        )?;
        let mut planner = RealFftPlanner::new();
        let (forward, back) = (
            planner.plan_fft_forward(count),
            planner.plan_fft_inverse(count),
        );
        let scratch = forward.get_scratch_len().max(back.get_scratch_len());
        let half = count / 2;
        Ok(EchoFinder {
            // A window without steps: leakage of loud harmonics would fill what lies between them.
            window: (0..half)
                .map(|n| 0.5 - 0.5 * (std::f32::consts::TAU * (n as f32 + 0.5) / half as f32).cos())
                .collect(),
            time: vec![0.0; count],
            sent: forward.make_output_vec(),
            heard: forward.make_output_vec(),
            scratch: vec![Complex32::default(); scratch],
            width: width.0,
            forward,
            back,
        })
    }

    /// How many samples are looked at.
    pub fn length(&self) -> Samples {
        Samples(self.time.len())
    }

    /// Looks for an echo in the second half of `heard`; both end at the same moment and are [`EchoFinder::length`] long.
    /// `None` where there is none, or nothing is heard.
    ///
    /// # Panics
    /// If a length is another.
    ///
    /// # Real-time safety
    /// Does not allocate or lock; three Fourier transforms of the length.
    pub fn find(&mut self, sent: &[f32], heard: &[f32]) -> Option<Echo> {
        let half = self.time.len() / 2;
        let square = |signal: &[f32]| signal.iter().map(|x| x * x).sum::<f32>();
        let least = SILENT * half as f32;
        // Not a number is not above it either.
        let sounds = square(&heard[half..]) > least && square(sent) > least;
        if !sounds {
            return None;
        }
        self.time[..half].fill(0.0);
        for ((to, from), window) in self.time[half..]
            .iter_mut()
            .zip(&heard[half..])
            .zip(&self.window)
        {
            *to = from * window;
        }
        self.transform(false)?;
        self.time.copy_from_slice(sent);
        self.transform(true)?;
        for (heard, sent) in self.heard.iter_mut().zip(&self.sent) {
            let cross = *heard * sent.conj();
            let size = cross.norm();
            *heard = match size > 0.0 {
                true => cross / size,
                false => Complex32::default(),
            };
        }
        // Constant parts are no sound, and have no phase for the inverse to take.
        self.heard[0] = Complex32::default();
        self.heard[half] = Complex32::default();
        self.back
            .process_with_scratch(&mut self.heard, &mut self.time, &mut self.scratch)
            .ok()?;
        self.judge(half)
    }

    fn transform(&mut self, is_sent: bool) -> Option<()> {
        let spectrum = if is_sent {
            &mut self.sent
        } else {
            &mut self.heard
        };
        self.forward
            .process_with_scratch(&mut self.time, spectrum, &mut self.scratch)
            .ok()
    }

    /// The peak of the correlation, where it is one.
    fn judge(&self, half: usize) -> Option<Echo> {
        let lags = &self.time[..half];
        let (delay, peak) = highest(lags.iter().enumerate().map(|(n, x)| (n, x.abs())))?;
        let noise = (lags.iter().map(|x| x * x).sum::<f32>() / half as f32).sqrt();
        let far = |n: usize| n.abs_diff(delay) > self.width;
        let others = lags.iter().enumerate().map(|(n, x)| (n, x.abs()));
        let other = highest(others.filter(|&(n, _)| far(n))).map_or(0.0, |(_, other)| other);
        let clarity = peak / noise;
        (clarity > STANDS_OUT && peak > ABOVE_OTHERS * other).then_some(Echo {
            delay: Samples(delay),
            clarity,
        })
    }
}

fn highest(values: impl Iterator<Item = (usize, f32)>) -> Option<(usize, f32)> {
    values.max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: usize = 16_384;

    fn finder() -> EchoFinder {
        EchoFinder::new(Samples(LENGTH), Samples(32)).unwrap()
    }

    fn noise(seed: u32) -> impl Iterator<Item = f32> {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / u32::MAX as f32 * 2.0 - 1.0
        })
    }

    /// Something like a voice at 16 kHz: pulses whose pitch wanders, through a resonance, with pauses.
    fn voice(seed: u32, f0_hz: f32) -> Vec<f32> {
        let (mut phase, mut past) = (0.0_f32, [0.0_f32; 2]);
        let breath: Vec<f32> = noise(seed).take(LENGTH).collect();
        (0..LENGTH)
            .map(|n| {
                let time = n as f32 / 16_000.0;
                phase += f0_hz * (1.0 + 0.05 * ((6.0 + 1.7 * seed as f32) * time).sin()) / 16_000.0;
                let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
                phase = phase.fract();
                let drive = pulse + 0.03 * breath[n];
                let next = drive + 1.6 * past[0] - 0.81 * past[1];
                past = [next, past[0]];
                if (3.0 * time).fract() < 0.8 {
                    0.1 * next
                } else {
                    0.001 * breath[n]
                }
            })
            .collect()
    }

    fn mixed(own: &[f32], sent: &[f32], delay: usize, gain: f32) -> Vec<f32> {
        let echo = std::iter::repeat_n(0.0, delay).chain(sent.iter().copied());
        own.iter()
            .zip(echo)
            .map(|(own, echo)| own + gain * echo)
            .collect()
    }

    #[test]
    fn an_echo_below_the_voice_is_found_at_its_delay() {
        let mut finder = finder();
        for (delay, gain) in [(0, 0.3), (700, 1.0), (3_000, 0.3), (7_000, 0.3)] {
            let (own, sent) = (voice(1, 120.0), voice(2, 210.0));
            let echo = finder.find(&sent, &mixed(&own, &sent, delay, gain));
            let found = echo.unwrap_or_else(|| panic!("{delay} at {gain}"));
            println!("{gain} at {delay}: {found:?}");
            assert!(found.delay.0.abs_diff(delay) <= 1, "{found:?} for {delay}");
        }
    }

    #[test]
    fn voices_and_steady_tones_are_no_echo() {
        let mut finder = finder();
        for (own, sent) in [
            (voice(1, 120.0), voice(2, 210.0)),
            (voice(1, 120.0), voice(5, 120.0)),
            (voice(3, 200.0), voice(4, 100.0)),
        ] {
            assert_eq!(finder.find(&sent, &own), None);
        }
        let tone = |phase: f32| -> Vec<f32> {
            (0..LENGTH)
                .map(|n| (std::f32::consts::TAU * 220.0 * n as f32 / 16_000.0 + phase).sin())
                .collect()
        };
        assert_eq!(finder.find(&tone(0.0), &tone(1.0)), None);
        let silence = vec![0.0; LENGTH];
        assert_eq!(finder.find(&voice(1, 120.0), &silence), None);
        assert_eq!(finder.find(&silence, &voice(1, 120.0)), None);
        let broken = vec![f32::NAN; LENGTH];
        assert_eq!(finder.find(&broken, &broken), None);
    }

    #[test]
    fn a_length_that_is_no_power_of_two_is_refused() {
        for length in [0, 512, 3_000] {
            assert!(EchoFinder::new(Samples(length), Samples(1)).is_err());
        }
    }
}
