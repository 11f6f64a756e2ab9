//! The signal path of one segment, from audio to audio.

use syrinx_dsp::f0::contour::{
    from_frames, interpolate_unvoiced, resize_nearest, transpose, voiced_mask,
};
use syrinx_dsp::f0::tracker::{F0Config, F0Tracker};
use syrinx_dsp::{SampleRate, Semitones};

use super::aligned_resampler::AlignedResampler;
use super::content::{CONTENT_RATE, Content, ContentEncoder, mel2ph};
use super::noise::FrameNoise;
use super::synthesizer::{Features, Speaker, Synthesizer};
use super::volume::volume;
use crate::error::{LoadError, RunError};

/// The F0 tracker over segments, 50-1100 Hz. A segment is there as a whole, so decisions may wait for 200 ms.
const F0: F0Config = F0Config {
    lookahead_frames: 20,
    ..F0Config::SPEECH_16K
};

/// What does not change between segments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PipelineConfig {
    /// The rate of the synthesizer, in and out.
    pub rate: SampleRate,
    /// Samples per frame of the synthesizer.
    pub hop: usize,
    /// What the noise is multiplied by, 0 to 1: less is steadier, more is livelier.
    pub noise_scale: f32,
}

/// What a user chose.
#[derive(Clone, Debug, PartialEq)]
pub struct Controls {
    /// Who speaks.
    pub speaker: Speaker,
    /// The shift of F0.
    pub transpose: Semitones,
    /// The seed of the noise.
    pub seed: u64,
}

/// A segment and what was measured on it.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// The segment at the synthesizer's rate; its whole hops are converted.
    pub audio: &'a [f32],
    /// F0 in Hz, 0 where unvoiced, on any even grid over the segment.
    pub contour: &'a [f32],
    /// Standard normal noise, rows of channels: `192 * frames` values.
    pub noise: &'a [f32],
}

/// Converts segments with a content encoder and a synthesizer.
pub struct SvcPipeline {
    encoder: ContentEncoder,
    synthesizer: Synthesizer,
    config: PipelineConfig,
    to_content: AlignedResampler,
    tracker: F0Tracker,
}

impl SvcPipeline {
    /// Joins two networks.
    ///
    /// # Errors
    /// If their widths differ, or the rate cannot be resampled.
    pub fn new(
        encoder: ContentEncoder,
        synthesizer: Synthesizer,
        config: PipelineConfig,
    ) -> Result<SvcPipeline, LoadError> {
        if let (Some(given), Some(taken)) = (encoder.dim(), synthesizer.variant().content_dim)
            && given != taken
        {
            return Err(LoadError::Tensor {
                model: "encoder".to_owned(),
                expected: format!("embed with {taken} values per frame, as the synthesizer's c"),
                found: format!("{given}"),
            });
        }
        let unsupported = |error: &dyn std::fmt::Display| LoadError::Unsupported(error.to_string());
        let to_content = AlignedResampler::new(config.rate, CONTENT_RATE)
            .map_err(|error| unsupported(&error))?;
        let tracker = F0Tracker::new(&F0).map_err(|error| unsupported(&error))?;
        Ok(SvcPipeline {
            encoder,
            synthesizer,
            config,
            to_content,
            tracker,
        })
    }

    /// What does not change between segments.
    pub fn config(&self) -> &PipelineConfig {
        &self.config
    }

    /// The synthesizer.
    pub fn synthesizer(&self) -> &Synthesizer {
        &self.synthesizer
    }

    /// Converts a segment at the synthesizer's rate: as many samples as its whole hops have. `first_frame` is
    /// where it lies in the recording, in hops; the noise depends on it.
    ///
    /// # Errors
    /// If the segment is shorter than 25 ms or a network fails.
    pub fn convert(
        &mut self,
        audio: &[f32],
        first_frame: i64,
        controls: &Controls,
    ) -> Result<Vec<f32>, RunError> {
        let speech_16k = self.to_content.whole(audio);
        let content = self.encoder.encode(&speech_16k)?;

        let frames = self.tracker.track(&speech_16k);
        let mut contour = vec![0.0; frames.len()];
        from_frames(&frames, &mut contour);

        let count = audio.len() / self.config.hop;
        let noise = FrameNoise::new(controls.seed).frames(first_frame, count);

        let segment = Segment {
            audio,
            contour: &contour,
            noise: &noise,
        };
        let features = self.features(&segment, &content, controls.transpose);
        self.synthesizer.synthesize(features, &controls.speaker)
    }

    /// What the synthesizer takes, from what was measured: the arithmetic of So-VITS-SVC's host side.
    pub fn features<'a>(
        &self,
        segment: &Segment<'_>,
        content: &'a Content,
        interval: Semitones,
    ) -> Features<'a> {
        let frames = segment.audio.len() / self.config.hop;

        // F0: onto the hop grid, then where it is voiced, then without gaps, then transposed.
        let (mut f0, mut uv) = (vec![0.0; frames], vec![0.0; frames]);
        resize_nearest(segment.contour, &mut f0);
        voiced_mask(&f0, &mut uv);
        interpolate_unvoiced(&mut f0);
        transpose(&mut f0, interval);

        // The graph has no noise scale of its own.
        let noise = segment
            .noise
            .iter()
            .map(|value| value * self.config.noise_scale)
            .collect();
        let takes_volume = self.synthesizer.variant().volume;
        Features {
            content,
            mel2ph: mel2ph(content.frames, frames),
            f0,
            uv,
            noise,
            volume: takes_volume.then(|| volume(segment.audio, self.config.hop)),
        }
    }

    /// Converts a segment whose speech at 16 kHz, F0 and noise are given: what parity tests compare.
    ///
    /// # Errors
    /// As [`SvcPipeline::convert`].
    pub fn convert_measured(
        &mut self,
        segment: &Segment<'_>,
        speech_16k: &[f32],
        controls: &Controls,
    ) -> Result<Vec<f32>, RunError> {
        let content = self.encoder.encode(speech_16k)?;
        let features = self.features(segment, &content, controls.transpose);
        self.synthesizer.synthesize(features, &controls.speaker)
    }
}
