//! What is known of a buffer between two clocks from outside.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What is known of a buffer from outside, in atomics.
#[derive(Debug, Default)]
pub struct DriftState {
    /// When the writer wrote last, in nanoseconds of the session's clock.
    pub(super) written_at: AtomicU64,
    pub(super) largest_write: AtomicU32,
    pub(super) delay_us: AtomicU32,
    pub(super) correction_ppb: AtomicU32,
    pub(super) gaps: AtomicU64,
    pub(super) drops: AtomicU64,
    pub(super) dropped: AtomicU64,
}

impl DriftState {
    /// How often the reader found nothing to read.
    pub fn gaps(&self) -> u64 {
        self.gaps.load(Ordering::Relaxed)
    }

    /// How often frames were dropped to return to the delay.
    pub fn drops(&self) -> u64 {
        self.drops.load(Ordering::Relaxed)
    }

    /// How many frames were dropped in all.
    pub fn dropped_frames(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The delay from being captured to being read, in seconds: the target of the control loop and the resampler.
    pub fn delay(&self) -> f64 {
        f64::from(self.delay_us.load(Ordering::Relaxed)) / 1e6
    }

    /// How much faster than nominal the buffer is read, in parts per million.
    pub fn correction_ppm(&self) -> f64 {
        f64::from(self.correction_ppb.load(Ordering::Relaxed) as i32) / 1e3
    }

    /// Sets the counts to 0.
    pub fn reset_counts(&self) {
        for count in [&self.gaps, &self.drops, &self.dropped] {
            count.store(0, Ordering::Relaxed);
        }
    }
}
