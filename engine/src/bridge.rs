//! Makes the two ends through which the audio thread and the model thread talk.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rtrb::RingBuffer;

use crate::audio_end::AudioEnd;
use crate::command::Stamped;
use crate::doorbell::Doorbell;
use crate::model_end::ModelEnd;
use crate::{Pace, Status};

/// Commands in flight. Settings change once per block at most, and only if they differ: with single-sample blocks
/// and every parameter moving, those of 5 ms. What does not fit is sent with a later block, except that an offline
/// host waits until it fits.
pub(crate) const COMMANDS: usize = 256;

/// Seconds of input that may wait for a model that fell behind. More would only be late, too; less would call a
/// pause of the system an overrun.
const BACKLOG_SECONDS: f64 = 0.5;

/// What both ends must agree on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BridgeConfig {
    /// The host's rate.
    pub rate: f64,
    /// The longest block.
    pub max_block: usize,
    /// Samples by which the output is later than the model's own stream: the time that the model thread has.
    pub lead: usize,
    /// Whether the audio side may wait.
    pub pace: Pace,
}

/// What both ends may look at.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// The audio side sleeps until output comes.
    pub audio_waits: AtomicBool,
    /// Wakes the audio side, which sleeps only where [`Pace`] lets it.
    pub audio_bell: Doorbell,
    /// The model side waits until what it needs next is loaded.
    pub model_loads: AtomicBool,
    /// Wakes the model side.
    pub model_bell: Arc<Doorbell>,
}

/// Makes the two ends through which the audio thread and the model thread talk; there is no third way.
///
/// Samples go through a ring each way, commands through a third, tied to input samples. The model side gives as
/// many samples as it takes, so both count time alike, and nothing but samples and commands crosses: voices are
/// made and dropped on the model side.
pub fn bridge(config: &BridgeConfig, status: &Arc<Status>) -> (AudioEnd, ModelEnd) {
    let backlog = (config.rate * BACKLOG_SECONDS) as usize + config.lead + 2 * config.max_block;
    let (to_model, input) = RingBuffer::new(backlog);
    // Everything that can be under way fits, so the model side never waits for room in real time.
    let (output, from_model) = RingBuffer::new(2 * backlog);
    let (tell, told) = RingBuffer::<Stamped>::new(COMMANDS);
    let shared = Arc::new(Shared::default());
    let audio = AudioEnd::new(config, to_model, from_model, tell, &shared, status);
    let model = ModelEnd::new(input, output, told, shared);
    (audio, model)
}

#[cfg(test)]
mod tests {
    use super::*;
    use static_assertions::{assert_impl_all, assert_not_impl_any};

    // One thread each, which may be any thread.
    assert_impl_all!(AudioEnd: Send);
    assert_impl_all!(ModelEnd: Send);
    assert_not_impl_any!(AudioEnd: Sync);
    assert_not_impl_any!(ModelEnd: Sync);
}
