//! Carries the samples of one spoken line from the narrator to the model thread.

use std::collections::VecDeque;

use parking_lot::{Condvar, Mutex};

/// How many a narration has ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Samples that can be taken now.
    pub samples: usize,
    /// Whether no others follow.
    pub is_whole: bool,
}

/// The samples of one spoken line, on their way from the narrator to the model thread.
///
/// # Real-time safety
/// None: it locks, and dropping it frees memory. The audio thread never sees one.
#[derive(Debug, Default)]
pub struct Narration {
    state: Mutex<State>,
    /// Something was taken, or nothing more is wanted.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    samples: VecDeque<f32>,
    given: u64,
    is_whole: bool,
    /// No more than so many samples are wanted in all.
    wanted: Option<u64>,
}

impl State {
    fn is_wanted(&self) -> bool {
        self.wanted.is_none_or(|wanted| self.given < wanted)
    }
}

impl Narration {
    /// Hands samples over.
    pub fn give(&self, samples: &[f32]) {
        let mut state = self.state.lock();
        state.samples.extend(samples);
        state.given += samples.len() as u64;
    }

    /// Waits until fewer than `ahead` samples are left untaken; false when no more are wanted.
    pub fn wait_for_room(&self, ahead: usize) -> bool {
        let mut state = self.state.lock();
        while state.samples.len() >= ahead && state.is_wanted() {
            self.changed.wait(&mut state);
        }
        state.is_wanted()
    }

    /// Nothing follows.
    pub fn finish(&self) {
        self.state.lock().is_whole = true;
    }

    /// How many samples there are.
    pub fn ready(&self) -> Ready {
        let state = self.state.lock();
        Ready {
            samples: state.samples.len(),
            is_whole: state.is_whole,
        }
    }

    /// Takes the next samples, as many as `block` has, as far as there are so many; the others become 0.
    pub fn take(&self, block: &mut [f32]) {
        let mut state = self.state.lock();
        for sample in block {
            *sample = state.samples.pop_front().unwrap_or(0.0);
        }
        self.changed.notify_all();
    }

    /// No more than `count` samples are wanted in all.
    pub fn want(&self, count: u64) {
        let mut state = self.state.lock();
        let wanted = state.wanted.map_or(count, |wanted| wanted.min(count));
        state.wanted = Some(wanted);
        self.changed.notify_all();
    }

    /// Whether there is still something to speak for.
    pub fn is_wanted(&self) -> bool {
        self.state.lock().is_wanted()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    /// Gives `blocks` of 100 samples with 1 000 ahead; returns how many were given and the most that lay ready.
    fn give(narration: &Narration, blocks: usize) -> (usize, usize) {
        let mut most = 0;
        for block in 1..=blocks {
            narration.give(&[0.5; 100]);
            most = most.max(narration.ready().samples);
            if !narration.wait_for_room(1_000) {
                return (block, most);
            }
        }
        narration.finish();
        (blocks, most)
    }

    #[test]
    fn a_long_line_takes_no_more_memory_than_a_short_one() {
        let narration = Arc::new(Narration::default());
        let giver = Arc::clone(&narration);
        let giving = thread::spawn(move || give(&giver, 5_000));
        let mut taken = 0;
        loop {
            let ready = narration.ready();
            if ready.is_whole && ready.samples == 0 {
                break;
            }
            let mut block = vec![0.0; ready.samples.min(64)];
            narration.take(&mut block);
            assert!(block.iter().all(|&sample| sample == 0.5));
            taken += block.len();
            thread::yield_now();
        }
        let (given, most) = giving.join().expect("it does not panic");
        assert_eq!((given, taken), (5_000, 500_000));
        // What is ahead, and the block that made it so.
        assert!(most <= 1_100, "{most}");
    }

    #[test]
    fn who_waits_for_room_is_let_go_when_nothing_more_is_wanted() {
        let narration = Arc::new(Narration::default());
        let giver = Arc::clone(&narration);
        let giving = thread::spawn(move || give(&giver, 5_000));
        while narration.ready().samples < 1_000 {
            thread::yield_now();
        }
        narration.want(0);
        let (given, _) = giving.join().expect("it does not panic");
        assert_eq!(given, 10);
    }
}
