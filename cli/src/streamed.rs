//! Runs a recording through the real-time stream, in blocks as hosts hand them over, and cuts off its latency.

use syrinx_dsp::Samples;
use syrinx_models::stream::StreamConfig;
use syrinx_models::{
    ConvertError, ConvertSettings, Observer, SampleSink, SampleSource, Stream, Voice,
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
    chunk_ms: Option<f64>,
    observer: &mut dyn Observer,
) -> Result<StreamReport, ConvertError> {
    let converter = voice.converter(settings, chunk_ms)?;
    let spec = converter.spec().clone();
    let config = StreamConfig {
        gate: settings.gate,
        mix: settings.mix,
        ..StreamConfig::new(source.rate(), MAX_BLOCK)
    };
    let mut stream = Stream::new(converter, config)?;
    let latency = stream.latency();
    run(&mut stream, latency, source, sink, observer)?;
    Ok(StreamReport {
        latency_samples: latency.0,
        latency_ms: latency.to_ms(source.rate()),
        chunk_ms: spec.chunk.to_ms(spec.input_rate),
        missing_samples: stream.missing(),
        terms: spec.terms.iter().map(TermReport::from).collect(),
    })
}

fn run(
    stream: &mut Stream,
    latency: Samples,
    source: &mut dyn SampleSource,
    sink: &mut dyn SampleSink,
    observer: &mut dyn Observer,
) -> Result<(), ConvertError> {
    let mut block = [0.0; MAX_BLOCK];
    let mut to_drop = latency.0;
    let (mut read, mut written) = (0u64, 0u64);
    let mut ended = false;
    for length in BLOCKS.into_iter().cycle() {
        if observer.cancelled() {
            return Err(ConvertError::Cancelled);
        }
        let block = &mut block[..length];
        let count = if ended { 0 } else { source.read(block)? };
        ended |= count < length;
        read += count as u64;
        // After the end, silence pushes out what is still inside.
        block[count..].fill(0.0);
        stream.process(block)?;
        let skipped = to_drop.min(length);
        to_drop -= skipped;
        let due = (read - written).min((length - skipped) as u64) as usize;
        sink.write(&block[skipped..skipped + due])?;
        written += due as u64;
        observer.progress(written);
        if ended && written == read {
            break;
        }
    }
    Ok(())
}
