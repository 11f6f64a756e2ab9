//! Sends noise, words and single samples through the denoiser and through an engine that cleans its input.

use std::f32::consts::TAU;
use std::hint::black_box;
use std::sync::Arc;

use assert_no_alloc::{AllocDisabler, assert_no_alloc, violation_count};
use syrinx_dsp::{HighPass, HighPassConfig, HighPassSlope, SampleRate};
use syrinx_engine::{
    Activation, Denoiser, Engine, Pace, Settings, VoiceLibrary, VoiceSlots, without_denormals,
};

// Counts in every profile, on the threads that are told to.
#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE: SampleRate = SampleRate::of(48_000);

/// The engine's block.
const BLOCK: usize = 480;

/// White noise with this root mean square.
fn noise(length: usize, rms: f32) -> Vec<f32> {
    let mut state = 77_u32;
    let mut sample = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    // Evenly spread from -1 to 1, its root mean square is the root of a third.
    (0..length).map(|_| sample() * rms * 3f32.sqrt()).collect()
}

/// Words of 0.4 s every 0.8 s: harmonics of a gliding F0 below two formants.
fn words(length: usize) -> Vec<f32> {
    let mut phase = 0.0_f32;
    let sample = |n: usize| {
        let time = n as f32 / RATE.hz() as f32;
        let f0 = 130.0 + 25.0 * (TAU * 1.3 * time).sin() + 3.0 * (TAU * 5.0 * time).sin();
        phase = (phase + f0 / RATE.hz() as f32).fract();
        let in_word = time % 0.8;
        let edge = (in_word.min(0.4 - in_word) / 0.03).clamp(0.0, 1.0);
        let harmonic = |k: usize| {
            let hz = k as f32 * f0;
            let formant = |centre: f32, width: f32| 1.0 / (1.0 + ((hz - centre) / width).powi(2));
            let level = formant(600.0, 150.0) + 0.5 * formant(1_500.0, 200.0) + 0.02;
            level * (TAU * phase * k as f32).sin()
        };
        0.1 * edge * (1..=30).map(harmonic).sum::<f32>()
    };
    (0..length).map(sample).collect()
}

fn level_db(signal: &[f32]) -> f32 {
    let power = signal.iter().map(|x| x * x).sum::<f32>() / signal.len() as f32;
    10.0 * power.log10()
}

fn denoised(rate: SampleRate, mix: f32, input: &[f32], blocks: &[usize]) -> (usize, Vec<f32>) {
    let mut denoiser = Denoiser::new(rate, 512, mix).unwrap();
    let mut output = input.to_vec();
    run(&mut denoiser, &mut output, blocks);
    (denoiser.latency().0, output)
}

fn run(denoiser: &mut Denoiser, signal: &mut [f32], blocks: &[usize]) {
    let mut rest = signal;
    for &length in blocks.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (block, later) = rest.split_at_mut(length.min(rest.len()));
        denoiser.process(block);
        rest = later;
    }
}

#[test]
fn a_sample_comes_out_exactly_as_late_as_is_said_at_any_rate() {
    for hz in [8_000, 16_000, 44_100, 48_000, 88_200, 96_000, 192_000] {
        // So quiet that the network lets it pass, and not at the beginning of a frame.
        let (at, peak) = (hz as usize / 3 + 11, 1e-5);
        let mut input = vec![0.0; hz as usize];
        input[at] = peak;
        let (late, output) = denoised(SampleRate::of(hz), 1.0, &input, &[333]);
        let highest = (0..output.len())
            .max_by(|&a, &b| output[a].abs().total_cmp(&output[b].abs()))
            .unwrap();
        assert_eq!(highest - at, late, "{hz} Hz");
        // Above 48 kHz the part of it that 48 kHz can hold is left.
        let kept = peak * (RATE.hz() as f32 / hz as f32).min(1.0);
        let found = output[highest];
        assert!(found > 0.5 * kept, "{hz} Hz: {found} of {kept}");
        if hz == RATE.hz() {
            // A frame, less the sample that completes it, and the overlap.
            assert_eq!(late, 479 + 480);
        }
    }
}

#[test]
fn noise_falls_between_words_and_the_words_stay() {
    let (speech, hiss) = (words(6 * 48_000), noise(6 * 48_000, 0.0316));
    let input: Vec<f32> = speech.iter().zip(&hiss).map(|(a, b)| a + b).collect();
    let (late, mut output) = denoised(RATE, 1.0, &input, &[256]);
    output.drain(..late);
    // From the second word on; in the middle of words, and of the pauses between them.
    let (mut in_words, mut between) = ([0.0_f32; 2], [0.0_f32; 2]);
    let count = 6;
    for number in 1..=count {
        let start = number * 38_400;
        let word = start + 2_400..start + 16_800;
        let pause = start + 24_000..start + 37_000;
        for (side, signal) in [&input, &output].into_iter().enumerate() {
            in_words[side] += level_db(&signal[word.clone()]) / count as f32;
            between[side] += level_db(&signal[pause.clone()]) / count as f32;
        }
    }
    println!("words {in_words:?} dB, pauses {between:?} dB");
    assert!((between[0] + 30.0).abs() < 0.5, "{between:?}");
    assert!(between[1] < between[0] - 10.0, "pauses {between:?}");
    assert!(in_words[1] > in_words[0] - 3.0, "words {in_words:?}");
}

