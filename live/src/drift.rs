//! Carries samples from one device's clock to another's, at a delay that stays.
//!
//! Two devices never agree on what a second is; crystals differ by up to some 100 ppm. Without correction a buffer
//! between them runs empty, or fills up until the delay is as long as the buffer. Here the reader resamples by a
//! ratio that a control loop ([`crate::clock_match`]) steers so that the fill stays on its target. That alone keeps
//! the delay for clocks as they are. Stalls, which no ratio mends, are counted: what is missing is silence at once, with
//! a fade out and in, and what stays too much is dropped with a cross-fade.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};
use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Async, FixedAsync, Resampler, SincInterpolationParameters, WindowFunction};
use syrinx_dsp::SampleRate;

use crate::clock_match::{ClockMatch, MAX_CORRECTION};
use crate::cpal_streams::LONGEST;
use crate::error::LiveError;

mod drift_state;

pub use drift_state::DriftState;

/// Frames that the resampler gives at once. Longer costs delay, shorter computing time.
const CHUNK: usize = 32;

/// Length of the resampler's filter in frames; half of it is delay. 64 keep 20 kHz at 48 kHz within 1 dB.
const FILTER: usize = 64;

/// Fade at drop-outs and drops: 2.7 ms at 48 kHz, enough to make a click a dull tick.
const FADE: usize = 128;

/// More than this beyond the target, and a block of the side with the longer ones, is dropped if it stays: at the fastest
/// correction it would take 20 s to drain. The block is for devices that call in bursts.
const EXCESS: Duration = Duration::from_millis(20);

/// How long it must stay. When a machine has stood still, one side catches up before the other, within some blocks.
const STAYS: Duration = Duration::from_millis(500);

/// Room in the ring beyond what is kept in hand: longer than any stall that one would rather hear late than lose.
const CAPACITY: Duration = Duration::from_millis(500);

/// What a buffer between two clocks is made for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriftConfig {
    /// The nominal rate of the side that writes.
    pub from: SampleRate,
    /// The nominal rate of the side that reads.
    pub to: SampleRate,
    /// Frames that are kept in hand beyond a block of each side, for callbacks that come late.
    pub safety: Duration,
}

/// The side of the device that gives samples.
#[derive(Debug)]
pub struct DriftWriter {
    ring: Producer<f32>,
    state: Arc<DriftState>,
}

/// The side of the device that takes samples, in its clock.
pub struct DriftReader {
    ring: Consumer<f32>,
    state: Arc<DriftState>,
    config: DriftConfig,
    resampler: Async<f32>,
    control: ClockMatch,
    input: Vec<f32>,
    /// Where a drop lands, for the cross-fade.
    landing: Vec<f32>,
    output: [f32; CHUNK],
    /// Frames of `output` that are still to be given.
    left: usize,
    running: bool,
    /// Since when there has been far too much in hand, and the least of it in seconds.
    over: Option<(Duration, f64)>,
    /// Frames too many, to be jumped over before the next chunk.
    excess: usize,
    /// Samples since the last start, until it has faded in.
    fade_in: usize,
    /// Samples until nothing from before a gap is left in the resampler: the seam is not to be heard.
    renewal: usize,
    last: f32,
    fade_out: usize,
    largest_read: usize,
}

/// A buffer of one channel between two clocks.
///
/// # Errors
/// If the rates are too far apart for the resampler.
pub fn drift_buffer(
    config: DriftConfig,
) -> Result<(DriftWriter, DriftReader, Arc<DriftState>), LiveError> {
    let ratio = f64::from(config.to.hz()) / f64::from(config.from.hz());
    let parameters = SincInterpolationParameters::new(FILTER, WindowFunction::Blackman2);
    let largest = 1.0 + 2.0 * MAX_CORRECTION;
    let resampler = Async::new_sinc(ratio, largest, &parameters, CHUNK, 1, FixedAsync::Output);
    let resampler = resampler.map_err(|error| LiveError::Backend {
        name: "resampler",
        problem: format!("from {} to {}: {error}", config.from, config.to),
    })?;
    let (producer, consumer) = RingBuffer::new(capacity(&config));
    let state = Arc::<DriftState>::default();
    let longest = resampler.input_frames_max();
    let writer = DriftWriter {
        ring: producer,
        state: Arc::clone(&state),
    };
    let reader = DriftReader {
        ring: consumer,
        state: Arc::clone(&state),
        config,
        resampler,
        control: ClockMatch::default(),
        input: vec![0.0; longest],
        landing: vec![0.0; longest],
        output: [0.0; CHUNK],
        left: 0,
        running: false,
        over: None,
        excess: 0,
        fade_in: 0,
        renewal: (FILTER as f64 * ratio).ceil() as usize + CHUNK,
        last: 0.0,
        fade_out: FADE,
        largest_read: 0,
    };
    Ok((writer, reader, state))
}

