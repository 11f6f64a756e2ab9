//! The signal path of one segment, from audio to audio.

mod piece;

#[cfg(test)]
mod bundle_tests;
#[cfg(test)]
mod dialect_tests;

use syrinx_dsp::f0::contour::{interpolate_unvoiced, resize_nearest, transpose, voiced_mask};
use syrinx_dsp::{PitchSettings, SampleRate, Semitones};

use super::content::{Content, ContentEncoder, doubled, mel2ph};
use super::formants::Formants;
use super::listener::{Ears, Listener, Melody};
use super::noise::FrameNoise;
use super::parameters::Unvoiced;
use super::synthesizer::{Features, Place, Speaker, Synthesizer, Variant};
use super::volume::volume;
use crate::error::{LoadError, RunError};
use crate::live_controls::LiveControls;
use crate::pitch_frame::PitchFrame;
pub(super) use piece::SpeechPiece;

/// What does not change between segments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PipelineConfig {
    /// The rate of the synthesizer, in and out.
    pub rate: SampleRate,
    /// Samples per frame of the synthesizer.
    pub hop: usize,
    /// What the noise is multiplied by, 0 to 1: less is steadier, more is livelier.
    pub noise_scale: f32,
    /// What F0 is where there is none.
    pub unvoiced: Unvoiced,
}

/// What a user chose.
#[derive(Clone, Debug, PartialEq)]
pub struct Controls {
    /// Who speaks.
    pub speaker: Speaker,
    /// The shift of F0.
    pub transpose: Semitones,
    /// The shift of the formants, -12 to 12.
    pub formant: Semitones,
    /// The range of F0 around its mean, 0 to 2.
    pub intonation: f32,
    /// Where F0 is led after that, and its vibrato.
    pub pitch: PitchSettings,
    /// The seed of the noise.
    pub seed: u64,
}

impl Default for Controls {
    fn default() -> Self {
        Controls {
            speaker: Speaker::One(0),
            transpose: Semitones(0.0),
            formant: Semitones(0.0),
            intonation: 1.0,
            pitch: PitchSettings::default(),
            seed: 0,
        }
    }
}

impl Controls {
    /// Takes over what may change while a stream runs. A speaker that is none of `speakers` is the first of them.
    pub(super) fn follow(&mut self, live: &LiveControls, speakers: &[u32]) {
        let live = live.clamped();
        let chosen = speakers.contains(&live.speaker).then_some(live.speaker);
        if let Some(speaker) = chosen.or(speakers.first().copied()) {
            self.speaker = Speaker::One(speaker as usize);
        }
        self.transpose = live.transpose;
        self.formant = live.formant;
        self.intonation = live.intonation;
        self.pitch = live.pitch;
        self.seed = live.seed;
    }

