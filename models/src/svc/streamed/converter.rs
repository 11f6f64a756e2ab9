//! Converts a stream with a generator that remembers.

use syrinx_dsp::{History, SampleRate, Samples};

use super::playback::Playback;
use super::prepared::PreparedSynthesizer;
use super::speaker::{CutSpeaker, Span};
use super::timeline::Timeline;
use crate::converter::{Converter, ConverterSpec, Join, LatencyTerm};
use crate::error::{LoadError, RunError};
use crate::graph::GraphError;
use crate::live_controls::LiveControls;
use crate::pitch_frame::PitchFrame;
use crate::runtime::{Device, Runtime};
use crate::svc::listener::{Ears, Hearing, Listener};
use crate::svc::noise::FrameNoise;
use crate::svc::pipeline::{Controls, PipelineConfig, Segment, check_widths, features};
use crate::svc::synthesizer::{Features, Variant};
use crate::svc::window::Window;

/// So-VITS conversion of a stream with a cut synthesizer: encoder and head hear a window of context, chunk and
/// lookahead; the generator speaks the chunk alone and carries its past as state.
///
/// Its outputs follow each other without a seam, so there is no cross-fade to wait for, and no sample is made twice.
/// The lookahead serves the encoder and the generator at once.
///
/// # Real-time safety
///
/// Not real-time safe; see [`Converter`].
pub(crate) struct StreamedConverter {
    listener: Listener,
    speaker: CutSpeaker,
    variant: Variant,
    config: PipelineConfig,
    controls: Controls,
    speakers: Vec<u32>,
    spec: ConverterSpec,
    history: History,
    timeline: Timeline,
    playback: Playback,
    /// Frames of the recording heard so far.
    heard: i64,
}

/// What a streamed converter is made of.
pub(crate) struct Parts<'a> {
    pub(crate) prepared: &'a PreparedSynthesizer,
    pub(crate) variant: Variant,
    pub(crate) hearing: Hearing,
    pub(crate) ears: Ears,
    pub(crate) config: PipelineConfig,
    pub(crate) controls: Controls,
    /// The numbers of the speakers that can be chosen while it runs, the first one first.
    pub(crate) speakers: Vec<u32>,
}

impl StreamedConverter {
    /// A converter at the start of a stream that hears `window` each time.
    ///
    /// # Errors
    /// If a part cannot be loaded or does not fit another.
    pub(crate) fn new(
        parts: Parts<'_>,
        window: Window,
        runtime: &Runtime,
        device: Device,
    ) -> Result<StreamedConverter, GraphError> {
        let Parts {
            prepared,
            variant,
            hearing,
            ears,
            config,
            controls,
            speakers,
        } = parts;
        let spec = spec(config.rate, config.hop, window);
        let lookahead = spec.lookahead.0 / config.hop - 1;
        check_widths(hearing.dim(), variant)?;
        let (rate, seed) = (config.rate, controls.seed);
        let speaker = CutSpeaker::load(prepared, lookahead, rate, seed, runtime, device)?;
        let length = spec.context.0 + spec.chunk.0 + spec.lookahead.0;
        let mut converter = StreamedConverter {
            listener: Listener::new(hearing, ears, config)?,
            speaker,
            variant,
            config,
            controls,
            speakers,
            history: History::new(length),
            timeline: Timeline::new(-((spec.lookahead.0 / config.hop) as i64)),
            playback: Playback::new(),
            heard: 0,
            spec,
        };
        converter.prewarm()?;
        Ok(converter)
    }

    /// The same networks with another window of the same lookahead, at the start of a stream.
    pub(crate) fn with_window(mut self, window: Window) -> StreamedConverter {
        self.spec = spec(self.config.rate, self.config.hop, window);
        let length = self.spec.context.0 + self.spec.chunk.0 + self.spec.lookahead.0;
        self.history = History::new(length);
        self.reset();
        self
    }

    /// Converts a window of a tone, so that the first chunk does not pay for what backends put off.
    fn prewarm(&mut self) -> Result<(), LoadError> {
        let tone: Vec<f32> = (0..self.spec.chunk.0)
            .map(|n| 0.01 * (0.02 * n as f32).sin())
            .collect();
        let mut output = vec![0.0; self.spec.chunk.0];
        let outcome = self.convert(&tone, &mut output);
        self.reset();
        outcome.map_err(|source| LoadError::Prewarm {
            model: "so-vits".to_owned(),
            source,
        })
    }

