//! An engine at work behind an audio callback: settings, restarts, and what is told of it.

use std::sync::Arc;

use rtrb::{Consumer, Producer, RingBuffer};
use syrinx_dsp::SampleRate;
use syrinx_engine::{
    Activation, Engine, EngineLatency, Pace, Quality, Settings, Status, VoiceSlots,
};

use crate::audio_side::{AudioSide, Fitted};
use crate::counts::Counts;
use crate::latest::{LatestWriter, latest};

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
    /// What to begin with.
    pub settings: Settings,
}

/// An engine at work behind an audio callback. Lives on the thread that reads keys and draws.
///
/// # Real-time safety
/// None; the callback has an [`AudioSide`].
pub struct Session {
    engine: Engine,
    config: SessionConfig,
    settings: LatestWriter<Settings>,
    arriving: Producer<Fitted>,
    leaving: Consumer<Fitted>,
    counts: Arc<Counts>,
    latency: EngineLatency,
    restarts: u64,
}

impl Session {
    /// Activates `engine`, which waits for the voice for a few seconds at most, and returns the callback's side.
    pub fn new(mut engine: Engine, config: SessionConfig) -> (Session, AudioSide) {
        let (arriving, arrives) = RingBuffer::new(UNDER_WAY);
        let (leaves, leaving) = RingBuffer::new(UNDER_WAY);
        let (settings, reader) = latest(config.settings);
        let counts = Arc::<Counts>::default();
        let fitted = activate(&mut engine, &config, config.settings);
        let latency = fitted.path.latency().clone();
        let side = AudioSide::new(fitted, arrives, leaves, reader, &counts, config.rate);
        let session = Session {
            engine,
            config,
            settings,
            arriving,
            leaving,
            counts,
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
        &self.counts
    }

    /// How often the engine was started anew, for longer blocks or a voice with another latency.
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    /// Does what cannot be done in the callback; to be called some ten times a second. True if the latency changed.
    pub fn tend(&mut self) -> bool {
        self.settings.flush();
        while self.leaving.pop().is_ok() {}
        let block = self.counts.take_wanted_block().map(|block| block as usize);
        let block = block.filter(|block| *block != self.config.max_block);
        if block.is_none() && !self.status().take_restart() {
            return false;
        }
        if self.arriving.is_full() {
            // The callback stands still. It will ask again for blocks of its length when it goes on.
            return false;
        }
        self.config.max_block = block.unwrap_or(self.config.max_block);
        let fitted = activate(&mut self.engine, &self.config, self.settings.last());
        let latency = fitted.path.latency().clone();
        let changed = latency != self.latency;
        self.latency = latency;
        self.restarts += 1;
        // There is room, as was looked at above.
        let _ = self.arriving.push(fitted);
        changed
    }

    /// Sets all counts to 0.
    pub fn reset_counts(&self) {
        self.status().reset_counts();
        self.counts.reset();
    }
}

fn activate(engine: &mut Engine, config: &SessionConfig, settings: Settings) -> Fitted {
    let path = engine.activate(&Activation {
        channels: 1,
        pace: Pace::Realtime,
        quality: config.quality,
        settings,
        ..Activation::new(f64::from(config.rate.hz()), config.max_block)
    });
    Fitted {
        path,
        max_block: config.max_block,
    }
}

#[cfg(test)]
mod tests {
    use assert_no_alloc::assert_no_alloc;
    use syrinx_engine::VoiceLibrary;

    use super::*;

    #[global_allocator]
    static GUARD: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

    fn session(max_block: usize, settings: Settings) -> (Session, AudioSide) {
        let engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
        let config = SessionConfig {
            rate: SampleRate::of(48_000),
            max_block,
            quality: Quality::default(),
            settings,
        };
        Session::new(engine, config)
    }

    fn dry() -> Settings {
        Settings {
            voice: VoiceSlots::COUNT as u32 - 1,
            ..Settings::default()
        }
    }

    /// A count that never repeats within the latency, so that a sample's age can be told.
    fn ramp(at: usize) -> f32 {
        (at % 8191) as f32 / 8192.0 + 1.0 / 16384.0
    }

    #[test]
    fn bypassed_the_input_comes_out_after_the_latency() {
        let settings = Settings {
            bypass: true,
            ..dry()
        };
        let (session, mut side) = session(128, settings);
        let latency = session.latency().samples().0;
        assert!(latency > 128, "{latency}");
        let mut at = 0;
        for length in [128, 1, 77].into_iter().cycle().take(300) {
            let mut block: Vec<f32> = (at..at + length).map(ramp).collect();
            assert_no_alloc(|| side.process(&mut block));
            for (offset, sample) in block.iter().enumerate() {
                let expected = (at + offset).checked_sub(latency).map_or(0.0, ramp);
                assert_eq!(*sample, expected, "sample {}", at + offset);
            }
            at += length;
        }
        assert_eq!(session.counts().blocks(), 300);
    }

    #[test]
    fn a_longer_block_restarts_the_engine_off_the_callback() {
        for (on_underrun, heard) in [
            (syrinx_engine::OnUnderrun::Dry, 0.5),
            (syrinx_engine::OnUnderrun::Gap, 0.0),
        ] {
            let settings = Settings {
                on_underrun,
                ..dry()
            };
            let (mut session, mut side) = session(64, settings);
            let before = session.latency().samples().0;
            assert!(!session.tend());
            let mut block = [0.5; 256];
            assert_no_alloc(|| side.process(&mut block));
            assert_eq!(block, [heard; 256]);
            assert_eq!(session.counts().waiting_blocks(), 1);
            assert!(session.tend());
            assert_eq!(session.config().max_block, 256);
            // A block that is 192 longer is noticed 192 samples later.
            assert_eq!(session.latency().samples().0, before + 192);
            assert_no_alloc(|| side.process(&mut [0.0; 256]));
            assert_eq!(session.counts().waiting_blocks(), 1);
            assert!(!session.tend());
            assert_eq!(session.restarts(), 1);
        }
    }

    #[test]
    fn settings_and_mute_reach_the_callback() {
        let (mut session, mut side) = session(480, dry());
        let mut last = 1.0;
        session.set(Settings {
            bypass: true,
            ..session.settings()
        });
        for _ in 0..20 {
            let mut block = [0.5; 480];
            side.process(&mut block);
            last = block[479];
        }
        assert_eq!(last, 0.5);
        session.counts().set_muted(true);
        let mut block = [0.5; 480];
        side.process(&mut block);
        // Ten milliseconds are these 480 samples: a straight line down to 0.
        assert!(
            block[0] > 0.49 && (block[239] - 0.25).abs() < 0.01,
            "{}",
            block[239]
        );
        assert_eq!(block[479], 0.0);
        side.process(&mut block);
        assert_eq!(block, [0.0; 480]);
    }
}
