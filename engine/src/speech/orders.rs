//! Where the model thread orders lines, and the narrator finds them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use syrinx_dsp::SampleRate;

use super::cue::SpeechControls;
use super::narration::Narration;
use crate::doorbell::Doorbell;

/// A line that is to be spoken.
pub struct Order {
    /// Its number, from 0 on.
    pub line: u32,
    /// What it says.
    pub text: String,
    /// How.
    pub controls: SpeechControls,
    /// The rate that it is wanted at.
    pub rate: SampleRate,
    /// Samples at its beginning that are not wanted.
    pub left_out: usize,
    /// Where its samples go.
    pub narration: Arc<Narration>,
    /// Whom to wake when there are some.
    pub bell: Arc<Doorbell>,
}

/// What a narrator is to do.
pub enum Work {
    /// Get ready to speak.
    WarmUp,
    /// Speak a line.
    Speak(Order),
}

/// Where the model thread orders lines, and the narrator finds them.
#[derive(Default)]
pub struct SpeechOrders {
    board: Mutex<Board>,
    changed: Condvar,
}

#[derive(Default)]
struct Board {
    queue: VecDeque<Order>,
    /// What is being spoken.
    current: Option<Arc<Narration>>,
    warm_up: bool,
    /// Warm, or found to be unable to.
    is_settled: bool,
    stop: bool,
}

impl SpeechOrders {
    /// Orders a line; it is begun when those before it are done or no longer wanted. Where there is no narrator any
    /// more, it is over at once, since whoever waits for it must get an answer.
    pub fn place(&self, order: Order) {
        let mut board = self.board.lock();
        if board.stop {
            order.narration.finish();
            return;
        }
        board.queue.push_back(order);
        self.changed.notify_all();
    }

    /// Asks the narrator to load its voice.
    pub fn warm_up(&self) {
        self.board.lock().warm_up = true;
        self.changed.notify_all();
    }

    /// Waits until the narrator is ready, or cannot be, at most for `limit`.
    pub fn wait_until_warm(&self, limit: Duration) {
        let now = Instant::now();
        let until = now.checked_add(limit).unwrap_or(now);
        let mut board = self.board.lock();
        while !board.is_settled && !self.changed.wait_until(&mut board, until).timed_out() {}
    }

    /// The narrator is ready, or cannot be.
    pub fn settle(&self) {
        self.board.lock().is_settled = true;
        self.changed.notify_all();
    }

    /// Whether the narrator is ready, or cannot be.
    pub fn is_settled(&self) -> bool {
        self.board.lock().is_settled
    }

    /// Nobody wants any longer what was ordered so far.
    pub fn cancel(&self) {
        let mut board = self.board.lock();
        board.queue.clear();
        if let Some(current) = &board.current {
            current.want(0);
        }
    }

    /// As [`SpeechOrders::cancel`], and the narrator ends.
    pub fn stop(&self) {
        self.board.lock().stop = true;
        self.cancel();
        self.changed.notify_all();
    }

    /// Waits for work; `None` when it is over.
    pub fn next(&self) -> Option<Work> {
        let mut board = self.board.lock();
        board.current = None;
        loop {
            if board.stop {
                return None;
            }
            if std::mem::take(&mut board.warm_up) {
                return Some(Work::WarmUp);
            }
            if let Some(order) = board.queue.pop_front() {
                board.current = Some(Arc::clone(&order.narration));
                return Some(Work::Speak(order));
            }
            self.changed.wait(&mut board);
        }
    }
}
