//! The real-time seam between an audio callback and a model thread, at a fixed latency.
#![forbid(unsafe_code)]

mod activation;
mod audio_path;
mod engine;
mod engine_latency;
mod pace;
mod settings;
mod status;
mod voice_identity;
mod voice_library;
mod voice_slots;

pub use activation::Activation;
pub use audio_path::AudioPath;
pub use engine::Engine;
pub use engine_latency::EngineLatency;
pub use pace::Pace;
pub use settings::{OnUnderrun, Settings};
pub use status::{Priority, Status, VoiceState};
pub use syrinx_models::{LatencyTerm, LiveControls, Quality};
pub use voice_identity::VoiceIdentity;
pub use voice_library::VoiceLibrary;
pub use voice_slots::VoiceSlots;
