//! Listens to the source: log-mel frames for the encoder, and F0 and envelope of the frame that it answers for.

use std::collections::VecDeque;

use syrinx_dsp::f0::F0Frame;
use syrinx_dsp::f0::tracker::{F0Config, F0Tracker};
use syrinx_dsp::knots::{BinsToKnots, KnotScale};
use syrinx_dsp::{
    ConfigError, History, LogMel, LogMelConfig, MelConfig, MelNorm, MelScale, SampleRate,
    SpectralEnvelope, Spectrum,
};

use super::networks::MELS;

/// The rate at which voices listen; speech has little above 8 kHz that tells phones apart.
pub const RATE: SampleRate = SampleRate::of(16_000);

/// 10 ms: the recipe's frame distance, about a fifth of a short phone.
pub const HOP: usize = 160;

/// Half of the mel window of 25 ms.
const HALF_WINDOW: usize = 200;

/// Samples put before the input so that a mel window ends exactly where a hop does; without them every frame
/// would wait 7.5 ms longer.
const ALIGN: usize = HALF_WINDOW - HOP;

/// Least log amplitude of the source's envelope: 140 dB below full scale.
const FLOOR: f32 = -16.0;

/// The source at one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFrame {
    /// F0 in Hz; unvoiced frames repeat the last voiced one (0 before the first).
    pub f0_hz: f32,
    /// Whether the frame is voiced.
    pub voiced: bool,
    /// Natural log amplitude of the envelope at each knot; knots above 8 kHz repeat the highest below.
    pub envelope: Vec<f32>,
}

/// Analyses 16 kHz mono speech, one hop at a time.
///
/// Mel frame and source frame are apart by `lookahead` frames, as the encoder wants them. The source frame's
/// centre lies `12.5 ms + lookahead * 10 ms` before the end of the samples heard.
pub struct Analysis {
    log_mel: LogMel,
    f0: F0Tracker,
    envelope: SpectralEnvelope,
    to_knots: BinsToKnots,
    history: History,
    back: usize,
    f0_frames: VecDeque<F0Frame>,
    heard: usize,
    lookahead: usize,
    mel: Vec<f32>,
    bins: Vec<f32>,
    valid_knots: usize,
    frame: SourceFrame,
}

impl Analysis {
    /// For an encoder that looks `lookahead` frames ahead.
    ///
    /// # Errors
    /// If the F0 tracker would need more lookahead than the encoder leaves it.
    pub fn new(lookahead: usize, scale: &KnotScale) -> Result<Analysis, ConfigError> {
        let f0 = F0Tracker::new(&F0Config::SPEECH_16K)?;
        let back = Analysis::back_of(lookahead);
        if f0.latency().0 > back {
            return Err(ConfigError::OutOfRange {
                setting: "encoder_lookahead",
                expected: "enough frames for the F0 tracker",
                found: lookahead as f64,
            });
        }
        let envelope = SpectralEnvelope::new(RATE);
        let half = envelope.half_window().0;
        let mut analysis = Analysis {
            log_mel: LogMel::new(&LogMelConfig {
                mel: MelConfig {
                    rate: RATE,
                    fft: 512,
                    mels: MELS,
                    fmin: 50.0,
                    fmax: 7600.0,
                    scale: MelScale::Slaney,
                    norm: MelNorm::Slaney,
                },
                window: 2 * HALF_WINDOW,
                hop: HOP,
                spectrum: Spectrum::Power,
                floor: 1e-8,
            })?,
            f0,
            to_knots: BinsToKnots::new(scale, envelope.fft(), RATE.hz() as f32),
            history: History::new(back + half + 1),
            back,
            f0_frames: VecDeque::with_capacity(lookahead + 8),
            heard: 0,
            lookahead,
            mel: vec![0.0; MELS],
            bins: vec![0.0; envelope.fft() / 2 + 1],
            valid_knots: scale.first_above(7600.0),
            frame: SourceFrame {
                f0_hz: 0.0,
                voiced: false,
                envelope: vec![FLOOR; scale.count()],
            },
            envelope,
        };
        analysis.reset();
        Ok(analysis)
    }

    /// What [`Analysis::back`] is for an encoder that looks `lookahead` frames ahead.
    pub fn back_of(lookahead: usize) -> usize {
        HALF_WINDOW + lookahead * HOP
    }

    /// Input samples between the centre of a source frame and the end of what was heard.
    pub fn back(&self) -> usize {
        self.back
    }

