//! What the audio callback gives to a recording, without ever waiting for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use rtrb::{Consumer, Producer, RingBuffer};

/// Seconds that a recording may fall behind: longer than a disk that spins up.
const BEHIND: usize = 5;

/// Taps under way at once: one that comes and one that goes, twice.
const UNDER_WAY: usize = 4;

/// A sample of the input and what is heard at the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Pair {
    /// Of the input.
    pub dry: f32,
    /// Of the output, which is later by the engine's latency.
    pub wet: f32,
}

/// What both sides of a tap see.
#[derive(Debug, Default)]
struct Seen {
    latency: AtomicU32,
    lost: AtomicU64,
}

/// The callback's side of a recording.
pub(crate) struct Tap {
    ring: Producer<Pair>,
    seen: Arc<Seen>,
}

/// The recording's side.
pub(crate) struct TapEnd {
    ring: Consumer<Pair>,
    seen: Arc<Seen>,
    /// Of the lost samples, how many were made up for by silence.
    filled: u64,
}

/// Both sides of a tap at `rate` Hz.
pub(crate) fn tap(rate: u32) -> (Tap, TapEnd) {
    let (producer, consumer) = RingBuffer::new(rate as usize * BEHIND);
    let seen = Arc::<Seen>::default();
    let tap = Tap {
        ring: producer,
        seen: Arc::clone(&seen),
    };
    let end = TapEnd {
        ring: consumer,
        seen,
        filled: 0,
    };
    (tap, end)
}

impl Tap {
    /// Gives a block, or counts it as lost where the recording is too far behind.
    fn take(&mut self, dry: &[f32], wet: &[f32], latency: usize) {
        self.seen.latency.store(latency as u32, Relaxed);
        if self.ring.slots() < wet.len() {
            self.seen.lost.fetch_add(wet.len() as u64, Relaxed);
            return;
        }
        for (dry, wet) in dry.iter().zip(wet) {
            // There is room, as was looked at.
            let _ = self.ring.push(Pair {
                dry: *dry,
                wet: *wet,
            });
        }
    }
}

impl TapEnd {
    /// By how many samples what is heard is later than the input.
    pub fn latency(&self) -> usize {
        self.seen.latency.load(Relaxed) as usize
    }

    /// How many samples were lost.
    pub fn lost(&self) -> u64 {
        self.seen.lost.load(Relaxed)
    }

    /// The next sample: what came, then silence of the length of what was lost, so that all that follows is in its
    /// place; `None` if nothing waits.
    pub fn next(&mut self) -> Option<Pair> {
        if let Ok(pair) = self.ring.pop() {
            return Some(pair);
        }
        if self.filled < self.lost() {
            self.filled += 1;
            return Some(Pair::default());
        }
        None
    }

    /// Whether the callback has let go of it, so that nothing will come any more.
    pub fn is_abandoned(&self) -> bool {
        self.ring.is_abandoned()
    }
}

/// Where taps come in and go out of the audio callback.
pub(crate) struct TapSlot {
    current: Option<Tap>,
    arriving: Consumer<Option<Tap>>,
    leaving: Producer<Tap>,
}

/// The other side of a slot.
pub(crate) struct TapChanger {
    arriving: Producer<Option<Tap>>,
    leaving: Consumer<Tap>,
}

/// Both sides of a slot that is empty.
pub(crate) fn tap_slot() -> (TapSlot, TapChanger) {
    let (arriving, arrives) = RingBuffer::new(UNDER_WAY);
    let (leaves, leaving) = RingBuffer::new(UNDER_WAY);
    let slot = TapSlot {
        current: None,
        arriving: arrives,
        leaving: leaves,
    };
    (slot, TapChanger { arriving, leaving })
}

impl TapSlot {
    /// Gives a block to the tap, if there is one.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, wake, wait or panic.
    pub fn take(&mut self, dry: &[f32], wet: &[f32], latency: usize) {
        if !self.leaving.is_full()
            && let Ok(next) = self.arriving.pop()
            && let Some(old) = std::mem::replace(&mut self.current, next)
        {
            // There is room, as was looked at; it is dropped elsewhere.
            let _ = self.leaving.push(old);
        }
        if let Some(tap) = &mut self.current {
            tap.take(dry, wet, latency);
        }
    }
}

impl TapChanger {
    /// Puts a tap in, or takes out what is there. False if the callback stands still, so that too many wait.
    pub fn put(&mut self, tap: Option<Tap>) -> bool {
        self.collect();
        self.arriving.push(tap).is_ok()
    }

    /// Drops the taps that came out; to be called now and then.
    pub fn collect(&mut self) {
        while self.leaving.pop().is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_silence_of_the_same_length() {
        let (mut slot, mut changer) = tap_slot();
        let (tap, mut end) = tap(8);
        assert!(changer.put(Some(tap)));
        // Room for 40 samples: the fourth block of 12 does not fit.
        for block in 0..4 {
            slot.take(&[1.0 + block as f32; 12], &[0.5; 12], 3);
        }
        assert_eq!((end.lost(), end.latency()), (12, 3));
        let pairs: Vec<Pair> = std::iter::from_fn(|| end.next()).collect();
        assert_eq!(pairs.len(), 48);
        assert_eq!(pairs[35], Pair { dry: 3.0, wet: 0.5 });
        assert!(pairs[36..].iter().all(|pair| *pair == Pair::default()));
        assert!(!end.is_abandoned());
        assert!(changer.put(None));
        slot.take(&[9.0], &[9.0], 3);
        assert_eq!(end.next(), None);
        changer.collect();
        assert!(end.is_abandoned());
    }
}
