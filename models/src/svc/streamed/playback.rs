//! Plays what a generator says faster or slower, without a break when the speed changes.

use std::collections::VecDeque;
use std::f64::consts::PI;

/// Samples to either side that a value between samples is made of: enough for 90 dB with the window below, and less
/// than a frame of any voice.
const HALF_WIDTH: usize = 32;

/// Places between two samples at which the kernel is tabulated; linear in between, that is below 16 bits' noise.
const STEPS: usize = 512;

/// Shape of the Kaiser window: side lobes 90 dB down.
const KAISER_BETA: f64 = 9.0;

/// Plays what a generator says faster by a factor: formants and F0 rise by it, and the generator has to say more in
/// the same time.
///
/// At a factor of exactly 1 it gives what it was given, bit for bit, until the factor changes. The delay is none: a
/// value needs [`Playback::AHEAD`] samples behind its own place, which the generator makes ahead.
#[derive(Clone, Debug)]
pub(super) struct Playback {
    spoken: VecDeque<f32>,
    /// Where the next value lies, in samples of `spoken`.
    place: f64,
    factor: f64,
    kernel: Vec<f32>,
}

impl Playback {
    /// Samples behind its place that a value needs.
    pub(super) const AHEAD: usize = HALF_WIDTH + 1;

    /// Before the first sample.
    pub(super) fn new() -> Playback {
        Playback {
            // What was before the stream is silence.
            spoken: std::iter::repeat_n(0.0, HALF_WIDTH).collect(),
            place: HALF_WIDTH as f64,
            factor: 1.0,
            kernel: kernel(1.0),
        }
    }

    /// Changes the factor, 0.5 to 2.
    pub(super) fn set_factor(&mut self, factor: f64) {
        if factor != self.factor {
            self.factor = factor;
            self.kernel = kernel(factor);
        }
    }

    /// How many more samples must be said before `count` values can be played.
    pub(super) fn missing(&self, count: usize) -> usize {
        let last = self.place + self.factor * count.saturating_sub(1) as f64;
        (last as usize + Self::AHEAD).saturating_sub(self.spoken.len())
    }

    /// Takes what was said.
    pub(super) fn push(&mut self, spoken: &[f32]) {
        self.spoken.extend(spoken);
    }

    /// Plays the next values, for which [`Playback::missing`] was 0.
    pub(super) fn play(&mut self, output: &mut [f32]) {
        let spoken = &*self.spoken.make_contiguous();
        for value in output {
            let whole = self.place as usize;
            let between = self.place - whole as f64;
            *value = if between == 0.0 && self.factor == 1.0 {
                spoken[whole]
            } else {
                interpolate(&self.kernel, &spoken[whole + 1 - HALF_WIDTH..], between)
            };
            self.place += self.factor;
        }
        let done = (self.place as usize).saturating_sub(HALF_WIDTH);
        self.spoken.drain(..done);
        self.place -= done as f64;
    }
}

/// The value `between` the samples `HALF_WIDTH - 1` and `HALF_WIDTH`, 0 to 1.
fn interpolate(kernel: &[f32], samples: &[f32], between: f64) -> f32 {
    let step = between * STEPS as f64;
    let (row, share) = (step as usize, (step - step.floor()) as f32);
    let width = 2 * HALF_WIDTH;
    let (low, high) = (
        &kernel[row * width..][..width],
        &kernel[(row + 1) * width..][..width],
    );
    let taps = low
        .iter()
        .zip(high)
        .map(|(low, high)| low + share * (high - low));
    taps.zip(samples).map(|(tap, sample)| tap * sample).sum()
}

