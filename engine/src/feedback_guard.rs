//! Turns the output down while the microphone hears the loudspeakers.

use syrinx_dsp::{
    Decibels, Echo, EchoFinder, History, LinearRamp, ResamplerConfig, SampleRate, Samples,
    StreamResampler,
};

use crate::model_worker::STEP;

/// The rate at which echoes are looked for: loudspeakers and rooms pass all of speech below 8 kHz.
const RATE: SampleRate = SampleRate::of(16_000);

/// What is looked at: a second, in which echoes of up to half of it are found. Devices and a room add 20 to 300 ms to the
/// latency that lies between them.
const LENGTH: Samples = Samples(16_384);

/// Reflections that arrive so soon after the first sound belong to it, in samples at [`RATE`]: 4 ms, a desk and a screen.
const WIDTH: Samples = Samples(64);

/// Time between two looks, in samples at [`RATE`]: 200 ms. A loop comes round in 100 ms at the least and takes a few
/// rounds to get loud.
const LOOK: usize = 3_200;

/// How many looks in a row must find the same echo. Two voices agree by chance once, never three times at one delay.
const SURE: u32 = 3;

/// How far two delays of the same echo may differ, in samples at [`RATE`]: a millisecond.
const SAME: usize = 16;

/// How far one look turns the output down.
const DOWN_DB: f32 = 12.0;

/// How far it is turned down at most: no loop of microphone and loudspeakers howls 24 dB lower.
const LOWEST_DB: f32 = -24.0;

/// Looks without an echo before the output is turned up again: 2 s, longer than people pause.
const HOLD: u32 = 10;

/// How far one look turns it up: 6 dB per second.
const UP_DB: f32 = 1.2;

/// Length of each change of the gain, in ms: it must not click and be there before the next round of the loop.
const RAMP_MS: f64 = 50.0;

/// Turns the output down while the microphone hears the loudspeakers, before it howls.
///
/// It looks five times a second whether what was put out comes back in the input, later by up to half a second less what
/// is on the way already. It sees converted sound alone: in bypass, and for the dry share of a mix, it does nothing. Adds
/// no latency. Off, or without an echo, the output is bit-exact.
///
/// # Real-time safety
/// [`FeedbackGuard::process`] does not allocate, lock or panic; five times a second it takes three Fourier transforms of
/// 16384 samples. It belongs on the model thread.
pub struct FeedbackGuard {
    into: [StreamResampler; 2],
    resampled: Vec<f32>,
    heard: History,
    sent: History,
    finder: EchoFinder,
    gain: LinearRamp,
    gain_db: f32,
    is_on: bool,
    until_look: usize,
    last: Option<Echo>,
    hits: u32,
    quiet_looks: u32,
}

impl FeedbackGuard {
    /// For signals at `rate` in blocks of at most [`STEP`] samples; off.
    ///
    /// # Errors
    /// In words, if the rate cannot be resampled.
    pub fn new(rate: SampleRate) -> Result<FeedbackGuard, String> {
        let config = ResamplerConfig {
            from: rate,
            to: RATE,
            max_block: STEP,
        };
        let resampler = || StreamResampler::new(config).map_err(|error| error.to_string());
        let into = [resampler()?, resampler()?];
        Ok(FeedbackGuard {
            resampled: vec![0.0; into[0].output_max(STEP)],
            into,
            heard: History::new(LENGTH.0),
            sent: History::new(LENGTH.0),
            finder: EchoFinder::new(LENGTH, WIDTH).map_err(|error| error.to_string())?,
            gain: LinearRamp::new(1.0, rate.samples_in_ms(RAMP_MS)),
            gain_db: 0.0,
            is_on: false,
            until_look: LOOK,
            last: None,
            hits: 0,
            quiet_looks: 0,
        })
    }

    /// Switches it on or off.
    pub fn set(&mut self, is_on: bool) {
        if self.is_on && !is_on {
            self.forget();
        }
        self.is_on = is_on;
    }

    /// Whether the output is turned down now.
    pub fn is_down(&self) -> bool {
        self.gain_db < 0.0
    }

