//! Runs networks with ONNX Runtime.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::ep::cuda::ConvAlgorithmSearch;
use ort::ep::{ArenaExtendStrategy, CUDA, ExecutionProvider};
use ort::logging::LogLevel;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Outlet, TensorElementType, TensorRef};

use super::library_version::library_version;
use super::{Backend, Device, contract, telemetry, unshaped};
use crate::error::{LoadError, RunError};
use crate::model::{ElementType, Model, Tensor, TensorData, TensorSpec};

/// `y = x` for one float: the smallest network there is, to try a device with.
const IDENTITY: &[u8] = include_bytes!("../../tests/golden/graphs/identity.onnx");

/// Weights of at least so many bytes are mapped; smaller ones stay in the graph.
const MAPPED_BYTES: &str = "1024";

/// How a network is loaded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) threads: usize,
    pub(super) device: Device,
    /// Whether the graph is optimised, which for large ones takes longer than a run.
    pub(super) optimises: bool,
}

/// The library that this process has opened; there is no closing it.
static OPENED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

/// Opens the library at `path`, or returns it if it is the one that is open.
fn environment(path: &Path) -> Result<Environment, LoadError> {
    let refuse = |reason: String| LoadError::Backend {
        backend: Backend::OnnxRuntime,
        reason,
    };
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((open, environment)) = opened.as_ref() {
        return if open == path {
            Ok(environment.clone())
        } else {
            Err(refuse(format!(
                "{} is open and a process can open only one library, so {} cannot be; restart with it",
                open.display(),
                path.display()
            )))
        };
    }
    let unfit = |error: &dyn std::fmt::Display| {
        refuse(format!(
            "{}: {error}; run `cargo xtask setup runtime` for a library that fits",
            path.display()
        ))
    };
    telemetry::refuse();
    let builder = ort::init_from(path).map_err(|error| unfit(&error))?;
    let environment = builder
        .with_name("syrinx")
        .with_telemetry(false)
        .build()
        .map_err(|error| unfit(&error))?;
    // Errors come back as values; the library's own log would print them a second time.
    environment.set_log_level(LogLevel::Fatal);
    *opened = Some((path.to_owned(), environment.clone()));
    Ok(environment)
}

/// The version and build of the library at `path`, which is opened for it.
pub(super) fn version(path: &Path) -> Result<String, LoadError> {
    environment(path)?;
    let build = ort::info().trim_start_matches("ORT Build Info: ");
    Ok(library_version(path).map_or_else(
        || build.to_owned(),
        |version| format!("{version} ({build})"),
    ))
}

/// What tells the build of the library at `path`, which is opened for it, from others: its own words, and its size,
/// because two builds of one commit may differ in what they were told to include.
pub(super) fn build(path: &Path) -> Result<String, LoadError> {
    environment(path)?;
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    Ok(format!("{} {size}", ort::info()))
}

