//! Drives the output beyond full scale and back into the input: limiter and feedback guard in an engine that runs.

use std::sync::Arc;

use assert_no_alloc::{AllocDisabler, assert_no_alloc, violation_count};
use syrinx_dsp::Decibels;
use syrinx_engine::{Activation, AudioPath, Engine, Pace, Settings, VoiceLibrary, VoiceSlots};

// Counts in every profile, on the threads that are told to.
#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE: f64 = 48_000.0;
const BLOCK: usize = 480;

/// The dry signal in the place of a voice: what comes out is then known to the sample.
fn dry() -> Settings {
    Settings {
        voice: VoiceSlots::COUNT as u32 - 1,
        ..Settings::default()
    }
}

fn active(settings: &Settings) -> (Engine, AudioPath) {
    let mut engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
    let path = engine.activate(&Activation {
        pace: Pace::Offline,
        settings: *settings,
        ..Activation::new(RATE, BLOCK)
    });
    (engine, path)
}

/// Noise in syllables, louder on the left.
fn loud(length: usize, level: f32) -> [Vec<f32>; 2] {
    let mut state = 5_u32;
    let left: Vec<f32> = (0..length)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let sounds = (n / 4_800) % 3 != 2;
            let noise = state as f32 / u32::MAX as f32 - 0.5;
            if sounds { level * noise } else { 0.0 }
        })
        .collect();
    let right = left.iter().map(|x| 0.5 * x).collect();
    [left, right]
}

fn process(
    path: &mut AudioPath,
    signal: &mut [Vec<f32>; 2],
    blocks: &[usize],
    settings: &Settings,
) {
    let [left, right] = signal;
    let (mut left, mut right) = (&mut left[..], &mut right[..]);
    for &length in blocks.iter().cycle() {
        if left.is_empty() {
            break;
        }
        let length = length.min(left.len());
        let (now_left, later_left) = left.split_at_mut(length);
        let (now_right, later_right) = right.split_at_mut(length);
        path.process(&mut [now_left, now_right], settings);
        (left, right) = (later_left, later_right);
    }
}

fn peak(signal: &[f32]) -> f32 {
    signal.iter().fold(0.0, |peak, x| peak.max(x.abs()))
}

#[test]
fn the_limiter_is_part_of_the_latency_and_keeps_peaks_and_balance() {
    let limited = Settings {
        limit: true,
        mix: 0.0,
        ..dry()
    };
    let (_engine, mut path) = active(&limited);
    let (_other, plain) = active(&dry());
    let added = path.latency().samples().0 - plain.latency().samples().0;
    // Detector, guard and 1.5 ms.
    assert_eq!(added, 32 + 16 + 71);
    assert!(
        path.latency()
            .terms()
            .iter()
            .any(|term| term.name == "limiter")
    );

    let latency = path.latency().samples().0;
    let input = loud(96_000, 0.2);
    let mut quiet = input.clone();
    process(&mut path, &mut quiet, &[480, 17, 64, 480], &limited);
    for (input, output) in input.iter().zip(&quiet) {
        assert_eq!(
            output[latency..],
            input[..input.len() - latency],
            "bit-exact below the ceiling"
        );
    }
    let mut hot = loud(96_000, 8.0);
    process(&mut path, &mut hot, &[480, 17, 64, 480], &limited);
    let ceiling = Decibels(-1.0).to_amplitude();
    let [left, right] = &hot;
    assert!(peak(left) <= ceiling && peak(left) > 0.5, "{}", peak(left));
    assert!(
        left.iter()
            .zip(right)
            .all(|(left, right)| (right - 0.5 * left).abs() < 1e-5)
    );
}

#[test]
fn bypass_passes_the_limiter_and_switched_off_it_only_delays() {
    for settings in [
        Settings {
            limit: true,
            bypass: true,
            ..dry()
        },
        Settings {
            limit: false,
            mix: 0.0,
            ..dry()
        },
    ] {
        let (_engine, mut path) = active(&Settings {
            limit: true,
            ..settings
        });
        let latency = path.latency().samples().0;
        let input = loud(48_000, 8.0);
        let mut output = input.clone();
        // What was on at activation is off within 20 ms.
        process(&mut path, &mut output, &[480], &settings);
        for (input, output) in input.iter().zip(&output) {
            let from = latency + 960;
            assert_eq!(output[from..], input[from - latency..input.len() - latency]);
        }
    }
}

