//! A recording in memory, one channel, read from and written to a WAV file.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

/// A recording of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Samples per second.
    pub rate: u32,
    /// -1 to 1.
    pub samples: Vec<f32>,
}

impl Recording {
    /// Reads a WAV file of any depth; several channels become their mean.
    pub fn read(file: &Path) -> Result<Recording> {
        let describe = || format!("cannot read {}", file.display());
        let mut reader = WavReader::open(file).with_context(describe)?;
        let spec = reader.spec();
        let interleaved: Vec<f32> = match spec.sample_format {
            SampleFormat::Float => reader
                .samples::<f32>()
                .collect::<Result<_, _>>()
                .with_context(describe)?,
            SampleFormat::Int => {
                let full = 2f32.powi(i32::from(spec.bits_per_sample) - 1);
                let samples = reader
                    .samples::<i32>()
                    .map(|sample| sample.map(|s| s as f32 / full));
                samples.collect::<Result<_, _>>().with_context(describe)?
            }
        };
        let channels = usize::from(spec.channels);
        let mean = |tuple: &[f32]| tuple.iter().sum::<f32>() / channels as f32;
        let samples: Vec<f32> = interleaved.chunks_exact(channels).map(mean).collect();
        ensure!(!samples.is_empty(), "{} holds no samples", file.display());
        Ok(Recording {
            rate: spec.sample_rate,
            samples,
        })
    }

    /// Writes a WAV file of 16 bits.
    pub fn write(&self, file: &Path) -> Result<()> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: self.rate,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let describe = || format!("cannot write {}", file.display());
        let mut writer = WavWriter::create(file, spec).with_context(describe)?;
        for sample in &self.samples {
            writer
                .write_sample((sample * 32768.0).round() as i16)
                .with_context(describe)?;
        }
        writer.finalize().with_context(describe)
    }

    /// Seconds.
    pub fn duration(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }

    /// The recording over and over, cut after so many seconds.
    pub fn repeated(&self, seconds: u32) -> Recording {
        let length = self.rate as usize * seconds as usize;
        let samples = self.samples.iter().copied().cycle().take(length).collect();
        Recording {
            rate: self.rate,
            samples,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_to_half_a_step_of_16_bits() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wav");
        let samples: Vec<f32> = (0..500).map(|i| (i as f32 * 0.1).sin() * 0.99).collect();
        let written = Recording {
            rate: 16000,
            samples,
        };
        written.write(&file).unwrap();
        let read = Recording::read(&file).unwrap();
        assert_eq!((read.rate, read.samples.len()), (16000, 500));
        let worst = read
            .samples
            .iter()
            .zip(&written.samples)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(worst <= 0.5 / 32768.0 + 1e-7, "{worst}");
    }

    #[test]
    fn a_repeated_recording_starts_again_at_its_end() {
        let short = Recording {
            rate: 2,
            samples: vec![0.1, 0.2, 0.3],
        };
        assert_eq!(short.repeated(2).samples, [0.1, 0.2, 0.3, 0.1]);
    }
}
