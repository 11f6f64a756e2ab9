//! Decides whether a device that told of an error goes on all the same.

use std::time::{Duration, Instant};

/// How long a device in doubt may take to call again. ALSA's plugin for PulseAudio answers "I/O error" for a moment
/// whenever a stream begins, at the start and each time that it ran dry, and goes on within a tenth of a second; what
/// was unplugged never calls again.
const GRACE: Duration = Duration::from_millis(300);

/// Decides whether a device that told of an error goes on all the same: its count of callbacks rises again in time, or
/// it is gone.
#[derive(Debug, Default)]
pub(crate) struct Doubt {
    told: Option<Told>,
}

/// The first error, and how the count stood then.
#[derive(Debug)]
struct Told {
    problem: String,
    count: u64,
    at: Instant,
}

impl Doubt {
    /// Takes an error in, at `now` and a count of callbacks of `count`. The first of several stands.
    pub fn raise(&mut self, problem: String, count: u64, now: Instant) {
        self.told.get_or_insert(Told {
            problem,
            count,
            at: now,
        });
    }

    /// The error, once the device has not called again in time, now that its count is `count`.
    pub fn verdict(&mut self, count: u64, now: Instant) -> Option<String> {
        let told = self.told.take_if(|told| told.at + GRACE <= now)?;
        (count == told.count).then_some(told.problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_calls_again_is_not_lost_and_one_that_does_not_is() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut doubt = Doubt::default();
        assert_eq!(doubt.verdict(7, at(900)), None);
        doubt.raise("I/O error".to_owned(), 7, at(1_000));
        // The first one counts, however many there are.
        doubt.raise("another".to_owned(), 7, at(1_200));
        assert_eq!(doubt.verdict(7, at(1_299)), None);
        assert_eq!(doubt.verdict(8, at(1_300)), None);
        // It was cleared of that one.
        assert_eq!(doubt.verdict(8, at(5_000)), None);
        doubt.raise("I/O error".to_owned(), 8, at(6_000));
        assert_eq!(doubt.verdict(8, at(6_300)).as_deref(), Some("I/O error"));
    }
}
