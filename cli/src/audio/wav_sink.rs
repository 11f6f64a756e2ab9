//! Writes mono WAV files of 16 or 24 bits or floats, aside, with their provenance.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use hound::WavWriter;
use syrinx_dsp::SampleRate;
use syrinx_models::{SampleSink, WriteError};

use super::dither::Dither;
use super::encode_error::EncodeError;
use super::info_chunk::{self, InfoEntry};
use super::partial::PartialFile;
use super::wav_format::BitDepth;

/// The largest 16- and 24-bit values, as floats, which hold them exactly.
const INT16_RANGE: (f32, f32) = (-32_768.0, 32_767.0);
const INT24_RANGE: (f32, f32) = (-8_388_608.0, 8_388_607.0);

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Written {
    /// Samples.
    pub samples: u64,
    /// Samples beyond full scale that became full scale; 0 for floats, which keep them.
    pub clipped: u64,
    /// The largest magnitude; 1 is full scale.
    pub peak: f32,
}

/// A WAV file in the making.
pub struct WavSink {
    writer: WavWriter<BufWriter<File>>,
    partial: PartialFile,
    depth: BitDepth,
    dither: Dither,
    written: Written,
}

impl WavSink {
    /// Starts a mono file at `rate`; `seed` decides the dither of 16-bit files.
    ///
    /// # Errors
    /// If its folder is missing or cannot be written to.
    pub fn create(
        target: &Path,
        rate: SampleRate,
        depth: BitDepth,
        seed: u64,
    ) -> Result<WavSink, EncodeError> {
        let partial = PartialFile::create(target)?;
        let writer = WavWriter::new(BufWriter::new(partial.handle()?), depth.spec(rate));
        Ok(WavSink {
            writer: writer.map_err(from_hound)?,
            partial,
            depth,
            dither: Dither::new(seed),
            written: Written::default(),
        })
    }

    /// What was written so far.
    pub fn written(&self) -> Written {
        self.written
    }

    /// Writes like [`SampleSink::write`], with the typed error.
    ///
    /// # Errors
    /// If the disk is full, the file becomes too long, or a sample is not finite.
    pub fn write_samples(&mut self, samples: &[f32]) -> Result<(), EncodeError> {
        let found = self.written.samples + samples.len() as u64;
        if found > self.depth.max_samples() {
            return Err(too_long(self.depth, found));
        }
        for &sample in samples {
            if !sample.is_finite() {
                let sample_index = self.written.samples;
                return Err(EncodeError::NotFinite {
                    sample: sample_index,
                    found: sample,
                });
            }
            self.written.peak = self.written.peak.max(sample.abs());
            self.write_one(sample).map_err(from_hound)?;
            self.written.samples += 1;
        }
        Ok(())
    }

    fn write_one(&mut self, sample: f32) -> hound::Result<()> {
        match self.depth {
            BitDepth::Int16 => {
                let value = self.dither.quantise(sample);
                let value = self.clip(value, INT16_RANGE);
                self.writer.write_sample(value as i16)
            }
            BitDepth::Int24 => {
                let value = self.clip((sample * 8_388_608.0).round(), INT24_RANGE);
                self.writer.write_sample(value as i32)
            }
            BitDepth::Float32 => self.writer.write_sample(sample),
        }
    }

    fn clip(&mut self, value: f32, (lowest, highest): (f32, f32)) -> f32 {
        if (lowest..=highest).contains(&value) {
            return value;
        }
        self.written.clipped += 1;
        value.clamp(lowest, highest)
    }

    /// Completes the file and adds `info`; it still has to be kept.
    ///
    /// # Errors
    /// If the disk is full, or the length is not `expected` samples.
    pub fn finish(self, expected: u64, info: &[InfoEntry]) -> Result<PartialFile, EncodeError> {
        if self.written.samples != expected {
            return Err(EncodeError::Length {
                expected,
                found: self.written.samples,
            });
        }
        self.writer.finalize().map_err(from_hound)?;
        info_chunk::append(&mut self.partial.handle()?, info)?;
        Ok(self.partial)
    }
}

