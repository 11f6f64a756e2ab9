//! Lets no more than two tests at once at the machine: a voice of full size takes a core and a gigabyte.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Tests that may run at once.
const LANES: usize = 2;

static FREE: Mutex<usize> = Mutex::new(LANES);
static FREED: Condvar = Condvar::new();

/// Some lanes, for as long as it lives.
pub struct Lanes(usize);

/// Waits for one.
pub fn one() -> Lanes {
    take(1)
}

/// Waits until nobody else has one.
pub fn all() -> Lanes {
    take(LANES)
}

fn take(count: usize) -> Lanes {
    let free = FREED.wait_while(free(), |free| *free < count);
    *free.unwrap_or_else(PoisonError::into_inner) -= count;
    Lanes(count)
}

fn free() -> MutexGuard<'static, usize> {
    FREE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Lanes {
    fn drop(&mut self) {
        *free() += self.0;
        FREED.notify_all();
    }
}
