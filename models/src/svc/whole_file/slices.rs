//! Converts a recording in slices between its pauses, as So-VITS-SVC does.

use syrinx_dsp::match_loudness;

use super::file_output::FileOutput;
use super::{BLOCK, resampler};
use crate::error::ConvertError;
use crate::progress::Observer;
use crate::sample_io::{SampleSink, SampleSource};
use crate::svc::joiner::Joiner;
use crate::svc::pipeline::{Controls, SvcPipeline};
use crate::svc::slicer::{Piece, Slicer};
use crate::svc::slicer_config::SlicerConfig;

/// Silence around every piece: the networks are worst at their ends. So-VITS-SVC's `pad_seconds`.
const PAD_MS: f64 = 500.0;

/// The recording is resampled to the synthesizer's rate, cut at its pauses ([`Slicer`]), each piece converted with half a
/// second of silence on both sides, what is silent replaced by zeros, and all of it joined and resampled back. The
/// padding at the end of a piece is rounded up to whole hops; So-VITS-SVC drops the broken hop instead and centres the
/// result, which shifts it by up to half a hop. By `loudness` a piece follows the loudness of what it was made from, its
/// padding included.
pub(super) fn convert(
    pipeline: &mut SvcPipeline,
    source: &mut dyn SampleSource,
    (sink, observer): (&mut dyn SampleSink, &mut dyn Observer),
    controls: &Controls,
    config: &SlicerConfig,
    loudness: f32,
) -> Result<(), ConvertError> {
    let rate = pipeline.config().rate;
    let mut to_model = resampler(source.rate(), rate)?;
    let mut slicer = Slicer::new(config, rate)?;
    let mut slices = Slices {
        output: FileOutput::new(resampler(rate, source.rate())?, sink, observer),
        joiner: Joiner::new(slicer.overlap()),
        controls,
        loudness,
    };
    let mut block = [0.0; BLOCK];
    let (mut audio, mut pieces, mut read) = (Vec::new(), Vec::new(), 0);
    loop {
        slices.output.stop_if_cancelled()?;
        let count = source.read(&mut block)?;
        if count == 0 {
            break;
        }
        read += count;
        to_model.push(&block[..count], &mut audio);
        slicer.push(&audio, &mut pieces);
        audio.clear();
        slices.convert(pipeline, &mut pieces)?;
    }
    to_model.finish(&mut audio);
    slicer.push(&audio, &mut pieces);
    slicer.finish(&mut pieces);
    slices.convert(pipeline, &mut pieces)?;
    slices.output.finish(read)
}

/// Everything behind the slicer.
struct Slices<'a> {
    output: FileOutput<'a>,
    joiner: Joiner,
    controls: &'a Controls,
    loudness: f32,
}

impl Slices<'_> {
    fn convert(
        &mut self,
        pipeline: &mut SvcPipeline,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), ConvertError> {
        for piece in pieces.drain(..) {
            self.output.stop_if_cancelled()?;
            match piece {
                Piece::Silence(count) => self.output.silence(count)?,
                Piece::Speech {
                    start,
                    samples,
                    joins,
                    continues,
                } => {
                    let audio = self.padded(pipeline, start, &samples)?;
                    let mut joined = Vec::new();
                    self.joiner.push(&audio, joins, continues, &mut joined);
                    self.output.write(&joined)?;
                }
            }
        }
        Ok(())
    }

    /// Converts one piece with silence around it, and gives as many samples.
    fn padded(
        &self,
        pipeline: &mut SvcPipeline,
        start: u64,
        samples: &[f32],
    ) -> Result<Vec<f32>, ConvertError> {
        let (hop, rate) = (pipeline.config().hop, pipeline.config().rate);
        let pad = rate.samples_in_ms(PAD_MS).0;
        let mut segment = vec![0.0; (samples.len() + 2 * pad).next_multiple_of(hop)];
        segment[pad..pad + samples.len()].copy_from_slice(samples);
        let first_frame = (start as i64 - pad as i64).div_euclid(hop as i64);
        let mut audio = pipeline.convert(&segment, first_frame, self.controls)?;
        match_loudness(&segment, rate, &mut audio, rate, self.loudness);
        Ok(audio[pad..pad + samples.len()].to_vec())
    }
}