/// Frames that fit into the ring: each side has a block in hand, which may be the longest that a device ever asks for.
fn capacity(config: &DriftConfig) -> usize {
    let from = f64::from(config.from.hz());
    // A block of the reader may be more frames here than there.
    let read = LONGEST as f64 * from / f64::from(config.to.hz());
    let seconds = CAPACITY + config.safety;
    (seconds.as_secs_f64() * from + read) as usize + LONGEST
}

impl DriftWriter {
    /// Writes a block of `frames` at the time `now`. What does not fit is dropped: the reader stands still then, and
    /// will drop the rest when it goes on.
    ///
    /// # Real-time safety
    /// Wait-free; does not allocate or lock.
    pub fn write(&mut self, frames: impl ExactSizeIterator<Item = f32>, now: Duration) {
        let count = frames.len();
        let free = self.ring.slots();
        for frame in frames.take(free) {
            // There is room, as was looked at.
            let _ = self.ring.push(frame);
        }
        if count > free {
            self.state
                .dropped
                .fetch_add((count - free) as u64, Ordering::Relaxed);
        }
        self.state
            .largest_write
            .fetch_max(count as u32, Ordering::Relaxed);
        self.state
            .written_at
            .store(now.as_nanos() as u64, Ordering::Release);
    }
}

impl DriftReader {
    /// Fills `out` at the time `now`.
    ///
    /// # Real-time safety
    /// Wait-free; does not allocate or lock.
    pub fn read(&mut self, out: &mut [f32], now: Duration) {
        self.largest_read = self.largest_read.max(out.len());
        let target = self.target();
        if let Some(fill) = self.fill(now) {
            self.steer(fill, target, now);
        }
        let mut done = 0;
        while done < out.len() {
            if self.left == 0 && !(self.running && self.produce()) {
                break;
            }
            let count = self.left.min(out.len() - done);
            let start = CHUNK - self.left;
            out[done..done + count].copy_from_slice(&self.output[start..start + count]);
            self.left -= count;
            done += count;
        }
        if self.running && done < out.len() {
            self.running = false;
            self.state.gaps.fetch_add(1, Ordering::Relaxed);
        }
        self.fade(out, done);
    }

    /// Whether what was read last is what was written, and not the silence of waiting for it.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Seconds that should be in hand: a block of each side, and safety.
    fn target(&self) -> f64 {
        let [write, read] = self.blocks();
        let chunk = CHUNK as f64 / f64::from(self.config.to.hz());
        write + read + chunk + self.config.safety.as_secs_f64()
    }

    /// The longest block of each side, in seconds.
    fn blocks(&self) -> [f64; 2] {
        let written = f64::from(self.state.largest_write.load(Ordering::Relaxed));
        [
            written / f64::from(self.config.from.hz()),
            self.state_interval(),
        ]
    }

    /// Seconds in hand, those included that the device has captured but not yet handed over: without them the fill
    /// would jump by blocks. `None` where the writer is just writing.
    fn fill(&self, now: Duration) -> Option<f64> {
        let before = self.state.written_at.load(Ordering::Acquire);
        let frames = self.ring.slots();
        if before == 0 || before != self.state.written_at.load(Ordering::Acquire) {
            return None;
        }
        let rate = f64::from(self.config.from.hz());
        // A block at most is on its way; a writer that is later than that stands still.
        let block = f64::from(self.state.largest_write.load(Ordering::Relaxed)) / rate;
        let since = now
            .saturating_sub(Duration::from_nanos(before))
            .as_secs_f64();
        Some(frames as f64 / rate + since.min(block))
    }

