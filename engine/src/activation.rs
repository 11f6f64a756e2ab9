//! How an engine is activated.

use std::time::Duration;

use syrinx_dsp::{SampleRate, Samples};
use syrinx_models::Quality;

use crate::{Pace, Settings};

/// How long activation waits for a voice unless told otherwise. The default voice takes 0.2 s; a host that waits
/// longer than this for a plugin looks frozen.
const LOAD_LIMIT: Duration = Duration::from_secs(3);

/// How long a bypass lasts before the voice is let go. Comparing with and without takes seconds; whoever leaves it off
/// for longer has turned it off.
const REST_AFTER: Duration = Duration::from_secs(60);

/// How an engine is activated.
#[derive(Clone, Debug, PartialEq)]
pub struct Activation {
    /// The host's rate. Fractional ones and those out of 4 to 384 kHz pass through unconverted, at latency 0.
    pub rate: f64,
    /// The longest block; longer ones are cut, but their latency is not compensated for.
    pub max_block: usize,
    /// Channels that are processed, 1 or 2.
    pub channels: usize,
    /// Whether the audio side may wait.
    pub pace: Pace,
    /// Latency against sound and safety.
    pub quality: Quality,
    /// Time kept in hand beyond the deadline of a chunk, for machines that stand still now and then. All of it is
    /// latency. [`Activation::LONGEST_RESERVE`] at most.
    pub reserve: Duration,
    /// What to begin with.
    pub settings: Settings,
    /// How long activation may wait for the voice; after it, audio starts with the dry signal.
    pub load_limit: Duration,
    /// How long a bypass may last before the voice is let go, with its memory and its share of the processor. When
    /// bypass ends it is loaded again, the dry signal is heard until it comes, and the latency stays. Never done with
    /// [`Pace::Offline`] or while a host renders.
    pub rest_after: Duration,
}

impl Activation {
    /// The longest reserve. Whoever needs more than half a second in hand needs another machine.
    pub const LONGEST_RESERVE: Duration = Duration::from_millis(500);

    /// Stereo at `rate`, with defaults.
    pub fn new(rate: f64, max_block: usize) -> Activation {
        Activation {
            rate,
            max_block,
            channels: 2,
            pace: Pace::Auto,
            quality: Quality::default(),
            reserve: Duration::ZERO,
            settings: Settings::default(),
            load_limit: LOAD_LIMIT,
            rest_after: REST_AFTER,
        }
    }

    /// The reserve that it may have, in samples at `rate`.
    pub(crate) fn reserve_samples(&self, rate: SampleRate) -> Samples {
        let reserve = self.reserve.min(Activation::LONGEST_RESERVE);
        rate.samples_in_ms(reserve.as_secs_f64() * 1e3)
    }
}
