//! Runs a recording through the real-time stream, in blocks as hosts hand them over, and cuts off its latency.

use std::time::Instant;

use syrinx_models::stream::StreamConfig;
use syrinx_models::{
    ConvertError, ConvertSettings, Observer, SampleSink, SampleSource, Stream, StreamWish, Voice,
};

use crate::report::{StreamReport, TermReport};

/// The lengths of the blocks, over and over: hosts split their blocks at loop points and automation, so a
/// stream that is right only for constant ones would be wrong in practice.
const BLOCKS: [usize; 8] = [480, 480, 64, 511, 1, 480, 256, 127];

/// The longest of them.
const MAX_BLOCK: usize = 511;

/// Converts `source` into `sink` as a live stream would, and says with which latency. The output is as long as
/// the input and in line with it.
///
/// # Errors
/// If source, sink or voice fail, a setting does not suit the voice, or the observer stops it.
pub fn convert_streamed(
    voice: &Voice,
    source: &mut dyn SampleSource,
    sink: &mut dyn SampleSink,
    settings: &ConvertSettings,
    wish: StreamWish,
    observer: &mut dyn Observer,
) -> Result<StreamReport, ConvertError> {
    let start = Instant::now();
    let converter = voice.converter(settings, wish)?;
    let opened_s = start.elapsed().as_secs_f64();
    let spec = converter.spec().clone();
    let config = StreamConfig {
        gate: settings.gate,
        mix: settings.mix,
        ..StreamConfig::new(source.rate(), MAX_BLOCK)
    };
    let mut stream = Stream::new(converter, config)?;
    let latency = stream.latency();
    stream.run_file(source, sink, &BLOCKS, observer)?;
    Ok(StreamReport {
        latency_samples: latency.0,
        latency_ms: latency.to_ms(source.rate()),
        opened_s,
        chunk_ms: spec.chunk.to_ms(spec.input_rate),
        missing_samples: stream.missing(),
        terms: spec.terms.iter().map(TermReport::from).collect(),
    })
}
