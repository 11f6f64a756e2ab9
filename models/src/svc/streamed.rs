//! Streams a voice whose synthesizer was cut before its generator.

mod converter;
mod parted;
mod playback;
mod prepared;
mod prepared_files;
mod random_feeds;
mod sine_source;
mod speaker;
#[cfg(test)]
pub(super) mod tests;
mod timeline;

pub(crate) use converter::{Parts, StreamedConverter, spec};
pub(crate) use parted::PartedSynthesizer;
pub(crate) use prepared::PreparedSynthesizer;
pub use prepared_files::{PreparedFiles, StreamParameters};
pub(crate) use random_feeds::RandomFeeds;
