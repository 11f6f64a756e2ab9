//! Follows the fundamental frequency of a stream, frame by frame, without octave jumps or flickering voicing.

use super::F0Frame;
use super::paths::Paths;
use super::yin::{CANDIDATES, Candidate, Yin};
use crate::{ConfigError, SampleRate, Samples};

/// Below this level (RMS of the filtered window, -80 dB) everything is silence: no microphone is as quiet, but the
/// rounding of a digital silence can be periodic.
const SILENCE_RMS: f32 = 1e-4;

/// Corner of the low-pass before the analysis. The lowest few harmonics carry the period; higher ones blur in a gliding
/// window and make the dips too narrow for their parabola. Lower would remove the fundamental of high voices.
const LOW_PASS_HZ: f32 = 900.0;

/// Corner of the high-pass: removes an offset and rumble below any voice.
const HIGH_PASS_HZ: f32 = 30.0;

/// Samples are clamped to this: far above full scale, and far below where squares overflow.
const LARGEST_SAMPLE: f32 = 16.0;

/// Most frames of lookahead; bounds the memory and the work of a decision.
const MAX_LOOKAHEAD: usize = 32;

/// Settings of an [`F0Tracker`].
///
/// The delay of a frame is `window_half + lookahead_frames * hop`; each can be traded against something:
///
/// * `window_half`: the window compares segments of `2 * window_half - rate / floor_hz` samples. Shorter answers faster
///   and follows faster glides; it must span one period of the floor. 21 ms is that for 50 Hz. On synthetic vowels in
///   noise (5 dB) and in fast vibrato, 21 ms lost fewer frames than 25 or 30 ms, so there is nothing to buy with more.
/// * `lookahead_frames`: 0 decides each frame when it comes; each frame more lets the tracker take back a wrong octave
///   or voicing that lasted for so long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct F0Config {
    /// Rate of the signal. The work grows with its square: resample to 16 kHz for the stated cost.
    pub rate: SampleRate,
    /// Distance of the frames in samples.
    pub hop: Samples,
    /// Lowest fundamental, at least 20 Hz.
    pub floor_hz: f32,
    /// Highest fundamental, at most an eighth of the rate.
    pub ceiling_hz: f32,
    /// Half of the analysis window in samples.
    pub window_half: Samples,
    /// Frames by which a decision waits for what follows, at most 32.
    pub lookahead_frames: usize,
}

impl F0Config {
    /// 50-1100 Hz at 16 kHz, one frame per 10 ms, each out 41 ms after its centre (21 ms window half, 2 frames).
    pub const SPEECH_16K: F0Config = F0Config {
        rate: SampleRate::of(16_000),
        hop: Samples(160),
        floor_hz: 50.0,
        ceiling_hz: 1100.0,
        window_half: Samples(336),
        lookahead_frames: 2,
    };
}

/// A streaming F0 tracker: YIN candidates, joined by a Viterbi search with a bounded lookahead.
///
/// Frame `i` is centred on sample `i * hop` of the stream and comes out of the [`push`](Self::push) that brings the
/// total to `i * hop + latency()` samples. Before the stream lies silence. Samples that are not finite count as 0.
///
/// Candidates: de Cheveigné and Kawahara 2002; choosing among them by path: as in Talkin's RAPT (1995) and Boersma's
/// method (1993), whose costs these resemble.
#[derive(Clone, Debug)]
pub struct F0Tracker {
    config: F0Config,
    filter: BandPass,
    yin: Yin,
    /// The last `2 * window_half` filtered samples, and room for one hop.
    window: Vec<f32>,
    filled: usize,
    paths: Paths,
}

impl F0Tracker {
    /// A tracker with these settings.
    ///
    /// # Errors
    /// When a setting is outside its range, or the window is too short for the floor.
    pub fn new(config: &F0Config) -> Result<F0Tracker, ConfigError> {
        let rate = config.rate.hz() as f32;
        let (floor, ceiling) = (config.floor_hz, config.ceiling_hz);
        ConfigError::check(
            floor >= 20.0,
            "floor_hz",
            "at least 20 Hz",
            f64::from(floor),
        )?;
        ConfigError::check(
            ceiling > floor && ceiling <= rate / 8.0,
            "ceiling_hz",
            "above floor_hz and at most an eighth of the rate",
            f64::from(ceiling),
        )?;
        let (hop, half) = (config.hop.0, config.window_half.0);
        ConfigError::check(
            hop >= 1 && hop <= 2 * half,
            "hop",
            "1 sample to 2 * window_half",
            hop as f64,
        )?;
        let lookahead = config.lookahead_frames;
        ConfigError::check(
            lookahead <= MAX_LOOKAHEAD,
            "lookahead_frames",
            "at most 32 frames",
            lookahead as f64,
        )?;
        let mut tracker = F0Tracker {
            config: *config,
            filter: BandPass::new(config.rate),
            yin: Yin::new(config.rate, floor, ceiling, config.window_half)?,
            window: vec![0.0; 2 * half + hop],
            filled: 0,
            paths: Paths::new(lookahead, hop as f32 / rate * 100.0),
        };
        tracker.reset();
        Ok(tracker)
    }