    /// Hears the next hop and returns the mel frame that it completes.
    pub fn push(&mut self, hop: &[f32]) -> &[f32] {
        debug_assert_eq!(hop.len(), HOP);
        let (mel, frames) = (&mut self.mel, &mut self.f0_frames);
        self.log_mel.push(hop, |frame| mel.copy_from_slice(frame));
        self.f0.push(hop, |frame| frames.push_back(frame));
        self.history.push(hop);
        self.heard += 1;
        &self.mel
    }

    /// The source at the frame that the encoder now answers for.
    pub fn source_frame(&mut self) -> &SourceFrame {
        // Before the stream began there is nothing to look at.
        let f0 = match self.heard > self.lookahead {
            true => self.f0_frames.pop_front().unwrap_or_default(),
            false => F0Frame::default(),
        };
        self.frame.voiced = f0.voiced;
        if f0.voiced {
            self.frame.f0_hz = f0.hz;
        }
        let half = self.envelope.half_window().0;
        let segment = self.history.samples();
        let centre = segment.len() - self.back;
        let segment = &segment[centre - half - 1..centre + half];
        self.envelope.process(segment, f0.hz, &mut self.bins);
        self.to_knots.apply(&self.bins, &mut self.frame.envelope);
        for value in &mut self.frame.envelope[..self.valid_knots] {
            *value = (0.5 * value.max(1e-20).ln()).max(FLOOR);
        }
        let last = self.frame.envelope[self.valid_knots - 1];
        self.frame.envelope[self.valid_knots..].fill(last);
        &self.frame
    }

    /// Forgets everything heard.
    pub fn reset(&mut self) {
        self.log_mel.reset();
        self.f0.reset();
        self.history.reset();
        self.f0_frames.clear();
        self.heard = 0;
        self.frame.f0_hz = 0.0;
        self.frame.voiced = false;
        let (silence, frames) = ([0.0; ALIGN], &mut self.f0_frames);
        self.log_mel.push(&silence, |_| ());
        self.f0.push(&silence, |frame| frames.push_back(frame));
        self.history.push(&silence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analysis() -> (Analysis, KnotScale) {
        let scale = KnotScale::new(80, 16_000.0);
        (
            Analysis::new(4, &scale).expect("lookahead is enough"),
            scale,
        )
    }

    #[test]
    fn mel_f0_and_envelope_of_a_frame_are_of_the_same_moment() {
        let (mut analysis, scale) = analysis();
        // A tone starts at 0.5 s: each feature must see it in the frame whose centre passes that moment.
        let onset = 8000;
        let signal: Vec<f32> = (0..16_000)
            .map(|n| {
                let tone = (0..10)
                    .map(|k| {
                        (std::f32::consts::TAU * 200.0 * (k + 1) as f32 * n as f32 / 16e3).sin()
                    })
                    .sum::<f32>();
                if n < onset { 0.0 } else { 0.05 * tone }
            })
            .collect();
        let knot = scale.position(1000.0).round() as usize;
        let (mut mel_frames, mut levels, mut voiced) = (Vec::new(), Vec::new(), Vec::new());
        for hop in signal.chunks_exact(HOP) {
            mel_frames.push(analysis.push(hop)[30]);
            let frame = analysis.source_frame();
            levels.push(frame.envelope[knot]);
            voiced.push(frame.voiced);
        }
        let first =
            |above: &dyn Fn(usize) -> bool| (0..voiced.len()).find(|&i| above(i)).expect("seen");
        let (mel, level, voice) = (
            first(&|i| mel_frames[i] > -6.0),
            first(&|i| levels[i] > -6.0),
            first(&|i| voiced[i]),
        );
        // The frames are numbered by their push, so source frames come `lookahead` pushes later.
        assert!(
            level.abs_diff(mel + 4) <= 1,
            "mel at {mel}, envelope at {level}"
        );
        assert!(
            voice.abs_diff(mel + 4) <= 2,
            "mel at {mel}, voiced at {voice}"
        );
        // Push number i ends at (i + 1) * HOP; the mel frame's centre is 200 samples before that.
        let centre = (mel + 1) * HOP - HALF_WINDOW;
        assert!(
            centre.abs_diff(onset) <= HALF_WINDOW,
            "mel onset seen at {centre}"
        );
    }

    #[test]
    fn reset_gives_the_same_frames_again() {
        let (mut analysis, _) = analysis();
        let signal: Vec<f32> = (0..3200)
            .map(|n| ((n * n) as f32 * 1e-4).sin() * 0.3)
            .collect();
        let mut run = || {
            analysis.reset();
            signal
                .chunks_exact(HOP)
                .map(|hop| {
                    let mel = analysis.push(hop).to_vec();
                    (mel, analysis.source_frame().clone())
                })
                .collect::<Vec<_>>()
        };
        let first = run();
        assert_eq!(first, run());
    }
}