    /// Speaks frames until `count` values can be played.
    fn speak(&mut self, count: usize) -> Result<(), RunError> {
        let hop = self.config.hop;
        let factor = f64::from(self.controls.formant.to_ratio());
        self.timeline.set_factor(factor);
        self.playback.set_factor(factor);
        let frames = self.playback.missing(count).div_ceil(hop);
        let window = self.history.samples();
        let begin = self.heard - (window.len() / hop) as i64;
        self.timeline.forget_before(begin);
        if window.iter().all(|&sample| sample == 0.0) {
            // As in a file, silence is not converted: generators hiss on it.
            self.listener.forget_before(begin);
            self.speaker.rest(frames);
            self.playback.push(&vec![0.0; frames * hop]);
            self.timeline.advance(frames);
            self.listener.tell(self.chunk(), true);
            return Ok(());
        }
        let (content, contour) = self.listener.hear(
            window,
            begin,
            &self.controls.melody(),
            self.controls.speaker.number(),
        )?;
        let segment = Segment {
            audio: window,
            contour: &contour,
            noise: &[],
        };
        let mut heard = features(
            &self.config,
            self.variant,
            &segment,
            &content,
            self.controls.transpose,
        );
        let (first, moments) = self.timeline.moments(frames + self.speaker.lookahead());
        self.lay_out(&mut heard, begin, first, &moments, factor);
        let f0_hz = heard.f0.clone();
        let inputs = self.variant.tensors(heard, &self.controls.speaker)?;
        let span = Span {
            before: self.timeline.kept(),
            count: frames,
        };
        let spoken = self.speaker.speak(inputs, &f0_hz, first, span)?;
        self.playback.push(&spoken);
        self.timeline.advance(frames);
        self.listener.tell(self.chunk(), false);
        Ok(())
    }

    /// The samples of the recording that are spoken now.
    fn chunk(&self) -> std::ops::Range<i64> {
        let end = self.heard * self.config.hop as i64 - self.spec.lookahead.0 as i64;
        end - self.spec.chunk.0 as i64..end
    }

    /// Takes for each frame of the generator what was heard at its moment. F0 is lower by the factor by which it is
    /// played back faster.
    fn lay_out(
        &self,
        features: &mut Features<'_>,
        begin: i64,
        first: i64,
        moments: &[f64],
        factor: f64,
    ) {
        let last = features.f0.len() - 1;
        let under: Vec<usize> = moments
            .iter()
            .map(|moment| ((moment.floor() as i64 - begin).max(0) as usize).min(last))
            .collect();
        let gather = |values: &[f32]| under.iter().map(|&frame| values[frame]).collect();
        features.f0 = under
            .iter()
            .map(|&frame| (f64::from(features.f0[frame]) / factor) as f32)
            .collect();
        features.uv = gather(&features.uv);
        features.volume = features.volume.as_deref().map(gather);
        features.mel2ph = under.iter().map(|&frame| features.mel2ph[frame]).collect();
        let mut noise = FrameNoise::new(self.controls.seed).frames(first, moments.len());
        noise
            .iter_mut()
            .for_each(|value| *value *= self.config.noise_scale);
        features.noise = noise;
    }
}

impl Converter for StreamedConverter {
    fn spec(&self) -> &ConverterSpec {
        &self.spec
    }

    fn convert(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError> {
        self.spec.check_lengths(input, output)?;
        self.history.push(input);
        self.listener.follow(input);
        self.heard += (input.len() / self.config.hop) as i64;
        self.speak(output.len())?;
        self.playback.play(output);
        Ok(())
    }

    fn reset(&mut self) {
        self.listener.reset();
        self.speaker.reset(self.controls.seed);
        self.history.reset();
        self.timeline = Timeline::new(-((self.spec.lookahead.0 / self.config.hop) as i64));
        self.playback = Playback::new();
        self.heard = 0;
    }

    fn set_controls(&mut self, controls: &LiveControls) {
        self.controls.follow(controls, &self.speakers);
    }

    fn pitch(&self) -> &[PitchFrame] {
        self.listener.pitch()
    }
}

/// Context, chunk and lookahead in whole hops. The lookahead holds a frame for the playback.
pub(crate) fn spec(rate: SampleRate, hop: usize, window: Window) -> ConverterSpec {
    let hops = |ms: f64| (rate.samples_in_ms(ms).0 + hop / 2) / hop;
    let chunk = Samples(hops(window.chunk_ms).max(1) * hop);
    let lookahead = rate.samples_in_ms(window.lookahead_ms).0.div_ceil(hop);
    let mut terms = vec![
        LatencyTerm {
            name: "chunk",
            ms: chunk.to_ms(rate),
            note: "shorter: encoder and prior hear their context more often, compute rises",
        },
        LatencyTerm {
            name: "lookahead",
            ms: Samples(lookahead * hop).to_ms(rate),
            note: "shorter: encoder and generator know less of what follows, phones and their onsets blur",
        },
        LatencyTerm {
            name: "playback",
            ms: Samples(hop).to_ms(rate),
            note: "a frame, so that formants can be moved while it runs",
        },
    ];
    terms.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    ConverterSpec {
        input_rate: rate,
        output_rate: rate,
        chunk,
        context: Samples(hops(window.context_ms).max(1) * hop),
        lookahead: Samples((lookahead + 1) * hop),
        join: Join::Exact,
        terms,
    }
}
