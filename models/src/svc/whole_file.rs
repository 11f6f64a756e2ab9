//! Converts a whole recording of any length in constant memory.

use syrinx_dsp::SampleRate;

use super::aligned_resampler::AlignedResampler;
use super::joiner::Joiner;
use super::pipeline::{Controls, SvcPipeline};
use super::slicer::{Piece, Slicer};
use super::slicer_config::SlicerConfig;
use crate::error::ConvertError;
use crate::progress::Observer;
use crate::sample_io::{SampleSink, SampleSource};

/// Samples read at once; at most an eighth of a second at any rate, so that stopping is asked for often enough.
const BLOCK: usize = 1_024;

/// Silence around every piece: the networks are worst at their ends. So-VITS-SVC's `pad_seconds`.
const PAD_MS: f64 = 500.0;

/// How a recording is converted.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSettings {
    /// Speaker, transpose and seed.
    pub controls: Controls,
    /// Where the recording is cut.
    pub slicer: SlicerConfig,
}

/// Converts all of `source` into `sink`: exactly as many samples, at the source's rate, in line with it.
///
/// The recording is resampled to the synthesizer's rate, cut at its pauses ([`Slicer`]), each piece converted
/// with half a second of silence on both sides, what is silent replaced by zeros, and all of it joined and
/// resampled back. Memory is that of one piece, whatever the length. The padding at the end of a piece is rounded
/// up to whole hops; So-VITS-SVC drops the broken hop instead and centres the result, which shifts it by up
/// to half a hop.
///
/// The observer is asked before each block of samples and before each piece; one piece, at most
/// [`SlicerConfig::max_piece_ms`] long, is not interrupted.
///
/// # Errors
/// If source, sink or a network fails, a setting is out of its range, or the observer stops it.
pub fn convert_file(
    pipeline: &mut SvcPipeline,
    source: &mut dyn SampleSource,
    sink: &mut dyn SampleSink,
    settings: &FileSettings,
    observer: &mut dyn Observer,
) -> Result<(), ConvertError> {
    pipeline.reset();
    let rate = pipeline.config().rate;
    let mut to_model = resampler(source.rate(), rate)?;
    let mut slicer = Slicer::new(&settings.slicer, rate)?;
    let mut output = FileOutput {
        from_model: resampler(rate, source.rate())?,
        joiner: Joiner::new(slicer.overlap()),
        controls: &settings.controls,
        sink,
        observer,
        written: 0,
    };
    let mut block = [0.0; BLOCK];
    let (mut audio, mut pieces, mut read) = (Vec::new(), Vec::new(), 0);
    loop {
        output.stop_if_cancelled()?;
        let count = source.read(&mut block)?;
        if count == 0 {
            break;
        }
        read += count;
        to_model.push(&block[..count], &mut audio);
        slicer.push(&audio, &mut pieces);
        audio.clear();
        output.convert(pipeline, &mut pieces)?;
    }
    to_model.finish(&mut audio);
    slicer.push(&audio, &mut pieces);
    slicer.finish(&mut pieces);
    output.convert(pipeline, &mut pieces)?;
    output.finish(read)
}

fn resampler(from: SampleRate, to: SampleRate) -> Result<AlignedResampler, ConvertError> {
    AlignedResampler::new(from, to).map_err(|error| ConvertError::Resample {
        from,
        to,
        reason: error.to_string(),
    })
}

/// Everything behind the slicer.
struct FileOutput<'a> {
    from_model: AlignedResampler,
    joiner: Joiner,
    controls: &'a Controls,
    sink: &'a mut dyn SampleSink,
    observer: &'a mut dyn Observer,
    written: u64,
}

impl FileOutput<'_> {
    fn stop_if_cancelled(&self) -> Result<(), ConvertError> {
        if self.observer.cancelled() {
            Err(ConvertError::Cancelled)
        } else {
            Ok(())
        }
    }

    fn convert(
        &mut self,
        pipeline: &mut SvcPipeline,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), ConvertError> {
        for piece in pieces.drain(..) {
            self.stop_if_cancelled()?;
            match piece {
                Piece::Silence(count) => self.silence(count)?,
                Piece::Speech {
                    start,
                    samples,
                    joins,
                    continues,
                } => {
                    let audio = padded(pipeline, start, &samples, self.controls)?;
                    let mut joined = Vec::new();
                    self.joiner.push(&audio, joins, continues, &mut joined);
                    self.write(&joined)?;
                }
            }
        }
        Ok(())
    }

    fn silence(&mut self, count: usize) -> Result<(), ConvertError> {
        const ZEROS: [f32; BLOCK] = [0.0; BLOCK];
        let mut left = count;
        while left > 0 {
            let now = left.min(BLOCK);
            self.write(&ZEROS[..now])?;
            left -= now;
        }
        Ok(())
    }

    /// Writes samples at the synthesizer's rate.
    fn write(&mut self, samples: &[f32]) -> Result<(), ConvertError> {
        let mut ready = Vec::new();
        self.from_model.push(samples, &mut ready);
        self.deliver(&ready)
    }

    fn finish(mut self, length: usize) -> Result<(), ConvertError> {
        let mut ready = Vec::new();
        self.from_model.finish_at(length, &mut ready);
        self.deliver(&ready)
    }

    /// Writes samples at the source's rate.
    fn deliver(&mut self, ready: &[f32]) -> Result<(), ConvertError> {
        if ready.is_empty() {
            return Ok(());
        }
        self.sink.write(ready)?;
        self.written += ready.len() as u64;
        self.observer.progress(self.written);
        Ok(())
    }
}

/// Converts one piece with silence around it, and gives as many samples.
fn padded(
    pipeline: &mut SvcPipeline,
    start: u64,
    samples: &[f32],
    controls: &Controls,
) -> Result<Vec<f32>, ConvertError> {
    let hop = pipeline.config().hop;
    let pad = pipeline.config().rate.samples_in_ms(PAD_MS).0;
    let mut segment = vec![0.0; (samples.len() + 2 * pad).next_multiple_of(hop)];
    segment[pad..pad + samples.len()].copy_from_slice(samples);
    let first_frame = (start as i64 - pad as i64).div_euclid(hop as i64);
    let audio = pipeline.convert(&segment, first_frame, controls)?;
    Ok(audio[pad..pad + samples.len()].to_vec())
}
