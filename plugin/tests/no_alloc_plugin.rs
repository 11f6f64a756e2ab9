//! Runs the plugin's `process` under an allocator that counts, while voices change and everything is automated.

mod support;

use assert_no_alloc::{AllocDisabler, assert_no_alloc, violation_count};
use nice_plug::prelude::*;
use support::{Host, bend, controller, note_off, note_on};
use syrinx_engine::{SpeechLine, VoiceSlots};
use syrinx_plugin::parameters::{
    ModeChoice, NoteChoice, QualityChoice, ScaleChoice, TargetChoice, UnderrunChoice,
};

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
    let speech = &parameters.speech;
    let mode = match number / 7_000 % 3 {
        0 => ModeChoice::Convert,
        1 => ModeChoice::Speak,
        _ => ModeChoice::SpeakAndConvert,
    };
    Host::set(&speech.mode, mode);
    Host::set(&speech.speak, number % 211 < 5);
    Host::set(&speech.line, (number / 300 % 4) as i32 + 1);
    let notes = match number / 900 % 3 {
        0 => NoteChoice::Lines,
        1 => NoteChoice::Pitch,
        _ => NoteChoice::Off,
    };
    Host::set(&speech.notes, notes);
    Host::set(&speech.rate, 25.0 + 375.0 * step(51));
    Host::set(&speech.pitch, 48.0 * step(53) - 24.0);
    Host::set(&speech.intonation, 200.0 * step(59));
    Host::set(&speech.pause, 400.0 * step(67));
    Host::set(&speech.emotion, (number / 700 % 64) as i32);
    Host::set(&speech.intensity, 200.0 * step(71));
    let pitch = &parameters.pitch;
    let target = match number / 40 % 5 {
        0 => TargetChoice::Free,
        1 => TargetChoice::Scale,
        2 => TargetChoice::Monotone,
        _ => TargetChoice::Midi,
    };
    Host::set(&pitch.target, target);
    Host::set(&pitch.key, (number / 90 % 12) as i32);
    let scale = match number / 130 % 3 {
        0 => ScaleChoice::Chromatic,
        1 => ScaleChoice::HarmonicMinor,
        _ => ScaleChoice::MajorPentatonic,
    };
    Host::set(&pitch.scale, scale);
    Host::set(&pitch.strength, 100.0 * step(73));
    Host::set(&pitch.speed, 1_000.0 * step(79));
    Host::set(&pitch.note, 24 + (number % 73) as i32);
    Host::set(&pitch.vibrato, 200.0 * step(83));
    Host::set(&pitch.glide, 2_000.0 * step(89));
    Host::set(&pitch.bend_range, (number % 49) as i32);
    let harmony = &parameters.harmony;
    // Mostly off: every voice is a pass of the networks of its own.
    let degrees = |period: usize| match number / 1_500 % 4 {
        1 => (number / period % 29) as i32 - 14,
        _ => 0,
    };
    Host::set(&harmony.interval_1, degrees(31));
    Host::set(&harmony.interval_2, degrees(170));
    Host::set(&harmony.interval_3, degrees(700));
    Host::set(&harmony.level_1, 42.0 * step(29) - 36.0);
    Host::set(&harmony.level_2, 42.0 * step(23) - 36.0);
    Host::set(&harmony.level_3, 42.0 * step(19) - 36.0);
    Host::set(
        &parameters.output.limiter,
        (number / 4_000).is_multiple_of(2),
    );
    Host::set(
        &parameters.output.feedback_guard,
        (number / 600).is_multiple_of(2),
    );
    // Asks the host for a restart, once per change.
    let quality = match number / 5_000 % 2 {
        0 => QualityChoice::LowestLatency,
        _ => QualityChoice::LowLatency,
    };
    Host::set(&parameters.quality, quality);
}

/// Notes in many blocks, more than there is room for in some; keys that come and go, with a wheel that is moved at every
/// sample of some blocks; and a transport that crosses a bar twice a second.
fn play(host: &mut Host, number: usize, done: usize, length: usize) {
    let count = match number {
        number if number.is_multiple_of(1_009) => 200,
        number => usize::from(number.is_multiple_of(301)),
    };
    for index in 0..count {
        let note = note_on((index % length) as u32, 36 + (number % 3) as u8, 0.8);
        host.processing.notes.push_back(note);
    }
    let notes = &mut host.processing.notes;
    let key = |number: usize| 40 + (number % 37) as u8;
    if number.is_multiple_of(3) {
        notes.push_back(note_on((length / 3) as u32, key(number), 0.7));
        notes.push_back(note_off((length / 2) as u32, key(number.saturating_sub(6))));
    }
    let moves = match number {
        number if number.is_multiple_of(101) => length.min(300),
        number => usize::from(number.is_multiple_of(5)),
    };
    for index in 0..moves {
        notes.push_back(bend(index as u32, (index % 64) as f32 / 63.0));
    }
    if number.is_multiple_of(211) {
        notes.push_back(controller(0, 121 + 2 * (number % 2) as u8));
    }
    let transport = &mut host.processing.transport;
    transport.playing = true;
    transport.tempo = Some(120.0);
    transport.time_sig_numerator = Some(1);
    transport.time_sig_denominator = Some(4);
    transport.pos_beats = Some(done as f64 / 24_000.0 % 8.0);
}

#[test]
fn ten_minutes_of_audio_at_odd_blocks_never_allocate() {
    let mut host = Host::new();
    let line = |text: &str, bar| SpeechLine {
        text: text.to_owned(),
        bar,
    };
    host.plugin.engine().lines().replace(vec![
        line("One.", Some(1.0)),
        line("And two, and three. Four.", Some(3.5)),
        line("", None),
    ]);
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
        play(&mut host, number, done, length);
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
