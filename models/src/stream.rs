//! Runs a converter on a stream of any rate and block size, at a latency that never changes.

mod aligned_loudness;
mod latency;
#[cfg(test)]
mod tests;

pub use latency::StreamLatency;

use aligned_loudness::AlignedLoudness;
use syrinx_dsp::sola::{Sola, SolaConfig};
use syrinx_dsp::{
    Decibels, DryWetConfig, DryWetMixer, GateConfig, History, NoiseGate, ResamplerConfig,
    SampleRate, Samples, StreamResampler,
};

use crate::converter::{Converter, ConverterSpec, Join};
use crate::error::{ConvertError, RunError};
use crate::live_controls::LiveControls;
use crate::pitch_frame::PitchFrame;
use crate::progress::Observer;
use crate::sample_io::{SampleSink, SampleSource};

/// How a stream is run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StreamConfig {
    /// The rate of the blocks.
    pub host_rate: SampleRate,
    /// The longest block; longer ones are cut.
    pub max_block: usize,
    /// Input below this level is silence; `None` is the gate off.
    pub gate: Option<Decibels>,
    /// How far the loudness of the output follows the input, 0 (not at all) to 1.
    pub loudness: f32,
    /// Share of the converted signal, 0 (dry) to 1 (converted).
    pub mix: f32,
}

impl StreamConfig {
    /// No gate, the converter's own loudness, all converted.
    pub fn new(host_rate: SampleRate, max_block: usize) -> StreamConfig {
        StreamConfig {
            host_rate,
            max_block,
            gate: None,
            loudness: 0.0,
            mix: 1.0,
        }
    }
}

/// Push any number of samples at the host's rate, get the same number back, delayed by exactly
/// [`Stream::latency`].
///
/// Synchronous, without threads: a chunk is converted inside the call that completes it. The delay is the sum
/// of both resamplers, the converter's lookahead and join, and the samples that wait for a chunk to fill; it is
/// computed when the stream is made and holds for every sequence of blocks. The output does not depend on how
/// the input was cut into blocks.
///
/// # Real-time safety
///
/// Not real-time safe, since converters are not: it belongs on the model thread.
pub struct Stream<C: Converter = Box<dyn Converter>> {
    converter: C,
    max_block: usize,
    gate: NoiseGate,
    into_model: StreamResampler,
    history: History,
    sola: Option<Sola>,
    back: StreamResampler,
    loudness: AlignedLoudness,
    mixer: DryWetMixer,
    /// Input at the model's rate that waits for its chunk to fill.
    pending: Vec<f32>,
    converted: Vec<f32>,
    joined: Vec<f32>,
    resampled: Vec<f32>,
    gated: Vec<f32>,
    /// Output at the host's rate, not yet handed over.
    ready: std::collections::VecDeque<f32>,
    prefill: usize,
    latency: Samples,
    /// Samples at the host's rate since the start of the stream.
    heard: u64,
    missing: u64,
}

impl<C: Converter> Stream<C> {
    /// Prepares everything for `converter` and computes the latency.
    ///
    /// # Errors
    /// If a rate cannot be resampled or a setting is out of its range.
    pub fn new(converter: C, config: StreamConfig) -> Result<Stream<C>, ConvertError> {
        let spec = converter.spec().clone();
        let max_block = config.max_block.max(1);
        let into_model = resampler(config.host_rate, spec.input_rate, max_block)?;
        let joined = spec.chunk_out();
        let back = resampler(spec.output_rate, config.host_rate, joined)?;
        let sola = join(&spec)?;
        let prefill = latency::prefill(&spec, &into_model, &back);
        let latency = StreamLatency::with(&spec, &into_model, &back, prefill).total;
        let gate = GateConfig {
            threshold: config.gate.unwrap_or(GateConfig::OFF),
            ..GateConfig::default()
        };
        let mixer = DryWetConfig {
            latency,
            mix: config.mix,
        };
        let fresh = into_model.output_max(max_block);
        let mut stream = Stream {
            gate: NoiseGate::new(&gate, config.host_rate).map_err(|e| setting("gate", &e))?,
            history: History::new(spec.input_len()),
            sola,
            loudness: loudness(&config, latency, max_block)?,
            mixer: DryWetMixer::new(&mixer, config.host_rate).map_err(|e| setting("mix", &e))?,
            pending: Vec::with_capacity(spec.chunk.0 + fresh),
            converted: vec![0.0; spec.output_len()],
            joined: vec![0.0; joined],
            resampled: vec![0.0; fresh.max(back.output_max(joined))],
            gated: vec![0.0; max_block],
            ready: std::collections::VecDeque::with_capacity(prefill + 2 * max_block),
            prefill,
            latency,
            heard: 0,
            missing: 0,
            into_model,
            back,
            converter,
            max_block,
        };
        stream.reset();
        Ok(stream)
    }

