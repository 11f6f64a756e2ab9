//! Streaming signal processing for voice conversion, on `f32` slices.
//!
//! No threads, files, logging, networks or hosts. Every processor is `new / process / reset / latency`:
//! `new` may fail and allocate; the other three do neither.
//!
//! Words: a *block* is what a host hands over, a *chunk* what a model takes, a *frame* one analysis step and
//! *hop* its length; F0 is in Hz.
#![forbid(unsafe_code)]

pub mod biquad;
pub mod butterworth;
pub mod config_error;
pub mod crossfade;
pub mod delay_line;
pub mod dry_wet;
pub mod echo_finder;
pub mod envelope;
pub mod f0;
pub mod gate;
pub mod high_pass;
pub mod history;
pub mod istft;
pub mod knots;
pub mod limiter;
pub mod log_mel;
pub mod loudness;
pub mod loudness_follower;
pub mod mel;
pub mod pitch_target;
pub mod pulse_noise;
pub mod ramp;
pub mod resample;
pub mod sola;
pub mod spectral_envelope;
pub mod stft;
pub mod units;
pub mod window;
pub mod zero_phase;

pub use biquad::Biquad;
pub use config_error::ConfigError;
pub use crossfade::Crossfade;
pub use delay_line::DelayLine;
pub use dry_wet::{DryWetConfig, DryWetMixer};
pub use echo_finder::{Echo, EchoFinder};
pub use envelope::{EnvelopeConfig, EnvelopeFollower};
pub use f0::F0Frame;
pub use f0::tracker::{F0Config, F0Tracker};
pub use gate::{GateConfig, NoiseGate};
pub use high_pass::{HighPass, HighPassConfig, HighPassSlope};
pub use history::History;
pub use istft::Istft;
pub use knots::{BinsToKnots, KnotScale, KnotsToBins};
pub use limiter::{LimiterConfig, TruePeakLimiter};
pub use log_mel::{LogMel, LogMelConfig, Spectrum};
pub use loudness::{LoudnessConfig, LoudnessMatcher, match_loudness, match_loudness_up_to};
pub use loudness_follower::LoudnessFollower;
pub use mel::{MelConfig, MelFilterbank, MelNorm, MelScale};
pub use pitch_target::{
    Note, PitchEditor, PitchSettings, PitchTarget, Scale, ScaleInterval, ScaleKind,
};
pub use pulse_noise::{PulseNoise, PulseNoiseConfig, VoiceFrame};
pub use ramp::LinearRamp;
pub use resample::{ResampleError, ResamplerConfig, StreamResampler, resample_all};
pub use sola::{Sola, SolaConfig};
pub use spectral_envelope::SpectralEnvelope;
pub use stft::{Stft, StftConfig};
pub use units::{Decibels, SampleRate, Samples, Semitones};
pub use zero_phase::ZeroPhase;
