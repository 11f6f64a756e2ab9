//! Estimates the spectral envelope of speech without its harmonics (CheapTrick).
//!
//! After M. Morise, "CheapTrick, a spectral envelope estimator for high-quality speech synthesis", Speech
//! Communication 67 (2015): a window of three periods, a box of two thirds of F0 over the power spectrum, and
//! a lifter that removes the rest of the periodicity and sharpens the formants that the box had blurred.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::units::{SampleRate, Samples};

/// Lowest F0 that the window follows; below it the window would outgrow the FFT at 16 kHz. WORLD's default.
const FLOOR_HZ: f32 = 71.0;

/// Analysis F0 of unvoiced frames: a window of 19 ms. A shorter one (WORLD uses 6 ms) makes the level of
/// noise flutter from frame to frame at a hop of 10 ms.
const UNVOICED_HZ: f32 = 160.0;

/// Highest F0 that is expected; above it the window and the box stop shrinking and growing.
const CEILING_HZ: f32 = 1200.0;

/// Weight of the lifter that undoes the blur of the box, from the paper.
const COMPENSATION: f32 = -0.15;

/// Periods under the window: three give a power spectrum that hardly depends on the window's position.
const PERIODS: f32 = 3.0;

/// Estimates the power envelope of one frame at a time.
///
/// White noise of variance 1 has an envelope of 1. Adds no latency by itself; the caller gives the samples
/// around the frame's centre, so it looks ahead by [`SpectralEnvelope::half_window`].
pub struct SpectralEnvelope {
    rate_hz: f32,
    fft: usize,
    half: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
    below_f0: Vec<f32>,
    integral: Vec<f64>,
    pad: usize,
}

impl SpectralEnvelope {
    /// For signals at `rate`; the FFT holds three periods at 71 Hz (1024 points at 16 kHz).
    pub fn new(rate: SampleRate) -> SpectralEnvelope {
        let rate_hz = rate.hz() as f32;
        let half = (PERIODS / 2.0 * rate_hz / FLOOR_HZ).ceil() as usize + 1;
        let fft = (2 * half + 1).next_power_of_two();
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(fft);
        let inverse = planner.plan_fft_inverse(fft);
        let bins = fft / 2 + 1;
        let pad = (CEILING_HZ * fft as f32 / rate_hz).ceil() as usize;
        let scratch_len = forward.get_scratch_len().max(inverse.get_scratch_len());
        SpectralEnvelope {
            rate_hz,
            fft,
            half,
            time: vec![0.0; fft],
            spectrum: forward.make_output_vec(),
            scratch: vec![Complex::default(); scratch_len],
            power: vec![0.0; bins],
            below_f0: vec![0.0; pad + 2],
            integral: vec![0.0; bins + 2 * pad + 1],
            pad,
            forward,
            inverse,
        }
    }

    /// Points of the FFT; the envelope has half as many bins and one more.
    pub fn fft(&self) -> usize {
        self.fft
    }

    /// Samples that are needed on each side of a frame's centre.
    pub fn half_window(&self) -> Samples {
        Samples(self.half)
    }

