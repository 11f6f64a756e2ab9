//! Says in which form a backend computes convolutions fastest, and loads networks in it.

use crate::error::LoadError;
use crate::graph::{Graph, planar};
use crate::runtime::{Backend, Device, OnnxSession, Runtime};

/// Whether convolutions are faster with a second axis: on ONNX Runtime's processor kernels, see [`planar`].
pub(crate) fn wants_planar(runtime: &Runtime, device: Device) -> bool {
    runtime.backend() == Backend::OnnxRuntime && device == Device::Cpu
}

/// Loads `graph` in the form that the backend computes fastest.
///
/// # Errors
/// If the backend refuses it.
pub(crate) fn load_fastest(
    graph: &Graph,
    runtime: &Runtime,
    device: Device,
) -> Result<OnnxSession, LoadError> {
    if !wants_planar(runtime, device) {
        return graph.load(runtime, device);
    }
    let mut graph = graph.clone();
    planar(&mut graph);
    graph.load(runtime, device)
}
