//! Gives a converted signal the loudness contour of its source, as a stream or for a whole recording.

use crate::{ConfigError, Decibels, SampleRate};

/// RMS below which the converted signal counts as silent (-120 dB); the reference's floor. Keeps the gain finite.
pub(crate) const RMS_FLOOR: f64 = 1e-6;

/// Distance of the streaming gain's knots: the window moves in these steps, the gain in straight lines between them.
const STEP_MS: f64 = 10.0;

/// Settings of a [`LoudnessMatcher`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoudnessConfig {
    /// How far the loudness follows the source: 0 not at all, 1 wholly.
    pub amount: f32,
    /// Length of the RMS window, 20 to 10000 ms. The offline reference has 1000; a shorter one follows single syllables, and
    /// turns the converted signal's own dynamics into the source's.
    pub window_ms: f32,
    /// Most gain in either direction, 0 dB or more: while one signal has begun and the other not yet, their ratio means
    /// nothing.
    pub limit: Decibels,
}

impl Default for LoudnessConfig {
    fn default() -> LoudnessConfig {
        LoudnessConfig {
            amount: 1.0,
            window_ms: 1000.0,
            limit: Decibels(24.0),
        }
    }
}

/// Matches the loudness of a stream to that of its source, which must be aligned with it. Adds no latency.
///
/// The gain is `(rms_source / rms_converted)^amount`, as offline (see [`match_loudness`]), with windows that end at the
/// present instead of being centred on it, floors of 1e-6 under both, and a limit. Until the first window is full, what
/// there is of it counts. In silence on both sides the gain is 1.
#[derive(Clone, Debug)]
pub struct LoudnessMatcher {
    amount: f64,
    smallest_gain: f64,
    largest_gain: f64,
    step: usize,
    /// Energies of the last steps: source and converted.
    energies: Vec<[f64; 2]>,
    newest: usize,
    steps_seen: usize,
    current: [f64; 2],
    in_step: usize,
    /// The gain's straight line: it begins at `start` and reaches `target` at the end of the step.
    start: f32,
    slope: f32,
    target: f32,
}

impl LoudnessMatcher {
    /// A matcher for signals at `rate`, both at the same.
    ///
    /// # Errors
    /// When a setting is outside its range.
    pub fn new(config: &LoudnessConfig, rate: SampleRate) -> Result<LoudnessMatcher, ConfigError> {
        let LoudnessConfig {
            amount,
            window_ms,
            limit,
        } = *config;
        ConfigError::check(
            (0.0..=1.0).contains(&amount),
            "amount",
            "0 to 1",
            f64::from(amount),
        )?;
        let holds = (20.0..=10_000.0).contains(&window_ms);
        ConfigError::check(holds, "window_ms", "20 to 10000 ms", f64::from(window_ms))?;
        let holds = (0.0..=60.0).contains(&limit.0);
        ConfigError::check(holds, "limit", "0 to 60 dB", f64::from(limit.0))?;
        let largest_gain = f64::from(limit.to_amplitude());
        Ok(LoudnessMatcher {
            amount: f64::from(amount),
            smallest_gain: 1.0 / largest_gain,
            largest_gain,
            step: rate.samples_in_ms(STEP_MS).0.max(1),
            energies: vec![[0.0; 2]; (f64::from(window_ms) / STEP_MS).round() as usize],
            newest: 0,
            steps_seen: 0,
            current: [0.0; 2],
            in_step: 0,
            start: 1.0,
            slope: 0.0,
            target: 1.0,
        })
    }

    /// Changes how far the loudness follows; takes effect within 20 ms, without a click. Clamped to 0..=1, ignored when
    /// not a number.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn set_amount(&mut self, amount: f32) {
        if !amount.is_nan() {
            self.amount = f64::from(amount.clamp(0.0, 1.0));
        }
    }

    /// Scales `converted` in place to follow `source`, over the shorter of the two lengths.
    ///
    /// Samples that are not finite count as 0 in the measurement. While the amount is 0 the signal passes bit-exact.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn process(&mut self, source: &[f32], converted: &mut [f32]) {
        for (&source, converted) in source.iter().zip(converted) {
            self.current[0] += energy(source);
            self.current[1] += energy(*converted);
            self.in_step += 1;
            // From its start, not from the last sample: a sum of small slopes rounds, and would miss 1.
            *converted *= self.start + self.slope * self.in_step as f32;
            if self.in_step == self.step {
                self.turn();
            }
        }
    }

    /// Forgets both signals' loudness; the gain starts at 1.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic.
    pub fn reset(&mut self) {
        self.energies.fill([0.0; 2]);
        self.newest = 0;
        self.steps_seen = 0;
        self.current = [0.0; 2];
        self.in_step = 0;
        self.start = 1.0;
        self.slope = 0.0;
        self.target = 1.0;
    }

    /// Ends a step: takes its energies into the window and heads for the new gain.
    fn turn(&mut self) {
        self.newest = (self.newest + 1) % self.energies.len();
        self.energies[self.newest] = self.current;
        self.steps_seen = (self.steps_seen + 1).min(self.energies.len());
        self.current = [0.0; 2];
        self.in_step = 0;
        // Summed afresh: a hundred additions each 10 ms, and no drift.
        let [source, converted] = self
            .energies
            .iter()
            .fold([0.0; 2], |sum, e| [sum[0] + e[0], sum[1] + e[1]]);
        let count = (self.steps_seen * self.step) as f64;
        let rms = |energy: f64| (energy / count).sqrt().max(RMS_FLOOR);
        let ratio = rms(source) / rms(converted);
        let target = ratio
            .clamp(self.smallest_gain, self.largest_gain)
            .powf(self.amount) as f32;
        self.start = self.target;
        self.target = target;
        self.slope = (target - self.start) / self.step as f32;
    }
}

