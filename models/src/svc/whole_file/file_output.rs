//! Writes converted samples to a recording at the rate of its source, and asks whether to go on.

use crate::error::ConvertError;
use crate::progress::Observer;
use crate::sample_io::SampleSink;
use crate::svc::aligned_resampler::AlignedResampler;

/// Samples of silence written at once.
const BLOCK: usize = 1_024;

/// Everything behind a synthesizer: resampler, sink and observer.
pub(super) struct FileOutput<'a> {
    from_model: AlignedResampler,
    sink: &'a mut dyn SampleSink,
    observer: &'a mut dyn Observer,
    written: u64,
}

impl<'a> FileOutput<'a> {
    /// An output at the start of a recording; `from_model` resamples from the synthesizer's rate to the source's.
    pub(super) fn new(
        from_model: AlignedResampler,
        sink: &'a mut dyn SampleSink,
        observer: &'a mut dyn Observer,
    ) -> FileOutput<'a> {
        FileOutput {
            from_model,
            sink,
            observer,
            written: 0,
        }
    }

    /// An error if the observer wants to stop.
    pub(super) fn stop_if_cancelled(&self) -> Result<(), ConvertError> {
        if self.observer.cancelled() {
            Err(ConvertError::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Writes so many samples of silence at the synthesizer's rate.
    pub(super) fn silence(&mut self, count: usize) -> Result<(), ConvertError> {
        const ZEROS: [f32; BLOCK] = [0.0; BLOCK];
        let mut left = count;
        while left > 0 {
            let now = left.min(BLOCK);
            self.write(&ZEROS[..now])?;
            left -= now;
        }
        Ok(())
    }

    /// Writes samples at the synthesizer's rate.
    pub(super) fn write(&mut self, samples: &[f32]) -> Result<(), ConvertError> {
        let mut ready = Vec::new();
        self.from_model.push(samples, &mut ready);
        self.deliver(&ready)
    }

    /// Writes the rest, so that there are `length` samples at the source's rate in all.
    pub(super) fn finish(mut self, length: usize) -> Result<(), ConvertError> {
        let mut ready = Vec::new();
        self.from_model.finish_at(length, &mut ready);
        self.deliver(&ready)
    }

    /// Writes samples at the source's rate.
    fn deliver(&mut self, ready: &[f32]) -> Result<(), ConvertError> {
        if ready.is_empty() {
            return Ok(());
        }
        self.sink.write(ready)?;
        self.written += ready.len() as u64;
        self.observer.progress(self.written);
        Ok(())
    }
}
