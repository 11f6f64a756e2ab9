//! Blends the content of a segment with what a voice was trained on.

use super::content::Content;
use super::retrieval::{PROTECT_OFF, Retrieval, doubled, protect};
use crate::error::RunError;
use crate::model::Tensor;

/// A retrieval with how much of it is taken.
pub(super) struct Retrieved {
    retrieval: Retrieval,
    rate: f32,
    protect: f32,
}

impl Retrieved {
    /// `rate` of the content is what is retrieved, 0 to 1; unvoiced frames keep theirs by `protect`, 0 (wholly) to 0.5
    /// (not at all).
    pub(super) fn new(retrieval: Retrieval, rate: f32, protect: f32) -> Retrieved {
        Retrieved {
            retrieval,
            rate,
            protect,
        }
    }

    /// The blend; `contour` is F0 in Hz on a grid of 10 ms. Where unvoiced frames are protected it is on the grid of F0, every frame of the content twice, as RVC
    /// has it.
    ///
    /// # Errors
    /// If the widths differ.
    pub(super) fn apply(
        &self,
        mut content: Content,
        contour: &[f32],
        speaker: usize,
    ) -> Result<Content, RunError> {
        let dim = content.tensor.shape().last().copied().unwrap_or(0);
        let before = content.tensor.as_f32().unwrap_or_default().to_vec();
        if let Some(rows) = content.tensor.as_f32_mut() {
            self.retrieval.apply(rows, dim, speaker, self.rate)?;
        }
        if self.protect >= PROTECT_OFF {
            return Ok(content);
        }
        let mut rows = doubled(content.tensor.as_f32().unwrap_or_default(), dim);
        let before = doubled(&before, dim);
        // Both grids are of 10 ms and begin together, so that they are compared frame by frame, as RVC does: F0 has a
        // few frames more.
        let frames = 2 * content.frames;
        let last = contour.last().copied().unwrap_or(0.0);
        let ahead = (content.start_ms.unwrap_or(0.0) / 10.0).round() as usize;
        let mut f0_hz = contour.get(ahead..).unwrap_or_default().to_vec();
        f0_hz.resize(frames, last);
        protect(&mut rows, &before, dim, &f0_hz, self.protect)?;
        Ok(Content {
            tensor: Tensor::f32(&[1, frames, dim], rows),
            frames,
            frame_ms: content.frame_ms / 2,
            start_ms: content.start_ms,
        })
    }
}
