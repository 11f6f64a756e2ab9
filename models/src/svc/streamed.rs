//! Streams a voice whose synthesizer was cut before its generator.

mod converter;
mod playback;
mod prepared;
mod random_feeds;
mod sine_source;
mod speaker;
#[cfg(test)]
mod tests;
mod timeline;

pub(crate) use converter::{Parts, StreamedConverter, spec};
pub(crate) use prepared::PreparedSynthesizer;