/// Whether CUDA serves, by a run of one node on card `number`.
pub(super) fn probe_cuda(path: &Path, number: u32) -> Result<(), String> {
    let options = Options {
        threads: 1,
        device: Device::Cuda(number),
        optimises: true,
    };
    let mut model =
        OrtModel::load(path, "probe", IDENTITY, options).map_err(|error| match error {
            LoadError::Device { reason, .. } => reason,
            error => error.to_string(),
        })?;
    let probe = Tensor::f32(&[1], vec![1.0]);
    model
        .run(&[("x", &probe)])
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// A network in ONNX Runtime.
pub(super) struct OrtModel {
    library: PathBuf,
    options: Options,
    session: Session,
    inputs: Vec<TensorSpec>,
    outputs: Vec<TensorSpec>,
}

impl OrtModel {
    /// Loads a network whose bytes were checked by [`super::check::check`].
    pub(super) fn load(
        path: &Path,
        model: &str,
        onnx: &[u8],
        options: Options,
    ) -> Result<OrtModel, LoadError> {
        let environment = environment(path)?;
        if let Device::Cuda(_) = options.device {
            require_cuda(options.device)?;
        }
        let session = session(&environment, onnx, options)
            .map_err(|error| refuse(model, options.device, &error))?;
        let inputs = specs(model, session.inputs())?;
        let outputs = specs(model, session.outputs())?;
        Ok(OrtModel {
            library: path.to_owned(),
            options,
            session,
            inputs,
            outputs,
        })
    }

    /// Writes a network, whose bytes were checked by [`super::check::check`], as the library optimised it for this
    /// processor: the graph to a path, its weights to a file of that name beside it, in the layout of the kernels.
    pub(super) fn write_kept(
        path: &Path,
        model: &str,
        onnx: &[u8],
        (network, weights): (&Path, &str),
    ) -> Result<(), LoadError> {
        let write = || -> ort::Result<()> {
            let environment =
                environment(path).map_err(|error| ort::Error::new(error.to_string()))?;
            builder(&environment, 1)?
                .with_optimization_level(GraphOptimizationLevel::All)?
                .with_config_entry("session.save_external_prepacked_constant_initializers", "1")?
                .with_config_entry(
                    "session.optimized_model_external_initializers_file_name",
                    weights,
                )?
                .with_config_entry(
                    "session.optimized_model_external_initializers_min_size_in_bytes",
                    MAPPED_BYTES,
                )?
                .with_optimized_model_path(network)?
                .commit_from_memory(onnx)
                .map(drop)
        };
        write().map_err(|error| refuse(model, Device::Cpu, &error))
    }

    /// Loads what [`OrtModel::write_kept`] wrote and [`unshaped::take_shapes`] took the shapes from.
    pub(super) fn load_kept(
        path: &Path,
        model: &str,
        network: &Path,
        options: Options,
    ) -> Result<OrtModel, LoadError> {
        let load = || -> ort::Result<Session> {
            let environment =
                environment(path).map_err(|error| ort::Error::new(error.to_string()))?;
            builder(&environment, options.threads)?
                // It was optimised when it was written.
                .with_optimization_level(GraphOptimizationLevel::Disable)?
                .commit_from_file(network)
        };
        let session = load().map_err(|error| refuse(model, options.device, &error))?;
        let (inputs, outputs) = unshaped::interface(model, network)?;
        let is = |outlets: &[Outlet], specs: &[TensorSpec]| {
            let names = outlets.iter().map(Outlet::name);
            names.eq(specs.iter().map(|spec| spec.name.as_str()))
        };
        if !is(session.inputs(), &inputs) || !is(session.outputs(), &outputs) {
            let reason = "its interface is another network's";
            return Err(LoadError::Unsupported(format!(
                "{model}, as kept: {reason}"
            )));
        }
        Ok(OrtModel {
            library: path.to_owned(),
            options,
            session,
            inputs,
            outputs,
        })
    }

    /// The same network in a session of its own: two threads must not run one session, and a lock between model
    /// threads would let one voice wait for another.
    pub(super) fn share(&self, model: &str, onnx: &[u8]) -> Result<OrtModel, LoadError> {
        OrtModel::load(&self.library, model, onnx, self.options)
    }
}

/// What all sessions have in common: `threads`, the caller's among them, that sleep while there is nothing to do.
fn builder(environment: &Environment, threads: usize) -> ort::Result<SessionBuilder> {
    Ok(Session::builder(environment)?
        .with_intra_threads(threads)?
        // Operators run one after the other; a second pool would only wait.
        .with_inter_threads(1)?
        // Threads that spin for work take the core from the host's audio thread.
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?)
}

fn session(environment: &Environment, onnx: &[u8], options: Options) -> ort::Result<Session> {
    let level = match options.optimises {
        true => GraphOptimizationLevel::All,
        false => GraphOptimizationLevel::Disable,
    };
    let mut builder = builder(environment, options.threads)?.with_optimization_level(level)?;
    if let Device::Cuda(number) = options.device {
        // Without this flag a provider that cannot be registered is passed over and the CPU runs the network.
        let provider = CUDA::default()
            .with_device_id(number.cast_signed())
            // Otherwise the arena doubles each time that it grows, and what was reserved for it would not do.
            .with_arena_extend_strategy(ArenaExtendStrategy::SameAsRequested)
            // The usual search tries every algorithm, with as much memory as there is, for every new shape.
            .with_conv_algorithm_search(ConvAlgorithmSearch::Heuristic)
            .build()
            .error_on_failure();
        builder = builder.with_execution_providers([provider])?;
    }
    builder.commit_from_memory(onnx)
}

/// What the library says of a network, as an error of loading.
fn refuse(model: &str, device: Device, error: &ort::Error) -> LoadError {
    match device {
        Device::Cpu => LoadError::Graph {
            model: model.to_owned(),
            backend: Backend::OnnxRuntime,
            reason: error.message().to_owned(),
        },
        device => LoadError::Device {
            device,
            reason: format!(
                "{model}: {}; CUDA needs the NVIDIA driver, CUDA 13 and cuDNN 9",
                error.message().trim()
            ),
        },
    }
}

fn require_cuda(device: Device) -> Result<(), LoadError> {
    let refuse = |reason: String| LoadError::Device { device, reason };
    match CUDA::is_available() {
        Ok(true) => Ok(()),
        Ok(false) => Err(refuse(
            "this ONNX Runtime library has no CUDA; run `cargo xtask setup runtime --device cuda`"
                .to_owned(),
        )),
        Err(error) => Err(refuse(error.to_string())),
    }
}

fn specs(model: &str, outlets: &[Outlet]) -> Result<Vec<TensorSpec>, LoadError> {
    outlets.iter().map(|outlet| spec(model, outlet)).collect()
}

fn spec(model: &str, outlet: &Outlet) -> Result<TensorSpec, LoadError> {
    let dtype = outlet.dtype();
    let element = match dtype.tensor_type() {
        Some(TensorElementType::Float32) => ElementType::F32,
        Some(TensorElementType::Int64) => ElementType::I64,
        _ => {
            return Err(LoadError::Tensor {
                model: model.to_owned(),
                expected: format!("{} to be a tensor of f32 or i64", outlet.name()),
                found: dtype.to_string(),
            });
        }
    };
    let shape = dtype.tensor_shape().map_or(&[][..], |shape| shape);
    let shape = shape
        .iter()
        .map(|&size| usize::try_from(size).ok())
        .collect();
    Ok(TensorSpec {
        name: outlet.name().to_owned(),
        element,
        shape,
    })
}

impl Model for OrtModel {
    fn inputs(&self) -> &[TensorSpec] {
        &self.inputs
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.outputs
    }

    fn run(&mut self, inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, RunError> {
        let failed = |error: ort::Error| RunError::Backend {
            backend: Backend::OnnxRuntime,
            reason: error.message().to_owned(),
        };
        let values: Vec<SessionInputValue<'_>> = contract::ordered(&self.inputs, inputs)?
            .into_iter()
            .map(view)
            .collect::<ort::Result<_>>()
            .map_err(failed)?;
        let results = self.session.run(&values[..]).map_err(failed)?;
        results
            .values()
            .map(|value| copy(&value))
            .collect::<ort::Result<_>>()
            .map_err(failed)
    }
}

/// A tensor of ONNX Runtime over the same memory.
fn view(tensor: &Tensor) -> ort::Result<SessionInputValue<'_>> {
    Ok(match tensor.data() {
        TensorData::F32(data) => TensorRef::from_array_view((tensor.shape(), &data[..]))?.into(),
        TensorData::I64(data) => TensorRef::from_array_view((tensor.shape(), &data[..]))?.into(),
    })
}

fn copy(value: &DynValue) -> ort::Result<Tensor> {
    let sizes = |shape: &[i64]| -> Vec<usize> {
        shape
            .iter()
            .map(|&size| usize::try_from(size).unwrap_or(0))
            .collect()
    };
    if let Ok((shape, data)) = value.try_extract_tensor::<f32>() {
        return Ok(Tensor::f32(&sizes(shape), data.to_vec()));
    }
    let (shape, data) = value.try_extract_tensor::<i64>()?;
    Ok(Tensor::i64(&sizes(shape), data.to_vec()))
}
