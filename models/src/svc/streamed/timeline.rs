//! Says which moment of the recording each frame of a generator speaks.

use std::collections::VecDeque;

/// Which moment of the recording each frame of the generator speaks.
///
/// A generator that is played back faster by a factor speaks `factor` frames in the time of one, so its frames lie
/// closer together in the recording. At a factor of 1 they are the recording's own.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    /// Moments of the frames already spoken that are still heard as context, in frames of the recording.
    spoken: VecDeque<f64>,
    /// The number of the first of them.
    first: i64,
    /// The moment of the next frame.
    next: f64,
    step: f64,
}

impl Timeline {
    /// A timeline whose first frame lies at `start` in the recording.
    pub(super) fn new(start: i64) -> Timeline {
        Timeline {
            spoken: VecDeque::new(),
            first: 0,
            next: start as f64,
            step: 1.0,
        }
    }

    /// Changes the factor from the next frame on.
    pub(super) fn set_factor(&mut self, factor: f64) {
        self.step = 1.0 / factor;
    }

    /// The moments of the spoken frames that are kept, and of the next `count`, and the number of the first.
    pub(super) fn moments(&self, count: usize) -> (i64, Vec<f64>) {
        let ahead = (0..count).map(|index| self.next + self.step * index as f64);
        (
            self.first,
            self.spoken.iter().copied().chain(ahead).collect(),
        )
    }

    /// How many spoken frames are kept.
    pub(super) fn kept(&self) -> usize {
        self.spoken.len()
    }

    /// The next `count` frames are spoken.
    pub(super) fn advance(&mut self, count: usize) {
        for _ in 0..count {
            self.spoken.push_back(self.next);
            self.next += self.step;
        }
    }

    /// Forgets spoken frames from before `moment`.
    pub(super) fn forget_before(&mut self, moment: i64) {
        while self
            .spoken
            .front()
            .is_some_and(|&spoken| spoken < moment as f64)
        {
            self.spoken.pop_front();
            self.first += 1;
        }
    }
}
