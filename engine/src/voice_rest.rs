//! Decides when a voice that nobody hears is let go.

use std::time::{Duration, Instant};

use syrinx_dsp::SampleRate;

/// A host that asks for audio this much faster than it plays renders. What it bounces must not hear a voice come back,
/// so nothing is let go meanwhile; in real time jitter alone makes it a little faster.
const FASTER: f64 = 1.25;

/// What to do about a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Keep it: it is heard, or will be soon.
    Keep,
    /// Let it go: bypass has lasted long enough.
    LetGo,
    /// It was let go, and bypass still lasts.
    Gone,
}

/// Decides when a voice that nobody hears is let go: after a while of bypass, in a host that plays in real time.
///
/// Twenty tracks hold twenty voices, and a voice of full size takes a core while it runs; those that are switched off
/// should cost nothing. It is asked for again when bypass ends.
#[derive(Debug)]
pub struct VoiceRest {
    rate: f64,
    after: Duration,
    /// When bypass was first seen, and samples since.
    bypassed: Option<(Instant, u64)>,
    gone: bool,
}

impl VoiceRest {
    /// Lets go after this long a bypass.
    pub fn new(rate: SampleRate, after: Duration) -> VoiceRest {
        VoiceRest {
            rate: f64::from(rate.hz()),
            after,
            bypassed: None,
            gone: false,
        }
    }

    /// Counts samples that were processed.
    pub fn count(&mut self, samples: usize) {
        if let Some((_, count)) = &mut self.bypassed {
            *count += samples as u64;
        }
    }

    /// What to do now; says [`Rest::LetGo`] until [`VoiceRest::let_go`] tells that it was done.
    pub fn look(&mut self, is_bypassed: bool, now: Instant) -> Rest {
        if !is_bypassed {
            self.bypassed = None;
            self.gone = false;
            return Rest::Keep;
        }
        if self.gone {
            return Rest::Gone;
        }
        let (since, samples) = *self.bypassed.get_or_insert((now, 0));
        let passed = now.saturating_duration_since(since);
        if passed < self.after {
            return Rest::Keep;
        }
        if samples as f64 > FASTER * passed.as_secs_f64() * self.rate {
            self.bypassed = Some((now, 0));
            return Rest::Keep;
        }
        Rest::LetGo
    }

    /// The voice was let go.
    pub fn let_go(&mut self) {
        self.gone = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Duration = Duration::from_secs(60);

    /// Runs 100 seconds of a host's clock, bypassed, in which it asks for `speed` times as much audio; says when the
    /// voice may go.
    fn let_go_after(speed: f64) -> Option<u64> {
        let mut rest = VoiceRest::new(SampleRate::of(48_000), AFTER);
        let start = Instant::now();
        for second in 0..100 {
            if rest.look(true, start + Duration::from_secs(second)) == Rest::LetGo {
                return Some(second);
            }
            rest.count((speed * 48_000.0) as usize);
        }
        None
    }

    #[test]
    fn a_long_bypass_lets_the_voice_go_but_not_in_a_bounce() {
        assert_eq!(let_go_after(1.0), Some(60));
        assert_eq!(let_go_after(1.2), Some(60), "jitter");
        assert_eq!(let_go_after(0.0), Some(60), "a host that skips it");
        assert_eq!(let_go_after(1.5), None);
        assert_eq!(let_go_after(100.0), None);
    }

    #[test]
    fn a_voice_is_gone_until_bypass_ends_and_every_bypass_counts_anew() {
        let mut rest = VoiceRest::new(SampleRate::of(48_000), AFTER);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(rest.look(true, at(0)), Rest::Keep);
        assert_eq!(rest.look(false, at(59)), Rest::Keep);
        assert_eq!(rest.look(true, at(59)), Rest::Keep);
        assert_eq!(rest.look(true, at(118)), Rest::Keep, "59 seconds of it");
        assert_eq!(rest.look(true, at(119)), Rest::LetGo);
        assert_eq!(rest.look(true, at(120)), Rest::LetGo, "not done yet");
        rest.let_go();
        assert_eq!(rest.look(true, at(121)), Rest::Gone);
        assert_eq!(rest.look(false, at(122)), Rest::Keep);
        assert_eq!(rest.look(true, at(123)), Rest::Keep);
    }

    #[test]
    fn a_clock_that_goes_back_is_survived() {
        let mut rest = VoiceRest::new(SampleRate::of(48_000), AFTER);
        let start = Instant::now();
        rest.look(true, start + AFTER);
        assert_eq!(rest.look(true, start), Rest::Keep);
    }
}