/// Refuses a length that does not fit into one WAV file.
///
/// # Errors
/// If `samples` do not fit.
pub fn check_length(depth: BitDepth, samples: u64) -> Result<(), EncodeError> {
    if samples > depth.max_samples() {
        Err(too_long(depth, samples))
    } else {
        Ok(())
    }
}

fn too_long(depth: BitDepth, found: u64) -> EncodeError {
    EncodeError::TooLong {
        max: depth.max_samples(),
        depth,
        found,
    }
}

fn from_hound(error: hound::Error) -> EncodeError {
    EncodeError::Io(match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    })
}

impl SampleSink for WavSink {
    fn write(&mut self, samples: &[f32]) -> Result<(), WriteError> {
        self.write_samples(samples)
            .map_err(|error| WriteError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::of(44_100);

    fn write(depth: BitDepth, samples: &[f32]) -> (Written, Vec<f32>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let mut sink = WavSink::create(&path, RATE, depth, 5).unwrap();
        sink.write_samples(samples).unwrap();
        let written = sink.written();
        let info = [InfoEntry::new(*b"ISFT", "a test")];
        sink.finish(samples.len() as u64, &info)
            .unwrap()
            .keep()
            .unwrap();
        let mut reader = hound::WavReader::open(&path).unwrap();
        assert_eq!(reader.spec(), depth.spec(RATE));
        let read = match depth {
            BitDepth::Float32 => reader.samples::<f32>().map(Result::unwrap).collect(),
            BitDepth::Int24 => reader
                .samples::<i32>()
                .map(|s| s.unwrap() as f32 / 8_388_608.0)
                .collect(),
            BitDepth::Int16 => reader
                .samples::<i16>()
                .map(|s| f32::from(s.unwrap()) / 32_768.0)
                .collect(),
        };
        (written, read)
    }

    #[test]
    fn every_depth_keeps_the_samples_within_its_step() {
        let samples: Vec<f32> = (0..999).map(|n| (n as f32 * 0.1).sin() * 0.9).collect();
        // Floats are kept, 24 bits round to half a step, 16 bits to half a step plus one of dither.
        for (depth, tolerance) in [
            (BitDepth::Float32, 0.0),
            (BitDepth::Int24, 0.51 / 8_388_608.0),
            (BitDepth::Int16, 1.51 / 32_768.0),
        ] {
            let (written, read) = write(depth, &samples);
            assert_eq!((written.samples, written.clipped), (999, 0));
            assert_eq!(read.len(), samples.len());
            for (a, b) in samples.iter().zip(&read) {
                assert!((a - b).abs() <= tolerance, "{depth}: {a} {b}");
            }
        }
    }

    #[test]
    fn what_is_too_loud_is_clipped_and_counted() {
        let samples = [0.0, 1.5, -1.5, 0.5];
        for depth in [BitDepth::Int16, BitDepth::Int24] {
            let (written, read) = write(depth, &samples);
            assert_eq!((written.clipped, written.peak), (2, 1.5));
            assert!(read[1] > 0.9999 && read[2] == -1.0);
        }
        let (written, read) = write(BitDepth::Float32, &samples);
        assert_eq!((written.clipped, read), (0, samples.to_vec()));
    }

    #[test]
    fn a_file_of_wrong_length_or_values_is_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let mut sink = WavSink::create(&path, RATE, BitDepth::Int24, 0).unwrap();
        sink.write_samples(&[0.0; 3]).unwrap();
        let error = sink.write_samples(&[f32::NAN]).unwrap_err();
        assert!(matches!(error, EncodeError::NotFinite { sample: 3, .. }));
        let error = sink.finish(4, &[]).unwrap_err();
        assert!(matches!(
            error,
            EncodeError::Length {
                expected: 4,
                found: 3
            }
        ));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_longest_file_is_known_beforehand() {
        for depth in [BitDepth::Int16, BitDepth::Int24, BitDepth::Float32] {
            assert!(check_length(depth, depth.max_samples()).is_ok());
            let error = check_length(depth, depth.max_samples() + 1).unwrap_err();
            assert!(error.to_string().contains("split the input"), "{error}");
            assert!(depth.max_samples() * depth.bytes() < u64::from(u32::MAX));
        }
    }
}
