//! Loads voices for tests, on the backends that are there.

use std::sync::Arc;

use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::{Backend, Device, Runtime, Voice, VoiceBundle};

/// A runtime on `backend`, or `None`, said aloud, where the ONNX Runtime library is not installed. The gate
/// installs it and sets `SYRINX_REQUIRE_ORT`, so there its absence is a failure.
pub fn runtime(backend: Backend) -> Option<Runtime> {
    let config = RuntimeConfig {
        backend: Some(backend),
        ..RuntimeConfig::default()
    };
    match Runtime::new(config) {
        Ok(runtime) => Some(runtime),
        Err(error)
            if backend == Backend::Tract || std::env::var_os("SYRINX_REQUIRE_ORT").is_some() =>
        {
            panic!("{backend} is needed here: {error}")
        }
        Err(error) => {
            println!("skipped on {backend}: {error}");
            None
        }
    }
}

/// The default voice on `runtime`.
pub fn default_voice(runtime: &Runtime) -> Voice {
    let bundle = VoiceBundle::default_voice().expect("the program carries a whole voice");
    Voice::load(runtime, Arc::new(bundle), Device::Cpu).expect("the default voice loads")
}

/// The default voice on tract, which is always there.
pub fn default_voice_on_tract() -> Voice {
    default_voice(&runtime(Backend::Tract).expect("tract is linked in"))
}