    /// What becomes of the F0 that is heard.
    pub(super) fn melody(&self) -> Melody {
        Melody {
            intonation: self.intonation,
            transpose: self.transpose,
            pitch: self.pitch,
        }
    }
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
    listener: Listener,
    synthesizer: Synthesizer,
    config: PipelineConfig,
    formants: Option<Formants>,
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
        SvcPipeline::with_ears(encoder, Ears::default(), synthesizer, config)
    }

    /// With what the voice brings along for hearing.
    ///
    /// # Errors
    /// As [`SvcPipeline::new`].
    pub(super) fn with_ears(
        encoder: ContentEncoder,
        ears: Ears,
        synthesizer: Synthesizer,
        config: PipelineConfig,
    ) -> Result<SvcPipeline, LoadError> {
        check_widths(encoder.dim(), synthesizer.variant())?;
        Ok(SvcPipeline {
            listener: Listener::new(encoder, ears, config)?,
            synthesizer,
            config,
            formants: None,
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
        let (content, contour) = self.listener.hear(
            audio,
            first_frame,
            &controls.melody(),
            controls.speaker.number(),
        )?;
        let heard = Segment {
            audio,
            contour: &contour,
            noise: &[],
        };
        self.speak(&heard, &content, first_frame, controls)
    }

    /// Tells the pitch of a chunk of the segment converted last, or that it was silent.
    pub(super) fn tell(&mut self, chunk: std::ops::Range<i64>, is_silent: bool) {
        self.listener.tell(chunk, is_silent);
    }

    /// The pitch of the chunk that was told last.
    pub(super) fn pitch(&self) -> &[PitchFrame] {
        self.listener.pitch()
    }

    /// Speaks what was heard; the noise is drawn here.
    fn speak(
        &mut self,
        heard: &Segment<'_>,
        content: &Content,
        first_frame: i64,
        controls: &Controls,
    ) -> Result<Vec<f32>, RunError> {
        self.prepare_formants(controls.formant)?;
        let length = heard.audio.len() / self.config.hop;
        let (first, count) = match &self.formants {
            Some(formants) => (
                formants.stretched_start(first_frame),
                formants.stretched(length),
            ),
            None => (first_frame, length),
        };
        let place = Place {
            first_frame: first,
            seed: controls.seed,
        };
        let noise = FrameNoise::new(controls.seed).frames(first, count);
        let segment = Segment {
            noise: &noise,
            ..*heard
        };
        let mut features = self.features(&segment, content, controls.transpose);
        if let Some(formants) = &self.formants {
            formants.slow_down(&mut features, length);
        }
        let spoken = self
            .synthesizer
            .synthesize(features, &controls.speaker, place)?;
        Ok(match &mut self.formants {
            Some(formants) => formants.play_back(&spoken, length * self.config.hop),
            None => spoken,
        })
    }

    fn prepare_formants(&mut self, formant: Semitones) -> Result<(), RunError> {
        let made_for = self.formants.as_ref().map_or(0.0, |made| made.formant().0);
        if formant.0 != made_for {
            self.formants = match formant.0 == 0.0 {
                true => None,
                false => Some(Formants::new(formant).map_err(|error| RunError::Input {
                    name: "formant".to_owned(),
                    expected: "-12 to 12 semitones".to_owned(),
                    found: error.to_string(),
                })?),
            };
        }
        Ok(())
    }

    /// Forgets the melody that was heard: another recording begins.
    pub fn reset(&mut self) {
        self.listener.reset();
    }

    /// What the synthesizer takes, from what was measured: the arithmetic of So-VITS-SVC's host side.
    pub fn features<'a>(
        &self,
        segment: &Segment<'_>,
        content: &'a Content,
        interval: Semitones,
    ) -> Features<'a> {
        features(
            &self.config,
            self.synthesizer.variant(),
            segment,
            content,
            interval,
        )
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
        let content = self.listener.encode(speech_16k)?;
        let features = self.features(segment, &content, controls.transpose);
        let place = Place {
            first_frame: 0,
            seed: controls.seed,
        };
        self.synthesizer
            .synthesize(features, &controls.speaker, place)
    }
}

/// What a synthesizer takes, from what was measured: the arithmetic of So-VITS-SVC's host side.
pub(super) fn features<'a>(
    config: &PipelineConfig,
    variant: Variant,
    segment: &Segment<'_>,
    content: &'a Content,
    interval: Semitones,
) -> Features<'a> {
    let frames = segment.audio.len() / config.hop;

    // F0: onto the hop grid, then where it is voiced, then without gaps, then transposed.
    let (mut f0, mut uv) = (vec![0.0; frames], vec![0.0; frames]);
    resize_nearest(segment.contour, &mut f0);
    voiced_mask(&f0, &mut uv);
    if config.unvoiced == Unvoiced::Interpolate {
        interpolate_unvoiced(&mut f0);
    }
    transpose(&mut f0, interval);

    // The graph has no noise scale of its own.
    let noise = segment
        .noise
        .iter()
        .map(|value| value * config.noise_scale)
        .collect();
    Features {
        content,
        mel2ph: match (content.start_ms, variant.doubles_content()) {
            (Some(start_ms), _) => {
                let frame_ms = config.hop as f64 * 1e3 / f64::from(config.rate.hz());
                content.under(frames, frame_ms, start_ms)
            }
            (None, true) => doubled(content, frames),
            (None, false) => mel2ph(content.frames, frames),
        },
        f0,
        uv,
        noise,
        noise_scale: config.noise_scale,
        volume: variant.volume.then(|| volume(segment.audio, config.hop)),
    }
}

/// An encoder must give the width that the synthesizer takes.
pub(super) fn check_widths(given: Option<usize>, variant: Variant) -> Result<(), LoadError> {
    match (given, variant.content_dim) {
        (Some(given), Some(taken)) if given != taken => Err(LoadError::Tensor {
            model: "encoder".to_owned(),
            expected: format!("embed with {taken} values per frame, as the synthesizer's c"),
            found: format!("{given}"),
        }),
        _ => Ok(()),
    }
}