    /// Whether there is far too much in hand, by `over` seconds. Dropped is the least of it that was there for as long
    /// as it must stay; until then nothing is to be learnt of the clocks.
    fn is_over(&mut self, over: f64, now: Duration) -> bool {
        let [write, read] = self.blocks();
        if over <= EXCESS.as_secs_f64() + write.max(read) {
            self.over = None;
            return false;
        }
        let (since, least) = self.over.unwrap_or((now, over));
        let least = least.min(over);
        self.over = Some((since, least));
        if now.saturating_sub(since) >= STAYS {
            self.over = None;
            self.excess = (least * f64::from(self.config.from.hz())) as usize;
            self.control.restart();
        }
        true
    }

    fn steer(&mut self, fill: f64, target: f64, now: Duration) {
        let rate = f64::from(self.config.from.hz());
        let delay = target + FILTER as f64 / 2.0 / rate;
        self.state
            .delay_us
            .store((delay * 1e6) as u32, Ordering::Relaxed);
        let excess = ((fill - target) * rate) as i64;
        if !self.running {
            if excess < 0 {
                return;
            }
            self.running = true;
            self.fade_in = 0;
            self.over = None;
            self.control.restart();
            // What waited while this side stood still was never heard of.
            self.skip(excess as usize);
            return;
        }
        if self.is_over(fill - target, now) {
            return;
        }
        let correction = self.control.update(fill - target, self.state_interval());
        self.state
            .correction_ppb
            .store((correction * 1e9) as i32 as u32, Ordering::Relaxed);
        // More in hand than wanted is read faster: fewer frames come out of each that goes in.
        // Within the limits that it was made for, the resampler takes any ratio.
        if let Some(adjustable) = self.resampler.as_adjustable() {
            let _ = adjustable.set_resample_ratio_relative(1.0 / (1.0 + correction), true);
        }
    }

    /// Seconds between two reads, by the longest one.
    fn state_interval(&self) -> f64 {
        self.largest_read as f64 / f64::from(self.config.to.hz())
    }

    fn skip(&mut self, frames: usize) {
        let frames = frames.min(self.ring.slots());
        if let Ok(chunk) = self.ring.read_chunk(frames) {
            chunk.commit_all();
        }
    }

    /// Jumps over what is too much, with a cross-fade over the `needed` frames that the resampler takes next.
    fn take_across(&mut self, needed: usize) {
        let frames = std::mem::take(&mut self.excess);
        if self.ring.slots() < frames + needed || frames < needed {
            self.take(needed);
            return;
        }
        self.take(needed);
        self.skip(frames - needed);
        std::mem::swap(&mut self.input, &mut self.landing);
        self.take(needed);
        let pairs = self.input[..needed].iter_mut().zip(&self.landing);
        for (at, (new, old)) in pairs.enumerate() {
            let share = at as f32 / needed as f32;
            *new = old + share * (*new - old);
        }
        self.state.drops.fetch_add(1, Ordering::Relaxed);
        self.state
            .dropped
            .fetch_add(frames as u64, Ordering::Relaxed);
    }

    /// Takes `count` frames into `input`.
    fn take(&mut self, count: usize) {
        for sample in &mut self.input[..count] {
            *sample = self.ring.pop().unwrap_or(0.0);
        }
    }

    /// Resamples one chunk, if there is enough.
    fn produce(&mut self) -> bool {
        let needed = self.resampler.input_frames_next();
        if self.ring.slots() < needed {
            return false;
        }
        self.take_across(needed);
        self.resample(needed);
        true
    }

    fn resample(&mut self, needed: usize) {
        let output = SequentialSlice::new_mut(&mut self.output, 1, CHUNK);
        let input = SequentialSlice::new(&self.input[..needed], 1, needed);
        if let (Ok(input), Ok(mut output)) = (input, output) {
            // Lengths are those that it asked for, so it cannot fail.
            let _ = self
                .resampler
                .process_into_buffer(&input, &mut output, None);
        }
        self.left = CHUNK;
    }

    /// Fades in what came after a gap, and out into what is missing.
    fn fade(&mut self, out: &mut [f32], present: usize) {
        for sample in &mut out[..present] {
            if self.fade_in < self.renewal + FADE {
                let passed = self.fade_in.saturating_sub(self.renewal);
                *sample *= passed as f32 / FADE as f32;
                self.fade_in += 1;
            }
            self.last = *sample;
            self.fade_out = 0;
        }
        for sample in &mut out[present..] {
            self.fade_out = (self.fade_out + 1).min(FADE);
            *sample = self.last * (1.0 - self.fade_out as f32 / FADE as f32);
        }
    }
}

#[cfg(test)]
mod tests;
