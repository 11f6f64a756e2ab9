//! Voices as models: ONNX sessions on two backends, voice bundles, conversion pipelines and the synchronous
//! stream.
//!
//! No host, no audio thread, no audio files. What a program does with it:
//!
//! 1. [`Runtime`] is made once and says which backends and devices serve;
//! 2. [`VoiceBundle`] opens and checks a voice (untrusted input);
//! 3. [`Voice`] loads its networks on a [`Device`] of that runtime;
//! 4. [`Voice::convert_file`] converts a whole recording in constant memory, or [`Voice::converter`] gives
//!    the piece that [`Stream`] runs in real time at a fixed latency.

pub mod bundle;
pub mod calibration;
pub mod converter;
mod data_folder;
pub mod dialect;
mod dry_path;
pub mod error;
pub mod graph;
pub mod import;
mod intonation;
mod live_controls;
pub mod model;
mod pitch_frame;
pub mod progress;
mod quality;
mod reserved_converter;
pub mod runtime;
pub mod sample_io;
pub mod settings;
pub mod source_filter;
pub mod speech;
pub mod stream;
pub mod svc;
pub mod voice;
mod voice_memory;
pub mod voices;

pub use bundle::{Manifest, VoiceBundle};
pub use calibration::{CalibratedWindow, Calibration};
pub use converter::{Converter, ConverterSpec, Join, LatencyTerm};
pub use error::{ConvertError, LoadError, ManifestError, ReadError, RunError, WriteError};
pub use live_controls::LiveControls;
pub use model::{ElementType, Model, Tensor, TensorData, TensorSpec};
pub use pitch_frame::PitchFrame;
pub use progress::{Observer, Quiet};
pub use quality::Quality;
pub use runtime::{Backend, Device, Runtime};
pub use sample_io::{SampleSink, SampleSource, SliceSource, VecSink};
pub use settings::{ConvertSettings, StreamWish, Transpose};
pub use stream::{Stream, StreamConfig, StreamLatency};
pub use voice::Voice;
pub use voice_memory::VoiceMemory;
