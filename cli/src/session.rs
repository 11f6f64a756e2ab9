//! The voice of one run of the command: found, checked and loaded when first needed.

use std::sync::Arc;

use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::{Backend, Device, Runtime, Voice, VoiceBundle};

use crate::error::CliError;
use crate::report::VoiceIdentity;
use crate::voices::find;

/// A voice on a device, loaded when first needed, so that errors of files are told without waiting for it and
/// a run that has nothing to do costs nothing.
pub struct Session {
    asked: String,
    device: Device,
    backend: Option<Backend>,
    bundle: Option<Arc<VoiceBundle>>,
    loaded: Option<Loaded>,
}

struct Loaded {
    voice: Voice,
    backend: Backend,
}

impl Session {
    /// Of the voice that `asked` names, on `device`; `None` takes the best backend there is.
    pub fn new(asked: &str, device: Device, backend: Option<Backend>) -> Session {
        Session {
            asked: asked.to_owned(),
            device,
            backend,
            bundle: None,
            loaded: None,
        }
    }

    /// The voice's files, checked.
    ///
    /// # Errors
    /// If there is no such voice or it is refused.
    pub fn bundle(&mut self) -> Result<Arc<VoiceBundle>, CliError> {
        if let Some(bundle) = &self.bundle {
            return Ok(Arc::clone(bundle));
        }
        let bundle = Arc::new(find::open(&self.asked)?);
        self.bundle = Some(Arc::clone(&bundle));
        Ok(bundle)
    }

    /// The voice's name and hash.
    ///
    /// # Errors
    /// If there is no such voice or it is refused.
    pub fn identity(&mut self) -> Result<VoiceIdentity, CliError> {
        let bundle = self.bundle()?;
        Ok(VoiceIdentity {
            name: bundle.manifest().name.clone(),
            sha256: bundle.hash().to_owned(),
        })
    }

    /// The loaded voice.
    ///
    /// # Errors
    /// If it cannot be loaded, or device or backend cannot serve.
    pub fn voice(&mut self) -> Result<&mut Voice, CliError> {
        Ok(&mut self.loaded()?.voice)
    }

    /// What runs the networks.
    ///
    /// # Errors
    /// As [`Session::voice`].
    pub fn backend(&mut self) -> Result<Backend, CliError> {
        Ok(self.loaded()?.backend)
    }

    /// Where they run.
    pub fn device(&self) -> Device {
        self.device
    }

    /// The speaker that `asked` names, or the first: number and name.
    ///
    /// # Errors
    /// If the voice has no such speaker.
    pub fn speaker(&mut self, asked: Option<&str>) -> Result<(usize, String), CliError> {
        let bundle = self.bundle()?;
        let speaker = bundle
            .speaker(asked)
            .map_err(CliError::bundle(&self.asked))?;
        Ok((speaker.id as usize, speaker.name.clone()))
    }

    fn loaded(&mut self) -> Result<&mut Loaded, CliError> {
        if self.loaded.is_none() {
            let bundle = self.bundle()?;
            let config = RuntimeConfig {
                backend: self.backend,
                kept_networks: syrinx_models::voices::network_folder(),
                ..RuntimeConfig::default()
            };
            let runtime = Runtime::new(config).map_err(CliError::runtime)?;
            let backend = runtime.backend();
            let voice =
                Voice::load(&runtime, bundle, self.device).map_err(CliError::load(&self.asked))?;
            self.loaded = Some(Loaded { voice, backend });
        }
        self.loaded.as_mut().ok_or(CliError::Stopped)
    }
}
