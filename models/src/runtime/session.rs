//! A network on a backend and a device, checked against what its pipeline expects.

use super::{Backend, Device, contract};
use crate::error::{LoadError, RunError};
use crate::model::{ElementType, Model, Tensor, TensorSpec};

/// A network on a backend and a device, checked against what its pipeline expects.
///
/// # Real-time safety
///
/// Not real-time safe: backends allocate. It belongs on the model thread.
pub struct OnnxSession {
    name: String,
    backend: Backend,
    device: Device,
    model: Box<dyn Model>,
    outputs: Vec<TensorSpec>,
}

impl std::fmt::Debug for OnnxSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnnxSession")
            .field("name", &self.name)
            .field("backend", &self.backend)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

impl OnnxSession {
    pub(super) fn new(
        name: &str,
        backend: Backend,
        device: Device,
        model: Box<dyn Model>,
    ) -> OnnxSession {
        let outputs = model.outputs().to_vec();
        OnnxSession {
            name: name.to_owned(),
            backend,
            device,
            model,
            outputs,
        }
    }

    /// Compares the real inputs and outputs with `inputs` and `outputs`, and from then on holds the outputs to
    /// the dimensions that `outputs` fixes.
    ///
    /// For callers of [`super::Runtime::load_any`] that have recognised the network.
    ///
    /// # Errors
    /// If an input or output is missing or differs, or there is an input more.
    pub fn expect(
        &mut self,
        inputs: &[TensorSpec],
        outputs: &[TensorSpec],
    ) -> Result<(), LoadError> {
        let real = (self.model.inputs(), self.model.outputs());
        contract::compare(&self.name, (inputs, real.0), (outputs, real.1))?;
        for spec in &mut self.outputs {
            if let Some(expected) = outputs.iter().find(|expected| expected.name == spec.name) {
                for (dimension, fixed) in spec.shape.iter_mut().zip(&expected.shape) {
                    *dimension = dimension.or(*fixed);
                }
            }
        }
        Ok(())
    }

    /// Runs once on zeros, so that the first chunk of audio does not pay for what backends put off.
    ///
    /// Free dimensions are taken as `free`: the size that the first real run will have.
    ///
    /// # Errors
    /// If the run fails.
    pub fn prewarm_with(&mut self, free: usize) -> Result<(), LoadError> {
        let zeros: Vec<(String, Tensor)> = self
            .inputs()
            .iter()
            .map(|spec| {
                let shape: Vec<usize> =
                    spec.shape.iter().map(|size| size.unwrap_or(free)).collect();
                let count = shape.iter().product();
                let tensor = match spec.element {
                    ElementType::F32 => Tensor::zeros(&shape),
                    ElementType::I64 => Tensor::i64(&shape, vec![0; count]),
                };
                (spec.name.clone(), tensor)
            })
            .collect();
        let inputs: Vec<(&str, &Tensor)> = zeros
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
            .collect();
        self.prewarm(&inputs)
    }

    /// Runs once on `inputs` and drops the result, so that the first chunk of audio does not pay for what
    /// backends put off.
    ///
    /// # Errors
    /// If the run fails.
    pub fn prewarm(&mut self, inputs: &[(&str, &Tensor)]) -> Result<(), LoadError> {
        match self.run(inputs) {
            Ok(_) => Ok(()),
            Err(source) => Err(LoadError::Prewarm {
                model: self.name.clone(),
                source,
            }),
        }
    }

    /// The file or role that it was loaded as.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The backend that runs it.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The device that it runs on.
    pub fn device(&self) -> Device {
        self.device
    }
}

impl Model for OnnxSession {
    fn inputs(&self) -> &[TensorSpec] {
        self.model.inputs()
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.outputs
    }

    fn run(&mut self, inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, RunError> {
        let outputs = self.model.run(inputs)?;
        for (spec, tensor) in self.outputs.iter().zip(&outputs) {
            contract::check_output(spec, tensor)?;
        }
        Ok(outputs)
    }
}
