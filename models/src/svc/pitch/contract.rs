//! Checks the tensors of an F0 model against its dialect, and what comes out of it.

use crate::dialect::F0Dialect;
use crate::error::{LoadError, RunError, check_finite};
use crate::model::{ElementType, Tensor, TensorSpec};

use super::pitch_mel::MELS;
use super::salience::BINS;
use crate::svc::synthesizer::list;

/// The input that holds the threshold, in dialects that decode inside.
pub(super) const THRESHOLD: &str = "threshold";

/// The tensors of a graph in the roles that the dialect gives them.
#[derive(Debug)]
pub(super) struct Contract {
    input: String,
    /// The shape of the threshold, where the graph takes one: scalar or one element.
    threshold: Option<Vec<usize>>,
    output: TensorSpec,
    /// Which of the graph's outputs it is.
    index: usize,
}

impl Contract {
    /// Finds the tensors. `name` (a file or role) is for messages.
    ///
    /// Tensors of [`F0Dialect::RmvpeSalience`] and the output of [`F0Dialect::Crepe`] go by any name: their programs
    /// take the first.
    ///
    /// # Errors
    /// If one is missing, of another type or shape, or there is an input more.
    pub(super) fn of(
        name: &str,
        dialect: F0Dialect,
        inputs: &[TensorSpec],
        outputs: &[TensorSpec],
    ) -> Result<Contract, LoadError> {
        let refuse = |expected: String, found: &[TensorSpec]| LoadError::Tensor {
            model: name.to_owned(),
            expected,
            found: list(found),
        };
        let (main, decodes_inside) = expected_input(dialect);
        let any_name = dialect == F0Dialect::RmvpeSalience;
        let fits = |spec: &&TensorSpec| serves(&main, any_name, spec);
        let threshold = inputs.iter().find(|spec| is_threshold(spec));
        let expected = if decodes_inside {
            format!("the inputs {main}, {THRESHOLD} f32[] or f32[1]")
        } else {
            format!("the only input {main}")
        };
        let count = if decodes_inside { 2 } else { 1 };
        let input = match inputs.iter().find(fits) {
            Some(input) if inputs.len() == count && threshold.is_some() == decodes_inside => input,
            _ => return Err(refuse(expected, inputs)),
        };
        let (output, any_name) = expected_output(dialect);
        let pitch = dialect == F0Dialect::RmvpeWaveform;
        let index = outputs
            .iter()
            .position(|spec| match pitch {
                true => spec.name == output.name && spec.element == ElementType::F32,
                false => serves(&output, any_name, spec),
            })
            .ok_or_else(|| refuse(format!("the output {output}"), outputs))?;
        Ok(Contract {
            input: input.name.clone(),
            threshold: threshold.map(|spec| vec![1; spec.shape.len()]),
            output: outputs[index].clone(),
            index,
        })
    }

    /// The name of the main input.
    pub(super) fn input(&self) -> &str {
        &self.input
    }

    /// The threshold as the graph takes it, if it does.
    pub(super) fn threshold(&self, value: f32) -> Option<Tensor> {
        let shape = self.threshold.as_ref()?;
        Some(Tensor::f32(shape, vec![value]))
    }

    /// The output among those of a run.
    pub(super) fn take(&self, outputs: Vec<Tensor>) -> Result<Tensor, RunError> {
        outputs
            .into_iter()
            .nth(self.index)
            .ok_or_else(|| self.unlike(self.output.to_string(), "nothing".to_owned()))
    }

    /// `Ok` if the output is f32 of this shape.
    pub(super) fn expect_shape(&self, output: &Tensor, shape: &[usize]) -> Result<(), RunError> {
        if output.element() == ElementType::F32 && output.shape() == shape {
            return Ok(());
        }
        Err(self.unlike(format!("f32{shape:?}"), describe(output)))
    }

    /// The values of the output, all of them finite.
    pub(super) fn finite<'a>(&self, output: &'a Tensor) -> Result<&'a [f32], RunError> {
        let values = output
            .as_f32()
            .ok_or_else(|| self.unlike("f32".to_owned(), describe(output)))?;
        check_finite(&self.output.name, values)?;
        Ok(values)
    }

    /// F0 of `frames` frames that the graph has decoded, in whatever shape: one value per frame, none negative.
    pub(super) fn pitch(&self, output: &Tensor, frames: usize) -> Result<Vec<f32>, RunError> {
        // One dimension may count; an output [2, T / 2] would not be F0 over time.
        let counting = output.shape().iter().filter(|&&size| size != 1);
        let values = self.finite(output)?;
        if values.len() != frames || counting.count() > 1 {
            return Err(self.unlike(format!("{frames} frames of F0"), describe(output)));
        }
        if let Some(at) = values.iter().position(|&hz| hz < 0.0) {
            return Err(self.unlike(
                "F0 in Hz, at least 0".to_owned(),
                format!("{} at frame {at}", values[at]),
            ));
        }
        Ok(values.to_vec())
    }

    fn unlike(&self, expected: String, found: String) -> RunError {
        RunError::Output {
            name: self.output.name.clone(),
            expected,
            found,
        }
    }
}

/// The main input of a dialect, and whether a threshold goes with it.
fn expected_input(dialect: F0Dialect) -> (TensorSpec, bool) {
    let mel = [Some(1), Some(MELS), None];
    match dialect {
        F0Dialect::RmvpeSalience => (TensorSpec::f32("mel", &mel), false),
        F0Dialect::RmvpePitch => (TensorSpec::f32("mel", &mel), true),
        F0Dialect::RmvpeWaveform => (TensorSpec::f32("waveform", &[Some(1), None]), true),
        F0Dialect::Fcpe => (TensorSpec::f32("mel", &[Some(1), None, Some(MELS)]), true),
        F0Dialect::Crepe => (TensorSpec::f32("frames", &[None, Some(1024)]), false),
    }
}

/// The output of a dialect, and whether it may have another name.
fn expected_output(dialect: F0Dialect) -> (TensorSpec, bool) {
    match dialect {
        F0Dialect::RmvpeSalience => {
            let salience = [Some(1), None, Some(BINS)];
            (TensorSpec::f32("salience", &salience), true)
        }
        F0Dialect::Crepe => (TensorSpec::f32("salience", &[None, Some(BINS)]), true),
        F0Dialect::RmvpeWaveform | F0Dialect::RmvpePitch => {
            (TensorSpec::f32("pitchf", &[Some(1), None]), false)
        }
        F0Dialect::Fcpe => (TensorSpec::f32("pitchf", &[Some(1), None, Some(1)]), false),
    }
}

fn serves(expected: &TensorSpec, any_name: bool, found: &TensorSpec) -> bool {
    if !any_name {
        return expected.accepts(found);
    }
    let named = TensorSpec {
        name: found.name.clone(),
        ..expected.clone()
    };
    named.accepts(found)
}

fn is_threshold(spec: &TensorSpec) -> bool {
    let one = matches!(spec.shape[..], [] | [None | Some(1)]);
    spec.name == THRESHOLD && spec.element == ElementType::F32 && one
}

fn describe(tensor: &Tensor) -> String {
    format!("{}{:?}", tensor.element(), tensor.shape())
}
