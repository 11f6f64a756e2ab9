//! One segment on its way through a vocoder, whose mel frames become known little by little.

use std::sync::Arc;

use super::ramp::ChunkRamp;
use super::{Mel, MelLayout, StreamedVocoder};
use crate::error::RunError;
use crate::model::Tensor;

/// One segment whose mel frames become known little by little.
pub(crate) struct FedRun {
    vocoder: Arc<StreamedVocoder>,
    layout: MelLayout,
    states: Vec<Tensor>,
    ramp: ChunkRamp,
    /// How many frames the next chunk has.
    chunk: usize,
    /// Frames that have not been spoken, one row after the other.
    known: Vec<f32>,
    bands: usize,
}

impl FedRun {
    /// Before the first frame.
    pub(super) fn new(vocoder: Arc<StreamedVocoder>, layout: MelLayout) -> FedRun {
        let mut ramp = ChunkRamp::new();
        FedRun {
            states: vocoder.shape.start(),
            chunk: ramp.next(),
            ramp,
            known: Vec::new(),
            bands: layout.bands(),
            vocoder,
            layout,
        }
    }

    /// Whether enough frames are known for the next chunk, its future and one more, which tells that it is not the last.
    pub(crate) fn is_due(&self) -> bool {
        self.frames() > self.chunk + self.vocoder.shape.lookahead
    }

    /// Takes the next frames.
    pub(crate) fn push(&mut self, rows: &[f32]) {
        self.known.extend_from_slice(rows);
    }

    fn frames(&self) -> usize {
        self.known.len() / self.bands
    }

    /// Appends the next samples; `is_closed` says that no more frames come. True while more samples follow.
    pub(crate) fn next_chunk(
        &mut self,
        is_closed: bool,
        samples: &mut Vec<f32>,
    ) -> Result<bool, RunError> {
        let left = self.frames();
        if left == 0 || !is_closed && !self.is_due() {
            return Ok(!is_closed);
        }
        let ahead = self.vocoder.shape.lookahead;
        let is_end = is_closed && left <= self.chunk + ahead;
        let (count, known) = match is_end {
            true => (left, left),
            false => (self.chunk, self.chunk + ahead),
        };
        let mel = Mel {
            values: self.known[..known * self.bands].to_vec(),
            bands: self.bands,
        };
        let (_, tensor) = self.layout.tensor(&mel);
        let name = self
            .vocoder
            .latents
            .first()
            .map_or("", |latent| &latent.name);
        let mut networks = self.vocoder.lock();
        let networks = &mut *networks;
        let session = match &mut networks.end {
            Some(end) if is_end => end,
            _ => &mut networks.ahead[0],
        };
        let parts = [(name, tensor)];
        let made = self
            .vocoder
            .speak(session, &parts, &mut self.states, count)?;
        samples.extend(made);
        self.known.drain(..count * self.bands);
        self.chunk = self.ramp.next();
        Ok(!is_end)
    }
}