    /// Takes any number of samples, and hands each frame that is due to `on_frame`, in order.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic, if `on_frame` does not. The work is constant per hop.
    pub fn push(&mut self, input: &[f32], mut on_frame: impl FnMut(F0Frame)) {
        let mut rest = input;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(self.window.len() - self.filled));
            for (slot, &sample) in self.window[self.filled..].iter_mut().zip(now) {
                *slot = self.filter.step(sample);
            }
            self.filled += now.len();
            rest = later;
            if self.filled == self.window.len() {
                self.window.copy_within(self.config.hop.0.., 0);
                self.filled -= self.config.hop.0;
                if let Some(frame) = self.analyse() {
                    on_frame(frame);
                }
            }
        }
    }

    /// The frames of a whole recording, one for each hop that begins in it, from a fresh start.
    ///
    /// For offline use: allocates.
    pub fn track(&mut self, recording: &[f32]) -> Vec<F0Frame> {
        let count = recording.len().div_ceil(self.config.hop.0);
        let mut frames = Vec::with_capacity(count + self.config.lookahead_frames + 2);
        self.reset();
        self.push(recording, |frame| frames.push(frame));
        // What a frame near the end waits for.
        self.push(&vec![0.0; self.latency().0], |frame| frames.push(frame));
        frames.truncate(count);
        frames
    }

    /// How many samples after a frame's centre the frame comes out: `window_half + lookahead_frames * hop`, at the
    /// tracker's rate.
    pub fn latency(&self) -> Samples {
        self.config.window_half + Samples(self.config.lookahead_frames * self.config.hop.0)
    }

    /// Starts a new stream: the next frame is frame 0.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.filter.reset();
        self.window.fill(0.0);
        // Frame 0 needs `window_half` samples more, whatever the hop.
        self.filled = self.window.len() - self.config.window_half.0;
        self.paths.reset();
    }

    fn analyse(&mut self) -> Option<F0Frame> {
        let window = &self.window[..2 * self.config.window_half.0];
        let power = window.iter().map(|x| x * x).sum::<f32>() / window.len() as f32;
        let mut found = [Candidate::default(); CANDIDATES];
        let mut count = 0;
        if power.sqrt() > SILENCE_RMS {
            count = self.yin.analyse(window, &mut found);
        }
        // Dips at the edges of the lag range can be placed just outside of it.
        for candidate in &mut found[..count] {
            candidate.hz = candidate
                .hz
                .clamp(self.config.floor_hz, self.config.ceiling_hz);
        }
        self.paths.advance(&found[..count])
    }
}

/// A DC blocker and a second-order low-pass; both add well below 1 ms of delay.
#[derive(Clone, Debug)]
struct BandPass {
    keep: f32,
    last_input: f32,
    blocked: f32,
    b: [f32; 3],
    a: [f32; 2],
    state: [f32; 2],
}

impl BandPass {
    /// The low-pass is the bilinear Butterworth section of R. Bristow-Johnson's Audio EQ Cookbook.
    fn new(rate: SampleRate) -> BandPass {
        let rate = rate.hz() as f32;
        let omega = std::f32::consts::TAU * LOW_PASS_HZ / rate;
        let alpha = omega.sin() / std::f32::consts::SQRT_2;
        let (cos, a0) = (omega.cos(), 1.0 + alpha);
        let b = (1.0 - cos) / 2.0 / a0;
        BandPass {
            keep: (-std::f32::consts::TAU * HIGH_PASS_HZ / rate).exp(),
            last_input: 0.0,
            blocked: 0.0,
            b: [b, 2.0 * b, b],
            a: [-2.0 * cos / a0, (1.0 - alpha) / a0],
            state: [0.0; 2],
        }
    }

    #[inline]
    fn step(&mut self, sample: f32) -> f32 {
        let input = if sample.is_finite() {
            sample.clamp(-LARGEST_SAMPLE, LARGEST_SAMPLE)
        } else {
            0.0
        };
        self.blocked = flush(input - self.last_input + self.keep * self.blocked);
        self.last_input = input;
        let output = self.b[0] * self.blocked + self.state[0];
        self.state[0] = flush(self.b[1] * self.blocked - self.a[0] * output + self.state[1]);
        self.state[1] = flush(self.b[2] * self.blocked - self.a[1] * output);
        output
    }

    fn reset(&mut self) {
        self.last_input = 0.0;
        self.blocked = 0.0;
        self.state = [0.0; 2];
    }
}

/// 0 in place of numbers so small that arithmetic on them is slow.
#[inline]
fn flush(x: f32) -> f32 {
    if x.abs() < 1e-20 { 0.0 } else { x }
}