pub(crate) fn energy(sample: f32) -> f64 {
    if sample.is_finite() {
        f64::from(sample) * f64::from(sample)
    } else {
        0.0
    }
}

/// Scales a whole `converted` recording in place, at `rate`, to follow the loudness of its `source` at `source_rate`.
///
/// The computation of RVC and So-VITS-SVC (`change_rms`), with their mixing rate `r = 1 - amount`: RMS over windows of one
/// second each half second, centred and zero-padded (`librosa.feature.rms`), stretched linearly to the recording
/// (`torch.nn.functional.interpolate`, `mode="linear"`), then `converted *= rms_source^(1-r) * rms_converted^(r-1)`, with
/// `rms_converted` at least 1e-6. `amount` is clamped to 0..=1; at 0, or when there is no source, nothing changes.
///
/// For offline use: allocates two values per second.
pub fn match_loudness(
    source: &[f32],
    source_rate: SampleRate,
    converted: &mut [f32],
    rate: SampleRate,
    amount: f32,
) {
    match_loudness_up_to(
        source,
        source_rate,
        converted,
        rate,
        amount,
        converted.len(),
    );
}

/// [`match_loudness`] of the first `measured` samples of `converted`; what follows them goes on with the gain of their
/// end. For programs that compare a little less than they are given (RVC's output is up to 30 ms short).
pub fn match_loudness_up_to(
    source: &[f32],
    source_rate: SampleRate,
    converted: &mut [f32],
    rate: SampleRate,
    amount: f32,
    measured: usize,
) {
    let amount = f64::from(amount.clamp(0.0, 1.0));
    if amount.is_nan() || amount == 0.0 || source.is_empty() {
        return;
    }
    let count = measured.clamp(1, converted.len().max(1));
    let wanted = rms_contour(source, source_rate);
    let found = rms_contour(&converted[..count.min(converted.len())], rate);
    for (index, sample) in converted.iter_mut().enumerate() {
        let wanted = stretched(&wanted, index, count);
        let found = stretched(&found, index, count).max(RMS_FLOOR);
        let gain = wanted.powf(amount) * found.powf(-amount);
        *sample = (f64::from(*sample) * gain) as f32;
    }
}

/// `librosa.feature.rms(y, frame_length=rate // 2 * 2, hop_length=rate // 2)`.
fn rms_contour(signal: &[f32], rate: SampleRate) -> Vec<f64> {
    let hop = (rate.hz() as usize / 2).max(1);
    let frames = 1 + signal.len() / hop;
    let rms = (0..frames).map(|frame| {
        let (start, end) = (
            (frame * hop).saturating_sub(hop),
            (frame * hop + hop).min(signal.len()),
        );
        let sum: f64 = signal[start..end].iter().map(|&x| energy(x)).sum();
        (sum / (2 * hop) as f64).sqrt()
    });
    rms.collect()
}

