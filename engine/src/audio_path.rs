//! The audio side: gains, bypass, mix, meters and the dry path around the bridge.

use std::sync::Arc;

use syrinx_dsp::{DelayLine, LinearRamp, SampleRate, Samples, TruePeakLimiter};

use crate::audio_end::{AudioEnd, Pull};
use crate::command::ModelSettings;
use crate::denormals::without_denormals;
use crate::engine_latency::LatencyPlan;
use crate::mix_down::MixDown;
use crate::splice::Splice;
use crate::{Activation, CueAt, EngineLatency, OnUnderrun, Settings, SpeechMode, Status};

/// Length of a change of gain, mix or bypass. Shorter than 10 ms is heard as a click on low tones, much longer as a
/// sluggish knob.
pub(crate) const RAMP_MS: f64 = 20.0;

/// Below this a number is no sound but slows processors down; hosts check for it.
const SUBNORMAL: f32 = 1e-30;

/// Channels that are processed.
pub(crate) const CHANNELS: usize = 2;

/// The audio side of an engine.
///
/// ```text
/// channel ─┬─ input gain ── mean ── bridge ── splice ─┬─ mix ── output gain ── limiter ─┬─ bypass ── channel
///          └─ delay ──────────────── input gain ──────┘                                 │
///                └───────────────────────────────────────────────── delay ──────────────┘
/// ```
///
/// Adds [`AudioPath::latency`] samples, always and to every path. Settings are raw values; what could click is
/// smoothed here, per sample, so that it does not depend on the blocks.
pub struct AudioPath {
    latency: EngineLatency,
    status: Arc<Status>,
    running: Option<Running>,
}

/// What a path consists of where it does not only pass through.
struct Running {
    max_block: usize,
    end: AudioEnd,
    mix_down: MixDown,
    input_gain: LinearRamp,
    output_gain: LinearRamp,
    mix: LinearRamp,
    /// 1 is converted, 0 is bypassed.
    active: LinearRamp,
    limiter: Option<TruePeakLimiter>,
    /// Share of the limited output, 0 or 1 but for the way from one to the other.
    limited: LinearRamp,
    channels: [Channel; CHANNELS],
    gains: Vec<f32>,
    mono: Vec<f32>,
    wet: Vec<f32>,
}

struct Channel {
    delay: DelayLine,
    /// By what the limiter delays: for what goes past it.
    past_limiter: DelayLine,
    /// The same, for what is not limited because the limiter is switched off.
    unlimited: DelayLine,
    splice: Splice,
}

/// The factors of one sample.
#[derive(Clone, Copy)]
struct Factors {
    input: f32,
    output: f32,
    mix: f32,
    active: f32,
}

impl AudioPath {
    pub(crate) fn new(
        activation: &Activation,
        plan: &LatencyPlan,
        end: AudioEnd,
        limiter: Option<TruePeakLimiter>,
        status: &Arc<Status>,
    ) -> AudioPath {
        let rate = SampleRate::of(activation.rate as u32);
        let settings = &activation.settings;
        let ramp = |value| LinearRamp::new(value, rate.samples_in_ms(RAMP_MS));
        let limits = limiter
            .as_ref()
            .map_or(Samples(0), TruePeakLimiter::latency);
        let channel = || Channel {
            delay: DelayLine::new(Samples(plan.latency.samples().0 - limits.0)),
            past_limiter: DelayLine::new(limits),
            unlimited: DelayLine::new(limits),
            splice: Splice::new(activation.rate),
        };
        let running = Running {
            max_block: activation.max_block,
            end,
            mix_down: MixDown::new(rate),
            input_gain: ramp(settings.input_gain.to_amplitude()),
            output_gain: ramp(settings.output_gain.to_amplitude()),
            mix: ramp(settings.mix.clamp(0.0, 1.0)),
            active: ramp(if settings.bypass { 0.0 } else { 1.0 }),
            limiter,
            limited: ramp(if settings.limit { 1.0 } else { 0.0 }),
            channels: [channel(), channel()],
            gains: vec![0.0; activation.max_block],
            mono: vec![0.0; activation.max_block],
            wet: vec![0.0; activation.max_block],
        };
        AudioPath {
            latency: plan.latency.clone(),
            status: Arc::clone(status),
            running: Some(running),
        }
    }

