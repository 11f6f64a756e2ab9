//! A recording that counts what was read, remembers its error, and ends when the user asks to stop.

use syrinx_dsp::SampleRate;
use syrinx_models::{ReadError, SampleSource};

use crate::audio::{DecodeError, Recording};
use crate::interrupt::Interrupt;

/// A recording under watch.
pub struct WatchedSource {
    recording: Recording,
    stop: Interrupt,
    samples: u64,
    error: Option<DecodeError>,
}

impl WatchedSource {
    /// Watches `recording`.
    pub fn new(recording: Recording, stop: &Interrupt) -> WatchedSource {
        WatchedSource {
            recording,
            stop: stop.clone(),
            samples: 0,
            error: None,
        }
    }

    /// Samples that were read.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// The error that ended the reading, once.
    pub fn take_error(&mut self) -> Option<DecodeError> {
        self.error.take()
    }
}

impl SampleSource for WatchedSource {
    fn rate(&self) -> SampleRate {
        self.recording.rate()
    }

    fn read(&mut self, samples: &mut [f32]) -> Result<usize, ReadError> {
        if self.stop.is_asked() {
            return Err(ReadError("stopped".to_owned()));
        }
        match self.recording.read_samples(samples) {
            Ok(count) => {
                self.samples += count as u64;
                Ok(count)
            }
            Err(error) => {
                let text = error.to_string();
                self.error = Some(error);
                Err(ReadError(text))
            }
        }
    }
}