#[test]
fn the_output_depends_on_the_samples_alone() {
    let input: Vec<f32> = words(30_000)
        .iter()
        .zip(noise(30_000, 0.01))
        .map(|(a, b)| a + b)
        .collect();
    for hz in [44_100, 48_000] {
        let rate = SampleRate::of(hz);
        let (_, expected) = denoised(rate, 0.7, &input, &[512]);
        assert!(denoised(rate, 0.7, &input, &[1]).1 == expected, "{hz} Hz");
        let odd = [7, 2_000, 64, 481];
        assert!(denoised(rate, 0.7, &input, &odd).1 == expected, "{hz} Hz");
        let mut denoiser = Denoiser::new(rate, 512, 0.7).unwrap();
        for _ in 0..2 {
            let mut output = input.clone();
            run(&mut denoiser, &mut output, &[480]);
            assert!(output == expected, "{hz} Hz, after a reset");
            denoiser.reset();
        }
    }
}

#[test]
fn the_dry_share_is_the_input_at_the_same_delay() {
    let input = noise(20_000, 0.1);
    let (late, output) = denoised(RATE, 0.0, &input, &[300]);
    assert!(output[..late].iter().all(|&x| x == 0.0));
    assert_eq!(output[late..], input[..20_000 - late]);
    let (_, wet) = denoised(RATE, 1.0, &input, &[300]);
    let (_, half) = denoised(RATE, 0.5, &input, &[300]);
    for ((half, dry), wet) in half.iter().zip(&output).zip(&wet) {
        // Rounding of a sum of numbers below 1.
        assert!((half - 0.5 * (dry + wet)).abs() < 1e-6);
    }
    for mix in [-0.1, 1.1, f32::NAN] {
        assert!(Denoiser::new(RATE, 512, mix).is_err());
    }
}

#[test]
fn it_never_allocates() {
    let before = violation_count();
    assert_no_alloc(|| drop(black_box(vec![0.0f32; 100])));
    assert_eq!(violation_count() - before, 2, "the guard sees one");
    for hz in [44_100, 48_000, 96_000] {
        let mut denoiser = Denoiser::new(SampleRate::of(hz), 512, 1.0).unwrap();
        let mut signal: Vec<f32> = words(3 * 48_000);
        signal.extend([f32::NAN, f32::INFINITY, 1e9]);
        signal.extend(noise(48_000, 0.1));
        signal.extend([0.0; 4_800]);
        let before = violation_count();
        assert_no_alloc(|| {
            for (number, block) in signal.chunks_mut(500).enumerate() {
                denoiser.set_mix(number as f32 % 3.0 / 2.0);
                denoiser.process(black_box(block));
            }
        });
        assert_eq!(violation_count() - before, 0, "{hz} Hz");
        assert!(signal.iter().all(|x| x.is_finite()));
    }
}

/// What an engine without a voice makes of a signal, and its latency.
fn engine(rate: SampleRate, settings: &Settings, input: &[f32]) -> (usize, Vec<f32>) {
    let mut engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
    let settings = Settings {
        voice: VoiceSlots::COUNT as u32 - 1,
        ..*settings
    };
    let mut path = engine.activate(&Activation {
        pace: Pace::Offline,
        settings,
        ..Activation::new(f64::from(rate.hz()), BLOCK)
    });
    let mut output = input.to_vec();
    for block in output.chunks_mut(BLOCK) {
        path.process(&mut [block], &settings);
    }
    let latency = path.latency();
    let denoises = latency.terms().iter().any(|term| term.name == "denoiser");
    assert_eq!(denoises, settings.denoise > 0.0);
    (latency.samples().0, output)
}

#[test]
fn an_engine_cleans_its_input_and_reports_the_denoisers_delay_exactly() {
    let input: Vec<f32> = words(60_000)
        .iter()
        .zip(noise(60_000, 0.02))
        .map(|(a, b)| a + b)
        .collect();
    for hz in [44_100, 48_000] {
        let rate = SampleRate::of(hz);
        let (plain, output) = engine(rate, &Settings::default(), &input);
        assert_eq!(output[plain..], input[..60_000 - plain], "off is bit-exact");

        let settings = Settings {
            denoise: 0.9,
            ..Settings::default()
        };
        let (late, output) = engine(rate, &settings, &input);
        let (delay, expected) = without_denormals(|| denoised(rate, 0.9, &input, &[BLOCK]));
        assert_eq!(late, plain + delay, "{hz} Hz");
        assert!(output[..plain].iter().all(|&x| x == 0.0));
        assert!(output[plain..] == expected[..60_000 - plain], "{hz} Hz");

        let settings = Settings {
            high_pass: Some(120.0),
            ..Settings::default()
        };
        let (late, output) = engine(rate, &settings, &input);
        assert_eq!(late, plain, "a high-pass costs no latency");
        let config = HighPassConfig {
            slope: HighPassSlope::Steep,
            cutoff_hz: Some(120.0),
        };
        let mut expected = input.clone();
        let mut filter = HighPass::new(&config, rate).unwrap();
        without_denormals(|| filter.process(&mut expected));
        // The corner passed through a logarithm in 32 bits, which moves it by 1e-6 of itself.
        let pairs = output[plain..].iter().zip(&expected);
        let difference = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < 1e-5, "{hz} Hz: {difference}");
    }
}
