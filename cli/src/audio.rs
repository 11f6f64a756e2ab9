//! Recordings as files: decoding to mono, encoding to WAV, and what is written beside the samples.

pub mod choir;
pub mod decode;
pub mod decode_error;
pub mod dither;
pub mod downmix;
pub mod encode_error;
pub mod info_chunk;
pub mod limited_sink;
pub mod partial;
pub mod recording;
pub mod symphonia_track;
pub mod wav_format;
pub mod wav_sink;
pub mod wide_wav;

pub use choir::{ChoirSink, WaitingVoice};
pub use decode::Decode;
pub use decode_error::DecodeError;
pub use encode_error::EncodeError;
pub use limited_sink::LimitedSink;
pub use partial::PartialFile;
pub use recording::{Recording, RecordingInfo};
pub use wav_format::BitDepth;
pub use wav_sink::WavSink;