    /// A path that changes nothing, at no latency.
    pub(crate) fn pass_through(status: &Arc<Status>) -> AudioPath {
        AudioPath {
            latency: EngineLatency::default(),
            status: Arc::clone(status),
            running: None,
        }
    }

    /// What is reported to the host; constant.
    pub fn latency(&self) -> &EngineLatency {
        &self.latency
    }

    /// Processes a block of any length in place, of the first two channels; further ones are left as they are.
    /// The mean of the channels that carry something is converted and given to each. Samples that are not finite count as 0.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, wake or panic; waits only where [`crate::Pace`] lets it.
    pub fn process(&mut self, channels: &mut [&mut [f32]], settings: &Settings) {
        self.process_cued(channels, settings, &[]);
    }

    /// The same, with lines that are spoken: `cues` in the order of their samples. A line begins exactly
    /// [`AudioPath::latency`] after its cue, so that a host that compensates it hears it where the cue was; the mode of
    /// the settings says whether it is heard at all. Where all passes through, nothing is spoken.
    ///
    /// # Real-time safety
    /// As [`AudioPath::process`].
    pub fn process_cued(
        &mut self,
        channels: &mut [&mut [f32]],
        settings: &Settings,
        cues: &[CueAt],
    ) {
        without_denormals(|| self.process_flushed(channels, settings, cues));
    }

    fn process_flushed(
        &mut self,
        channels: &mut [&mut [f32]],
        settings: &Settings,
        cues: &[CueAt],
    ) {
        let used = channels.len().min(CHANNELS);
        let length = channels[..used].iter().map(|c| c.len()).min().unwrap_or(0);
        let peaks = match &mut self.running {
            None => pass(&mut channels[..used]),
            Some(running) => {
                running.set(settings);
                let mut peaks = (0.0_f32, 0.0_f32);
                let (mut start, mut cues) = (0, cues);
                while start < length {
                    let end = length.min(start + running.max_block);
                    let due = match end == length {
                        true => cues.len(),
                        false => cues.partition_point(|cue| cue.offset < end),
                    };
                    let (now, later) = cues.split_at(due);
                    cues = later;
                    let part = running.process(&mut channels[..used], start..end, settings, now);
                    peaks = (peaks.0.max(part.0), peaks.1.max(part.1));
                    start = end;
                }
                peaks
            }
        };
        Status::raise(&self.status.input_peak, peaks.0);
        Status::raise(&self.status.output_peak, peaks.1);
    }

    /// Forgets the past: the next output is as that of a new path.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, wake or panic.
    pub fn reset(&mut self) {
        if let Some(running) = &mut self.running {
            running.reset();
        }
    }
}

/// Lets a block pass, and returns its peak twice.
fn pass(channels: &mut [&mut [f32]]) -> (f32, f32) {
    let mut peak = 0.0_f32;
    for sample in channels.iter_mut().flat_map(|channel| channel.iter_mut()) {
        *sample = audible(*sample);
        peak = peak.max(sample.abs());
    }
    (peak, peak)
}

/// The sample, or 0 for one that is not finite or below the normal range.
#[inline]
fn audible(sample: f32) -> f32 {
    if sample.is_finite() && sample.abs() >= SUBNORMAL {
        sample
    } else {
        0.0
    }
}

impl Running {
    fn set(&mut self, settings: &Settings) {
        self.end.set(ModelSettings::from(settings));
        self.input_gain
            .set_target(settings.input_gain.to_amplitude());
        self.output_gain
            .set_target(settings.output_gain.to_amplitude());
        self.mix.set_target(settings.mix.clamp(0.0, 1.0));
        self.active
            .set_target(if settings.bypass { 0.0 } else { 1.0 });
        self.limited
            .set_target(if settings.limit { 1.0 } else { 0.0 });
    }

    fn reset(&mut self) {
        self.end.reset();
        self.mix_down.reset();
        for ramp in [
            &mut self.input_gain,
            &mut self.output_gain,
            &mut self.mix,
            &mut self.active,
            &mut self.limited,
        ] {
            ramp.reset();
        }
        for channel in &mut self.channels {
            channel.delay.reset();
            channel.past_limiter.reset();
            channel.unlimited.reset();
            channel.splice.reset();
        }
        if let Some(limiter) = &mut self.limiter {
            limiter.reset();
        }
    }