/// Element `index` of `contour`, stretched linearly to `count` elements with aligned outer edges (not centres).
fn stretched(contour: &[f64], index: usize, count: usize) -> f64 {
    let position = (index as f64 + 0.5) * contour.len() as f64 / count as f64 - 0.5;
    let position = position.max(0.0);
    let left = (position as usize).min(contour.len() - 1);
    let right = (left + 1).min(contour.len() - 1);
    let share = position - left as f64;
    contour[left] * (1.0 - share) + contour[right] * share
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::of(16_000);

    fn tone(amplitude: f32, count: usize) -> Vec<f32> {
        (0..count)
            .map(|n| amplitude * (n as f32 * 0.1).sin())
            .collect()
    }

    fn matcher(amount: f32) -> LoudnessMatcher {
        let config = LoudnessConfig {
            amount,
            ..LoudnessConfig::default()
        };
        LoudnessMatcher::new(&config, RATE).unwrap()
    }

    #[test]
    fn the_whole_recording_equals_the_reference() {
        #[derive(serde::Deserialize)]
        struct Golden {
            source_rate: u32,
            rate: u32,
            amount: f32,
            source_seed: u32,
            source_len: usize,
            converted_seed: u32,
            converted_len: usize,
            indices: Vec<usize>,
            matched: Vec<f32>,
        }
        let cases: Vec<Golden> =
            serde_json::from_str(include_str!("../tests/golden/loudness.json")).unwrap();
        assert!(cases.len() >= 4);
        for case in cases {
            let source = golden_signal(case.source_seed, case.source_len);
            let mut converted = golden_signal(case.converted_seed, case.converted_len);
            let rates = (SampleRate::of(case.source_rate), SampleRate::of(case.rate));
            match_loudness(&source, rates.0, &mut converted, rates.1, case.amount);
            for (&index, expected) in case.indices.iter().zip(case.matched) {
                // The reference computes in single precision: a few roundings of values up to 1.
                let ours = converted[index];
                assert!(
                    (ours - expected).abs() <= 1e-5 * expected.abs() + 1e-8,
                    "{ours} for {expected} at {index}, amount {}",
                    case.amount
                );
            }
        }
    }

    /// The same integers as in `make_loudness.py`: noise whose level changes every 3000 samples, with silent stretches.
    fn golden_signal(seed: u32, count: usize) -> Vec<f32> {
        let mut state = seed;
        (0..count)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (f64::from(state >> 8) / f64::from(1u32 << 23) - 1.0) as f32;
                let level = (n as u32 / 3000).wrapping_mul(seed) % 5;
                noise * level as f32 * 0.125
            })
            .collect()
    }

    #[test]
    fn what_follows_the_measured_part_keeps_its_last_gain() {
        let (source, plain) = (tone(0.1, 40_000), tone(0.4, 40_000));
        let mut alone = plain[..39_000].to_vec();
        match_loudness(&source, RATE, &mut alone, RATE, 0.75);
        let mut more = plain.clone();
        match_loudness_up_to(&source, RATE, &mut more, RATE, 0.75, 39_000);
        assert_eq!(more[..39_000], alone);
        let last = more[38_999] / plain[38_999];
        for (more, plain) in more.iter().zip(&plain).skip(39_000) {
            // Where the sine is near zero its quotient says nothing.
            assert!(plain.abs() < 0.01 || (more / plain - last).abs() < 1e-6);
        }
        match_loudness_up_to(&source, RATE, &mut [], RATE, 1.0, 9);
    }

    #[test]
    fn a_stream_takes_its_sources_level() {
        for (amount, expected) in [(0.0, 0.4), (0.5, 0.2), (1.0, 0.1)] {
            let mut matcher = matcher(amount);
            let (source, mut converted) = (tone(0.1, 48_000), tone(0.4, 48_000));
            for (source, converted) in source.chunks(131).zip(converted.chunks_mut(131)) {
                matcher.process(source, converted);
            }
            let peak = converted[40_000..]
                .iter()
                .fold(0.0f32, |peak, x| peak.max(x.abs()));
            // 0.05 dB; one knot's gain wrongly applied would be more.
            assert!(
                (peak / expected - 1.0).abs() < 0.006,
                "{peak} for {expected}"
            );
        }
    }

    #[test]
    fn amount_zero_is_bit_exact() {
        let mut converted = tone(0.3, 5000);
        matcher(0.0).process(&tone(0.01, 5000), &mut converted);
        assert_eq!(converted, tone(0.3, 5000));
    }

    #[test]
    fn after_a_change_amount_zero_is_bit_exact_again() {
        for changed in [0.1, 0.37, 0.7, 1.0] {
            let mut matcher = matcher(changed);
            let mut converted = tone(0.4, 16_000);
            matcher.process(&tone(0.013, 16_000), &mut converted);
            matcher.set_amount(0.0);
            let (source, plain) = (tone(0.013, 16_000), tone(0.4, 16_000));
            let mut converted = plain.clone();
            matcher.process(&source, &mut converted);
            // The rest of the present step, and the line to 1: at most 20 ms.
            assert_eq!(converted[320..], plain[320..], "after {changed}");
            assert_ne!(converted[..160], plain[..160], "after {changed}");
        }
    }

    #[test]
    fn the_gain_moves_without_clicks_and_within_its_limit() {
        let mut matcher = matcher(1.0);
        // The source begins a second before the converted signal, and stops as the other goes on.
        let mut source = tone(0.5, 32_000);
        source.resize(64_000, 0.0);
        let mut converted = vec![0.0; 16_000];
        converted.extend(vec![0.01; 48_000]);
        matcher.process(&source, &mut converted);
        let largest = converted.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
        assert!(
            largest <= 0.01 * Decibels(24.0).to_amplitude() * 1.0001,
            "{largest}"
        );
        let jump = converted[16_001..]
            .windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f32::max);
        // From one end of the limit to the other within one step of 160 samples would be 0.001.
        assert!(jump < 0.001, "jump of {jump}");
    }

    #[test]
    fn bad_samples_do_not_poison_it() {
        let mut matcher = matcher(1.0);
        matcher.process(&[f32::NAN; 1000], &mut [f32::INFINITY; 1000]);
        let mut converted = tone(0.2, 32_000);
        matcher.process(&tone(0.2, 32_000), &mut converted);
        assert!(converted.iter().all(|x| x.is_finite()));
        matcher.reset();
        let config = LoudnessConfig {
            amount: 2.0,
            ..LoudnessConfig::default()
        };
        assert!(LoudnessMatcher::new(&config, RATE).is_err());
    }
}
