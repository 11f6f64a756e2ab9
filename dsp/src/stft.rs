//! Cuts a stream into windowed, overlapping frames and gives the spectrum of each.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use crate::window::hann_periodic;
use crate::{ConfigError, History, Samples};

/// How a [`Stft`] cuts its frames; all lengths in samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StftConfig {
    /// Transform length, at least 2; a spectrum has `fft / 2 + 1` bins.
    pub fft: usize,
    /// Length of the periodic Hann window, 1 to `fft`; a shorter one is padded with zeros on both sides.
    pub window: usize,
    /// Distance between frames, at least 1.
    pub hop: usize,
}

/// Short-time Fourier transform of a stream.
///
/// Frame `i` is centred at sample `i * hop`, with silence before the stream: the frames, their phases and
/// their number are those of `librosa.stft(y, n_fft=fft, win_length=window, hop_length=hop, center=True,
/// pad_mode="constant")`, unscaled. Frame `i` is there once sample `i * hop + latency - 1` has been pushed.
pub struct Stft {
    config: StftConfig,
    window: Vec<f32>,
    history: History,
    /// Samples still to come before the next frame is complete.
    missing: usize,
    transform: Arc<dyn RealToComplex<f32>>,
    frame: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Stft {
    /// Plans the transform and starts with silence.
    ///
    /// # Errors
    /// [`ConfigError`] if a length is outside the range that [`StftConfig`] gives.
    pub fn new(config: &StftConfig) -> Result<Stft, ConfigError> {
        let StftConfig { fft, window, hop } = *config;
        ConfigError::check(fft >= 2, "fft", "at least 2 samples", fft as f64)?;
        let window_holds = (1..=fft).contains(&window);
        ConfigError::check(window_holds, "window", "1 to fft samples", window as f64)?;
        ConfigError::check(hop >= 1, "hop", "at least 1 sample", hop as f64)?;
        let transform = RealFftPlanner::<f32>::new().plan_fft_forward(fft);
        let mut stft = Stft {
            config: *config,
            window: hann_periodic(window),
            history: History::new(window),
            missing: 0,
            frame: transform.make_input_vec(),
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            transform,
        };
        stft.missing = stft.latency().0;
        Ok(stft)
    }

    /// Take samples, any number, and hand each frame that they complete to `on_frame`: `fft / 2 + 1` bins,
    /// bin `k` at `k * rate / fft` Hz.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, log or panic (as long as `on_frame` does not).
    pub fn push(&mut self, mut input: &[f32], mut on_frame: impl FnMut(&[Complex<f32>])) {
        while self.missing <= input.len() {
            let (now, later) = input.split_at(self.missing);
            self.history.push(now);
            self.transform_frame();
            on_frame(&self.spectrum);
            self.missing = self.config.hop;
            input = later;
        }
        self.history.push(input);
        self.missing -= input.len();
    }

    /// Push the silence after the end of the stream, so that the frames that are centred within it come out:
    /// in all `1 + n / hop` for `n` samples.
    ///
    /// # Real-time safety
    /// As [`push`](Self::push).
    pub fn finish(&mut self, mut on_frame: impl FnMut(&[Complex<f32>])) {
        const SILENCE: [f32; 64] = [0.0; 64];
        let mut left = self.latency().0;
        while left > 0 {
            let count = left.min(SILENCE.len());
            self.push(&SILENCE[..count], &mut on_frame);
            left -= count;
        }
    }

    /// Samples from a frame's centre to its last one: half a window.
    pub fn latency(&self) -> Samples {
        // As librosa pads: the odd zero goes to the right of the window.
        let StftConfig { fft, window, .. } = self.config;
        Samples((fft - window) / 2 + window - fft / 2)
    }

    /// Bins of a spectrum, `fft / 2 + 1`.
    pub fn bins(&self) -> usize {
        self.spectrum.len()
    }

    /// How the frames are cut.
    pub fn config(&self) -> &StftConfig {
        &self.config
    }

    /// Back to the silence before a stream.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, log or panic.
    pub fn reset(&mut self) {
        self.history.reset();
        self.missing = self.latency().0;
    }

    fn transform_frame(&mut self) {
        let start = (self.config.fft - self.config.window) / 2;
        let weighted = self
            .window
            .iter()
            .zip(self.history.samples())
            .map(|(w, x)| w * x);
        // The transform uses its input as scratch, so the padding is written anew each time.
        self.frame.fill(0.0);
        for (slot, x) in self.frame[start..].iter_mut().zip(weighted) {
            *slot = x;
        }
        let (frame, spectrum) = (&mut self.frame, &mut self.spectrum);
        let done = self
            .transform
            .process_with_scratch(frame, spectrum, &mut self.scratch);
        debug_assert!(done.is_ok(), "the buffers come from the plan");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize) -> Vec<f32> {
        let mut seed = 1u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..len).map(|_| next()).collect()
    }

