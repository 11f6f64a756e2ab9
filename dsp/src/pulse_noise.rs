//! Synthesises speech from F0 and spectral envelopes: pulses and noise through minimum-phase filters.
//!
//! The excitation and scaling follow the synthesiser of WORLD (M. Morise et al., "WORLD: a vocoder-based
//! high-quality speech synthesis system", IEICE Trans. 2016); the minimum phase comes from the folded
//! cepstrum (Oppenheim and Schafer, Discrete-Time Signal Processing, chapter 13). Every response starts at its
//! pulse, so the synthesis itself adds no latency.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::knots::{KnotScale, KnotsToBins};
use crate::units::SampleRate;

/// One frame of a voice: what sounds at its centre.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceFrame {
    /// F0 in Hz; 0 where unvoiced, and `harmonic` is then not read.
    pub f0_hz: f32,
    /// Natural log amplitude of the periodic part at each knot; 0 is that of white noise of variance 1.
    pub harmonic: Vec<f32>,
    /// Natural log amplitude of the noise at each knot.
    pub noise: Vec<f32>,
}

impl VoiceFrame {
    /// Silence with `knots` knots.
    pub fn silence(knots: usize) -> VoiceFrame {
        VoiceFrame {
            f0_hz: 0.0,
            harmonic: vec![SILENCE; knots],
            noise: vec![SILENCE; knots],
        }
    }
}

/// Log amplitude of nothing: 200 dB below full scale.
pub const SILENCE: f32 = -23.0;

/// What is constant during a synthesis.
#[derive(Clone, Debug)]
pub struct PulseNoiseConfig {
    /// The rate of the output.
    pub rate: SampleRate,
    /// Output samples between two frames.
    pub hop: usize,
    /// Where the knots lie.
    pub scale: KnotScale,
    /// FFT points of a response; it must ring out in them (1024 at 32 kHz are 32 ms).
    pub fft: usize,
    /// Parts of a hop with a noise filter each. Two make 5 ms: about the resolution of the envelopes.
    pub noise_parts: usize,
    /// Seed of the noise.
    pub seed: u32,
}

/// Turns one frame per hop into samples.
///
/// Each call renders the hop between the previous frame and the new one, so the output lags behind the frames
/// by one hop and behind nothing else.
pub struct PulseNoise {
    config: PulseNoiseConfig,
    to_bins: KnotsToBins,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    excitation: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    bins: Vec<f32>,
    knots: Vec<f32>,
    previous: VoiceFrame,
    phase: f32,
    random: u32,
    tail: Vec<f32>,
}

impl PulseNoise {
    /// Prepares the synthesis; starts in silence.
    pub fn new(config: PulseNoiseConfig) -> PulseNoise {
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(config.fft);
        let inverse = planner.plan_fft_inverse(config.fft);
        let scratch_len = forward.get_scratch_len().max(inverse.get_scratch_len());
        let knots = config.scale.count();
        PulseNoise {
            to_bins: KnotsToBins::new(&config.scale, config.fft, config.rate.hz() as f32),
            time: vec![0.0; config.fft],
            spectrum: forward.make_output_vec(),
            excitation: forward.make_output_vec(),
            scratch: vec![Complex::default(); scratch_len],
            bins: vec![0.0; config.fft / 2 + 1],
            knots: vec![0.0; knots],
            previous: VoiceFrame::silence(knots),
            phase: 0.0,
            random: config.seed ^ RANDOM_START,
            tail: vec![0.0; config.hop + config.fft],
            forward,
            inverse,
            config,
        }
    }

    /// Renders the hop from the previous frame to `frame` into `output` (`hop` samples).
    ///
    /// # Real-time safety
    ///
    /// Does not allocate; the work is bounded by F0 at most 1200 Hz. Panics only on slices of other lengths.
    pub fn process(&mut self, frame: &VoiceFrame, output: &mut [f32]) {
        assert_eq!(output.len(), self.config.hop, "output of one hop");
        self.add_pulses(frame);
        self.add_noise(frame);
        let hop = self.config.hop;
        for (out, &value) in output.iter_mut().zip(&self.tail) {
            // Subnormal tails of decaying responses would slow everything after them down.
            *out = if value.abs() < 1e-20 { 0.0 } else { value };
        }
        self.tail.copy_within(hop.., 0);
        let end = self.tail.len() - hop;
        self.tail[end..].fill(0.0);
        self.previous.f0_hz = frame.f0_hz;
        self.previous.harmonic.copy_from_slice(&frame.harmonic);
        self.previous.noise.copy_from_slice(&frame.noise);
    }

    /// Back to the start: silence, the same noise again.
    ///
    /// # Real-time safety
    ///
    /// Does not allocate.
    pub fn reset(&mut self) {
        self.tail.fill(0.0);
        self.previous.f0_hz = 0.0;
        self.previous.harmonic.fill(SILENCE);
        self.previous.noise.fill(SILENCE);
        self.phase = 0.0;
        self.random = self.config.seed ^ RANDOM_START;
    }

