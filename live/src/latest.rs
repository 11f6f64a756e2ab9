//! Hands settings to the audio callback without locks; the latest win.

use rtrb::{Consumer, Producer, RingBuffer};

/// Changes that wait for the callback at once. A held key repeats 30 times a second, and callbacks come at least 5
/// times; where the ring is full, the latest change waits outside.
const WAITING: usize = 32;

/// The side that changes settings.
#[derive(Debug)]
pub struct LatestWriter<T: Copy + PartialEq> {
    ring: Producer<T>,
    last: T,
    pending: bool,
}

/// The side that the audio callback has.
#[derive(Debug)]
pub struct LatestReader<T: Copy> {
    ring: Consumer<T>,
    current: T,
}

/// Both sides; the reader begins with `initial`.
pub fn latest<T: Copy + PartialEq>(initial: T) -> (LatestWriter<T>, LatestReader<T>) {
    let (producer, consumer) = RingBuffer::new(WAITING);
    let writer = LatestWriter {
        ring: producer,
        last: initial,
        pending: false,
    };
    let reader = LatestReader {
        ring: consumer,
        current: initial,
    };
    (writer, reader)
}

impl<T: Copy + PartialEq> LatestWriter<T> {
    /// What was set last.
    pub fn last(&self) -> T {
        self.last
    }

    /// Sets a new value.
    pub fn set(&mut self, value: T) {
        if value != self.last {
            self.last = value;
            self.pending = true;
        }
        self.flush();
    }

    /// Sends what did not fit before; to be called now and then.
    pub fn flush(&mut self) {
        if self.pending && self.ring.push(self.last).is_ok() {
            self.pending = false;
        }
    }
}

impl<T: Copy> LatestReader<T> {
    /// The newest value.
    ///
    /// # Real-time safety
    /// Wait-free; at most as many steps as changes wait. Does not allocate or lock.
    pub fn newest(&mut self) -> &T {
        for _ in 0..WAITING {
            match self.ring.pop() {
                Ok(value) => self.current = value,
                Err(_) => break,
            }
        }
        &self.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_wins() {
        let (mut writer, mut reader) = latest(0);
        assert_eq!(*reader.newest(), 0);
        for value in [1, 2, 3] {
            writer.set(value);
        }
        assert_eq!(*reader.newest(), 3);
        assert_eq!(*reader.newest(), 3);
    }

    #[test]
    fn a_full_ring_loses_nothing_but_what_was_overtaken() {
        let (mut writer, mut reader) = latest(0);
        for value in 1..=1000 {
            writer.set(value);
        }
        // The callback did not run meanwhile; what fitted is not the last.
        assert_eq!(*reader.newest(), WAITING as i32);
        writer.flush();
        assert_eq!(*reader.newest(), 1000);
        assert_eq!(writer.last(), 1000);
    }

    #[test]
    fn across_threads_the_last_value_arrives_and_none_goes_back() {
        let (mut writer, mut reader) = latest(0_u32);
        let thread = std::thread::spawn(move || {
            let mut last = 0;
            while last < 5000 {
                let value = *reader.newest();
                assert!(value >= last, "{value} after {last}");
                last = value;
            }
        });
        for value in 1..=5000 {
            writer.set(value);
        }
        while !thread.is_finished() {
            writer.flush();
            std::thread::yield_now();
        }
        thread.join().unwrap();
    }
}
