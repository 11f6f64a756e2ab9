//! Notices when a device stands still without a word.

use std::time::{Duration, Instant};

/// How long a device may stay away before it counts as gone. Systems that change a device's rate, or wake one up, take
/// up to a second.
const LIMIT: Duration = Duration::from_secs(2);

/// How long it may take to begin: wireless ones take some seconds.
const BEGINNING: Duration = Duration::from_secs(10);

/// Notices when a device stands still without a word: its count of callbacks no longer changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watchdog {
    count: u64,
    since: Instant,
}

impl Watchdog {
    /// Begins at `now`.
    pub fn new(now: Instant) -> Watchdog {
        Watchdog {
            count: 0,
            since: now,
        }
    }

    /// Whether the count has stood still for too long, now that it is `count`.
    pub fn stands_still(&mut self, count: u64, now: Instant) -> bool {
        if count != self.count {
            self.count = count;
            self.since = now;
        }
        let limit = if self.count == 0 { BEGINNING } else { LIMIT };
        now.duration_since(self.since) > limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_count_that_stays_for_two_seconds_stands_still() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut slow = Watchdog::new(start);
        assert!(!slow.stands_still(0, at(9_900)));
        assert!(slow.stands_still(0, at(10_001)));
        let mut watchdog = Watchdog::new(start);
        assert!(!watchdog.stands_still(5, at(1_900)));
        assert!(!watchdog.stands_still(5, at(3_900)));
        assert!(watchdog.stands_still(5, at(3_901)));
        // Counts that were reset are a sign of life too.
        assert!(!watchdog.stands_still(1, at(4_000)));
    }
}
