//! Says which inputs of a vocoder are mel frames and F0, and how F0 is laid out.

use crate::error::{RunError, check_finite};
use crate::model::{ElementType, Tensor, TensorSpec};

/// The name of F0, as the public exports of NSF-HiFiGAN and of its acoustic models have it.
pub(crate) const F0: &str = "f0";

/// How a vocoder takes F0: Hz per frame, 0 where unvoiced.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PitchLayout {
    name: String,
    /// The axes, of which the one of free length is time.
    shape: Vec<Option<usize>>,
}

impl PitchLayout {
    /// The inputs of a vocoder that hears F0: mel frames, and how F0 is taken; `None` of any other network.
    pub(crate) fn of(inputs: &[TensorSpec]) -> Option<(&TensorSpec, PitchLayout)> {
        let (mel, f0) = match inputs {
            [mel, f0] | [f0, mel] if f0.name == F0 => (mel, f0),
            _ => return None,
        };
        let is_float = |spec: &TensorSpec| spec.element == ElementType::F32;
        let others = f0.shape.iter().filter(|size| **size != Some(1)).count();
        let layout = PitchLayout {
            name: f0.name.clone(),
            shape: f0.shape.clone(),
        };
        // The axis of the batch may be declared as free too, and comes first.
        let is_pitch = is_float(f0) && (1..=2).contains(&others) && f0.shape.len() <= 3;
        (is_pitch && is_float(mel) && mel.shape.len() >= 2).then_some((mel, layout))
    }

    /// What it is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The input for F0 of these frames.
    pub(super) fn tensor(&self, f0: &[f32]) -> (String, Tensor) {
        let time = self.shape.iter().rposition(|size| *size != Some(1));
        let mut shape = vec![1; self.shape.len()];
        if let Some(size) = time.and_then(|axis| shape.get_mut(axis)) {
            *size = f0.len();
        }
        (self.name.clone(), Tensor::f32(&shape, f0.to_vec()))
    }

    /// Checks that there is a frequency for each of `frames` frames.
    pub(super) fn check(&self, f0: &[f32], frames: usize) -> Result<(), RunError> {
        check_finite(&self.name, f0)?;
        match f0.len() == frames && f0.iter().all(|hz| *hz >= 0.0) {
            true => Ok(()),
            false => Err(RunError::Input {
                name: self.name.clone(),
                expected: format!("{frames} frequencies in Hz, 0 where unvoiced"),
                found: format!(
                    "{} values, the least of them {}",
                    f0.len(),
                    f0.iter().copied().fold(f32::INFINITY, f32::min)
                ),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f0_is_found_by_its_name_and_laid_out_as_declared() {
        let mel = TensorSpec::f32("mel", &[Some(1), None, Some(128)]);
        for (shape, expected) in [
            (&[None][..], &[3][..]),
            (&[Some(1), None], &[1, 3]),
            (&[None, None], &[1, 3]),
            (&[Some(1), Some(1), None], &[1, 1, 3]),
            (&[Some(1), None, Some(1)], &[1, 3, 1]),
        ] {
            let inputs = [TensorSpec::f32("f0", shape), mel.clone()];
            let (found, layout) = PitchLayout::of(&inputs).unwrap();
            assert_eq!(found.name, "mel");
            let (name, tensor) = layout.tensor(&[1.0, 2.0, 3.0]);
            assert_eq!((name.as_str(), tensor.shape()), ("f0", expected));
        }
        let other = TensorSpec::f32("speed", &[Some(1), None]);
        assert!(PitchLayout::of(&[mel.clone(), other]).is_none());
        let whole = TensorSpec::i64("f0", &[Some(1), None]);
        assert!(PitchLayout::of(&[mel, whole]).is_none());
    }
}
