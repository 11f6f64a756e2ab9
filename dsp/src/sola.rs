//! Finds where two overlapping chunks line up and joins them there (SOLA).

use crate::{ConfigError, Crossfade, Samples};

/// Added to the energy of the searched segment, so that silence gives a correlation of 0 and no division by 0.
const ENERGY_FLOOR: f32 = 1e-8;

/// Longest search and crossfade: a second at 192 kHz.
const LONGEST: usize = 192_000;

/// Settings of a [`Sola`], both at the chunks' rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SolaConfig {
    /// How far a chunk may be shifted to line up. One period of the lowest voice (10 ms for 100 Hz) lets every phase be
    /// found; each sample is a sample of latency.
    pub search: Samples,
    /// Length of the crossfade, at least 1. Longer hides differences between the chunks better; each sample is a sample of
    /// latency.
    pub crossfade: Samples,
}

/// Joins the overlapping chunks of a model that starts afresh each time, with synchronised overlap-add.
///
/// Each call takes `chunk + search + crossfade` samples, whose first `search + crossfade` cover the same time as the last
/// of the previous call, and gives `chunk` samples. The first chunk after a start or a reset passes unshifted.
///
/// The shift is the first maximum of `sum(x·tail) / sqrt(sum(x²) + 1e-8)` in single precision, as in RVC and
/// so-vits-svc-fork. The fade depends on how alike the two sides are, see [`Crossfade`].
#[derive(Clone, Debug)]
pub struct Sola {
    search: usize,
    fade: Crossfade,
    tail: Vec<f32>,
    joined: Vec<f32>,
    has_tail: bool,
    shift: usize,
}

impl Sola {
    /// A joiner with these settings.
    ///
    /// # Errors
    /// When the crossfade has no length, or either length is above 192000 samples.
    pub fn new(config: &SolaConfig) -> Result<Sola, ConfigError> {
        let (search, crossfade) = (config.search.0, config.crossfade.0);
        let expected = "1 to 192000 samples";
        let holds = (1..=LONGEST).contains(&crossfade);
        ConfigError::check(holds, "crossfade", expected, crossfade as f64)?;
        ConfigError::check(
            search <= LONGEST,
            "search",
            "0 to 192000 samples",
            search as f64,
        )?;
        Ok(Sola {
            search,
            fade: Crossfade::new(config.crossfade),
            tail: vec![0.0; crossfade],
            joined: vec![0.0; crossfade],
            has_tail: false,
            shift: 0,
        })
    }

    /// Joins the next chunk: `input` holds `output.len() + latency()` samples, and `output` may have any length.
    ///
    /// # Panics
    /// When the lengths do not fit each other, which is an error of the caller.
    ///
    /// # Real-time safety
    /// Does not allocate or lock; panics only as said. The work is `search * crossfade` multiplications.
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) {
        let (chunk, fade) = (output.len(), self.tail.len());
        assert_eq!(
            input.len(),
            chunk + self.search + fade,
            "chunk + search + crossfade samples"
        );
        let mut correlation = 0.0;
        self.shift = 0;
        if self.has_tail {
            (self.shift, correlation) = self.best_shift(input);
        }
        let aligned = &input[self.shift..self.shift + chunk + fade];
        self.joined.copy_from_slice(&aligned[..fade]);
        if self.has_tail {
            self.fade.join(&self.tail, &mut self.joined, correlation);
        }
        // The joined stream is the fade and what follows it: its first `chunk` samples go out, the rest is the next tail.
        let split = chunk.min(fade);
        output[..split].copy_from_slice(&self.joined[..split]);
        output[split..].copy_from_slice(&aligned[split..chunk]);
        self.tail[..fade - split].copy_from_slice(&self.joined[split..]);
        self.tail[fade - split..].copy_from_slice(&aligned[chunk + fade - split..]);
        self.has_tail = true;
    }

    /// By how many samples the latest chunk was shifted, 0 to `search`.
    pub fn shift(&self) -> Samples {
        Samples(self.shift)
    }

    /// Forgets the last chunk; the next one passes unshifted.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.tail.fill(0.0);
        self.has_tail = false;
        self.shift = 0;
    }

    /// `search + crossfade` samples: how much of each call's input is held back. What comes out is early by the shift.
    pub fn latency(&self) -> Samples {
        Samples(self.search + self.tail.len())
    }

    /// The shift that lines the input up with the tail, and how alike the two are there, -1 to 1.
    fn best_shift(&self, input: &[f32]) -> (usize, f32) {
        let fade = self.tail.len();
        // In double precision, so that the running sum does not drift.
        let square = |x: f32| f64::from(x) * f64::from(x);
        let mut energy: f64 = input[..fade].iter().map(|&x| square(x)).sum();
        let tail_energy: f64 = self.tail.iter().map(|&x| square(x)).sum();
        let (mut best, mut best_score, mut best_product) = (0, f32::NEG_INFINITY, 0.0);
        let mut best_energy = energy;
        for shift in 0..=self.search {
            let product = dot(&input[shift..shift + fade], &self.tail);
            let score = product / (energy as f32 + ENERGY_FLOOR).sqrt();
            if score > best_score {
                (best, best_score) = (shift, score);
                (best_product, best_energy) = (product, energy);
            }
            if shift < self.search {
                energy += square(input[shift + fade]) - square(input[shift]);
                energy = energy.max(0.0);
            }
        }
        let norm = (best_energy * tail_energy).sqrt() as f32 + ENERGY_FLOOR;
        (best, best_product / norm)
    }
}