    /// The constant delay, in samples at the host's rate.
    pub fn latency(&self) -> Samples {
        self.latency
    }

    /// What the converter needs and gives.
    pub fn spec(&self) -> &ConverterSpec {
        self.converter.spec()
    }

    /// Output samples that were missing when they were due; always 0 unless the arithmetic is wrong.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// How many more samples can be processed without running a network; the one after them completes a chunk.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic; a few whole-number operations.
    pub fn until_chunk(&self) -> usize {
        let made = self.into_model.output_count_after(self.heard);
        let missing = self
            .converter
            .spec()
            .chunk
            .0
            .saturating_sub(self.pending.len());
        let completes = self.into_model.input_count_for(made + missing as u64);
        completes.saturating_sub(self.heard + 1) as usize
    }

    /// Changes the gate's threshold, `None` switches it off. The gain follows with the gate's own fades, so that
    /// nothing clicks.
    pub fn set_gate(&mut self, gate: Option<Decibels>) {
        self.gate.set_threshold(gate.unwrap_or(GateConfig::OFF));
    }

    /// Changes how far the loudness follows the input, 0 (not at all; the output is then bit-exact again) to 1,
    /// within 20 ms. Clamped to its range, ignored when not a number.
    pub fn set_loudness(&mut self, loudness: f32) {
        self.loudness.set_amount(loudness);
    }

    /// Hands new controls to the converter, which takes them up with its next chunk.
    pub fn set_controls(&mut self, controls: &LiveControls) {
        self.converter.set_controls(controls);
    }

    /// The pitch of the chunk converted last, one frame for each 10 ms; see [`Converter::pitch`].
    pub fn pitch(&self) -> &[PitchFrame] {
        self.converter.pitch()
    }

    /// Converts a block of any length in place. Samples that are not finite count as 0.
    ///
    /// # Errors
    /// If a network fails. The stream then wants a [`Stream::reset`].
    pub fn process(&mut self, block: &mut [f32]) -> Result<(), RunError> {
        for part in block.chunks_mut(self.max_block) {
            self.process_part(part)?;
        }
        Ok(())
    }

    fn process_part(&mut self, block: &mut [f32]) -> Result<(), RunError> {
        for sample in block.iter_mut().filter(|sample| !sample.is_finite()) {
            *sample = 0.0;
        }
        let gated = &mut self.gated[..block.len()];
        gated.copy_from_slice(block);
        self.gate.process(gated);
        self.loudness.hear(gated);
        let count = self.into_model.process(gated, &mut self.resampled);
        self.heard += block.len() as u64;
        self.pending.extend_from_slice(&self.resampled[..count]);
        let chunk = self.converter.spec().chunk.0;
        let mut start = 0;
        while self.pending.len() - start >= chunk {
            self.convert_chunk(start, chunk)?;
            start += chunk;
        }
        self.pending.copy_within(start.., 0);
        self.pending.truncate(self.pending.len() - start);
        self.hand_over(block);
        Ok(())
    }

