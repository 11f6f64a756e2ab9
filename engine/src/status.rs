//! What an engine tells its users while it runs.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;
use syrinx_dsp::{SampleRate, Samples};

use crate::PitchTrace;

/// What became of the voice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VoiceState {
    /// There is none: it was not asked for yet, or let go in a long bypass.
    #[default]
    None,
    /// It is being loaded; the dry signal is heard.
    Loading,
    /// It is heard.
    Ready,
    /// It is missing or broken ([`Status::notice`] says why); the dry signal is heard.
    Failed,
}

/// Whether the system gave the model thread a real-time priority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// The thread has not started.
    #[default]
    Unknown,
    /// It did.
    Granted,
    /// It did not: the thread runs as any other, and long chunks are safer.
    Refused,
}

/// What an engine tells its users while it runs.
///
/// # Real-time safety
/// Everything but [`Status::notice`], [`Status::speech_notice`] and [`Status::backend`] is atomic.
#[derive(Debug, Default)]
pub struct Status {
    pub(crate) underruns: AtomicU64,
    pub(crate) missing: AtomicU64,
    pub(crate) late: AtomicU64,
    pub(crate) overruns: AtomicU64,
    pub(crate) load: AtomicU32,
    pub(crate) peak_load: AtomicU32,
    pub(crate) latency: AtomicU32,
    pub(crate) rate: AtomicU32,
    pub(crate) input_peak: AtomicU32,
    pub(crate) output_peak: AtomicU32,
    pub(crate) voice: AtomicU8,
    pub(crate) priority: AtomicU8,
    pub(crate) restart: AtomicBool,
    pub(crate) panicked: AtomicBool,
    pub(crate) notice: Mutex<Option<String>>,
    pub(crate) backend: Mutex<Option<String>>,
    speech_notice: Mutex<Option<String>>,
    pub(crate) lost_cues: AtomicU64,
    pub(crate) pitch: PitchTrace,
    pub(crate) feedback: AtomicBool,
}

impl Status {
    /// What became of the voice.
    pub fn voice_state(&self) -> VoiceState {
        match self.voice.load(Relaxed) {
            1 => VoiceState::Loading,
            2 => VoiceState::Ready,
            3 => VoiceState::Failed,
            _ => VoiceState::None,
        }
    }

    pub(crate) fn set_voice_state(&self, state: VoiceState) {
        self.voice.store(state as u8, Relaxed);
    }

    /// What a user should know, in words.
    ///
    /// # Real-time safety
    /// None: it locks and allocates.
    pub fn notice(&self) -> Option<String> {
        self.notice.lock().clone()
    }

    pub(crate) fn set_notice(&self, notice: Option<String>) {
        *self.notice.lock() = notice;
    }

    /// What a user should know about the line that was spoken last, in words.
    ///
    /// # Real-time safety
    /// None: it locks and allocates.
    pub fn speech_notice(&self) -> Option<String> {
        self.speech_notice.lock().clone()
    }

    pub(crate) fn set_speech_notice(&self, notice: Option<String>) {
        *self.speech_notice.lock() = notice;
    }

    /// How many lines were not started, since more cues came at once than there is room for, or during an overrun.
    pub fn lost_cues(&self) -> u64 {
        self.lost_cues.load(Relaxed)
    }

    /// How often converted sound was missing when it was due.
    pub fn underruns(&self) -> u64 {
        self.underruns.load(Relaxed)
    }

    /// How many samples were missing in all.
    pub fn missing_samples(&self) -> u64 {
        self.missing.load(Relaxed)
    }

    /// How many samples came too late and were dropped, so that the latency stayed true.
    pub fn late_samples(&self) -> u64 {
        self.late.load(Relaxed)
    }

    /// How often the model fell so far behind that input was lost and everything was primed anew.
    pub fn overruns(&self) -> u64 {
        self.overruns.load(Relaxed)
    }