/// The sum of products, in as many parallel sums as SIMD wants.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0f32; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_blocks
        .remainder()
        .iter()
        .zip(b_blocks.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a_blocks.zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCH: usize = 160;
    const FADE: usize = 240;

    fn sola(search: usize, crossfade: usize) -> Sola {
        Sola::new(&SolaConfig {
            search: Samples(search),
            crossfade: Samples(crossfade),
        })
        .unwrap()
    }

    /// Chunks of a sine that each start at a phase of their own, joined.
    fn joined(period: f64, chunk: usize, starts: &[f64]) -> Vec<f32> {
        let mut sola = sola(SEARCH, FADE);
        let mut output = vec![0.0; starts.len() * chunk];
        for (output, start) in output.chunks_mut(chunk).zip(starts) {
            let input: Vec<f32> = (0..chunk + SEARCH + FADE)
                .map(|n| (std::f64::consts::TAU * (n as f64 + start) / period).sin() as f32)
                .collect();
            sola.process(&input, output);
        }
        output
    }

    #[test]
    fn a_sine_with_any_whole_phase_shift_stays_one_sine() {
        // 101 samples: below the search, so that every phase can be reached; prime, so that all are different.
        let (period, chunk) = (101.0, 1000);
        let starts: Vec<f64> = (0..40).map(|n| f64::from(n * 37 % 101)).collect();
        let output = joined(period, chunk, &starts);
        let worst = output
            .iter()
            .enumerate()
            .map(|(n, x)| {
                let expected = (std::f64::consts::TAU * (n as f64 + starts[0]) / period).sin();
                (f64::from(*x) - expected).abs()
            })
            .fold(0.0, f64::max);
        // A shift wrong by one sample would be 6e-2, a fade that is not equal-gain 1e-1.
        assert!(worst < 1e-4, "worst error {worst}");
    }

    #[test]
    fn a_sine_with_a_fractional_shift_stays_smooth() {
        let (period, chunk) = (100.0, 1000);
        let starts: Vec<f64> = (0..40).map(|n| f64::from(n) * 23.7).collect();
        let output = joined(period, chunk, &starts);
        // A sine's second difference is (2π/100)² of its value; half a sample of misfit, faded over 240 samples, adds less
        // than a tenth. A hard join would be ten times as steep.
        let limit = 1.1 * (std::f32::consts::TAU / 100.0).powi(2);
        let bend = output
            .windows(3)
            .map(|w| (w[0] - 2.0 * w[1] + w[2]).abs())
            .fold(0.0, f32::max);
        assert!(bend < limit, "bend {bend}, limit {limit}");
    }

    #[test]
    fn shifts_and_samples_equal_the_reference() {
        #[derive(serde::Deserialize)]
        struct Golden {
            search: usize,
            crossfade: usize,
            chunk: usize,
            inputs: Vec<Vec<f32>>,
            shifts: Vec<usize>,
            outputs: Vec<Vec<f32>>,
        }
        let cases: Vec<Golden> =
            serde_json::from_str(include_str!("../tests/golden/sola.json")).unwrap();
        assert!(cases.len() >= 3);
        for case in cases {
            let mut sola = sola(case.search, case.crossfade);
            assert!(case.shifts.iter().any(|&shift| shift > 0));
            for ((input, shift), expected) in case.inputs.iter().zip(case.shifts).zip(case.outputs)
            {
                let mut output = vec![0.0; case.chunk];
                sola.process(input, &mut output);
                assert_eq!(sola.shift(), Samples(shift));
                for (ours, reference) in output.iter().zip(&expected) {
                    // Rounding of sums; the inputs have an RMS of 0.3.
                    assert!((ours - reference).abs() < 2e-6, "{ours} for {reference}");
                }
            }
        }
    }

    #[test]
    fn a_chunk_shorter_than_the_fade_is_joined_too() {
        // The same stream without any shift: what comes out must be the stream, whatever the chunk.
        for chunk in [1, 50, 239, 240, 241, 700] {
            let stream: Vec<f32> = (0..8000).map(|n| (n as f32 * 0.05).sin()).collect();
            let mut sola = sola(0, FADE);
            for start in (0..4200).step_by(chunk) {
                let mut output = vec![0.0; chunk];
                sola.process(&stream[start..start + chunk + FADE], &mut output);
                for (ours, expected) in output.iter().zip(&stream[start..]) {
                    // A sample is faded up to 240 times over, each time with the rounding of its correlation.
                    let error = (ours - expected).abs();
                    assert!(error < 1e-4, "error {error}, chunk {chunk} at {start}");
                }
            }
        }
    }

    #[test]
    fn silence_and_reset() {
        let mut sola = sola(SEARCH, FADE);
        assert_eq!(sola.latency(), Samples(400));
        let mut output = [1.0; 100];
        for _ in 0..3 {
            sola.process(&[0.0; 500], &mut output);
            assert_eq!((output, sola.shift()), ([0.0; 100], Samples(0)));
        }
        sola.reset();
        let ramp: Vec<f32> = (0..500).map(|n| n as f32).collect();
        sola.process(&ramp, &mut output);
        assert_eq!(output, ramp[..100]);
        assert!(
            Sola::new(&SolaConfig {
                search: Samples(1),
                crossfade: Samples(0)
            })
            .is_err()
        );
    }
}
