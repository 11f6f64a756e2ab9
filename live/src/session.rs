//! An engine at work behind an audio callback: settings, restarts, and what is told of it.

use std::sync::Arc;
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};
use syrinx_dsp::SampleRate;
use syrinx_engine::{Activation, EngineLatency, Pace, Quality, Settings, Status, VoiceSlots};

use crate::audio_side::{AudioSide, Fitted};
use crate::counts::Counts;
use crate::latest::{LatestWriter, latest};
use crate::live_engine::LiveEngine;
use crate::tap::{Tap, TapChanger, tap_slot};

/// Engines' audio sides under way at once. One waits for the callback at most, and one for being dropped; the rest
/// is for restarts in quick succession.
const UNDER_WAY: usize = 4;

/// What a session begins with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionConfig {
    /// The rate of the audio callback.
    pub rate: SampleRate,
    /// The longest block expected, in frames.
    pub max_block: usize,
    /// Latency against sound and safety.
    pub quality: Quality,
    /// Time kept in hand for chunks that come late; all of it is latency.
    pub reserve: Duration,
    /// What to begin with.
    pub settings: Settings,
}

/// An engine at work behind an audio callback. Lives on the thread that reads keys and draws.
///
/// # Real-time safety
/// None; the callback has an [`AudioSide`].
pub struct Session {
    engine: LiveEngine,
    config: SessionConfig,
    settings: LatestWriter<Settings>,
    /// The settings that the engine was started with: some of them are decided then.
    started_with: Settings,
    arriving: Producer<Fitted>,
    leaving: Consumer<Fitted>,
    tap: TapChanger,
    latency: EngineLatency,
    restarts: u64,
}

impl Session {
    /// Activates `engine`, which waits for the voice for a few seconds at most, and returns the callback's side.
    pub fn new(engine: impl Into<LiveEngine>, config: SessionConfig) -> (Session, AudioSide) {
        let engine = engine.into();
        let (arriving, arrives) = RingBuffer::new(UNDER_WAY);
        let (leaves, leaving) = RingBuffer::new(UNDER_WAY);
        let (settings, reader) = latest(config.settings);
        let (slot, tap) = tap_slot();
        let fitted = activate(&engine, &config, config.settings);
        let latency = fitted.path.latency().clone();
        let side = AudioSide::new(
            fitted,
            arrives,
            leaves,
            reader,
            engine.counts(),
            slot,
            config.rate,
        );
        let session = Session {
            engine,
            config,
            settings,
            started_with: config.settings,
            arriving,
            leaving,
            tap,
            latency,
            restarts: 0,
        };
        (session, side)
    }

    /// What it was made with; `max_block` follows the callback.
    pub fn config(&self) -> &SessionConfig {
        &self.config
    }

    /// The settings that were set last.
    pub fn settings(&self) -> Settings {
        self.settings.last()
    }

    /// Sets new settings, which the next block will have.
    pub fn set(&mut self, settings: Settings) {
        self.settings.set(settings);
    }

    /// The engine's latency.
    pub fn latency(&self) -> &EngineLatency {
        &self.latency
    }

    /// What the engine tells.
    pub fn status(&self) -> &Arc<Status> {
        self.engine.status()
    }

    /// The voices that it knows.
    pub fn voices(&self) -> &Arc<VoiceSlots> {
        self.engine.voices()
    }

    /// What the callbacks tell.
    pub fn counts(&self) -> &Arc<Counts> {
        self.engine.counts()
    }

    /// Gives the callback's samples to a recording, or no longer. False if the callback stands still.
    pub(crate) fn record(&mut self, tap: Option<Tap>) -> bool {
        self.tap.put(tap)
    }

    /// How often the engine was started anew, for longer blocks or a voice with another latency.
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    /// Does what cannot be done in the callback; to be called some ten times a second. True if the latency changed.
    pub fn tend(&mut self) -> bool {
        self.settings.flush();
        while self.leaving.pop().is_ok() {}
        self.tap.collect();
        let block = self
            .counts()
            .take_wanted_block()
            .map(|block| block as usize);
        let block = block.filter(|block| *block != self.config.max_block);
        let restart = self.status().take_restart() | self.wants_restart();
        if block.is_none() && !restart {
            return false;
        }
        if self.arriving.is_full() {
            // The callback stands still. It will ask again for blocks of its length when it goes on.
            return false;
        }
        self.config.max_block = block.unwrap_or(self.config.max_block);
        self.started_with = self.settings.last();
        let fitted = activate(&self.engine, &self.config, self.started_with);
        let latency = fitted.path.latency().clone();
        let changed = latency != self.latency;
        self.latency = latency;
        self.restarts += 1;
        // There is room, as was looked at above.
        let _ = self.arriving.push(fitted);
        changed
    }

    /// Whether something was turned on that is decided when the engine starts, because it adds to the latency. What
    /// was turned off stays until the next start, silent.
    fn wants_restart(&self) -> bool {
        let (now, then) = (self.settings.last(), &self.started_with);
        (now.denoise > 0.0 && then.denoise <= 0.0) || (now.limit && !then.limit)
    }

    /// Sets all counts to 0.
    pub fn reset_counts(&self) {
        self.status().reset_counts();
        self.counts().reset();
    }
}

fn activate(engine: &LiveEngine, config: &SessionConfig, settings: Settings) -> Fitted {
    let path = engine.engine().activate(&Activation {
        channels: 1,
        pace: Pace::Realtime,
        quality: config.quality,
        reserve: config.reserve,
        settings,
        ..Activation::new(f64::from(config.rate.hz()), config.max_block)
    });
    Fitted {
        path,
        max_block: config.max_block,
    }
}

#[cfg(test)]
mod tests;
