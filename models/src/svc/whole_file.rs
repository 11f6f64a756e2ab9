//! Converts a whole recording of any length in constant memory.

mod file_output;
mod piece_config;
mod pieces;
mod quiet_cutter;
mod slices;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod pieces_tests;
#[cfg(test)]
mod test_networks;

use syrinx_dsp::SampleRate;

pub use piece_config::PieceConfig;

use super::aligned_resampler::AlignedResampler;
use super::parameters::SvcParameters;
use super::pipeline::{Controls, SvcPipeline};
use super::slicer_config::SlicerConfig;
use crate::bundle::VoiceKindName;
use crate::error::ConvertError;
use crate::progress::Observer;
use crate::sample_io::{SampleSink, SampleSource};

/// Samples read at once; at most an eighth of a second at any rate, so that stopping is asked for often enough.
const BLOCK: usize = 1_024;

/// How much RVC's whole-file conversion lets the loudness follow the recording: 1 less the `rms_mix_rate` of 0.25 that
/// its WebUI begins with. So-VITS-SVC does not, where nobody asks for it.
const RVC_LOUDNESS: f32 = 0.75;

/// How a recording is cut and put together again.
#[derive(Clone, Debug, PartialEq)]
pub enum FileMethod {
    /// At pauses, into slices that hear silence around them; pauses are not converted: So-VITS-SVC.
    Slices(SlicerConfig),
    /// At quiet places, into long pieces that hear the recording around them; everything is converted: RVC.
    Pieces(PieceConfig),
}

/// How a recording is converted.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSettings {
    /// Speaker, transpose and seed.
    pub controls: Controls,
    /// Where the recording is cut.
    pub method: FileMethod,
    /// How far the loudness of the result follows the recording, 0 to 1: 1 less So-VITS-SVC's
    /// `loudness_envelope_adjustment` and RVC's `rms_mix_rate`.
    pub loudness: f32,
}

impl FileSettings {
    /// As the program of the voice's kind has it, and its bundle states it.
    pub(super) fn of(
        kind: VoiceKindName,
        parameters: &SvcParameters,
        controls: Controls,
    ) -> FileSettings {
        let (method, loudness) = match kind {
            VoiceKindName::Rvc => (FileMethod::Pieces(parameters.pieces.clone()), RVC_LOUDNESS),
            _ => (FileMethod::Slices(parameters.slicer.clone()), 0.0),
        };
        FileSettings {
            controls,
            method,
            loudness: parameters.loudness.unwrap_or(loudness),
        }
    }
}

/// Converts all of `source` into `sink`: exactly as many samples, at the source's rate, in line with it. Memory is that
/// of one piece, whatever the length.
///
/// [`FileMethod::Slices`] is So-VITS-SVC's offline program: slices between pauses ([`super::Slicer`]), half a second of
/// silence around each, what is silent replaced by zeros. [`FileMethod::Pieces`] is RVC's: a high-pass at 48 Hz without
/// delay, cuts at the quietest places about every 38 s, a second of the recording around each piece.
///
/// The second is RVC's arithmetic but for what would need the whole recording in memory: beyond one piece, F0 of models
/// without a bound in time, F0 that is interpolated through more than a second around a cut, and where the windows of the
/// loudness lie ([`syrinx_dsp::LoudnessFollower`]). RVC's scaling of recordings that peak above 0.95 is left out: a level is
/// not changed here.
///
/// The observer is asked before each block of samples and before each piece; one piece, at most
/// [`SlicerConfig::max_piece_ms`] or [`PieceConfig::longest_ms`] or [`PieceConfig::spacing_ms`] and two searches long, is
/// not interrupted.
///
/// # Errors
/// If source, sink or a network fails, a setting is out of its range, the method is not that of the synthesizer, or the
/// observer stops it.
pub fn convert_file(
    pipeline: &mut SvcPipeline,
    source: &mut dyn SampleSource,
    sink: &mut dyn SampleSink,
    settings: &FileSettings,
    observer: &mut dyn Observer,
) -> Result<(), ConvertError> {
    ConvertError::check_range("loudness", settings.loudness.into(), 0.0, 1.0)?;
    pipeline.reset();
    let (controls, loudness, out) = (&settings.controls, settings.loudness, (sink, observer));
    match &settings.method {
        FileMethod::Slices(config) => {
            slices::convert(pipeline, source, out, controls, config, loudness)
        }
        FileMethod::Pieces(config) => {
            pieces::convert(pipeline, source, out, controls, config, loudness)
        }
    }
}

fn resampler(from: SampleRate, to: SampleRate) -> Result<AlignedResampler, ConvertError> {
    AlignedResampler::new(from, to).map_err(|error| ConvertError::Resample {
        from,
        to,
        reason: error.to_string(),
    })
}
