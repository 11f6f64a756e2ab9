//! Runs the plugin's `process` under an allocator that counts, while voices change and everything is automated.

mod support;

use assert_no_alloc::{AllocDisabler, assert_no_alloc, violation_count};
use nice_plug::prelude::*;
use support::Host;
use syrinx_engine::VoiceSlots;
use syrinx_plugin::parameters::{QualityChoice, UnderrunChoice};

// Counts in every profile, on the threads that are told to: the model thread and the loader may allocate.
#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const SECONDS: usize = 600;

/// Block sizes that hosts use, and ones that only bad hosts use.
const BLOCKS: [usize; 9] = [1, 7, 64, 128, 441, 480, 511, 960, 1024];

/// Turns everything that can be turned, by the number of the block.
fn automate(host: &Host, number: usize) {
    let parameters = host.plugin.parameters();
    let step = |period: usize| (number % period) as f32 / period as f32;
    let none = VoiceSlots::COUNT as i32 - 1;
    Host::set(
        &parameters.voice,
        if number / 2_000 % 3 == 1 { none } else { 0 },
    );
    Host::set(&parameters.speaker, (number / 50 % 3) as i32);
    Host::set(&parameters.transpose, (number % 49) as i32 - 24);
    Host::set(&parameters.fine, 200.0 * step(97) - 100.0);
    Host::set(&parameters.formant, 24.0 * step(61) - 12.0);
    Host::set(&parameters.intonation, 2.0 * step(43));
    Host::set(&parameters.strength, (number % 102) as i32 - 1);
    Host::set(&parameters.gate, 70.0 * step(31) - 80.0);
    Host::set(&parameters.input_gain, 12.0 * step(37) - 6.0);
    Host::set(&parameters.output_gain, 12.0 * step(41) - 6.0);
    Host::set(&parameters.loudness, step(17));
    Host::set(&parameters.mix, step(200));
    Host::set(&parameters.bypass, number / 100 % 7 == 3);
    Host::set(&parameters.seed, (number / 300) as i32);
    let underrun = match number / 500 % 2 {
        0 => UnderrunChoice::Dry,
        _ => UnderrunChoice::Gap,
    };
    Host::set(&parameters.on_underrun, underrun);
    // Asks the host for a restart, once per change.
    let quality = match number / 5_000 % 2 {
        0 => QualityChoice::LowestLatency,
        _ => QualityChoice::LowLatency,
    };
    Host::set(&parameters.quality, quality);
}

#[test]
fn ten_minutes_of_audio_at_odd_blocks_never_allocate() {
    let mut host = Host::new();
    host.activate(2, 48_000.0, 1_024, ProcessMode::Realtime);
    let (mut left, mut right) = (vec![0.0_f32; 1_024], vec![0.0_f32; 1_024]);
    let (mut number, mut done) = (0, 0);
    let before = violation_count();
    while done < SECONDS * 48_000 {
        let length = BLOCKS[number % BLOCKS.len()];
        let is_silent = number / 3_000 % 3 == 2;
        for index in 0..length {
            let time = (done + index) as f32 / 48_000.0;
            let tone = (std::f32::consts::TAU * 140.0 * time).sin();
            left[index] = if is_silent { 0.0 } else { 0.3 * tone };
            right[index] = -0.5 * left[index];
        }
        automate(&host, number);
        if number % 10_007 == 10_006 {
            host.plugin.reset();
        }
        let mut buffer = Buffer::default();
        // SAFETY: both channels have `length` samples and outlive the buffer.
        unsafe {
            buffer.set_slices(length, |slices| {
                slices.push(&mut left[..length]);
                slices.push(&mut right[..length]);
            });
        }
        let mut aux = AuxiliaryBuffers {
            inputs: &mut [],
            outputs: &mut [],
        };
        let Host { plugin, processing } = &mut host;
        assert_no_alloc(|| plugin.process(&mut buffer, &mut aux, processing));
        done += length;
        number += 1;
    }
    assert_eq!(violation_count() - before, 0, "over {number} blocks");
    assert!(
        host.processing.restarts.get() > 0,
        "and it asked for restarts meanwhile"
    );
}

#[test]
fn the_guard_sees_an_allocation() {
    let before = violation_count();
    assert_no_alloc(|| drop(std::hint::black_box(vec![0.0_f32; 100])));
    assert_eq!(violation_count() - before, 2);
}
