//! Streaming signal processing for voice conversion, on `f32` slices.
//!
//! No threads, files, logging, networks or hosts. Every processor is `new / process / reset / latency`:
//! `new` may fail and allocate; the other three do neither.
//!
//! Words: a *block* is what a host hands over, a *chunk* what a model takes, a *frame* one analysis step and
//! *hop* its length; F0 is in Hz.
#![forbid(unsafe_code)]

pub mod units;

pub use units::{Decibels, SampleRate, Samples, Semitones};
