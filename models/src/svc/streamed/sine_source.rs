//! Makes the excitation of a neural source-filter generator, with a phase that never breaks.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use syrinx_dsp::SampleRate;

use crate::graph::SourceMix;

/// Amplitude of a harmonic before mixing (`sine_amp` in every public configuration).
const AMPLITUDE: f64 = 0.1;

/// Standard deviation of the noise where voiced (`add_noise_std` in every public configuration).
const VOICED_NOISE: f64 = 0.003;

/// Standard deviation of the noise where unvoiced: the references' third of the amplitude.
const UNVOICED_NOISE: f64 = AMPLITUDE / 3.0;

/// The excitation of a neural source-filter generator: sines at F0 and its multiples, noise, and their mix.
///
/// F0 is held over a frame; the phase is summed in 64-bit and goes on from chunk to chunk, where the graphs' own
/// source begins anew in every run. The noise of a sample depends on seed and place alone. It is drawn once per
/// sample instead of once per harmonic, which after the linear mix is the same distribution.
///
/// Reference: `SineGen` and `SourceModuleHnNSF` of the NSF vocoders, as in So-VITS-SVC 4 and RVC.
#[derive(Clone, Debug)]
pub(crate) struct SineSource {
    mix: SourceMix,
    rate: SampleRate,
    hop: usize,
    noise: ChaCha8Rng,
    noise_scale: f64,
    constant_noise: bool,
    /// Where each harmonic starts, as cosine and sine; the fundamental at 0.
    starts: Vec<(f64, f64)>,
    /// Turns of the fundamental before the next sample.
    phase: f64,
    /// The next frame.
    frame: u64,
}

impl SineSource {
    /// The source at the start of a stream.
    pub(crate) fn new(mix: SourceMix, rate: SampleRate, hop: usize, seed: u64) -> SineSource {
        let (noise, starts) = draw(seed, mix.weights.len());
        let power: f64 = mix
            .weights
            .iter()
            .map(|&weight| f64::from(weight).powi(2))
            .sum();
        SineSource {
            noise_scale: power.sqrt(),
            constant_noise: false,
            mix,
            rate,
            hop,
            noise,
            starts,
            phase: 0.0,
            frame: 0,
        }
    }

    /// With these phases at the start, in turns, and a constant in place of the noise of every harmonic: what a
    /// comparison with a graph needs.
    pub(super) fn with_constants(mut self, starts: Vec<f64>, noise: f64) -> SineSource {
        self.starts = starts.into_iter().map(on_circle).collect();
        let sum: f64 = self
            .mix
            .weights
            .iter()
            .map(|&weight| f64::from(weight))
            .sum();
        self.noise_scale = sum * noise;
        self.constant_noise = true;
        self
    }

    /// Back to the start of a stream.
    pub(super) fn restart(&mut self, seed: u64) {
        self.restart_at(seed, 0);
    }

    /// At phase 0 before frame `first` of a recording.
    pub(super) fn restart_at(&mut self, seed: u64, first: i64) {
        (self.noise, self.starts) = draw(seed, self.mix.weights.len());
        // Wraps around for negative frames, which are as good as any other.
        (self.phase, self.frame) = (0.0, first as u64);
    }

    /// Without noise.
    pub(super) fn quiet(mut self) -> SineSource {
        self.noise_scale = 0.0;
        self
    }

    /// The excitation over the frames of `f0_hz` (0 where unvoiced); from it, the next call goes on after the first
    /// `advance` frames.
    pub(crate) fn make(&mut self, f0_hz: &[f32], advance: usize) -> Vec<f32> {
        let mut excitation = Vec::with_capacity(f0_hz.len() * self.hop);
        let (mut phase, mut after) = (self.phase, self.phase);
        for (index, &f0_hz) in f0_hz.iter().enumerate() {
            if index == advance {
                after = phase;
            }
            phase = self.frame(index as u64, f64::from(f0_hz), phase, &mut excitation);
        }
        if advance >= f0_hz.len() {
            after = phase;
        }
        self.phase = after.fract();
        self.frame = self.frame.wrapping_add(advance as u64);
        excitation
    }

    /// Appends one frame, and returns the phase after it.
    fn frame(&mut self, index: u64, f0_hz: f64, mut phase: f64, excitation: &mut Vec<f32>) -> f64 {
        let voiced = f0_hz > 0.0;
        let deviation = if voiced { VOICED_NOISE } else { UNVOICED_NOISE };
        let deviation = deviation * self.noise_scale;
        let step = f0_hz / f64::from(self.rate.hz());
        // Two words for each pair of normal values.
        let words =
            u128::from(self.frame.wrapping_add(index)) * (self.hop as u128).next_multiple_of(2);
        self.noise.set_word_pos(1024 + words);
        let mut spare = None;
        for _ in 0..self.hop {
            phase += step;
            let sines = if voiced { self.sines(phase) } else { 0.0 };
            let noise = if self.constant_noise {
                1.0
            } else {
                spare.take().unwrap_or_else(|| {
                    let (first, second) = normal_pair(&mut self.noise);
                    spare = Some(second);
                    first
                })
            };
            let sum = sines + deviation * noise + f64::from(self.mix.bias);
            excitation.push(sum.tanh() as f32);
        }
        phase
    }

