//! What the window and the run around the devices tell each other.

use std::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syrinx_engine::{EngineLatency, Settings, Status, VoiceSlots};

use crate::counts::Counts;
use crate::live_engine::LiveEngine;

/// What the run tells, some ten times a second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// The engine's latency; `None` while it waits for a device.
    pub latency: Option<EngineLatency>,
    /// What devices add, in milliseconds.
    pub device_ms: f64,
    /// What a user should know.
    pub notices: Vec<String>,
}

/// What the window and the run around the devices tell each other; cheap to clone.
#[derive(Clone)]
pub(crate) struct WindowLink {
    shared: Arc<Shared>,
    engine: LiveEngine,
}

struct Shared {
    settings: Mutex<(Settings, bool)>,
    told: Mutex<Told>,
    peaks: [AtomicU32; 2],
    resets: AtomicBool,
    closed: AtomicBool,
    ended: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WindowLink {
    /// Around an engine, at these settings.
    pub fn new(engine: LiveEngine, settings: Settings) -> WindowLink {
        let shared = Shared {
            settings: Mutex::new((settings, false)),
            told: Mutex::default(),
            peaks: Default::default(),
            resets: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        };
        WindowLink {
            shared: Arc::new(shared),
            engine,
        }
    }

    /// What the engine tells.
    pub fn status(&self) -> &Arc<Status> {
        self.engine.status()
    }

    /// The voices that it knows.
    pub fn voices(&self) -> &Arc<VoiceSlots> {
        self.engine.voices()
    }

    /// What callbacks tell and are told.
    pub fn counts(&self) -> &Arc<Counts> {
        self.engine.counts()
    }

    /// The settings: those that the window asked for last, as long as they are not taken, else those that hold.
    pub fn settings(&self) -> Settings {
        lock(&self.shared.settings).0
    }

    /// The window asks for settings.
    pub fn ask(&self, settings: Settings) {
        *lock(&self.shared.settings) = (settings, true);
    }

    /// The run takes what was asked for.
    pub fn take(&self) -> Option<Settings> {
        let mut settings = lock(&self.shared.settings);
        std::mem::take(&mut settings.1).then_some(settings.0)
    }

    /// The run tells the settings that hold; what was asked for since is not overwritten.
    pub fn hold(&self, now: Settings) {
        let mut settings = lock(&self.shared.settings);
        if !settings.1 {
            settings.0 = now;
        }
    }

    /// The run tells what else there is.
    pub fn tell(&self, told: Told) {
        *lock(&self.shared.told) = told;
    }

    /// What was told last.
    pub fn told(&self) -> Told {
        lock(&self.shared.told).clone()
    }

    /// The run tells peaks of input and output, linear.
    pub fn raise(&self, peaks: [f32; 2]) {
        for (kept, peak) in self.shared.peaks.iter().zip(peaks) {
            // Bit patterns of numbers that are not negative are in their order.
            kept.fetch_max(peak.max(0.0).to_bits(), Relaxed);
        }
    }

    /// The highest peaks since the last call.
    pub fn take_peaks(&self) -> [f32; 2] {
        [0, 1].map(|side: usize| f32::from_bits(self.shared.peaks[side].swap(0, Relaxed)))
    }

    /// The window asks for all counts to be 0.
    pub fn ask_reset(&self) {
        self.shared.resets.store(true, Release);
    }

    /// Whether it did, once.
    pub fn take_reset(&self) -> bool {
        self.shared.resets.swap(false, Acquire)
    }

    /// The window has closed.
    pub fn close(&self) {
        self.shared.closed.store(true, Release);
    }

    /// Whether it has.
    pub fn is_closed(&self) -> bool {
        self.shared.closed.load(Acquire)
    }

    /// The run has ended.
    pub fn end(&self) {
        self.shared.ended.store(true, Release);
    }

    /// Whether it has.
    pub fn has_ended(&self) -> bool {
        self.shared.ended.load(Acquire)
    }
}

#[cfg(test)]
mod tests {
    use syrinx_engine::Engine;

    use super::*;

    #[test]
    fn what_the_window_asks_for_is_shown_at_once_and_taken_once() {
        let first = Settings::default();
        let link = WindowLink::new(Engine::new().into(), first);
        let asked = Settings { mix: 0.5, ..first };
        link.ask(asked);
        // The run has not seen it yet and tells what holds.
        link.hold(first);
        assert_eq!(link.settings(), asked);
        assert_eq!(link.take(), Some(asked));
        assert_eq!(link.take(), None);
        let by_key = Settings { mix: 0.25, ..first };
        link.hold(by_key);
        assert_eq!(link.settings(), by_key);
    }

    #[test]
    fn the_highest_peak_is_kept_until_it_is_taken() {
        let link = WindowLink::new(Engine::new().into(), Settings::default());
        link.raise([0.5, 0.1]);
        link.raise([0.25, 2.0]);
        assert_eq!(link.take_peaks(), [0.5, 2.0]);
        assert_eq!(link.take_peaks(), [0.0, 0.0]);
    }
}
