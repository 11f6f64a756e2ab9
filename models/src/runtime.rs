//! Finds the ONNX backends, says which devices serve, and loads networks on them.
//!
//! ONNX Runtime is a shared library that is opened at run time, by absolute path; tract is linked in, so that a
//! voice runs where there is no library. One process can open one ONNX Runtime library.

mod backend;
mod card;
mod check;
mod contract;
mod device;
#[cfg(test)]
mod full_size;
mod graph;
mod kept;
mod library;
mod library_version;
mod onnxruntime;
mod session;
mod status;
mod telemetry;
#[cfg(test)]
mod tests;
mod tract;
mod unshaped;
mod vram;

pub use backend::{Backend, ParseBackendError};
pub use device::{Device, ParseDeviceError};
pub(crate) use kept::Source;
pub use library::library_in;
pub use session::OnnxSession;
pub use status::{Candidate, DeviceStatus, LibraryStatus, RuntimeStatus};
pub(crate) use vram::Megabytes;
pub use vram::{Reservation, VramBudget};

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tract_onnx::pb::ModelProto;

use crate::error::LoadError;
use crate::model::TensorSpec;

/// Decodes an ONNX file that holds all of its data itself.
pub(crate) fn decode(model: &str, onnx: &[u8]) -> Result<ModelProto, LoadError> {
    // The decoder is tract's, whichever backend runs what becomes of it.
    graph::decode(model, Backend::Tract, onnx)
}

/// The inputs and outputs that a decoded model declares.
pub(crate) fn specs(
    model: &str,
    proto: &ModelProto,
) -> Result<(Vec<TensorSpec>, Vec<TensorSpec>), LoadError> {
    graph::specs(model, proto)
}

/// How a [`Runtime`] is set up.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// The backend; `None` takes ONNX Runtime where a library is found, else tract.
    pub backend: Option<Backend>,
    /// The ONNX Runtime library, as an absolute path; `None` searches (see [`Runtime`]).
    pub library: Option<PathBuf>,
    /// Threads that ONNX Runtime gives one network, at least 1; tract always uses the calling thread alone.
    pub threads: usize,
    /// Memory in bytes that may be reserved on each GPU through [`Runtime::vram`]; `None` is what is free there.
    pub vram_limit: Option<u64>,
    /// The folder in which ONNX Runtime's optimised networks are kept, so that the next load is quick and maps their
    /// weights; `None` keeps nothing. It may be removed at any time. See [`crate::voices::network_folder`].
    pub kept_networks: Option<PathBuf>,
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        // One thread: the model thread itself. Small streaming networks lose more to waking a pool every
        // 10 ms than they gain, and the sums of one thread are the same on every machine.
        RuntimeConfig {
            backend: None,
            library: None,
            threads: 1,
            vram_limit: None,
            kept_networks: None,
        }
    }
}

/// Loads networks; made once by a program, then cloned and shared.
///
/// The ONNX Runtime library is searched at these places, by absolute path only, so that no other program's
/// library of the same name is ever taken: [`RuntimeConfig::library`]; the environment variable
/// `SYRINX_ONNXRUNTIME`; beside the executable and in `../lib/syrinx`; `runtime/cuda` and `runtime/cpu` in the
/// data directory, which is `$SYRINX_HOME`, else `%LOCALAPPDATA%\syrinx` on Windows, `~/Library/Application
/// Support/syrinx` on macOS, and elsewhere `$XDG_DATA_HOME/syrinx`, else `~/.local/share/syrinx`. A
/// library that was named by the configuration or the variable is taken or refused; it is never passed over.
///
/// The search costs a few file look-ups and is done once; the library is opened at the first load, which takes
/// 40-140 ms.
#[derive(Clone, Debug)]
pub struct Runtime {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: RuntimeConfig,
    found: library::Found,
    vram: VramBudget,
    probed: OnceLock<Vec<DeviceStatus>>,
}

