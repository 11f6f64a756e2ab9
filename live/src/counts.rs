//! What the audio callbacks tell, in atomics.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

/// What the audio callbacks tell, in atomics.
///
/// # Real-time safety
/// All of it.
#[derive(Debug, Default)]
pub struct Counts {
    xruns: AtomicU64,
    blocks: AtomicU64,
    wanted_block: AtomicU32,
    largest_block: AtomicU32,
    waiting_blocks: AtomicU64,
    device_delay_us: AtomicU32,
    freewheel: AtomicBool,
    muted: AtomicBool,
    panic: AtomicBool,
    push_to_talk: AtomicBool,
    talking: AtomicBool,
}

impl Counts {
    /// How often a device or server said that a block came too late.
    pub fn xruns(&self) -> u64 {
        self.xruns.load(Relaxed)
    }

    /// Counts one.
    pub fn count_xrun(&self) {
        self.xruns.fetch_add(1, Relaxed);
    }

    /// Blocks processed.
    pub fn blocks(&self) -> u64 {
        self.blocks.load(Relaxed)
    }

    pub(crate) fn count_block(&self, frames: usize) {
        self.blocks.fetch_add(1, Relaxed);
        self.largest_block.fetch_max(frames as u32, Relaxed);
    }

    /// The longest block so far, in frames.
    pub fn largest_block(&self) -> u32 {
        self.largest_block.load(Relaxed)
    }

    /// Blocks that were not converted, since the engine was being fitted to a longer one.
    pub fn waiting_blocks(&self) -> u64 {
        self.waiting_blocks.load(Relaxed)
    }

    pub(crate) fn count_waiting_block(&self) {
        self.waiting_blocks.fetch_add(1, Relaxed);
    }

    /// Asks for an engine that takes blocks of `frames`.
    pub fn want_block(&self, frames: u32) {
        self.wanted_block.store(frames, Relaxed);
    }

    /// The length of blocks that was asked for since this was last called.
    pub(crate) fn take_wanted_block(&self) -> Option<u32> {
        match self.wanted_block.swap(0, Relaxed) {
            0 => None,
            frames => Some(frames),
        }
    }

    /// What devices and the buffers between them add to the engine's latency, in milliseconds.
    pub fn device_ms(&self) -> f64 {
        f64::from(self.device_delay_us.load(Relaxed)) / 1e3
    }

    /// Notes what devices and buffers add, in seconds.
    pub fn set_device_delay(&self, seconds: f64) {
        self.device_delay_us.store((seconds * 1e6) as u32, Relaxed);
    }

    /// Whether JACK runs faster than real time, for which the engine does not wait.
    pub fn freewheel(&self) -> bool {
        self.freewheel.load(Relaxed)
    }

    pub(crate) fn set_freewheel(&self, on: bool) {
        self.freewheel.store(on, Relaxed);
    }

    /// Whether the output is silenced.
    pub fn muted(&self) -> bool {
        self.muted.load(Relaxed)
    }

    /// Silences the output, or lets it be heard.
    pub fn set_muted(&self, muted: bool) {
        self.muted.store(muted, Relaxed);
    }

    /// Whether the unchanged voice is heard, undelayed.
    pub fn panic(&self) -> bool {
        self.panic.load(Relaxed)
    }

    /// Lets the unchanged voice be heard, undelayed, or no longer.
    pub fn set_panic(&self, panic: bool) {
        self.panic.store(panic, Relaxed);
    }

    /// Whether nothing is heard unless somebody talks.
    pub fn push_to_talk(&self) -> bool {
        self.push_to_talk.load(Relaxed)
    }

    /// Silences the output unless somebody talks, or always lets it be heard.
    pub fn set_push_to_talk(&self, on: bool) {
        self.push_to_talk.store(on, Relaxed);
    }

    /// Whether the talk key is down.
    pub fn talking(&self) -> bool {
        self.talking.load(Relaxed)
    }

    /// Notes whether the talk key is down.
    pub fn set_talking(&self, talking: bool) {
        self.talking.store(talking, Relaxed);
    }

    /// Sets the counts to 0.
    pub fn reset(&self) {
        for count in [&self.xruns, &self.blocks, &self.waiting_blocks] {
            count.store(0, Relaxed);
        }
    }
}
