//! Keeps what a file of whole numbers cannot hold from being clipped: a true-peak limiter before the WAV sink.

use syrinx_dsp::{Decibels, LimiterConfig, SampleRate, TruePeakLimiter};
use syrinx_models::{SampleSink, WriteError};

use super::encode_error::EncodeError;
use super::wav_format::BitDepth;
use super::wav_sink::WavSink;

/// Full scale: only what would be clipped is touched.
const CEILING: Decibels = Decibels(0.0);

/// A [`WavSink`] whose 16- and 24-bit samples never exceed full scale.
///
/// Below full scale every sample passes as it is; the limiter's delay is taken off, so the length stays.
/// Floats hold any peak and are not limited.
pub struct LimitedSink {
    inner: WavSink,
    limiter: Option<TruePeakLimiter>,
    /// Samples of the limiter's delay that are still to be dropped.
    skip: usize,
    block: Vec<f32>,
    peak: f32,
}

impl LimitedSink {
    /// Puts a limiter before `inner`, unless `depth` is float.
    pub fn new(inner: WavSink, rate: SampleRate, depth: BitDepth) -> LimitedSink {
        let config = LimiterConfig {
            ceiling: CEILING,
            ..LimiterConfig::default()
        };
        let limiter = match depth {
            BitDepth::Float32 => None,
            // The configuration is constant and in range, so this is always a limiter.
            BitDepth::Int16 | BitDepth::Int24 => TruePeakLimiter::new(&config, rate).ok(),
        };
        LimitedSink {
            inner,
            skip: limiter.as_ref().map_or(0, |limiter| limiter.latency().0),
            limiter,
            block: Vec::new(),
            peak: 0.0,
        }
    }

    /// The largest magnitude before the limiter.
    pub fn peak(&self) -> f32 {
        self.peak
    }

    /// Pushes out what the limiter holds back and gives the sink below.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn into_inner(mut self) -> Result<WavSink, EncodeError> {
        let held = self
            .limiter
            .as_ref()
            .map_or(0, |limiter| limiter.latency().0);
        self.pass(&vec![0.0; held])?;
        Ok(self.inner)
    }

    fn pass(&mut self, samples: &[f32]) -> Result<(), EncodeError> {
        let Some(limiter) = &mut self.limiter else {
            return self.inner.write_samples(samples);
        };
        self.block.clear();
        self.block.extend_from_slice(samples);
        limiter.process(&mut self.block);
        let skipped = self.skip.min(self.block.len());
        self.skip -= skipped;
        self.inner.write_samples(&self.block[skipped..])
    }
}

impl SampleSink for LimitedSink {
    fn write(&mut self, samples: &[f32]) -> Result<(), WriteError> {
        self.peak = samples.iter().fold(self.peak, |peak, x| peak.max(x.abs()));
        self.pass(samples)
            .map_err(|error| WriteError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(samples: &[f32], depth: BitDepth) -> (f32, super::super::wav_sink::Written) {
        let folder = tempfile::tempdir().unwrap();
        let rate = SampleRate::of(48_000);
        let inner = WavSink::create(&folder.path().join("a.wav"), rate, depth, 0).unwrap();
        let mut sink = LimitedSink::new(inner, rate, depth);
        for block in samples.chunks(333) {
            sink.write(block).unwrap();
        }
        let peak = sink.peak();
        (peak, sink.into_inner().unwrap().written())
    }

    fn tone(amplitude: f32) -> Vec<f32> {
        (0..5_000)
            .map(|n| amplitude * (n as f32 * 0.05).sin())
            .collect()
    }

    #[test]
    fn what_is_too_loud_is_limited_and_nothing_is_clipped() {
        for depth in [BitDepth::Int16, BitDepth::Int24] {
            let (peak, written) = write(&tone(1.8), depth);
            assert!((peak - 1.8).abs() < 1e-3);
            assert_eq!((written.samples, written.clipped), (5_000, 0));
            assert!(written.peak <= 1.0, "{}", written.peak);
        }
        let (_, written) = write(&tone(1.8), BitDepth::Float32);
        assert!((written.peak - 1.8).abs() < 1e-3);
    }

    #[test]
    fn what_fits_keeps_its_peak_and_its_length() {
        for length in [0, 1, 100, 5_000] {
            let (peak, written) = write(&tone(0.9)[..length], BitDepth::Int24);
            assert_eq!(written.samples, length as u64);
            assert_eq!(peak, written.peak);
        }
    }
}
