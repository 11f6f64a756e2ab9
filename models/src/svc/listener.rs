//! Hears in a segment what a synthesizer needs: what is said, and on which F0.

use syrinx_dsp::f0::contour::from_frames;
use syrinx_dsp::f0::tracker::{F0Config, F0Tracker};
use syrinx_dsp::{PitchSettings, Semitones};

use super::aligned_resampler::AlignedResampler;
use super::content::{CONTENT_RATE, Content, ContentEncoder};
use super::content_stream::ContentStream;
use super::led_windows::LedWindows;
use super::pipeline::PipelineConfig;
use super::pitch::PitchModel;
use super::pitch_log::PitchLog;
use super::retrieved::Retrieved;
use crate::error::{LoadError, RunError};
use crate::intonation::Intonation;
use crate::pitch_frame::PitchFrame;

/// The F0 tracker over segments, 50-1100 Hz. A segment is there as a whole, so decisions may wait for 200 ms.
const F0: F0Config = F0Config {
    lookahead_frames: 20,
    ..F0Config::SPEECH_16K
};

/// What a voice brings along for hearing.
#[derive(Default)]
pub(super) struct Ears {
    /// A model for F0 in place of the built-in tracker.
    pub(super) pitch: Option<PitchModel>,
    /// What the content is blended with.
    pub(super) retrieved: Option<Retrieved>,
}

/// What becomes of the F0 that is heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Melody {
    /// The range of F0 around its mean, 0 to 2.
    pub(super) intonation: f32,
    /// The shift that F0 gets later; targets are what is heard then.
    pub(super) transpose: Semitones,
    /// Where F0 is led, and its vibrato.
    pub(super) pitch: PitchSettings,
}

impl Default for Melody {
    /// F0 as it is.
    fn default() -> Melody {
        Melody {
            intonation: 1.0,
            transpose: Semitones(0.0),
            pitch: PitchSettings::default(),
        }
    }
}

/// Through what content is heard.
pub(super) enum Hearing {
    /// Each segment anew.
    Segments(ContentEncoder),
    /// Each sample of a stream once.
    Stream(Box<ContentStream>),
}

impl Hearing {
    /// The width of the features, where the graph declares it.
    pub(super) fn dim(&self) -> Option<usize> {
        match self {
            Hearing::Segments(encoder) => encoder.dim(),
            Hearing::Stream(stream) => stream.dim(),
        }
    }
}

impl From<ContentEncoder> for Hearing {
    fn from(encoder: ContentEncoder) -> Hearing {
        Hearing::Segments(encoder)
    }
}

/// Hears in segments at the synthesizer's rate what is said and on which F0.
pub(super) struct Listener {
    hearing: Hearing,
    ears: Ears,
    config: PipelineConfig,
    to_content: AlignedResampler,
    tracker: F0Tracker,
    intonation: Intonation,
    led: LedWindows,
    /// The pitch of the window heard last, which begins at the frame `first`.
    window: Vec<PitchFrame>,
    first: i64,
    log: PitchLog,
    /// The F0 frame of the recording after the last one that the intonation has heard.
    heard: i64,
}

impl Listener {
    /// A listener at the start of a recording.
    ///
    /// # Errors
    /// If the rate cannot be resampled.
    pub(super) fn new(
        hearing: impl Into<Hearing>,
        ears: Ears,
        config: PipelineConfig,
    ) -> Result<Listener, LoadError> {
        let unsupported = |error: &dyn std::fmt::Display| LoadError::Unsupported(error.to_string());
        let to_content = AlignedResampler::new(config.rate, CONTENT_RATE)
            .map_err(|error| unsupported(&error))?;
        let tracker = F0Tracker::new(&F0).map_err(|error| unsupported(&error))?;
        Ok(Listener {
            hearing: hearing.into(),
            ears,
            config,
            to_content,
            tracker,
            intonation: Intonation::new(1.0),
            led: LedWindows::new().map_err(|error| unsupported(&error))?,
            window: Vec::new(),
            first: 0,
            log: PitchLog::default(),
            heard: i64::MIN,
        })
    }

    /// The content of a segment, and its F0 in Hz on a grid of 10 ms, 0 where unvoiced, as `melody` asks for but
    /// not transposed yet. `first_frame` is where the segment lies in the recording, in hops; `speaker` is whose content
    /// is retrieved.
    ///
    /// # Errors
    /// If the segment is shorter than 25 ms or the encoder fails.
    pub(super) fn hear(
        &mut self,
        audio: &[f32],
        first_frame: i64,
        melody: &Melody,
        speaker: usize,
    ) -> Result<(Content, Vec<f32>), RunError> {
        let speech_16k = self.to_content.whole(audio);
        let content = match &mut self.hearing {
            Hearing::Segments(encoder) => encoder.encode(&speech_16k)?,
            Hearing::Stream(stream) => {
                stream.content(first_frame * self.config.hop as i64, audio.len())?
            }
        };
        let mut contour = self.contour(&speech_16k)?;
        let content = self.retrieve(content, &contour, speaker)?;
        self.remember(&contour, |frame, hz| frame.input_hz = hz);
        self.shape(&mut contour, first_frame, melody);
        let ratio = melody.transpose.to_ratio();
        self.remember(&contour, |frame, hz| frame.output_hz = hz * ratio);
        self.first = self.frame_at(first_frame * self.config.hop as i64);
        Ok((content, contour))
    }