    /// One bin by the definition of the transform, in `f64`.
    fn bin(signal: &[f32], config: &StftConfig, frame: usize, bin: usize) -> Complex<f64> {
        let StftConfig { fft, window, hop } = *config;
        let mut sum = Complex::new(0.0, 0.0);
        for n in 0..window {
            let k = n + (fft - window) / 2;
            let at = (frame * hop + k).checked_sub(fft / 2);
            let x = at.and_then(|at| signal.get(at)).copied().unwrap_or(0.0);
            let hann = 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / window as f64).cos();
            let phase = -std::f64::consts::TAU * (k * bin % fft) as f64 / fft as f64;
            sum += Complex::from_polar(hann * f64::from(x), phase);
        }
        sum
    }

    #[test]
    fn frames_are_the_definition_for_any_blocks() {
        for (fft, window, hop) in [
            (512, 400, 160),
            (64, 64, 16),
            (9, 4, 5),
            (32, 7, 50),
            (2, 1, 1),
        ] {
            let config = StftConfig { fft, window, hop };
            let signal = noise(1_003);
            let mut stft = Stft::new(&config).unwrap();
            let mut frames: Vec<Vec<Complex<f32>>> = Vec::new();
            let mut rest = &signal[..];
            for block in [0, 1, 200, 3, 480, 64].into_iter().cycle() {
                let (now, later) = rest.split_at(block.min(rest.len()));
                stft.push(now, |frame| frames.push(frame.to_vec()));
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            stft.finish(|frame| frames.push(frame.to_vec()));
            assert_eq!(frames.len(), 1 + signal.len() / hop);
            for (i, frame) in frames.iter().enumerate() {
                assert_eq!(frame.len(), fft / 2 + 1);
                for k in (0..frame.len()).step_by(1 + frame.len() / 9) {
                    let expected = bin(&signal, &config, i, k);
                    let found = Complex::new(f64::from(frame[k].re), f64::from(frame[k].im));
                    // f32 transforms err by about 1e-7 of the sum of the magnitudes; one sample of shift
                    // changes noise by its own size.
                    let error = (found - expected).norm();
                    assert!(
                        error < 1e-6 * window as f64,
                        "{config:?} {i} {k}: {found} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_frame_comes_with_its_last_sample() {
        for (fft, window, hop, latency) in
            [(512, 400, 160, 200), (1024, 1024, 160, 512), (9, 4, 5, 2)]
        {
            let mut stft = Stft::new(&StftConfig { fft, window, hop }).unwrap();
            assert_eq!(stft.latency(), Samples(latency));
            let mut frames = 0;
            for n in 1..2_000 {
                stft.push(&[0.5], |_| frames += 1);
                let expected = if n < latency {
                    0
                } else {
                    1 + (n - latency) / hop
                };
                assert_eq!(frames, expected, "after {n}");
            }
        }
    }

    #[test]
    fn reset_forgets_everything() {
        let mut stft = Stft::new(&StftConfig {
            fft: 64,
            window: 64,
            hop: 16,
        })
        .unwrap();
        let collect = |stft: &mut Stft| {
            let mut all = Vec::new();
            stft.push(&noise(300), |frame| all.extend_from_slice(frame));
            all
        };
        let first = collect(&mut stft);
        assert_ne!(first, collect(&mut stft));
        stft.reset();
        assert_eq!(first, collect(&mut stft));
    }

    #[test]
    fn impossible_lengths_are_errors() {
        for (fft, window, hop) in [(1, 1, 1), (64, 65, 16), (64, 0, 16), (64, 64, 0)] {
            assert!(
                Stft::new(&StftConfig { fft, window, hop }).is_err(),
                "{fft} {window} {hop}"
            );
        }
    }
}
