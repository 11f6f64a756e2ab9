//! Where a whole-file conversion reads its samples from and writes them to.

use syrinx_dsp::SampleRate;

use crate::error::{ReadError, WriteError};

/// A mono recording that is read once, from start to end.
pub trait SampleSource {
    /// Samples per second.
    fn rate(&self) -> SampleRate;

    /// Fills `samples` from the front and returns how many were read; fewer than asked for (or 0) only at
    /// the end. Every sample is finite.
    ///
    /// # Errors
    /// If the recording cannot be read or decoded.
    fn read(&mut self, samples: &mut [f32]) -> Result<usize, ReadError>;
}

/// A mono recording that is written once, from start to end, at the rate of the source.
pub trait SampleSink {
    /// Appends `samples`.
    ///
    /// # Errors
    /// If they cannot be written.
    fn write(&mut self, samples: &[f32]) -> Result<(), WriteError>;
}

/// A source over samples in memory.
#[derive(Debug)]
pub struct SliceSource<'a> {
    samples: &'a [f32],
    rate: SampleRate,
}

impl<'a> SliceSource<'a> {
    /// Reads `samples` at `rate`.
    pub fn new(samples: &'a [f32], rate: SampleRate) -> SliceSource<'a> {
        SliceSource { samples, rate }
    }
}

impl SampleSource for SliceSource<'_> {
    fn rate(&self) -> SampleRate {
        self.rate
    }

    fn read(&mut self, samples: &mut [f32]) -> Result<usize, ReadError> {
        let count = samples.len().min(self.samples.len());
        let (now, later) = self.samples.split_at(count);
        samples[..count].copy_from_slice(now);
        self.samples = later;
        Ok(count)
    }
}

/// A sink into memory.
#[derive(Debug, Default)]
pub struct VecSink {
    /// What was written.
    pub samples: Vec<f32>,
}

impl SampleSink for VecSink {
    fn write(&mut self, samples: &[f32]) -> Result<(), WriteError> {
        self.samples.extend_from_slice(samples);
        Ok(())
    }
}
