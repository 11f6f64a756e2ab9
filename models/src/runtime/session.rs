//! A network on a backend and a device, checked against what its pipeline expects.

use super::onnxruntime::OrtModel;
use super::tract::TractModel;
use super::{Backend, Device, check, contract};
use crate::error::{LoadError, RunError};
use crate::model::{ElementType, Model, Tensor, TensorSpec};

/// A network on a backend and a device, checked against what its pipeline expects.
///
/// # Real-time safety
///
/// Not real-time safe: backends allocate. It belongs on the model thread.
pub struct OnnxSession {
    name: String,
    device: Device,
    network: Network,
    outputs: Vec<TensorSpec>,
}

/// A network on one of the backends.
pub(super) enum Network {
    /// On ONNX Runtime.
    OnnxRuntime(OrtModel),
    /// On tract.
    Tract(TractModel),
}

impl Network {
    fn model(&self) -> &dyn Model {
        match self {
            Network::OnnxRuntime(model) => model,
            Network::Tract(model) => model,
        }
    }

    fn model_mut(&mut self) -> &mut dyn Model {
        match self {
            Network::OnnxRuntime(model) => model,
            Network::Tract(model) => model,
        }
    }

    fn backend(&self) -> Backend {
        match self {
            Network::OnnxRuntime(_) => Backend::OnnxRuntime,
            Network::Tract(_) => Backend::Tract,
        }
    }
}

impl std::fmt::Debug for OnnxSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnnxSession")
            .field("name", &self.name)
            .field("backend", &self.backend())
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

impl OnnxSession {
    pub(super) fn new(name: &str, device: Device, network: Network) -> OnnxSession {
        let outputs = network.model().outputs().to_vec();
        OnnxSession {
            name: name.to_owned(),
            device,
            network,
            outputs,
        }
    }

    /// The same network for another owner, which may run it on another thread at the same time, with the results
    /// that it would have alone.
    ///
    /// tract's sharers have the weights and plans in common. ONNX Runtime has no session that two threads may run
    /// through its Rust interface; there a sharer gets a session of its own, for which `onnx` reads the graph
    /// once more. It must be the graph that this session was loaded from; tract does not ask for it.
    ///
    /// # Errors
    /// If `onnx` fails, the device cannot serve once more, or the graph is another one.
    pub fn share(
        &self,
        onnx: impl FnOnce() -> Result<std::sync::Arc<[u8]>, LoadError>,
    ) -> Result<OnnxSession, LoadError> {
        let network = match &self.network {
            Network::Tract(model) => Network::Tract(model.share(&self.name)?),
            Network::OnnxRuntime(model) => {
                let onnx = onnx()?;
                check::check(&self.name, Backend::OnnxRuntime, &onnx)?;
                let network = model.share(&self.name, &onnx)?;
                let real = (network.inputs(), network.outputs());
                contract::compare(&self.name, (self.inputs(), real.0), (&self.outputs, real.1))?;
                Network::OnnxRuntime(network)
            }
        };
        Ok(OnnxSession {
            name: self.name.clone(),
            device: self.device,
            network,
            outputs: self.outputs.clone(),
        })
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
        let real = (
            self.network.model().inputs(),
            self.network.model().outputs(),
        );
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
        self.network.backend()
    }

    /// The device that it runs on.
    pub fn device(&self) -> Device {
        self.device
    }
}

impl Model for OnnxSession {
    fn inputs(&self) -> &[TensorSpec] {
        self.network.model().inputs()
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.outputs
    }

    fn run(&mut self, inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, RunError> {
        let outputs = self.network.model_mut().run(inputs)?;
        for (spec, tensor) in self.outputs.iter().zip(&outputs) {
            contract::check_output(spec, tensor)?;
        }
        Ok(outputs)
    }
}
