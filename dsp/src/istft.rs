//! Adds the spectra of overlapping frames up to the signal that they are of.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner};

use crate::stft::StftConfig;
use crate::window::hann_periodic;
use crate::{ConfigError, Samples};

/// Where the windows of all frames together weigh less than this, nothing is known of the signal: it is left at 0. In f32
/// a smaller weight is the rounding of the window's ends.
const LEAST_WEIGHT: f32 = 1e-8;

/// Inverse short-time Fourier transform of a whole signal.
///
/// Each frame is weighted with the window once more, and the sum is divided by the sum of the squared windows: that gives
/// the signal back exactly where its spectra are those of a signal, and the nearest one otherwise (Griffin and Lim 1984).
/// Frame `i` is centred at sample `i * hop`, as those of [`Stft`](crate::Stft); the result is that of `torch.istft` with
/// `center=True`, `(frames - 1) * hop` samples.
pub struct Istft {
    config: StftConfig,
    window: Vec<f32>,
    transform: Arc<dyn ComplexToReal<f32>>,
}

impl Istft {
    /// Plans the transform.
    ///
    /// # Errors
    /// [`ConfigError`] if a length is outside the range that [`StftConfig`] gives.
    pub fn new(config: &StftConfig) -> Result<Istft, ConfigError> {
        let StftConfig { fft, window, hop } = *config;
        ConfigError::check(fft >= 2, "fft", "at least 2 samples", fft as f64)?;
        let window_holds = (1..=fft).contains(&window);
        ConfigError::check(window_holds, "window", "1 to fft samples", window as f64)?;
        ConfigError::check(hop >= 1, "hop", "at least 1 sample", hop as f64)?;
        let start = (fft - window) / 2;
        let mut padded = vec![0.0; fft];
        padded[start..start + window].copy_from_slice(&hann_periodic(window));
        Ok(Istft {
            config: *config,
            window: padded,
            transform: RealFftPlanner::<f32>::new().plan_fft_inverse(fft),
        })
    }

    /// Bins of a spectrum, `fft / 2 + 1`.
    pub fn bins(&self) -> usize {
        self.config.fft / 2 + 1
    }

    /// The samples that `frames` frames give.
    pub fn samples(&self, frames: usize) -> Samples {
        Samples(frames.saturating_sub(1) * self.config.hop)
    }

    /// The signal of these spectra: real and imaginary parts, frame after frame, [`Istft::bins`] values each.
    ///
    /// # Panics
    /// If the parts differ in length, or are not of whole frames.
    pub fn run(&self, real: &[f32], imaginary: &[f32]) -> Vec<f32> {
        let bins = self.bins();
        assert_eq!(real.len(), imaginary.len(), "real and imaginary parts");
        assert_eq!(real.len() % bins, 0, "frames of {bins} bins");
        let StftConfig { fft, hop, .. } = self.config;
        let frames = real.len() / bins;
        let mut sum = vec![0.0; frames.saturating_sub(1) * hop + fft];
        let mut weight = vec![0.0; sum.len()];
        let (mut spectrum, mut frame) = (self.transform.make_input_vec(), vec![0.0; fft]);
        let mut scratch = self.transform.make_scratch_vec();
        for number in 0..frames {
            let parts = real[number * bins..]
                .iter()
                .zip(&imaginary[number * bins..]);
            for (bin, (&re, &im)) in spectrum.iter_mut().zip(parts) {
                *bin = Complex { re, im };
            }
            // A real signal has none there.
            spectrum[0].im = 0.0;
            if fft % 2 == 0 {
                spectrum[bins - 1].im = 0.0;
            }
            // The lengths are the transform's own, and the imaginary parts that it refuses are gone.
            let _ = self
                .transform
                .process_with_scratch(&mut spectrum, &mut frame, &mut scratch);
            let place = number * hop;
            for (index, (&value, &window)) in frame.iter().zip(&self.window).enumerate() {
                sum[place + index] += value * window / fft as f32;
                weight[place + index] += window * window;
            }
        }
        let centred = fft / 2..fft / 2 + self.samples(frames).0;
        let weighted = sum[centred.clone()].iter().zip(&weight[centred]);
        weighted
            .map(|(&sum, &weight)| match weight > LEAST_WEIGHT {
                true => sum / weight,
                false => 0.0,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stft;

    #[test]
    fn spectra_of_a_signal_give_it_back() {
        for (fft, window, hop) in [(64, 64, 16), (64, 48, 16), (63, 40, 9)] {
            let config = StftConfig { fft, window, hop };
            let signal: Vec<f32> = (0..50 * hop)
                .map(|n| (n as f32 * 0.37).sin() * (n as f32 * 0.011).cos())
                .collect();
            let (mut real, mut imaginary) = (Vec::new(), Vec::new());
            let mut stft = Stft::new(&config).unwrap();
            let mut keep = |spectrum: &[Complex<f32>]| {
                real.extend(spectrum.iter().map(|bin| bin.re));
                imaginary.extend(spectrum.iter().map(|bin| bin.im));
            };
            stft.push(&signal, &mut keep);
            stft.finish(&mut keep);
            let back = Istft::new(&config).unwrap().run(&real, &imaginary);
            assert_eq!(back.len(), signal.len());
            let most = back
                .iter()
                .zip(&signal)
                .fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
            // Rounding of two transforms and a sum; a window that is off by a sample gives 1e-1.
            assert!(most < 2e-6, "{fft}, {window}, {hop}: {most}");
        }
    }

    #[test]
    fn lengths_out_of_range_are_refused_and_nothing_gives_nothing() {
        let wrong = StftConfig {
            fft: 64,
            window: 65,
            hop: 16,
        };
        assert!(Istft::new(&wrong).is_err());
        let istft = Istft::new(&StftConfig {
            window: 64,
            ..wrong
        })
        .unwrap();
        assert!(istft.run(&[], &[]).is_empty());
        assert!(istft.run(&[1.0; 33], &[0.0; 33]).is_empty());
    }
}