impl Runtime {
    /// Searches the library; opens nothing.
    ///
    /// # Errors
    /// If ONNX Runtime was asked for and there is none, or a library was named that is not there or not an
    /// absolute path.
    pub fn new(config: RuntimeConfig) -> Result<Runtime, LoadError> {
        let found = library::search(config.library.as_deref())?;
        if config.backend == Some(Backend::OnnxRuntime) && found.library.is_none() {
            return Err(LoadError::Backend {
                backend: Backend::OnnxRuntime,
                reason: format!(
                    "no library at {} places that were searched; run `cargo xtask setup runtime`, or name a \
                     library in {}",
                    found.candidates.len(),
                    library::VARIABLE
                ),
            });
        }
        let vram = VramBudget::new(config.vram_limit);
        let config = RuntimeConfig {
            threads: config.threads.max(1),
            ..config
        };
        Ok(Runtime {
            shared: Arc::new(Shared {
                config,
                found,
                vram,
                probed: OnceLock::new(),
            }),
        })
    }

    /// The same runtime, whose networks get another number of threads; budget and library are shared.
    #[must_use]
    pub fn with_threads(&self, threads: usize) -> Runtime {
        let shared = &self.shared;
        Runtime {
            shared: Arc::new(Shared {
                config: RuntimeConfig {
                    threads: threads.max(1),
                    ..shared.config.clone()
                },
                found: shared.found.clone(),
                vram: shared.vram.clone(),
                probed: shared.probed.clone(),
            }),
        }
    }

    /// Threads that ONNX Runtime gives one network.
    pub fn threads(&self) -> usize {
        self.shared.config.threads
    }

    /// The backend that serves.
    pub fn backend(&self) -> Backend {
        match (self.shared.config.backend, &self.shared.found.library) {
            (Some(backend), _) => backend,
            (None, Some(_)) => Backend::OnnxRuntime,
            (None, None) => Backend::Tract,
        }
    }

    /// The budget of device memory that pipelines reserve from.
    pub fn vram(&self) -> &VramBudget {
        &self.shared.vram
    }

    /// Loads a network whose inputs and outputs are known, and compares them.
    ///
    /// `model_name` (a file or role) is for messages. The graph must have exactly the expected inputs, and the
    /// expected outputs among its own.
    ///
    /// # Errors
    /// If backend or device cannot serve, the graph is damaged, keeps data in other files or uses what the
    /// backend lacks, or an input or output differs.
    pub fn load(
        &self,
        model_name: &str,
        onnx: &[u8],
        expected_inputs: &[TensorSpec],
        expected_outputs: &[TensorSpec],
        device: Device,
    ) -> Result<OnnxSession, LoadError> {
        let mut session = self.load_any(model_name, onnx, device)?;
        session.expect(expected_inputs, expected_outputs)?;
        Ok(session)
    }

    /// Loads a network whatever its inputs and outputs are, for callers that recognise exports by them.
    ///
    /// # Errors
    /// As [`Runtime::load`], without the comparison.
    pub fn load_any(
        &self,
        model_name: &str,
        onnx: &[u8],
        device: Device,
    ) -> Result<OnnxSession, LoadError> {
        self.load_as(model_name, onnx, device, true)
    }

    /// Loads a network on the CPU for a few runs, in less time: ONNX Runtime does not optimise it.
    ///
    /// # Errors
    /// As [`Runtime::load_any`].
    pub(crate) fn load_briefly(
        &self,
        model_name: &str,
        onnx: &[u8],
    ) -> Result<OnnxSession, LoadError> {
        self.load_as(model_name, onnx, Device::Cpu, false)
    }

    fn load_as(
        &self,
        model_name: &str,
        onnx: &[u8],
        device: Device,
        optimises: bool,
    ) -> Result<OnnxSession, LoadError> {
        let network = match self.backend() {
            Backend::OnnxRuntime => {
                let options = onnxruntime::Options {
                    threads: self.shared.config.threads,
                    device,
                    optimises,
                };
                check::check(model_name, Backend::OnnxRuntime, onnx)?;
                let library = self.library()?;
                let model = onnxruntime::OrtModel::load(library, model_name, onnx, options)?;
                session::Network::OnnxRuntime(model)
            }
            Backend::Tract => {
                if device != Device::Cpu {
                    return Err(LoadError::Device {
                        device,
                        reason:
                            "the backend tract runs on the CPU; run `cargo xtask setup runtime \
                                 --device cuda` for ONNX Runtime with CUDA"
                                .to_owned(),
                    });
                }
                let proto = graph::decode(model_name, Backend::Tract, onnx)?;
                session::Network::Tract(tract::TractModel::load(model_name, &proto)?)
            }
        };
        Ok(OnnxSession::new(model_name, device, network))
    }

