//! Writes raw samples to standard output while they are made.

use std::io::{self, ErrorKind, Write};

use crate::args::RawFormat;
use crate::audio::dither::Dither;
use crate::error::CliError;

/// Raw samples on standard output: little-endian, one channel.
pub(super) struct RawSink {
    format: RawFormat,
    dither: Dither,
    bytes: Vec<u8>,
}

impl RawSink {
    /// Samples of this format; `seed` decides the dither of 16 bits.
    pub(super) fn new(format: RawFormat, seed: u64) -> RawSink {
        RawSink {
            format,
            dither: Dither::new(seed),
            bytes: Vec::new(),
        }
    }

    /// Writes the next samples, and hands them to the reader at once.
    ///
    /// # Errors
    /// If standard output cannot be written, or nobody reads it any more.
    pub(super) fn write(&mut self, samples: &[f32]) -> Result<(), CliError> {
        self.bytes.clear();
        for &sample in samples {
            match self.format {
                RawFormat::F32 => self.bytes.extend(sample.to_le_bytes()),
                RawFormat::S16 => {
                    let value = self.dither.quantise(sample).clamp(-32_768.0, 32_767.0);
                    self.bytes.extend((value as i16).to_le_bytes());
                }
            }
        }
        let mut out = io::stdout().lock();
        let written = out.write_all(&self.bytes).and_then(|()| out.flush());
        written.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => {
                CliError::other("standard output", "closed before the speech had ended")
            }
            _ => CliError::other("standard output", error),
        })
    }
}