    /// Hears an input, and turns the output of the same samples down where that is needed.
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) {
        if self.is_on || !self.gain.is_settled() {
            for sample in output.iter_mut() {
                *sample *= self.gain.next_value();
            }
        }
        if !self.is_on {
            return;
        }
        let count = self.into[0].process(input, &mut self.resampled);
        self.heard.push(&self.resampled[..count]);
        let same = self.into[1].process(output, &mut self.resampled);
        debug_assert_eq!(count, same, "both resamplers are in step");
        self.sent.push(&self.resampled[..same]);
        self.until_look = self.until_look.saturating_sub(count);
        if self.until_look == 0 {
            self.until_look = LOOK;
            self.look();
        }
    }

    fn look(&mut self) {
        let echo = self.finder.find(self.sent.samples(), self.heard.samples());
        let is_same = |a: &Echo, b: &Echo| a.delay.0.abs_diff(b.delay.0) <= SAME;
        self.hits = match (&echo, &self.last) {
            (Some(echo), Some(last)) if is_same(echo, last) => self.hits + 1,
            (Some(_), _) => 1,
            // A pause between words is no proof that the loop is gone.
            (None, _) => self.hits.saturating_sub(1),
        };
        if echo.is_some() {
            self.last = echo;
        }
        self.quiet_looks = match self.hits >= SURE {
            true => 0,
            false => self.quiet_looks.saturating_add(1),
        };
        if self.hits >= SURE && echo.is_some() {
            self.turn(self.gain_db - DOWN_DB);
        } else if self.quiet_looks > HOLD {
            self.turn(self.gain_db + UP_DB);
        }
    }

    fn turn(&mut self, gain_db: f32) {
        self.gain_db = gain_db.clamp(LOWEST_DB, 0.0);
        // At 0 dB the factor is 1 and the output bit-exact again.
        self.gain.set_target(Decibels(self.gain_db).to_amplitude());
    }

    fn forget(&mut self) {
        self.turn(0.0);
        self.heard.reset();
        self.sent.reset();
        for resampler in &mut self.into {
            resampler.reset();
        }
        (self.until_look, self.last, self.hits, self.quiet_looks) = (LOOK, None, 0, 0);
    }

    /// Forgets the past.
    pub fn reset(&mut self) {
        self.forget();
        self.gain.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: SampleRate = SampleRate::of(48_000);

    /// Something like speech: noise through a resonance that moves, in syllables.
    fn speech(seed: u32, length: usize) -> Vec<f32> {
        let mut state = seed;
        let mut past = [0.0_f32; 2];
        (0..length)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = state as f32 / u32::MAX as f32 - 0.5;
                let time = n as f32 / 48_000.0;
                let centre = 0.06 + 0.04 * (7.0 * time + seed as f32).sin();
                let next = noise + 1.9 * centre.cos() * past[0] - 0.9025 * past[1];
                past = [next, past[0]];
                let syllable = (4.0 * time + 0.13 * seed as f32).fract();
                if syllable < 0.7 { 0.05 * next } else { 0.0 }
            })
            .collect()
    }

    /// Runs a converter that answers each sample `lag` samples later with another voice of the same loudness, between a
    /// microphone and loudspeakers whose loop has a gain of `feedback`. Returns the levels of each second, and whether the
    /// guard was down at the end of each.
    fn loop_of(feedback: f32, lag: usize, seconds: usize, guarded: bool) -> Vec<(f32, bool)> {
        let (own, voice) = (speech(1, seconds * 48_000), speech(2, seconds * 48_000));
        let mut guard = FeedbackGuard::new(HOST).unwrap();
        guard.set(guarded);
        let mut played = vec![0.0_f32; own.len() + lag];
        let mut found = Vec::new();
        let mut power = 0.0;
        for start in (0..own.len()).step_by(240) {
            let range = start..start + 240;
            let input: Vec<f32> = range
                .clone()
                .map(|n| {
                    own[n]
                        + if n >= lag {
                            feedback * played[n - lag]
                        } else {
                            0.0
                        }
                })
                .collect();
            // Loud where the input is loud: a loop of any converter grows.
            let level = (input.iter().map(|x| x * x).sum::<f32>() / 240.0).sqrt();
            let mut output: Vec<f32> = range
                .clone()
                .map(|n| (voice[n] / 0.1 * level + 0.5 * input[n - start]).clamp(-4.0, 4.0))
                .collect();
            guard.process(&input, &mut output);
            power += output.iter().map(|x| x * x).sum::<f32>();
            played[range].copy_from_slice(&output);
            if (start + 240) % 48_000 == 0 {
                found.push(((power / 48_000.0).sqrt(), guard.is_down()));
                power = 0.0;
            }
        }
        found
    }

    #[test]
    fn without_a_loop_the_output_is_bit_exact() {
        for voice in 2..6 {
            let (input, output) = (speech(1, 20 * 48_000), speech(voice, 20 * 48_000));
            let mut guard = FeedbackGuard::new(HOST).unwrap();
            guard.set(true);
            let mut heard = output.clone();
            for (input, heard) in input.chunks(240).zip(heard.chunks_mut(240)) {
                guard.process(input, heard);
                assert!(!guard.is_down());
            }
            assert_eq!(heard, output);
        }
    }

    #[test]
    fn a_loop_is_turned_down_before_it_howls_and_up_when_it_is_gone() {
        for lag in [4_800, 12_000] {
            let open = loop_of(1.3, lag, 12, false);
            let guarded = loop_of(1.3, lag, 12, true);
            println!("{lag}: {open:?}\n{guarded:?}");
            let loudest = |levels: &[(f32, bool)]| levels.iter().map(|l| l.0).fold(0.0, f32::max);
            // Without the guard it howls at full scale, with it what is left is 20 dB below at the least.
            let end = |levels: &[(f32, bool)]| loudest(&levels[8..]);
            assert!(end(&guarded) < 0.1 * end(&open), "{guarded:?}");
            assert!(guarded.iter().any(|second| second.1));
        }
        let mut guard = FeedbackGuard::new(HOST).unwrap();
        guard.set(true);
        let (input, voice) = (speech(1, 10 * 48_000), speech(2, 10 * 48_000));
        let echo = |n: usize| if n >= 4_800 { voice[n - 4_800] } else { 0.0 };
        let mut down = Vec::new();
        for start in (0..input.len()).step_by(240) {
            // The loudspeakers are switched off after two seconds.
            let gain = if start < 96_000 { 1.0 } else { 0.0 };
            let heard: Vec<f32> = (start..start + 240)
                .map(|n| input[n] + gain * echo(n))
                .collect();
            let mut output = voice[start..start + 240].to_vec();
            guard.process(&heard, &mut output);
            down.push(guard.is_down());
        }
        // 200 blocks are a second: two to be sure that it is gone, four for 24 dB.
        assert!(down[390] && down[700], "it is down and stays so");
        assert_eq!(down.last(), Some(&false), "it is up again");
    }
}