    /// Loads the network that `identity` names: the kept one, else that which `make` gives, and keeps it. With it comes
    /// what `make` said about it. Nothing is kept on tract, which optimises in its own form, or for CUDA.
    ///
    /// # Errors
    /// As [`Runtime::load_any`], and those of `make`. What cannot be kept is loaded all the same.
    pub(crate) fn load_kept<B: AsRef<[u8]>, E: From<LoadError>>(
        &self,
        model_name: &str,
        identity: &str,
        device: Device,
        make: impl FnOnce() -> Result<Source<B>, E>,
    ) -> Result<(OnnxSession, String), E> {
        let library = match (&self.shared.config.kept_networks, self.backend(), device) {
            (Some(folder), Backend::OnnxRuntime, Device::Cpu) => {
                Some((kept::KeptNetworks::new(folder.clone()), self.library()?))
            }
            _ => None,
        };
        let options = onnxruntime::Options {
            threads: self.shared.config.threads,
            device,
            optimises: true,
        };
        let Some((kept, library)) = library else {
            let source = make()?;
            let session = self.load_any(model_name, source.onnx.as_ref(), device)?;
            return Ok((session, source.about));
        };
        let place = kept.place(identity, &onnxruntime::build(library)?);
        let load = || -> Option<(OnnxSession, String)> {
            let (network, about) = place.find()?;
            let model = onnxruntime::OrtModel::load_kept(library, model_name, &network, options);
            let network = session::Network::OnnxRuntime(model.ok()?);
            Some((OnnxSession::new(model_name, device, network), about))
        };
        if let Some(found) = load() {
            return Ok(found);
        }
        place.forget();
        let source = make()?;
        check::check(model_name, self.backend(), source.onnx.as_ref())?;
        let written = place.keep(&source.about, |network, weights| {
            onnxruntime::OrtModel::write_kept(
                library,
                model_name,
                source.onnx.as_ref(),
                (network, weights),
            )?;
            // Where this fails the network will not be found, as where keeping it does.
            let _ = unshaped::take_shapes(network);
            Ok::<(), LoadError>(())
        });
        // A full disk is no reason to refuse a voice; a graph that the library refuses is.
        if let Ok(refused) = written {
            refused?;
            if let Some(found) = load() {
                return Ok(found);
            }
        }
        let session = self.load_any(model_name, source.onnx.as_ref(), device)?;
        Ok((session, source.about))
    }

    /// What serves and why, for `syrinx doctor`. Opens the library, and tries CUDA with a network of one node
    /// if the library has it.
    pub fn status(&self) -> RuntimeStatus {
        let found = &self.shared.found;
        let backend = self.backend();
        let reason = match (self.shared.config.backend, &found.library) {
            (Some(_), _) => "asked for".to_owned(),
            (None, Some(path)) => format!("a library was found: {}", path.display()),
            (None, None) => {
                "no ONNX Runtime library was found; `cargo xtask setup runtime` installs one, \
                 for larger voices and other devices"
                    .to_owned()
            }
        };
        let library = found.library.as_ref().map(|path| LibraryStatus {
            path: path.clone(),
            version: onnxruntime::version(path).map_err(|error| error.to_string()),
        });
        let devices = self.shared.probed.get_or_init(|| {
            let cuda = match (backend, &found.library) {
                (Backend::OnnxRuntime, Some(path)) => onnxruntime::probe_cuda(path, 0),
                _ => Err("the backend tract runs on the CPU".to_owned()),
            };
            vec![
                DeviceStatus {
                    device: Device::Cpu,
                    available: Ok(()),
                },
                DeviceStatus {
                    device: Device::Cuda(0),
                    available: cuda,
                },
            ]
        });
        RuntimeStatus {
            backend,
            reason,
            library,
            candidates: found.candidates.clone(),
            devices: devices.clone(),
        }
    }

    fn library(&self) -> Result<&Path, LoadError> {
        self.shared
            .found
            .library
            .as_deref()
            .ok_or_else(|| LoadError::Backend {
                backend: Backend::OnnxRuntime,
                reason: "no library; run `cargo xtask setup runtime`".to_owned(),
            })
    }
}