    /// Converts one chunk of `pending` and queues what it gives.
    fn convert_chunk(&mut self, start: usize, chunk: usize) -> Result<(), RunError> {
        self.history.push(&self.pending[start..start + chunk]);
        self.converter
            .convert(self.history.samples(), &mut self.converted)?;
        match &mut self.sola {
            Some(sola) => sola.process(&self.converted, &mut self.joined),
            None => self.joined.copy_from_slice(&self.converted),
        }
        let count = self.back.process(&self.joined, &mut self.resampled);
        self.ready.extend(&self.resampled[..count]);
        Ok(())
    }

    /// Replaces the block by the output that is due, mixed with the delayed input.
    fn hand_over(&mut self, block: &mut [f32]) {
        let wet = &mut self.gated[..block.len()];
        for sample in wet.iter_mut() {
            *sample = self.ready.pop_front().unwrap_or_else(|| {
                self.missing += 1;
                0.0
            });
        }
        self.loudness.apply(wet);
        self.mixer.process(block, wet);
        block.copy_from_slice(wet);
    }

    /// Forgets the past: the next output is as that of a new stream.
    pub fn reset(&mut self) {
        self.converter.reset();
        self.gate.reset();
        self.into_model.reset();
        self.history.reset();
        if let Some(sola) = &mut self.sola {
            sola.reset();
        }
        self.back.reset();
        self.loudness.reset();
        self.mixer.reset();
        self.pending.clear();
        self.ready.clear();
        self.ready.extend(std::iter::repeat_n(0.0, self.prefill));
        self.heard = 0;
        self.missing = 0;
    }

    /// Streams a whole recording in blocks of the given lengths, over and over, the latency taken off: the sink
    /// gets as many samples as the source has.
    ///
    /// # Errors
    /// If source, sink or a network fails, or the observer stops it.
    pub fn run_file(
        &mut self,
        source: &mut dyn SampleSource,
        sink: &mut dyn SampleSink,
        blocks: &[usize],
        observer: &mut dyn Observer,
    ) -> Result<(), ConvertError> {
        let mut block = vec![0.0; blocks.iter().copied().max().unwrap_or(0)];
        let mut skip = self.latency.0;
        let (mut read, mut written, mut ended) = (0u64, 0u64, false);
        for &length in blocks.iter().filter(|&&length| length > 0).cycle() {
            if observer.cancelled() {
                return Err(ConvertError::Cancelled);
            }
            let block = &mut block[..length];
            let count = if ended { 0 } else { source.read(block)? };
            ended |= count < length;
            read += count as u64;
            // After the end, silence pushes out what is still inside.
            block[count..].fill(0.0);
            self.process(block)?;
            let skipped = skip.min(length);
            skip -= skipped;
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
}

fn setting(name: &'static str, error: &syrinx_dsp::ConfigError) -> ConvertError {
    ConvertError::Setting {
        name,
        expected: "a value in its range".to_owned(),
        found: error.to_string(),
    }
}

fn loudness(
    config: &StreamConfig,
    latency: Samples,
    max_block: usize,
) -> Result<AlignedLoudness, ConvertError> {
    AlignedLoudness::new(config.loudness, latency, config.host_rate, max_block)
        .map_err(|error| setting("loudness", &error))
}

fn resampler(
    from: SampleRate,
    to: SampleRate,
    max_block: usize,
) -> Result<StreamResampler, ConvertError> {
    StreamResampler::new(ResamplerConfig {
        from,
        to,
        max_block,
    })
    .map_err(|error| ConvertError::Resample {
        from,
        to,
        reason: error.to_string(),
    })
}

fn join(spec: &ConverterSpec) -> Result<Option<Sola>, ConvertError> {
    let Join::Sola { search, crossfade } = spec.join else {
        return Ok(None);
    };
    let config = SolaConfig { search, crossfade };
    Sola::new(&config)
        .map(Some)
        .map_err(|error| setting("join", &error))
}