/// Rows of taps for places from 0 to 1: a windowed sinc, that of a low-pass at the new Nyquist frequency when played
/// faster.
fn kernel(factor: f64) -> Vec<f32> {
    // A little below, so that the transition of the window's width lies under the Nyquist frequency.
    let cutoff = if factor > 1.0 { 0.94 / factor } else { 1.0 };
    let mut taps = Vec::with_capacity((STEPS + 1) * 2 * HALF_WIDTH);
    for row in 0..=STEPS {
        let between = row as f64 / STEPS as f64;
        let places = (0..2 * HALF_WIDTH).map(|tap| tap as f64 - (HALF_WIDTH - 1) as f64 - between);
        let row: Vec<f64> = places.map(|x| sinc(cutoff * x) * kaiser(x)).collect();
        // Silence and constants must pass with their level.
        let sum: f64 = row.iter().sum();
        taps.extend(row.iter().map(|tap| (tap / sum) as f32));
    }
    taps
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

fn kaiser(x: f64) -> f64 {
    let place = x / HALF_WIDTH as f64;
    bessel(KAISER_BETA * (1.0 - place * place).max(0.0).sqrt()) / bessel(KAISER_BETA)
}

/// The modified Bessel function of order 0, by its series.
fn bessel(x: f64) -> f64 {
    let half = x * x / 4.0;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..40 {
        term *= half / f64::from(k * k);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(factor: f64, spoken: impl Fn(usize) -> f32, chunks: &[usize]) -> Vec<f32> {
        let mut playback = Playback::new();
        playback.set_factor(factor);
        let (mut said, mut output) = (0, Vec::new());
        for &chunk in chunks {
            let more: Vec<f32> = (said..said + playback.missing(chunk))
                .map(&spoken)
                .collect();
            said += more.len();
            playback.push(&more);
            assert_eq!(playback.missing(chunk), 0);
            let mut part = vec![0.0; chunk];
            playback.play(&mut part);
            output.extend(part);
        }
        output
    }

    #[test]
    fn at_its_own_speed_nothing_changes() {
        let said = |n: usize| ((n * 7919) % 1000) as f32 / 1000.0;
        let output = play(1.0, said, &[1, 500, 64, 1000]);
        assert!(output.iter().enumerate().all(|(n, &x)| x == said(n)));
    }

    #[test]
    fn a_tone_rises_by_the_factor() {
        for factor in [0.5, 0.87, 1.0001, 1.33, 2.0] {
            let tone = |n: f64| (2.0 * PI * 0.031 * n).sin();
            let output = play(factor, |n| tone(n as f64) as f32, &[300, 1, 700, 2_000]);
            let late = output.iter().enumerate().skip(2 * HALF_WIDTH);
            for (n, &found) in late {
                let off = (f64::from(found) - tone(n as f64 * factor)).abs();
                // 84 dB: what the window leaves.
                assert!(off < 6e-5, "{off} at {n}, factor {factor}");
            }
        }
    }

    #[test]
    fn what_would_be_too_high_is_left_away() {
        // At twice the speed, 0.4 of the rate would be mirrored to 0.2.
        let high = |n: usize| (2.0 * PI * 0.4 * n as f64).sin() as f32;
        let output = play(2.0, high, &[4_000]);
        let loudest = output[100..]
            .iter()
            .fold(0.0f32, |peak, x| peak.max(x.abs()));
        assert!(loudest < 1e-4, "{loudest}");
    }

    #[test]
    fn the_speed_changes_without_a_break() {
        let tone = |n: f64| (2.0 * PI * 0.01 * n).sin();
        let mut playback = Playback::new();
        let (mut said, mut output) = (0, Vec::new());
        for factor in [1.0, 1.2, 0.8, 1.0, 1.0, 2.0, 0.5] {
            playback.set_factor(factor);
            let count = playback.missing(256);
            let more: Vec<f32> = (said..said + count)
                .map(|n| tone(n as f64) as f32)
                .collect();
            said += count;
            playback.push(&more);
            let mut part = vec![0.0; 256];
            playback.play(&mut part);
            output.extend(part);
        }
        // The steepest a tone of 0.02 gets.
        let steps = output[64..]
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f32::max) < (2.0 * PI * 0.02) as f32 * 1.01);
    }
}
