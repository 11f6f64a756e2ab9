//! Turns mel frames into samples while they are being made.

use super::mel_stream::MelStream;
use crate::error::RunError;
use crate::speech::vocoder::{FedRun, Mel, Sounding, Vocoder};

/// Begins to make samples: chunk by chunk where the vocoder can, else once all frames are there.
///
/// # Errors
/// If a network fails.
pub(super) fn begin(
    vocoder: &Vocoder,
    mut frames: MelStream,
    bands: usize,
) -> Result<Box<dyn Sounding>, RunError> {
    if let Some(run) = vocoder.feed() {
        return Ok(Box::new(SambertSounding {
            frames,
            more: true,
            run,
        }));
    }
    let mut values = Vec::new();
    while frames.next_frames(&mut values)? {}
    vocoder.begin(&Mel { values, bands })
}

/// Samples of mel frames that are being made.
struct SambertSounding {
    frames: MelStream,
    /// Whether more frames follow.
    more: bool,
    run: FedRun,
}

impl Sounding for SambertSounding {
    fn next_chunk(&mut self, samples: &mut Vec<f32>) -> Result<bool, RunError> {
        let mut rows = Vec::new();
        while self.more && !self.run.is_due() {
            rows.clear();
            self.more = self.frames.next_frames(&mut rows)?;
            self.run.push(&rows);
        }
        self.run.next_chunk(!self.more, samples)
    }
}
