//! Lets a thread sleep for a while, or until somebody who may do so wakes it.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// Lets a thread sleep for a while, or until somebody wakes it. A ring while nobody sleeps is kept.
///
/// The audio thread rings only while it waits itself, which it never does in real time: waking is a system call.
#[derive(Debug, Default)]
pub struct Doorbell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Doorbell {
    /// Wakes whoever sleeps.
    pub fn ring(&self) {
        *self.rung.lock() = true;
        self.changed.notify_all();
    }

    /// Sleeps for at most `limit`; true if it was woken.
    pub fn sleep(&self, limit: Duration) -> bool {
        let mut rung = self.rung.lock();
        if !*rung {
            self.changed.wait_for(&mut rung, limit);
        }
        std::mem::take(&mut *rung)
    }
}