    /// Keeps a contour of the window for [`Listener::tell`].
    fn remember(&mut self, contour: &[f32], keep: impl Fn(&mut PitchFrame, f32)) {
        self.window.resize(contour.len(), PitchFrame::default());
        for (frame, &f0_hz) in self.window.iter_mut().zip(contour) {
            keep(frame, f0_hz);
        }
    }

    /// The frame of 10 ms in which a sample of the recording lies.
    fn frame_at(&self, sample: i64) -> i64 {
        (sample * 100).div_euclid(i64::from(self.config.rate.hz()))
    }

    /// Tells the pitch of a chunk, samples of the recording, from the window that was heard last, or that it was
    /// silent.
    pub(super) fn tell(&mut self, chunk: std::ops::Range<i64>, is_silent: bool) {
        let frames = self.frame_at(chunk.start)..self.frame_at(chunk.end);
        let window = if is_silent { &[] } else { &self.window[..] };
        let known = |at: usize| window.get(at).copied();
        self.log.tell(frames, self.first, known);
    }

    /// The pitch of the chunk that was told last.
    pub(super) fn pitch(&self) -> &[PitchFrame] {
        self.log.frames()
    }

    /// The content, blended with what the voice brings along; unvoiced frames of `contour` are protected.
    ///
    /// # Errors
    /// If the widths differ or the speaker has nothing to be retrieved.
    pub(super) fn retrieve(
        &self,
        content: Content,
        contour: &[f32],
        speaker: usize,
    ) -> Result<Content, RunError> {
        match &self.ears.retrieved {
            Some(retrieved) => retrieved.apply(content, contour, speaker),
            None => Ok(content),
        }
    }

    /// A segment at the rate of content encoders.
    pub(super) fn at_16k(&mut self, audio: &[f32]) -> Vec<f32> {
        self.to_content.whole(audio)
    }

    /// F0 in Hz on a grid of 10 ms, 0 where unvoiced.
    ///
    /// # Errors
    /// If an F0 model fails.
    pub(super) fn contour(&mut self, speech_16k: &[f32]) -> Result<Vec<f32>, RunError> {
        if let Some(pitch) = &mut self.ears.pitch {
            return pitch.track(speech_16k);
        }
        let frames = self.tracker.track(speech_16k);
        let mut contour = vec![0.0; frames.len()];
        from_frames(&frames, &mut contour);
        Ok(contour)
    }

    /// The content of speech at 16 kHz, from nothing but itself.
    ///
    /// # Errors
    /// If it is shorter than 25 ms, the encoder fails, or it hears a stream.
    pub(super) fn encode(&mut self, speech_16k: &[f32]) -> Result<Content, RunError> {
        match &mut self.hearing {
            Hearing::Segments(encoder) => encoder.encode(speech_16k),
            Hearing::Stream(_) => Err(RunError::Input {
                name: "encoder".to_owned(),
                expected: "the next samples of a stream".to_owned(),
                found: "a segment".to_owned(),
            }),
        }
    }

    /// Takes the next samples of a stream, of which [`Listener::hear`] hears a window.
    pub(super) fn follow(&mut self, audio: &[f32]) {
        if let Hearing::Stream(stream) = &mut self.hearing {
            stream.push(audio);
        }
    }

    /// Lets go of what a stream has heard before `first_frame`, in hops.
    pub(super) fn forget_before(&mut self, first_frame: i64) {
        if let Hearing::Stream(stream) = &mut self.hearing {
            stream.forget_before(first_frame * self.config.hop as i64);
        }
    }

    /// Hears what is new in a contour of 10 ms frames, narrows or widens its range, and leads it to its target.
    pub(super) fn shape(&mut self, contour: &mut [f32], first_frame: i64, melody: &Melody) {
        let first = self.frame_at(first_frame * self.config.hop as i64);
        for (at, &f0_hz) in (first..).zip(contour.iter()) {
            // Unvoiced frames do not count as heard: at the end of a window the tracker is not sure yet.
            if at >= self.heard && f0_hz > 0.0 {
                self.intonation.hear(f0_hz);
                self.heard = at + 1;
            }
        }
        self.intonation.set_range(melody.intonation);
        for f0_hz in contour.iter_mut() {
            *f0_hz = self.intonation.apply(*f0_hz);
        }
        self.led
            .lead(contour, first, melody.pitch, melody.transpose);
    }

    /// Forgets the melody that was heard: another recording begins.
    pub(super) fn reset(&mut self) {
        self.intonation.reset();
        self.led.reset();
        self.log.reset();
        self.heard = i64::MIN;
        if let Hearing::Stream(stream) = &mut self.hearing {
            stream.reset();
        }
    }
}
