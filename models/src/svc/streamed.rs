//! Streams a voice whose synthesizer was cut before its generator.

mod playback;
mod prepared;
mod sine_source;
