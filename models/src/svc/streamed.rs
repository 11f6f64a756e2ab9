//! Streams a voice whose synthesizer was cut before its generator.

mod converter;
#[cfg(test)]
mod fewer_bits_tests;
mod graph_file;
#[cfg(test)]
mod kept_tests;
mod parted;
mod playback;
mod prepared;
mod prepared_files;
mod random_feeds;
mod sine_source;
mod speaker;
mod stream_errors;
#[cfg(test)]
pub(super) mod tests;
mod timeline;
#[cfg(test)]
mod unpitched_tests;

pub(crate) use converter::{Parts, StreamedConverter, spec};
pub(crate) use graph_file::{GraphFile, load_as_it_is};
pub(crate) use parted::PartedSynthesizer;
pub(crate) use prepared::PreparedSynthesizer;
pub use prepared_files::{PreparedFiles, StreamParameters};
pub(crate) use random_feeds::RandomFeeds;
pub(crate) use stream_errors::measure_streams;
