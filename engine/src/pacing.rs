//! Tells a host that renders from one that plays, by when it comes back.

use std::time::{Duration, Instant};

/// A host must ask for audio this much faster than real time to count as ahead. A host in real time is never more
/// than a little jitter ahead, and what it once was melts away by the rest of this factor.
const FASTER: f64 = 1.25;

/// Longest lead that is believed. After a fast bounce the host may go on in real time: at the factor above a whole
/// second is forgotten after 4 s.
const MOST_SECONDS: f64 = 1.0;

/// Beyond its own block by this share of it, and by this many seconds, a host is taken for one that renders: sound
/// cards come back early by jitter, a fraction of a millisecond to a few.
const BEYOND: (f64, f64) = (0.75, 0.004);

/// How long a host that renders is kept waiting for a block. Longer than any pause of a busy system and than a chunk
/// of a slow voice; if a sound card was mistaken for such a host, it costs one drop-out that there would have been
/// anyway.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// How far a host is ahead of real time, by the time that it spends away.
///
/// A sound card comes back when the block has been played, whatever happens here; a host that renders comes back at
/// once. Only the time between calls counts, so waiting in one does not make such a host look slower. It needs no word
/// from the host, and words of hosts about this are unreliable.
#[derive(Debug)]
pub struct Pacing {
    rate: f64,
    /// A device hands over one whole block at once; that alone is not being ahead.
    allowance: f64,
    ahead: f64,
    left: Option<Instant>,
}

impl Pacing {
    /// For blocks of at most `max_block` samples at `rate` per second.
    pub fn new(rate: f64, max_block: usize) -> Pacing {
        Pacing {
            rate,
            allowance: max_block as f64 / rate,
            ahead: 0.0,
            left: None,
        }
    }

    /// The host asks for a block of `samples` now.
    pub fn enter(&mut self, samples: usize, now: Instant) {
        let away = self.left.map_or(0.0, |left| {
            now.saturating_duration_since(left).as_secs_f64()
        });
        let rest = (self.ahead - FASTER * away).max(0.0);
        self.ahead = (rest + samples as f64 / self.rate).min(MOST_SECONDS);
    }

    /// The host has its block.
    pub fn leave(&mut self, now: Instant) {
        self.left = Some(now);
    }

    /// How long the host can be kept waiting for this block: by no more than its jitter, or, if it renders, for half a
    /// second.
    pub fn patience(&self) -> Duration {
        let beyond = self.ahead - self.allowance;
        let (share, seconds) = BEYOND;
        if beyond >= (share * self.allowance).max(seconds) {
            return PATIENCE;
        }
        Duration::from_secs_f64(beyond.max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `blocks` of 480 at 48 kHz; the host stays away for `away` ms after each, and each takes `inside` ms.
    fn run(pacing: &mut Pacing, start: Instant, blocks: u32, away: f64, inside: f64) -> Instant {
        let mut now = start;
        for _ in 0..blocks {
            now += Duration::from_secs_f64(away / 1e3);
            pacing.enter(480, now);
            now += Duration::from_secs_f64(inside / 1e3);
            pacing.leave(now);
        }
        now
    }

    #[test]
    fn a_host_in_real_time_has_nothing_to_spare_even_with_jitter() {
        let (mut pacing, start) = (Pacing::new(48_000.0, 480), Instant::now());
        for block in 0..1000u32 {
            // 5 ms early or late.
            let jitter = if block % 2 == 0 { 0 } else { 5 };
            let now = start + Duration::from_millis(u64::from(block) * 10 + 5 - jitter);
            pacing.enter(480, now);
            assert!(
                pacing.patience() <= Duration::from_millis(5),
                "block {block}"
            );
            pacing.leave(now);
        }
    }

    #[test]
    fn a_host_that_renders_is_known_by_its_second_block_however_slow_the_voice_is() {
        let (mut pacing, start) = (Pacing::new(48_000.0, 480), Instant::now());
        let now = run(&mut pacing, start, 1, 0.0, 0.0);
        assert_eq!(pacing.patience(), Duration::ZERO);
        let now = run(&mut pacing, now, 1, 0.1, 0.0);
        assert_eq!(pacing.patience(), PATIENCE);
        // Twice slower than real time, all of it in here.
        run(&mut pacing, now, 1000, 0.1, 20.0);
        assert_eq!(pacing.patience(), PATIENCE);
    }

    #[test]
    fn what_a_bounce_was_ahead_is_forgotten_in_real_time() {
        let (mut pacing, start) = (Pacing::new(48_000.0, 480), Instant::now());
        let now = run(&mut pacing, start, 3000, 0.5, 0.5);
        assert_eq!(pacing.patience(), PATIENCE);
        run(&mut pacing, now, 600, 9.9, 0.1);
        assert!(pacing.patience() < Duration::from_millis(1));
    }

    #[test]
    fn a_clock_that_stands_still_or_a_long_pause_is_survived() {
        let (mut pacing, start) = (Pacing::new(48_000.0, 480), Instant::now());
        let later = start + Duration::from_secs(100_000);
        pacing.enter(480, later);
        pacing.leave(later);
        pacing.enter(480, start);
        pacing.leave(start);
        pacing.enter(480, later);
        assert_eq!(pacing.patience(), Duration::ZERO);
    }
}
