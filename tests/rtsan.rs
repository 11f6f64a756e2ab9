//! Runs the audio side of the engine under RealtimeSanitizer: no call that may block, not even a wake-up.
//!
//! `cargo xtask test --only rtsan` runs it where the sanitizer's runtime can be had; elsewhere it says so.

use std::process::Command;

use syrinx_dsp::SampleRate;
use syrinx_engine::{Activation, Engine, Pace, Settings, VoiceSlots};
use syrinx_tests::signals::vowel;

/// Set for a process that blocks on purpose, so that the sanitizer is seen to work.
const BREAK: &str = "SYRINX_RTSAN_BREAK";

/// Whether this program is linked with the sanitizer; says so if not.
fn is_enabled() -> bool {
    let enabled = std::env::var_os("RTSAN_ENABLE").is_some();
    if !enabled {
        println!("skipped: without RealtimeSanitizer; `cargo xtask test --only rtsan`");
    }
    enabled
}

#[test]
fn the_audio_side_makes_no_call_that_may_block() {
    if !is_enabled() {
        return;
    }
    rtsan_standalone::ensure_initialized();
    let mut engine = Engine::new();
    let mut path = engine.activate(&Activation {
        pace: Pace::Realtime,
        ..Activation::new(48_000.0, 512)
    });
    let speech = vowel(SampleRate::of(48_000), 2.0, 110.0, 170.0);
    let (mut left, mut right) = (vec![0.0; 512], vec![0.0; 512]);
    let is_broken = std::env::var_os(BREAK).is_some();
    for number in 0..4_000 {
        let length = [512, 64, 1, 333][number % 4];
        let at = (number * 331) % (speech.len() - 512);
        left[..length].copy_from_slice(&speech[at..at + length]);
        right[..length].copy_from_slice(&speech[at..at + length]);
        let mut settings = Settings {
            voice: if number / 1_000 == 2 {
                VoiceSlots::COUNT as u32 - 1
            } else {
                0
            },
            mix: (number % 100) as f32 / 100.0,
            bypass: number / 300 % 5 == 1,
            ..Settings::default()
        };
        settings.controls.transpose = syrinx_dsp::Semitones((number % 24) as f32 - 12.0);
        let channels: &mut [&mut [f32]] = &mut [&mut left[..length], &mut right[..length]];
        rtsan_standalone::realtime_enter();
        path.process(channels, &settings);
        if number % 997 == 996 {
            path.reset();
        }
        if is_broken {
            std::thread::current().unpark();
            drop(std::hint::black_box(vec![0_u8; 100]));
        }
        rtsan_standalone::realtime_exit();
        if number % 50 == 0 {
            // So that the model thread has time to answer, and gaps and sound take turns.
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

#[test]
fn the_sanitizer_sees_a_call_that_may_block() {
    if !is_enabled() || std::env::var_os(BREAK).is_some() {
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(["--exact", "the_audio_side_makes_no_call_that_may_block"])
        .env(BREAK, "1")
        .output()
        .expect("it starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(told.contains("RealtimeSanitizer"), "{told}");
}
