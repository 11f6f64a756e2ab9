//! What runs inside the audio callback, whichever system called.

use std::sync::Arc;

use rtrb::{Consumer, Producer};
use syrinx_dsp::{LinearRamp, SampleRate};
use syrinx_engine::{AudioPath, OnUnderrun, Settings};

use crate::counts::Counts;
use crate::latest::LatestReader;

/// Length of muting. Shorter than 10 ms is heard as a click on low tones.
const MUTE_MS: f64 = 10.0;

/// An engine's audio side, and the blocks that it is made for.
pub(crate) struct Fitted {
    /// The engine's audio side.
    pub path: AudioPath,
    /// The longest block that its latency accounts for.
    pub max_block: usize,
}

/// What runs inside the audio callback, whichever system called: one channel, in place.
///
/// Adds the engine's latency. Made by [`crate::Session::new`].
pub struct AudioSide {
    current: Fitted,
    arriving: Consumer<Fitted>,
    leaving: Producer<Fitted>,
    settings: LatestReader<Settings>,
    counts: Arc<Counts>,
    audible: LinearRamp,
}

impl AudioSide {
    pub(crate) fn new(
        current: Fitted,
        arriving: Consumer<Fitted>,
        leaving: Producer<Fitted>,
        settings: LatestReader<Settings>,
        counts: &Arc<Counts>,
        rate: SampleRate,
    ) -> AudioSide {
        AudioSide {
            current,
            arriving,
            leaving,
            settings,
            counts: Arc::clone(counts),
            audible: LinearRamp::new(1.0, rate.samples_in_ms(MUTE_MS)),
        }
    }

    /// Converts a block in place. One that is longer than the engine is made for asks for another engine; until
    /// that is there, the input passes, or silence where [`OnUnderrun::Gap`] is set.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, wake, wait or panic.
    pub fn process(&mut self, block: &mut [f32]) {
        self.exchange();
        let settings = *self.settings.newest();
        self.counts.count_block(block.len());
        if block.len() > self.current.max_block {
            self.counts.want_block(block.len() as u32);
            self.counts.count_waiting_block();
            if settings.on_underrun == OnUnderrun::Gap {
                block.fill(0.0);
            }
        } else {
            self.current.path.process(&mut [&mut *block], &settings);
        }
        let muted = self.counts.muted();
        self.audible.set_target(if muted { 0.0 } else { 1.0 });
        if muted || !self.audible.is_settled() {
            for sample in block {
                *sample *= self.audible.next_value();
            }
        }
    }

    /// Takes a new engine's side and gives the old one back, to be dropped elsewhere.
    fn exchange(&mut self) {
        if self.leaving.is_full() {
            return;
        }
        if let Ok(fitted) = self.arriving.pop() {
            let old = std::mem::replace(&mut self.current, fitted);
            // There is room: it was looked at above, and nobody else pushes.
            let _ = self.leaving.push(old);
        }
    }
}