    /// Processes samples `range` of the channels, at most `max_block`; returns the peaks of input and output.
    fn process(
        &mut self,
        channels: &mut [&mut [f32]],
        range: std::ops::Range<usize>,
        settings: &Settings,
        cues: &[CueAt],
    ) -> (f32, f32) {
        let count = range.len();
        let input_peak = self.mix_down(channels, range.clone());
        let pull = self.end.process_cued(
            &self.mono[..count],
            &mut self.wet[..count],
            cues,
            range.start,
        );
        let fallback = match settings.speech {
            SpeechMode::Convert => settings.on_underrun,
            SpeechMode::Speak | SpeechMode::SpeakAndConvert => OnUnderrun::Gap,
        };
        let output_peak = self.mix_up(channels, range, pull, fallback);
        (input_peak, output_peak)
    }

    /// Fills `mono` with the mix of the channels after the input gain, and returns its peak.
    fn mix_down(&mut self, channels: &[&mut [f32]], range: std::ops::Range<usize>) -> f32 {
        let mut peak = 0.0_f32;
        for (index, at) in range.enumerate() {
            let gain = self.input_gain.next_value();
            let heard = channels.iter().map(|channel| audible(channel[at]));
            let sample = self.mix_down.next(heard) * gain;
            self.gains[index] = gain;
            self.mono[index] = sample;
            peak = peak.max(sample.abs());
        }
        peak
    }

    /// Limits one sample of each channel, where there is a limiter, and delays what goes past it by as much.
    #[inline]
    fn limit(&mut self, mixed: &mut [f32], delayed: &mut [f32]) {
        let Some(limiter) = &mut self.limiter else {
            return;
        };
        let share = self.limited.next_value();
        let mut unlimited = [0.0; CHANNELS];
        for (place, channel) in self.channels[..mixed.len()].iter_mut().enumerate() {
            unlimited[place] = channel.unlimited.step(mixed[place]);
            delayed[place] = channel.past_limiter.step(delayed[place]);
        }
        limiter.step(mixed);
        for (limited, unlimited) in mixed.iter_mut().zip(unlimited) {
            *limited = match share {
                share if share >= 1.0 => *limited,
                share if share <= 0.0 => unlimited,
                share => unlimited + share * (*limited - unlimited),
            };
        }
    }

    /// Writes the output into the channels, and returns its peak.
    fn mix_up(
        &mut self,
        channels: &mut [&mut [f32]],
        range: std::ops::Range<usize>,
        pull: Pull,
        on_underrun: OnUnderrun,
    ) -> f32 {
        let mut peak = 0.0_f32;
        for (index, at) in range.enumerate() {
            let factors = Factors {
                input: self.gains[index],
                output: self.output_gain.next_value(),
                mix: self.mix.next_value(),
                active: self.active.next_value(),
            };
            let present = index < pull.lead + pull.ready;
            let mut delayed = [0.0; CHANNELS];
            let mut mixed = [0.0; CHANNELS];
            let used = channels.len();
            for (place, (channel, samples)) in self
                .channels
                .iter_mut()
                .zip(channels.iter_mut())
                .enumerate()
            {
                delayed[place] = channel.delay.step(audible(samples[at]));
                let dry = delayed[place] * factors.input;
                let fallback = match on_underrun {
                    OnUnderrun::Dry => dry,
                    OnUnderrun::Gap => 0.0,
                };
                let wet = channel.splice.next(present, self.wet[index], fallback);
                mixed[place] = factors.mixed(dry, wet);
            }
            self.limit(&mut mixed[..used], &mut delayed[..used]);
            for ((samples, &mixed), &delayed) in channels.iter_mut().zip(&mixed).zip(&delayed) {
                let sample = audible(factors.bypassed(delayed, mixed));
                samples[at] = sample;
                peak = peak.max(sample.abs());
            }
        }
        peak
    }
}

impl Factors {
    /// The mix after the output gain; at rest on either end that side comes out bit-exact.
    #[inline]
    fn mixed(self, dry: f32, wet: f32) -> f32 {
        let mixed = match self.mix {
            mix if mix >= 1.0 => wet,
            mix if mix <= 0.0 => dry,
            mix => dry + mix * (wet - dry),
        };
        mixed * self.output
    }

    /// The output sample; at rest on either end of the bypass that side comes out bit-exact.
    #[inline]
    fn bypassed(self, delayed: f32, output: f32) -> f32 {
        if self.active <= 0.0 {
            return delayed;
        }
        if self.active >= 1.0 {
            return output;
        }
        delayed + self.active * (output - delayed)
    }
}