    /// The weighted sum of all harmonics at a phase of the fundamental.
    fn sines(&self, phase: f64) -> f64 {
        let (sine, cosine) = (TAU * phase.fract()).sin_cos();
        let (mut re, mut im) = (1.0, 0.0);
        let mut sum = 0.0;
        for (&weight, &(start_re, start_im)) in self.mix.weights.iter().zip(&self.starts) {
            (re, im) = (re * cosine - im * sine, re * sine + im * cosine);
            sum += f64::from(weight) * (re * start_im + im * start_re);
        }
        AMPLITUDE * sum
    }
}

/// The generator of the noise, and where each harmonic starts.
fn draw(seed: u64, harmonics: usize) -> (ChaCha8Rng, Vec<(f64, f64)>) {
    let mut noise = ChaCha8Rng::seed_from_u64(seed);
    // Another stream than that of the latent noise, which has the same seed.
    noise.set_stream(1);
    let starts = (0..harmonics).map(|harmonic| match harmonic {
        0 => 0.0,
        _ => f64::from(noise.next_u32()) / 2f64.powi(32),
    });
    let starts = starts.map(on_circle).collect();
    (noise, starts)
}

fn on_circle(turns: f64) -> (f64, f64) {
    let (sine, cosine) = (TAU * turns).sin_cos();
    (cosine, sine)
}

/// Two independent normal values (Box and Muller 1958).
pub(super) fn normal_pair(generator: &mut ChaCha8Rng) -> (f64, f64) {
    let mut uniform = || (f64::from(generator.next_u32()) + 0.5) / 2f64.powi(32);
    let radius = (-2.0 * uniform().ln()).sqrt();
    let (sine, cosine) = (TAU * uniform()).sin_cos();
    (radius * cosine, radius * sine)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::of(44_100);
    const HOP: usize = 512;

    fn source(seed: u64) -> SineSource {
        let mix = SourceMix {
            weights: vec![0.6, -0.3, 0.2],
            bias: 0.01,
        };
        SineSource::new(mix, RATE, HOP, seed)
    }

    #[test]
    fn chunks_and_what_was_made_ahead_do_not_show() {
        let f0: Vec<f32> = (0..40)
            .map(|x| if x % 9 < 2 { 0.0 } else { 180.0 + x as f32 })
            .collect();
        let whole = source(5).make(&f0, f0.len());
        let mut parts = source(5);
        let mut made = Vec::new();
        let mut from = 0;
        for (chunk, ahead) in [(3, 0), (1, 4), (7, 2), (10, 9), (5, 1), (14, 0)] {
            let part = parts.make(&f0[from..from + chunk + ahead], chunk);
            made.extend_from_slice(&part[..chunk * HOP]);
            from += chunk;
        }
        // The phase is kept modulo one turn, so the last bits of the sums differ.
        let off = whole.iter().zip(&made).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) < 1e-6);
        assert_ne!(source(6).make(&f0, 40), whole);
    }

    #[test]
    fn it_is_the_sum_of_harmonics() {
        let made = source(0)
            .with_constants(vec![0.0, 0.25, 0.5], 0.0)
            .make(&[300.0; 8], 8);
        for (n, &found) in made.iter().enumerate() {
            let turns = 300.0 * (n + 1) as f64 / 44_100.0;
            let sine = |harmonic: f64, start: f64| (TAU * (harmonic * turns + start)).sin();
            let sum = 0.6 * sine(1.0, 0.0) - 0.3 * sine(2.0, 0.25) + 0.2 * sine(3.0, 0.5);
            let expected = (0.1 * sum + 0.01).tanh();
            // 1e-7 is the last bit of an f32 of this size.
            assert!((f64::from(found) - expected).abs() < 1e-7, "{n}");
        }
    }

    #[test]
    fn noise_is_as_loud_as_that_of_every_harmonic_mixed() {
        let made = source(1).make(&[0.0; 400], 400);
        let count = made.len() as f64;
        let mean = made.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let power = made
            .iter()
            .map(|&x| (f64::from(x) - mean).powi(2))
            .sum::<f64>()
            / count;
        let expected = UNVOICED_NOISE * (0.36f64 + 0.09 + 0.04).sqrt();
        // Five standard errors for 200 000 draws are 0.8 %.
        assert!(
            (power.sqrt() / expected - 1.0).abs() < 0.008,
            "{}",
            power.sqrt()
        );
    }
}