    /// Estimates the power envelope of the frame whose centre is the middle of `segment` (`2 * half_window +
    /// 1` samples) into `envelope` (`fft / 2 + 1` bins). `f0_hz` is 0 for an unvoiced frame.
    ///
    /// # Real-time safety
    ///
    /// Does not allocate; panics only on slices of other lengths.
    pub fn process(&mut self, segment: &[f32], f0_hz: f32, envelope: &mut [f32]) {
        assert_eq!(
            segment.len(),
            2 * self.half + 1,
            "samples around the centre"
        );
        assert_eq!(envelope.len(), self.power.len(), "bins of the envelope");
        let f0_hz = if f0_hz > 0.0 {
            f0_hz.clamp(FLOOR_HZ, CEILING_HZ)
        } else {
            UNVOICED_HZ
        };
        self.window(segment, f0_hz);
        let scratch = &mut self.scratch[..self.forward.get_scratch_len()];
        // Lengths are fixed at construction, so neither transform can fail.
        let _ = self
            .forward
            .process_with_scratch(&mut self.time, &mut self.spectrum, scratch);
        for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
            *power = bin.norm_sqr();
        }
        self.lift_below_f0(f0_hz);
        self.smooth(f0_hz * 2.0 / 3.0, envelope);
        self.lifter(f0_hz, envelope);
    }

    /// Three periods under a Hann window of unit energy, without their mean.
    fn window(&mut self, segment: &[f32], f0_hz: f32) {
        let half = (PERIODS / 2.0 * self.rate_hz / f0_hz).min((self.half - 1) as f32);
        let reach = half as usize;
        let first = self.half - reach;
        let mut energy = 0.0;
        let mut weight_sum = 0.0;
        let mut sum = 0.0;
        for index in 0..=2 * reach {
            let weight = hann(index as f32 - reach as f32, half);
            energy += weight * weight;
            weight_sum += weight;
            sum += weight * segment[first + index];
        }
        let mean = sum / weight_sum;
        let scale = 1.0 / energy.sqrt();
        self.time.fill(0.0);
        for index in 0..=2 * reach {
            let weight = hann(index as f32 - reach as f32, half);
            self.time[index] = (segment[first + index] - mean) * weight * scale;
        }
    }

    /// Mirrors the power just below F0 into the gap between 0 Hz and F0, where no harmonic lies.
    fn lift_below_f0(&mut self, f0_hz: f32) {
        let f0_bin = f0_hz * self.fft as f32 / self.rate_hz;
        let reach = f0_bin as usize;
        let source = &mut self.below_f0[..=reach + 1];
        source.copy_from_slice(&self.power[..=reach + 1]);
        for bin in 0..=reach {
            self.power[bin] += crate::knots::interpolate(source, f0_bin - bin as f32);
        }
    }

    /// A moving average of `width_hz` over the power spectrum, which is even and periodic.
    fn smooth(&mut self, width_hz: f32, envelope: &mut [f32]) {
        let last = self.power.len() - 1;
        // In f64: high bands lie 80 dB below the sum of the low ones, which f32 would round away.
        let mut sum = 0.0f64;
        for (index, integral) in self.integral.iter_mut().enumerate() {
            *integral = sum;
            let bin = index.abs_diff(self.pad);
            let bin = if bin > last {
                (2 * last).saturating_sub(bin)
            } else {
                bin
            };
            sum += f64::from(self.power[bin]);
        }
        let width = f64::from((width_hz * self.fft as f32 / self.rate_hz).max(1.0));
        for (bin, value) in envelope.iter_mut().enumerate() {
            let centre = (bin + self.pad) as f64 + 0.5;
            let high = read(&self.integral, centre + width / 2.0);
            let low = read(&self.integral, centre - width / 2.0);
            *value = ((high - low) / width) as f32;
        }
    }

    /// Smooths and sharpens the log envelope in the cepstrum (equations 8 to 10 of the paper).
    fn lifter(&mut self, f0_hz: f32, envelope: &mut [f32]) {
        for (bin, &power) in self.spectrum.iter_mut().zip(envelope.iter()) {
            // The floor is 160 dB below full scale: digital silence must not become minus infinity.
            *bin = Complex::new(power.max(1e-16).ln(), 0.0);
        }
        let scratch = &mut self.scratch[..self.inverse.get_scratch_len()];
        let _ = self
            .inverse
            .process_with_scratch(&mut self.spectrum, &mut self.time, scratch);
        let scale = 1.0 / self.fft as f32;
        for index in 0..=self.fft / 2 {
            let cycles = std::f32::consts::PI * f0_hz * index as f32 / self.rate_hz;
            let smoothing = if index == 0 {
                1.0
            } else {
                cycles.sin() / cycles
            };
            let sharpening = 1.0 - 2.0 * COMPENSATION + 2.0 * COMPENSATION * (2.0 * cycles).cos();
            let lifted = self.time[index] * smoothing * sharpening * scale;
            self.time[index] = lifted;
            self.time[(self.fft - index) % self.fft] = lifted;
        }
        let scratch = &mut self.scratch[..self.forward.get_scratch_len()];
        let _ = self
            .forward
            .process_with_scratch(&mut self.time, &mut self.spectrum, scratch);
        for (value, bin) in envelope.iter_mut().zip(&self.spectrum) {
            *value = bin.re.exp();
        }
    }
}

/// A Hann window that is 1 at 0 and 0 at `±half`.
fn hann(offset: f32, half: f32) -> f32 {
    if offset.abs() >= half {
        0.0
    } else {
        0.5 + 0.5 * (std::f32::consts::PI * offset / half).cos()
    }
}

