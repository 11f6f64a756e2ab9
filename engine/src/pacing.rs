//! Measures how far a host is ahead of real time.

use std::time::{Duration, Instant};

/// A host must ask for audio this much faster than real time to count as ahead. A host in real time is never more
/// than a little jitter ahead, and what it once was melts away by the rest of this factor.
const FASTER: f64 = 1.25;

/// Longest lead that is believed. After a fast bounce the host may go on in real time: this bounds how long a
/// wait could then hold it up, and at the factor above it is forgotten after 4 s.
const MOST_SECONDS: f64 = 1.0;

/// How far a host is ahead of real time.
///
/// A host that renders faster than real time has, by definition, that much time to spare: waiting as long as it is
/// ahead cannot make it late. That needs no word from the host, and words of hosts about this are unreliable.
#[derive(Debug)]
pub struct Pacing {
    rate: f64,
    /// A device hands over one whole block at once; that alone is not being ahead.
    allowance: f64,
    ahead: f64,
    last: Option<Instant>,
}

impl Pacing {
    /// For blocks of at most `max_block` samples at `rate` per second.
    pub fn new(rate: f64, max_block: usize) -> Pacing {
        Pacing {
            rate,
            allowance: max_block as f64 / rate,
            ahead: 0.0,
            last: None,
        }
    }

    /// The host asks for a block of `samples` now.
    pub fn count(&mut self, samples: usize, now: Instant) {
        let elapsed = self.last.map_or(0.0, |last| (now - last).as_secs_f64());
        let left = (self.ahead - FASTER * elapsed).max(0.0);
        self.ahead = (left + samples as f64 / self.rate).min(MOST_SECONDS);
        self.last = Some(now);
    }

    /// How long the host can be kept waiting without falling behind real time.
    pub fn spare(&self, now: Instant) -> Duration {
        let elapsed = self.last.map_or(0.0, |last| (now - last).as_secs_f64());
        Duration::from_secs_f64((self.ahead - self.allowance - elapsed).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `seconds` of audio in blocks of 480 at 48 kHz, `speed` times faster than real time.
    fn run(pacing: &mut Pacing, start: Instant, seconds: f64, speed: f64) -> Instant {
        let blocks = (seconds * 100.0) as u32;
        for block in 0..blocks {
            let now = start + Duration::from_secs_f64(f64::from(block) * 0.01 / speed);
            pacing.count(480, now);
        }
        start + Duration::from_secs_f64(f64::from(blocks) * 0.01 / speed)
    }

    #[test]
    fn a_host_in_real_time_has_nothing_to_spare_even_with_jitter() {
        let (mut pacing, start) = (Pacing::new(48_000.0, 480), Instant::now());
        for block in 0..1000u32 {
            // 5 ms early or late.
            let jitter = if block % 2 == 0 { 0 } else { 5 };
            let now = start + Duration::from_millis(u64::from(block) * 10 + 5 - jitter);
            pacing.count(480, now);
            assert!(
                pacing.spare(now) <= Duration::from_millis(5),
                "block {block}"
            );
        }
    }

    #[test]
    fn a_bounce_can_spare_what_it_is_ahead_and_is_forgotten_in_real_time() {
        let (mut pacing, start) = (Pacing::new(48_000.0, 480), Instant::now());
        let now = run(&mut pacing, start, 0.3, 10.0);
        let spare = pacing.spare(now).as_secs_f64();
        // 0.3 s of audio in 0.03 s.
        assert!((0.2..0.3).contains(&spare), "{spare}");
        let now = run(&mut pacing, now, 30.0, 10.0);
        assert!(pacing.spare(now) <= Duration::from_secs_f64(MOST_SECONDS));
        let now = run(&mut pacing, now, 6.0, 1.0);
        assert!(pacing.spare(now) < Duration::from_millis(1));
    }
}
