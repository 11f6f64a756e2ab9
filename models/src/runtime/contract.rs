//! Compares tensors with what a network declares.

use crate::error::{LoadError, RunError};
use crate::model::{Tensor, TensorSpec};

/// Compares the inputs and outputs of a network with those that a pipeline expects.
///
/// Inputs must be the same set: a missing one could not be used and an extra one could not be fed. Extra
/// outputs do no harm.
pub(super) fn compare(
    model: &str,
    inputs: (&[TensorSpec], &[TensorSpec]),
    outputs: (&[TensorSpec], &[TensorSpec]),
) -> Result<(), LoadError> {
    for (kind, (expected, found)) in [("input", inputs), ("output", outputs)] {
        for spec in expected {
            let found = found.iter().find(|candidate| candidate.name == spec.name);
            if !found.is_some_and(|found| spec.accepts(found)) {
                return Err(LoadError::Tensor {
                    model: model.to_owned(),
                    expected: format!("the {kind} {spec}"),
                    found: found
                        .map_or_else(|| format!("no {kind} of this name"), TensorSpec::to_string),
                });
            }
        }
    }
    let (expected, found) = inputs;
    match found
        .iter()
        .find(|found| !expected.iter().any(|spec| spec.name == found.name))
    {
        None => Ok(()),
        Some(extra) => Err(LoadError::Tensor {
            model: model.to_owned(),
            expected: format!("the inputs {}", names(expected)),
            found: format!("one more: {extra}"),
        }),
    }
}

/// Puts `inputs` into the order of `specs`, after checking names, types and shapes.
pub(super) fn ordered<'a>(
    specs: &[TensorSpec],
    inputs: &[(&str, &'a Tensor)],
) -> Result<Vec<&'a Tensor>, RunError> {
    let mut slots: Vec<Option<&Tensor>> = vec![None; specs.len()];
    for &(name, tensor) in inputs {
        let Some(index) = specs.iter().position(|spec| spec.name == name) else {
            return Err(mismatch(
                name,
                format!("one of {}", names(specs)),
                "this name".to_owned(),
            ));
        };
        if slots[index].is_some() {
            return Err(mismatch(name, "once".to_owned(), "it twice".to_owned()));
        }
        if !fits(&specs[index], tensor) {
            return Err(mismatch(name, specs[index].to_string(), describe(tensor)));
        }
        slots[index] = Some(tensor);
    }
    let missing = |index: usize| {
        mismatch(
            &specs[index].name,
            specs[index].to_string(),
            "no such input".to_owned(),
        )
    };
    slots
        .into_iter()
        .enumerate()
        .map(|(index, slot)| slot.ok_or_else(|| missing(index)))
        .collect()
}

/// Checks an output against its declaration.
pub(super) fn check_output(spec: &TensorSpec, tensor: &Tensor) -> Result<(), RunError> {
    if fits(spec, tensor) {
        return Ok(());
    }
    Err(RunError::Output {
        name: spec.name.clone(),
        expected: spec.to_string(),
        found: describe(tensor),
    })
}

fn fits(spec: &TensorSpec, tensor: &Tensor) -> bool {
    let dimensions = || spec.shape.iter().zip(tensor.shape());
    spec.element == tensor.element()
        && spec.shape.len() == tensor.shape().len()
        && dimensions().all(|(declared, given)| declared.is_none_or(|declared| declared == *given))
}

fn mismatch(name: &str, expected: String, found: String) -> RunError {
    RunError::Input {
        name: name.to_owned(),
        expected,
        found,
    }
}

fn describe(tensor: &Tensor) -> String {
    format!("{}{:?}", tensor.element(), tensor.shape())
}

fn names(specs: &[TensorSpec]) -> String {
    let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
    format!("[{}]", names.join(", "))
}