/// Linear interpolation of `values` at `position`, which lies inside.
fn read(values: &[f64], position: f64) -> f64 {
    let index = (position as usize).min(values.len() - 2);
    values[index] + (values[index + 1] - values[index]) * (position - index as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::of(16_000);

    /// A two-pole resonance driven by one pulse per period; returns the signal and the true power envelope.
    fn vowel(f0_hz: f32, length: usize, bins: usize) -> (Vec<f32>, Vec<f32>) {
        let (radius, angle) = (0.96f32, 2.0 * std::f32::consts::PI * 1500.0 / 16_000.0);
        let (a1, a2) = (-2.0 * radius * angle.cos(), radius * radius);
        let period = (16_000.0 / f0_hz).round() as usize;
        let amplitude = (period as f32).sqrt();
        let mut signal = vec![0.0f32; length];
        for n in 0..length {
            let pulse = if n % period == 0 { amplitude } else { 0.0 };
            let (one, two) = (
                if n > 0 { signal[n - 1] } else { 0.0 },
                if n > 1 { signal[n - 2] } else { 0.0 },
            );
            signal[n] = pulse - a1 * one - a2 * two;
        }
        let envelope = (0..bins)
            .map(|bin| {
                let w = std::f32::consts::PI * bin as f32 / (bins - 1) as f32;
                let re = 1.0 + a1 * w.cos() + a2 * (2.0 * w).cos();
                let im = a1 * w.sin() + a2 * (2.0 * w).sin();
                1.0 / (re * re + im * im)
            })
            .collect();
        (signal, envelope)
    }

    #[test]
    fn the_envelope_of_a_vowel_does_not_show_its_harmonics() {
        let mut estimator = SpectralEnvelope::new(RATE);
        let half = estimator.half_window().0;
        for f0_hz in [100.0, 160.0, 250.0] {
            let (signal, truth) = vowel(f0_hz, 4000, estimator.fft() / 2 + 1);
            let mut found = vec![0.0; truth.len()];
            for centre in [2000, 2017, 2051] {
                estimator.process(&signal[centre - half..=centre + half], f0_hz, &mut found);
                // Harmonics would ripple by 20 dB and more; the box itself errs by up to 2 dB on the flanks.
                for bin in 20..480 {
                    let error = 10.0 * (found[bin] / truth[bin]).log10();
                    assert!(
                        error.abs() < 2.5,
                        "F0 {f0_hz}, bin {bin}: off by {error} dB"
                    );
                }
            }
        }
    }

    #[test]
    fn white_noise_of_variance_one_has_an_envelope_of_one() {
        let mut estimator = SpectralEnvelope::new(RATE);
        let length = 2 * estimator.half_window().0 + 1;
        let mut envelope = vec![0.0; estimator.fft() / 2 + 1];
        let mut state = 1u32;
        let (mut sum, mut count) = (0.0f64, 0.0f64);
        for _ in 0..200 {
            let segment: Vec<f32> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ((state >> 8) as f32 / 8_388_608.0 - 1.0) * 3f32.sqrt()
                })
                .collect();
            estimator.process(&segment, 0.0, &mut envelope);
            sum += envelope
                .iter()
                .map(|&value| f64::from(value).ln())
                .sum::<f64>();
            count += envelope.len() as f64;
        }
        // The mean of the log of a smoothed periodogram lies 1 to 2 dB below the log of the mean; a wrong
        // normalisation is at least 3 dB.
        let mean_db = 10.0 / std::f64::consts::LN_10 * sum / count + 1.5;
        assert!(mean_db.abs() < 1.0, "{mean_db} dB");
    }

    #[test]
    fn silence_and_extreme_f0_stay_finite() {
        let mut estimator = SpectralEnvelope::new(RATE);
        let segment = vec![0.0; 2 * estimator.half_window().0 + 1];
        let mut envelope = vec![0.0; estimator.fft() / 2 + 1];
        for f0_hz in [0.0, 1.0, 71.0, 1100.0, 8000.0] {
            estimator.process(&segment, f0_hz, &mut envelope);
            assert!(
                envelope
                    .iter()
                    .all(|value| value.is_finite() && *value < 1e-12)
            );
        }
    }
}