    /// Changes the seed of the noise, from the next sample on; an equal one changes nothing.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn set_seed(&mut self, seed: u32) {
        if seed != self.config.seed {
            self.config.seed = seed;
            self.random = seed ^ RANDOM_START;
        }
    }

    /// Lays a minimum-phase response at every wrap of the phase of F0.
    fn add_pulses(&mut self, frame: &VoiceFrame) {
        let (from, to) = (self.previous.f0_hz, frame.f0_hz);
        if from <= 0.0 && to <= 0.0 {
            self.phase = 0.0;
            return;
        }
        // Where one side is unvoiced its F0 is the other's: the note starts and ends at its own pitch.
        let (from, to) = (
            if from > 0.0 { from } else { to },
            if to > 0.0 { to } else { from },
        );
        let (rate, hop) = (self.config.rate.hz() as f32, self.config.hop);
        for n in 0..hop {
            let position = n as f32 / hop as f32;
            let step = ((from + (to - from) * position).min(1200.0)) / rate;
            let next = self.phase + step;
            if next >= 1.0 {
                let fraction = (1.0 - self.phase) / step;
                self.phase = next - 1.0;
                self.pulse(frame, n, fraction.clamp(0.0, 1.0), 1.0 / step);
            } else {
                self.phase = next;
            }
        }
    }

    /// Adds one response that starts `fraction` of a sample after sample `n`.
    fn pulse(&mut self, frame: &VoiceFrame, n: usize, fraction: f32, period: f32) {
        let weight = (n as f32 + fraction) / self.config.hop as f32;
        // At the edge of a voiced part there is one envelope only: it fades linearly.
        let fade = match (self.previous.f0_hz > 0.0, frame.f0_hz > 0.0) {
            (false, _) => {
                self.knots.copy_from_slice(&frame.harmonic);
                weight
            }
            (true, false) => {
                self.knots.copy_from_slice(&self.previous.harmonic);
                1.0 - weight
            }
            (true, true) => {
                mix(
                    &self.previous.harmonic,
                    &frame.harmonic,
                    weight,
                    &mut self.knots,
                );
                1.0
            }
        };
        self.minimum_phase();
        // One pulse of height sqrt(period) per period has the power of white noise of variance 1.
        let amplitude = period.sqrt() * fade;
        let turn = -2.0 * std::f32::consts::PI * fraction / self.config.fft as f32;
        for (index, bin) in self.spectrum.iter_mut().enumerate() {
            *bin *= Complex::from_polar(amplitude, turn * index as f32);
        }
        self.lay(n);
    }

    /// Adds noise, a part of the hop at a time, each through the filter of its middle.
    fn add_noise(&mut self, frame: &VoiceFrame) {
        let parts = self.config.noise_parts;
        for part in 0..parts {
            let (start, end) = (
                part * self.config.hop / parts,
                (part + 1) * self.config.hop / parts,
            );
            self.time.fill(0.0);
            for index in 0..end - start {
                self.time[index] = uniform(&mut self.random);
            }
            let scratch = &mut self.scratch[..self.forward.get_scratch_len()];
            // Lengths are fixed at construction, so no transform here can fail.
            let _ =
                self.forward
                    .process_with_scratch(&mut self.time, &mut self.excitation, scratch);
            let weight = (part as f32 + 0.5) / parts as f32;
            mix(&self.previous.noise, &frame.noise, weight, &mut self.knots);
            self.minimum_phase();
            for (bin, excitation) in self.spectrum.iter_mut().zip(&self.excitation) {
                *bin *= excitation;
            }
            self.lay(start);
        }
    }

    /// From log amplitudes in `knots` to the minimum-phase response in `spectrum`.
    fn minimum_phase(&mut self) {
        self.to_bins.apply(&self.knots, &mut self.bins);
        for (bin, &log) in self.spectrum.iter_mut().zip(&self.bins) {
            *bin = Complex::new(log, 0.0);
        }
        let fft = self.config.fft;
        let scratch = &mut self.scratch[..self.inverse.get_scratch_len()];
        let _ = self
            .inverse
            .process_with_scratch(&mut self.spectrum, &mut self.time, scratch);
        // Fold the cepstrum: twice the causal half, nothing of the other.
        let scale = 1.0 / fft as f32;
        self.time[0] *= scale;
        self.time[fft / 2] *= scale;
        for value in &mut self.time[1..fft / 2] {
            *value *= 2.0 * scale;
        }
        self.time[fft / 2 + 1..].fill(0.0);
        let scratch = &mut self.scratch[..self.forward.get_scratch_len()];
        let _ = self
            .forward
            .process_with_scratch(&mut self.time, &mut self.spectrum, scratch);
        for bin in &mut self.spectrum {
            *bin = Complex::from_polar(bin.re.exp(), bin.im);
        }
    }

    /// Adds the response in `spectrum` to the output from sample `n` on.
    fn lay(&mut self, n: usize) {
        let last = self.spectrum.len() - 1;
        // The ends of a real spectrum are real; the half-sample turn leaves a rest there.
        self.spectrum[0].im = 0.0;
        self.spectrum[last].im = 0.0;
        let scratch = &mut self.scratch[..self.inverse.get_scratch_len()];
        let _ = self
            .inverse
            .process_with_scratch(&mut self.spectrum, &mut self.time, scratch);
        let scale = 1.0 / self.config.fft as f32;
        for (out, value) in self.tail[n..].iter_mut().zip(&self.time) {
            *out += value * scale;
        }
    }
}

/// Any odd constant: xorshift must not start at 0, and seed 0 is a fine seed.
const RANDOM_START: u32 = 0x9e37_79b9;

/// White noise of variance 1, uniform (xorshift32, G. Marsaglia 2003).
fn uniform(state: &mut u32) -> f32 {
    if *state == 0 {
        *state = RANDOM_START;
    }
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    ((*state >> 8) as f32 / 8_388_608.0 - 1.0) * 1.732_050_8
}

/// `out = from + (to - from) * weight`, knot by knot.
fn mix(from: &[f32], to: &[f32], weight: f32, out: &mut [f32]) {
    for ((out, from), to) in out.iter_mut().zip(from).zip(to) {
        *out = from + (to - from) * weight;
    }
}
