//! What runs inside the audio callback, whichever system called.

use std::sync::Arc;

use rtrb::{Consumer, Producer};
use syrinx_dsp::{LinearRamp, SampleRate};
use syrinx_engine::{AudioPath, OnUnderrun, Settings};

use crate::counts::Counts;
use crate::cpal_streams::LONGEST;
use crate::latest::LatestReader;
use crate::tap::TapSlot;

/// Length of muting. Shorter than 10 ms is heard as a click on low tones.
const MUTE_MS: f64 = 10.0;

/// Length of the change to the undelayed voice and back: as short as muting, since it is pressed when something goes
/// wrong.
const PANIC_MS: f64 = 10.0;

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
    /// Share of the undelayed input.
    undelayed: LinearRamp,
    /// The block's input.
    dry: Vec<f32>,
    /// Samples for which words are still under way that were said with the talk key down.
    talk_left: usize,
    tap: TapSlot,
}

impl AudioSide {
    pub(crate) fn new(
        current: Fitted,
        arriving: Consumer<Fitted>,
        leaving: Producer<Fitted>,
        settings: LatestReader<Settings>,
        counts: &Arc<Counts>,
        tap: TapSlot,
        rate: SampleRate,
    ) -> AudioSide {
        let silent = counts.muted() || (counts.push_to_talk() && !counts.talking());
        AudioSide {
            current,
            arriving,
            leaving,
            settings,
            counts: Arc::clone(counts),
            audible: LinearRamp::new(if silent { 0.0 } else { 1.0 }, rate.samples_in_ms(MUTE_MS)),
            undelayed: LinearRamp::new(
                if counts.panic() { 1.0 } else { 0.0 },
                rate.samples_in_ms(PANIC_MS),
            ),
            dry: vec![0.0; LONGEST],
            talk_left: 0,
            tap,
        }
    }

    /// Converts a block of at most 16384 samples in place; what is beyond is not converted. One that is longer than
    /// the engine is made for asks for another engine; until that is there, the input passes, or silence where
    /// [`OnUnderrun::Gap`] is set.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, wake, wait or panic.
    pub fn process(&mut self, block: &mut [f32]) {
        let length = block.len().min(LONGEST);
        let block = &mut block[..length];
        self.exchange();
        self.dry[..length].copy_from_slice(block);
        let settings = *self.settings.newest();
        self.counts.count_block(length);
        if length > self.current.max_block {
            self.counts.want_block(length as u32);
            self.counts.count_waiting_block();
            if settings.on_underrun == OnUnderrun::Gap {
                block.fill(0.0);
            }
        } else {
            self.current.path.process(&mut [&mut *block], &settings);
        }
        self.panic(block);
        self.mute(block);
        let latency = self.current.path.latency().samples().0;
        self.tap.take(&self.dry[..length], block, latency);
    }

    /// The input as it just came, where somebody has panicked.
    fn panic(&mut self, block: &mut [f32]) {
        let panic = self.counts.panic();
        self.undelayed.set_target(if panic { 1.0 } else { 0.0 });
        if self.undelayed.is_settled() {
            if panic {
                block.copy_from_slice(&self.dry[..block.len()]);
            }
            return;
        }
        for (sample, dry) in block.iter_mut().zip(&self.dry) {
            let share = self.undelayed.next_value();
            *sample += share * (*dry - *sample);
        }
    }

    /// Silence, where it is asked for, or nobody talks who should.
    fn mute(&mut self, block: &mut [f32]) {
        if self.counts.talking() {
            // What is said until the key goes up is heard by the latency later. In a panic it was heard already.
            self.talk_left = match self.counts.panic() {
                true => 1,
                false => self.current.path.latency().samples().0.max(1),
            };
        } else {
            self.talk_left = self.talk_left.saturating_sub(block.len());
        }
        let waits = self.counts.push_to_talk() && self.talk_left == 0;
        let silent = waits || self.counts.muted();
        self.audible.set_target(if silent { 0.0 } else { 1.0 });
        if silent || !self.audible.is_settled() {
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