    /// Sets all counts and the peak load to 0.
    pub fn reset_counts(&self) {
        for count in [
            &self.underruns,
            &self.missing,
            &self.late,
            &self.overruns,
            &self.lost_cues,
        ] {
            count.store(0, Relaxed);
        }
        self.peak_load.store(0, Relaxed);
    }

    /// The time that a chunk takes over its deadline, smoothed over about 30 chunks; above 1 it is late.
    pub fn load(&self) -> f32 {
        f32::from_bits(self.load.load(Relaxed))
    }

    /// The highest load of a chunk so far.
    pub fn peak_load(&self) -> f32 {
        f32::from_bits(self.peak_load.load(Relaxed))
    }

    /// The reported latency in samples; 0 before activation.
    pub fn latency_samples(&self) -> u32 {
        self.latency.load(Relaxed)
    }

    /// The reported latency in milliseconds; 0 before activation.
    pub fn latency_ms(&self) -> f64 {
        let rate = f64::from(f32::from_bits(self.rate.load(Relaxed)));
        if rate > 0.0 {
            1e3 * f64::from(self.latency_samples()) / rate
        } else {
            0.0
        }
    }

    /// The highest input since it was last taken, linear, after the input gain.
    pub fn take_input_peak(&self) -> f32 {
        f32::from_bits(self.input_peak.swap(0, Relaxed))
    }

    /// The highest output since it was last taken, linear.
    pub fn take_output_peak(&self) -> f32 {
        f32::from_bits(self.output_peak.swap(0, Relaxed))
    }

    /// The pitch of the last seconds.
    pub fn pitch(&self) -> &PitchTrace {
        &self.pitch
    }

    /// Whether the output is turned down now because the input hears it.
    pub fn feedback(&self) -> bool {
        self.feedback.load(Relaxed)
    }

    /// What runs the networks; `None` before a voice is loaded.
    ///
    /// # Real-time safety
    /// None: it locks and allocates.
    pub fn backend(&self) -> Option<String> {
        self.backend.lock().clone()
    }

    /// Whether the system gave the model thread a real-time priority.
    pub fn priority(&self) -> Priority {
        match self.priority.load(Relaxed) {
            1 => Priority::Granted,
            2 => Priority::Refused,
            _ => Priority::Unknown,
        }
    }

    pub(crate) fn set_priority(&self, priority: Priority) {
        self.priority.store(priority as u8, Relaxed);
    }

    /// True once when the latency wants to change: the host should be asked for a restart.
    pub fn take_restart(&self) -> bool {
        // Reading first keeps the cache line shared: this is asked in every block.
        self.restart.load(Relaxed) && self.restart.swap(false, Relaxed)
    }

    pub(crate) fn ask_for_restart(&self) {
        self.restart.store(true, Relaxed);
    }

    /// A new activation begins: what an earlier one asked for or stumbled over is over.
    pub(crate) fn begin(&self) {
        self.restart.store(false, Relaxed);
        self.panicked.store(false, Relaxed);
        self.feedback.store(false, Relaxed);
        self.load.store(0, Relaxed);
        self.set_latency(Samples(0), SampleRate::of(1));
        self.set_notice(None);
        self.set_speech_notice(None);
    }

    pub(crate) fn set_latency(&self, latency: Samples, rate: SampleRate) {
        self.latency.store(latency.0 as u32, Relaxed);
        self.rate.store((rate.hz() as f32).to_bits(), Relaxed);
    }

    /// Whether a panic was caught; the input then passes through until the next activation.
    pub fn panicked(&self) -> bool {
        self.panicked.load(Relaxed)
    }

    /// Notes that a panic was caught.
    pub fn set_panicked(&self) {
        self.panicked.store(true, Relaxed);
    }

    /// Raises a peak; bit patterns of numbers that are not negative are in their order.
    pub(crate) fn raise(peak: &AtomicU32, value: f32) {
        if value > 0.0 {
            peak.fetch_max(value.to_bits(), Relaxed);
        }
    }
}
