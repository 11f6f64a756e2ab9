//! Says how a vocoder's input is laid out.

use super::{Mel, transposed};
use crate::error::LoadError;
use crate::model::{ElementType, Tensor, TensorSpec};

/// How a vocoder takes mel frames.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MelLayout {
    name: String,
    bands: usize,
    /// Whether an axis of 1 comes first.
    batch: bool,
    /// Whether bands come before frames.
    bands_first: bool,
}

impl MelLayout {
    /// The layout of a graph whose only input is f32 and takes frames of `bands` values; an undeclared order is the
    /// usual one, bands first.
    ///
    /// # Errors
    /// If the graph takes anything else.
    pub(crate) fn of(
        model: &str,
        inputs: &[TensorSpec],
        bands: usize,
    ) -> Result<MelLayout, LoadError> {
        let refuse = || LoadError::Tensor {
            model: model.to_owned(),
            expected: format!("one input, f32[1, {bands}, ?] or f32[1, ?, {bands}]"),
            found: crate::svc::list(inputs),
        };
        let [only] = inputs else {
            return Err(refuse());
        };
        let (batch, axes) = match only.shape.as_slice() {
            [None | Some(1), first, last] => (true, (*first, *last)),
            [first, last] => (false, (*first, *last)),
            _ => return Err(refuse()),
        };
        let bands_first = match axes {
            (Some(size), None) if size == bands => true,
            (None, Some(size)) if size == bands => false,
            (None, None) => batch,
            _ => return Err(refuse()),
        };
        if only.element != ElementType::F32 {
            return Err(refuse());
        }
        Ok(MelLayout {
            name: only.name.clone(),
            bands,
            batch,
            bands_first,
        })
    }

    /// How many values a frame has.
    pub(super) fn bands(&self) -> usize {
        self.bands
    }

    /// The input for these frames.
    pub(crate) fn tensor(&self, mel: &Mel) -> (String, Tensor) {
        let frames = mel.frames();
        let (axes, values) = match self.bands_first {
            true => (
                [self.bands, frames],
                transposed(&mel.values, frames, self.bands),
            ),
            false => ([frames, self.bands], mel.values.clone()),
        };
        let shape: Vec<usize> = self.batch.then_some(1).into_iter().chain(axes).collect();
        (self.name.clone(), Tensor::f32(&shape, values))
    }

    /// The input for this many frames of zeros.
    pub(crate) fn silence(&self, frames: usize) -> (String, Tensor) {
        self.tensor(&Mel {
            values: vec![0.0; frames * self.bands],
            bands: self.bands,
        })
    }
}
