//! The real-time seam between an audio callback and a model thread, at a fixed latency.
//!
//! No host, no device, no ONNX types. [`Engine`] is the control side; it makes an [`AudioPath`] for the audio
//! thread, and a model thread that converts. Between the two stands a [`bridge`]:
//!
//! ```text
//! audio thread:  AudioPath ─ AudioEnd ══ samples, commands ══> ModelEnd ─ ModelWorker ─ Lane ─ Stream  :model thread
//!                               └──────<══════ samples ══════════┘             └─ VoiceDesk ── VoiceLoader :its thread
//! ```
//!
//! The audio thread never wakes anybody in real time, so the model thread looks at short intervals. Everything that
//! is owned, loaded or dropped stays on the model side.
#![deny(unsafe_code)]

mod activation;
mod audio_end;
mod audio_path;
mod bridge;
mod clean_input;
mod command;
mod denoiser;
mod denormals;
mod doorbell;
mod engine;
mod engine_latency;
mod feedback_guard;
mod harmony;
mod lane;
mod mix_down;
mod model_end;
mod model_thread;
mod model_worker;
mod pace;
mod pacing;
mod pitch_trace;
mod priority;
mod second_voice;
mod settings;
mod speech;
mod splice;
mod status;
mod transition;
mod voice_desk;
mod voice_identity;
mod voice_library;
mod voice_loader;
mod voice_rest;
mod voice_slots;

pub use activation::Activation;
pub use audio_end::{AudioEnd, Pull};
pub use audio_path::AudioPath;
pub use bridge::{BridgeConfig, bridge};
pub use command::ModelSettings;
pub use denoiser::Denoiser;
pub use denormals::without_denormals;
pub use engine::Engine;
pub use engine_latency::EngineLatency;
pub use harmony::{Harmony, HarmonyVoice};
pub use lane::Lane;
pub use model_end::ModelEnd;
pub use model_worker::{ModelWorker, NextStep, WorkerConfig};
pub use pace::Pace;
pub use pacing::Pacing;
pub use pitch_trace::PitchTrace;
pub use settings::{OnUnderrun, Settings};
pub use speech::{Cue, CueAt, SpeechControls, SpeechLine, SpeechLines, SpeechMode};
pub use status::{Priority, Status, VoiceState};
pub use syrinx_models::{LatencyTerm, LiveControls, PitchFrame, Quality};
pub use voice_identity::VoiceIdentity;
pub use voice_library::VoiceLibrary;
pub use voice_slots::VoiceSlots;
