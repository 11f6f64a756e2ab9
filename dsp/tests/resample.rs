//! The resampler's delay, pass-band, stop-band and counts, over every rate that hosts and models use.

use std::f64::consts::TAU;
use syrinx_dsp::{ResampleError, ResamplerConfig, SampleRate, StreamResampler, resample_all};

const HOST_RATES: [u32; 12] = [
    8_000, 11_025, 12_345, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
];
const MODEL_RATES: [u32; 6] = [16_000, 24_000, 32_000, 40_000, 44_100, 48_000];
const BLOCK: usize = 480;

/// Every host rate with every model rate, in both directions.
fn pairs() -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    for host in HOST_RATES {
        for model in MODEL_RATES.into_iter().filter(|&model| model != host) {
            pairs.extend([(host, model), (model, host)]);
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn resampler((from, to): (u32, u32)) -> StreamResampler {
    let (from, to) = (SampleRate::of(from), SampleRate::of(to));
    StreamResampler::new(ResamplerConfig {
        from,
        to,
        max_block: BLOCK,
    })
    .unwrap()
}

fn run(resampler: &mut StreamResampler, input: &[f32], blocks: &[usize]) -> Vec<f32> {
    let mut scratch = vec![0.0; resampler.max_output()];
    let mut result = Vec::new();
    let mut rest = input;
    for &block in blocks.iter().cycle() {
        let (now, later) = rest.split_at(block.min(rest.len()));
        let written = resampler.process(now, &mut scratch);
        result.extend_from_slice(&scratch[..written]);
        rest = later;
        if rest.is_empty() {
            return result;
        }
    }
    result
}

fn sine(hz: f64, rate: u32, len: usize) -> Vec<f32> {
    (0..len)
        .map(|n| (0.5 * (TAU * hz * n as f64 / f64::from(rate)).sin()) as f32)
        .collect()
}

/// Signal-to-error ratio in dB of `found` against the sine, shifted by `delay` samples, at `rate`.
fn snr(found: &[f32], hz: f64, rate: u32, delay: usize) -> f64 {
    // The filter spans twice the delay; before that the start of the sine shows.
    let skip = 2 * delay + 2;
    let (mut signal, mut error) = (0.0, 0.0);
    for (m, &y) in found.iter().enumerate().skip(skip) {
        let expected = 0.5 * (TAU * hz * (m as f64 - delay as f64) / f64::from(rate)).sin();
        signal += expected * expected;
        error += (f64::from(y) - expected).powi(2);
    }
    10.0 * (signal / error).log10()
}

fn noise(len: usize) -> Vec<f32> {
    let mut seed = 7u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn an_impulse_peaks_where_the_latency_says() {
    for (from, to) in pairs() {
        let mut resampler = resampler((from, to));
        let latency = resampler.latency().0;
        let low = from.min(to);
        // Half of 128 samples of the lower rate, and what rounding the filter to eights adds.
        assert!(
            latency as f64 / f64::from(to) <= 70.0 / f64::from(low),
            "{from} {to}: {latency}"
        );
        let len = (from / 20) as usize;
        for at in [0, 1, 17, len / 2 + 3] {
            resampler.reset();
            let mut input = vec![0.0; len + 200 * from.div_ceil(low) as usize];
            input[at] = 1.0;
            let output = run(&mut resampler, &input, &[BLOCK]);
            let position = at as f64 * f64::from(to) / f64::from(from);
            let (peak, value) =
                output.iter().enumerate().fold(
                    (0, 0.0),
                    |best, (i, &y)| {
                        if y > best.1 { (i, y) } else { best }
                    },
                );
            let expected = position.round() as usize + latency;
            let tie = (position.fract() - 0.5).abs() < 1e-6 && peak + 1 == expected;
            assert!(
                peak == expected || tie,
                "{from} to {to}, {at}: {peak} for {expected}"
            );
            assert!(value > 0.3 * f64::from(low.min(from)) as f32 / from as f32);
        }
    }
}

#[test]
fn sines_in_the_pass_band_come_out_as_the_shifted_sine() {
    let mut worst = (f64::INFINITY, 0, 0, 0.0);
    for (from, to) in pairs() {
        let nyquist = f64::from(from.min(to)) / 2.0;
        for part in [0.01, 0.131, 0.5, 0.8, 0.94] {
            let mut resampler = resampler((from, to));
            let hz = part * nyquist;
            let output = run(
                &mut resampler,
                &sine(hz, from, (from / 10) as usize),
                &[BLOCK],
            );
            let snr = snr(&output, hz, to, resampler.latency().0);
            // 80 dB is the filter's ripple of 1e-4. A delay wrong by 0.001 sample gives 50 to 90 dB.
            assert!(snr >= 80.0, "{from} to {to} at {hz:.0} Hz: {snr:.1} dB");
            if snr < worst.0 {
                worst = (snr, from, to, hz);
            }
        }
    }
    println!(
        "lowest SNR {:.1} dB, {} to {} Hz at {:.0} Hz",
        worst.0, worst.1, worst.2, worst.3
    );
}

/// What remains of a sine of amplitude 0.5 once the resampler has settled.
fn settled((from, to): (u32, u32), hz: f64) -> Vec<f32> {
    let mut resampler = resampler((from, to));
    let input = sine(hz, from, (from / 5) as usize);
    let mut output = run(&mut resampler, &input, &[BLOCK]);
    output.split_off(2 * resampler.latency().0 + 2)
}

/// Amplitude at one frequency, under a Hann window so that cut periods do not count.
fn amplitude(signal: &[f32], hz: f64, rate: u32) -> f64 {
    let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
    for (n, &x) in signal.iter().enumerate() {
        let window = 0.5 - 0.5 * (TAU * n as f64 / signal.len() as f64).cos();
        let phase = TAU * hz * n as f64 / f64::from(rate);
        re += window * f64::from(x) * phase.cos();
        im += window * f64::from(x) * phase.sin();
        sum += window;
    }
    2.0 * re.hypot(im) / sum
}

#[test]
fn the_pass_band_is_flat_up_to_95_percent() {
    for (from, to) in [
        (48_000, 16_000),
        (16_000, 48_000),
        (44_100, 48_000),
        (192_000, 16_000),
    ] {
        let nyquist = f64::from(from.min(to)) / 2.0;
        for part in [0.02, 0.1, 0.3, 0.6, 0.9, 0.95] {
            let hz = part * nyquist;
            let gain = 20.0 * (amplitude(&settled((from, to), hz), hz, to) / 0.5).log10();
            // The measure itself errs by 1e-5 dB; the ripple is 0.001 dB up to 0.945, 0.01 dB at 0.95.
            assert!(gain.abs() < 0.01, "{from} to {to} at {part}: {gain:.4} dB");
        }
    }
}

#[test]
fn what_lies_above_the_new_nyquist_is_rejected() {
    for (from, to) in pairs().into_iter().filter(|(from, to)| from > to) {
        let nyquist = f64::from(to) / 2.0;
        let top = f64::from(from) / 2.0 / nyquist;
        for part in [1.06, 1.1, 1.37, 2.0, 3.02, 5.5]
            .into_iter()
            .filter(|&part| part < 0.99 * top)
        {
            let output = settled((from, to), part * nyquist);
            let power: f64 = output.iter().map(|&x| f64::from(x).powi(2)).sum();
            let gain = 10.0 * (power / output.len() as f64 / 0.125).log10();
            assert!(gain < -80.0, "{from} to {to} at {part}: {gain:.1} dB");
        }
    }
}

#[test]
fn cutting_the_input_into_other_blocks_changes_no_bit() {
    for (from, to) in pairs() {
        let input = noise(3_000.min(from as usize / 10));
        let mut resampler = resampler((from, to));
        let expected = run(&mut resampler, &input, &[BLOCK]);
        for blocks in [&[1][..], &[64], &[7, 0, 480, 1, 33], &[479, 2]] {
            resampler.reset();
            assert!(
                run(&mut resampler, &input, blocks) == expected,
                "{from} {to} {blocks:?}"
            );
        }
    }
}

#[test]
fn the_number_of_outputs_is_the_promised_one() {
    for (from, to) in pairs() {
        let mut resampler = resampler((from, to));
        let holdback = resampler.holdback().0 as i128;
        // Half a millisecond at most.
        assert!(
            holdback as f64 <= 0.000_5 * f64::from(from),
            "{from} to {to}: {holdback}"
        );
        let (mut taken, mut made) = (0u64, 0u64);
        let mut output = vec![0.0; resampler.max_output()];
        for block in [1, 2, 480, 3, 0, 64, 17, 128, 1, 1, 441]
            .into_iter()
            .cycle()
            .take(200)
        {
            let count = resampler.process(&vec![0.1; block], &mut output);
            assert!(count <= resampler.output_max(block), "{from} to {to}");
            taken += block as u64;
            made += count as u64;
            assert_eq!(
                made,
                resampler.output_count_after(taken),
                "{from} to {to} after {taken}"
            );
            let least = (i128::from(taken) - holdback) * i128::from(to);
            assert!(
                i128::from(made) >= least.div_euclid(i128::from(from)),
                "{from} to {to}"
            );
        }
    }
}

#[test]
fn minutes_of_audio_keep_the_promised_time() {
    // A ratio whose step is not exact in binary: 2 million inputs, then a sine still in place.
    let mut resampler = resampler((44_100, 48_000));
    let input = sine(1_000.0, 44_100, 44_100 * 45);
    let output = run(&mut resampler, &input, &[BLOCK]);
    // Of the last tenth second; a drift of 0.001 samples would give 78 dB.
    let (delay, last) = (resampler.latency().0 as f64, output.len() - 4_800);
    let error: f64 = output[last..]
        .iter()
        .zip(last..)
        .map(|(&y, m)| f64::from(y) - 0.5 * (TAU * (m as f64 - delay) / 48.0).sin())
        .map(|error| error * error)
        .sum();
    let ratio = 10.0 * (4_800.0 * 0.125 / error).log10();
    assert!(ratio > 80.0, "{ratio} dB");
}

#[test]
fn equal_rates_pass_through() {
    let mut resampler = resampler((44_100, 44_100));
    let input = noise(1_000);
    assert_eq!((resampler.latency().0, resampler.holdback().0), (0, 0));
    assert_eq!(run(&mut resampler, &input, &[33]), input);
    assert_eq!(resampler.output_count_after(5), 5);
}

#[test]
fn a_clip_keeps_its_length_and_its_place() {
    for (from, to) in pairs() {
        let (low, high) = (SampleRate::of(from), SampleRate::of(to));
        let hz = 0.2 * f64::from(from.min(to));
        for len in [0, 1, 2, 999, from as usize / 10 + 1] {
            let clip = resample_all(&sine(hz, from, len), low, high).unwrap();
            let expected = (len as f64 * f64::from(to) / f64::from(from)).round() as usize;
            assert_eq!(clip.len(), expected, "{from} to {to}");
            let edge = 80 * to.div_ceil(from.min(to)) as usize;
            for (m, &y) in clip
                .iter()
                .enumerate()
                .take(expected.saturating_sub(edge))
                .skip(edge)
            {
                let ideal = 0.5 * (TAU * hz * m as f64 / f64::from(to)).sin();
                assert!((f64::from(y) - ideal).abs() < 2e-4, "{from} to {to} at {m}");
            }
        }
    }
}

#[test]
fn tails_end_in_zeros_and_a_nan_passes() {
    let mut resampler = resampler((48_000, 16_000));
    let mut input = vec![1e-29; 100];
    input.extend(vec![1e-38; 2_000]);
    let output = run(&mut resampler, &input, &[64]);
    assert!(output.iter().all(|&y| y == 0.0 || y.abs() >= 1e-30));
    assert!(output[300..].iter().all(|&y| y == 0.0));

    run(&mut resampler, &[f32::NAN, f32::INFINITY], &[2]);
    let output = run(&mut resampler, &noise(2_000), &[64]);
    assert!(output[140..].iter().all(|y| y.is_finite()));
}

#[test]
fn absurd_rates_are_errors() {
    for (from, to) in [
        (1, 16_000),
        (16_000, 1),
        (1_200_000, 48_000),
        (48_000, 1_200_000),
        (1, 1),
    ] {
        let (from, to) = (SampleRate::of(from), SampleRate::of(to));
        let made = StreamResampler::new(ResamplerConfig {
            from,
            to,
            max_block: 64,
        });
        assert!(
            matches!(made, Err(ResampleError::Rate { .. })),
            "{from} {to}"
        );
        assert!(resample_all(&[0.0], from, to).is_err());
    }
}

/// Rounding of the library's own position, which a sleeping resampler does not add up: far below any sound, and a
/// grid that is off by one input sample would differ by more than 1e-2.
const ROUNDING: f32 = 1e-6;

#[test]
fn sleeping_through_silence_changes_nothing() {
    for (from, to) in [
        (48_000, 16_000),
        (32_000, 48_000),
        (44_100, 16_000),
        (32_000, 44_100),
        (96_000, 44_100),
        (16_000, 192_000),
        (22_050, 48_000),
    ] {
        let config = ResamplerConfig {
            from: SampleRate::of(from),
            to: SampleRate::of(to),
            max_block: 512,
        };
        // Bursts of noise with pauses of odd lengths; in the second run the pauses hold what is too small to hear, so
        // that nothing sleeps.
        let run = |floor: f32| {
            let mut resampler = StreamResampler::new(config).unwrap();
            let mut state = 7u32;
            let mut output = Vec::new();
            let mut scratch = vec![0.0; resampler.max_output()];
            for (burst, pause) in [
                (700, 40_007),
                (33, 9_999),
                (2_000, 20_481),
                (1, 77_777),
                (900, 100),
            ] {
                let mut input: Vec<f32> = (0..burst)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        (state >> 8) as f32 / 16_777_216.0 - 0.5
                    })
                    .collect();
                input.extend((0..pause).map(|n| if n % 2 == 0 { floor } else { -floor }));
                for block in input.chunks(333) {
                    let count = resampler.process(block, &mut scratch);
                    output.extend_from_slice(&scratch[..count]);
                }
            }
            output
        };
        let (slept, awake) = (run(0.0), run(1e-25));
        assert_eq!(slept.len(), awake.len(), "{from} to {to}");
        let difference = slept
            .iter()
            .zip(&awake)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(difference < ROUNDING, "{from} to {to}: {difference}");
    }
}