#[test]
fn what_limits_never_allocates_on_the_audio_thread() {
    let limited = Settings {
        limit: true,
        feedback_guard: true,
        ..Settings::default()
    };
    let mut engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
    let mut path = engine.activate(&Activation {
        pace: Pace::Realtime,
        settings: limited,
        ..Activation::new(RATE, BLOCK)
    });
    let [mut left, mut right] = loud(48_000, 4.0);
    let before = violation_count();
    for (left, right) in left.chunks_mut(BLOCK).zip(right.chunks_mut(BLOCK)) {
        assert_no_alloc(|| path.process(&mut [left, right], &limited));
        std::thread::yield_now();
    }
    assert_no_alloc(|| path.reset());
    assert_eq!(violation_count(), before);
}

/// The default voice between a microphone and loudspeakers: `gain` is that of the way back through the room, which takes
/// 60 ms. Returns the loudest of each second, and whether the guard was down in it.
fn in_a_room(gain: f32, guarded: bool, seconds: usize) -> Vec<(f32, bool)> {
    let settings = Settings {
        feedback_guard: guarded,
        input_gain: Decibels(6.0),
        ..Settings::default()
    };
    let (engine, mut path) = active(&settings);
    let lag = path.latency().samples().0 + 2_880;
    let spoken = syllables(seconds * RATE as usize);
    let mut played = vec![0.0_f32; spoken.len() + lag];
    let mut found = vec![(0.0_f32, false); seconds];
    for start in (0..spoken.len()).step_by(BLOCK) {
        let mut block: Vec<f32> = (start..start + BLOCK)
            .map(|n| {
                let back = if n >= 2_880 { played[n - 2_880] } else { 0.0 };
                (spoken[n] + gain * back).clamp(-1.0, 1.0)
            })
            .collect();
        let mut right = block.clone();
        path.process(&mut [&mut block, &mut right], &settings);
        let second = &mut found[start / RATE as usize];
        *second = (
            second.0.max(peak(&block)),
            second.1 | engine.status().feedback(),
        );
        played[start..start + BLOCK].copy_from_slice(&block);
    }
    found
}

/// Vowels of 0.3 s whose pitch wanders, with pauses.
fn syllables(length: usize) -> Vec<f32> {
    let mut phase = 0.0_f32;
    (0..length)
        .map(|n| {
            let time = n as f32 / RATE as f32;
            let f0 = 120.0 + 20.0 * (2.1 * time).sin() + 9.0 * (0.7 * time).cos();
            phase = (phase + f0 / RATE as f32).fract();
            let at = time % 0.5;
            let edge = (at.min(0.3 - at) / 0.03).clamp(0.0, 1.0);
            let centre = 500.0 + 300.0 * (5.3 * time).sin();
            let harmonic = |k: usize| {
                let hz = k as f32 * f0;
                let formant = |at: f32| 1.0 / (1.0 + ((hz - at) / 150.0).powi(2));
                let level = formant(centre) + 0.5 * formant(1_500.0) + 0.02;
                level * (std::f32::consts::TAU * phase * k as f32).sin()
            };
            0.05 * edge * (1..=30).map(harmonic).sum::<f32>()
        })
        .collect()
}

#[test]
fn a_room_that_answers_is_turned_down_and_a_quiet_one_is_not() {
    let quiet = in_a_room(0.0, true, 20);
    assert!(quiet.iter().all(|second| !second.1), "{quiet:?}");
    let open = in_a_room(2.0, false, 12);
    let guarded = in_a_room(2.0, true, 12);
    println!("open {open:?}\nguarded {guarded:?}");
    assert!(guarded.iter().any(|second| second.1));
    let end = |levels: &[(f32, bool)]| levels[8..].iter().map(|l| l.0).fold(0.0, f32::max);
    assert!(
        end(&guarded) < 0.5 * end(&open),
        "{} of {}",
        end(&guarded),
        end(&open)
    );
}
