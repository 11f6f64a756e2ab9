//! Runs the audio side of the engine under an allocator that counts, while voices load, change and break off.

use std::hint::black_box;

use assert_no_alloc::{AllocDisabler, assert_no_alloc, violation_count};
use syrinx_dsp::{Decibels, SampleRate, Semitones};
use syrinx_engine::{
    Activation, AudioPath, Cue, CueAt, Engine, OnUnderrun, Pace, Settings, SpeechControls,
    SpeechMode, VoiceSlots,
};
use syrinx_tests::signals::vowel;

// Counts in every profile, on the threads that are told to: the model thread and the loader may allocate.
#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE: SampleRate = SampleRate::of(48_000);

/// Block sizes that hosts use, and ones that only bad hosts use.
const BLOCKS: [usize; 9] = [1, 7, 64, 128, 441, 480, 511, 960, 1024];

/// Everything that can be turned, turned, by the number of the block.
fn settings(number: usize) -> Settings {
    let part = |period: usize| (number % period) as f32 / period as f32;
    let mut settings = Settings {
        voice: if number / 3_000 % 3 == 1 {
            VoiceSlots::COUNT as u32 - 1
        } else {
            0
        },
        gate: (number % 5 > 2).then_some(Decibels(-60.0 + 30.0 * part(100))),
        loudness: part(17),
        input_gain: Decibels(12.0 * part(31) - 6.0),
        output_gain: Decibels(12.0 * part(29) - 6.0),
        mix: part(200),
        bypass: number / 100 % 7 == 3,
        on_underrun: if number.is_multiple_of(2) {
            OnUnderrun::Dry
        } else {
            OnUnderrun::Gap
        },
        speech: match number / 2_000 % 3 {
            0 => SpeechMode::Convert,
            1 => SpeechMode::Speak,
            _ => SpeechMode::SpeakAndConvert,
        },
        ..Settings::default()
    };
    settings.controls.transpose = Semitones(24.0 * part(97) - 12.0);
    settings.controls.formant = Semitones(8.0 * part(61) - 4.0);
    settings.controls.intonation = 2.0 * part(43);
    settings.controls.strength = Some(part(23));
    settings.controls.speaker = (number / 50 % 3) as u32;
    settings
}

/// Lines that begin in a block: the second cuts the first off, and there is no text for it.
fn cues(number: usize, length: usize) -> [CueAt; 2] {
    let cue = |line| Cue {
        line,
        level: 0.5,
        controls: SpeechControls {
            rate: 1.0 + (number % 5) as f32 / 4.0,
            seed: number as u64,
            ..SpeechControls::default()
        },
    };
    [(0, 0), (length - 1, 1)].map(|(offset, line)| CueAt {
        offset,
        cue: cue(line),
    })
}

/// Runs `seconds` of two channels through the path, counts what it allocates or frees.
fn violations(path: &mut AudioPath, seconds: usize) -> u32 {
    let speech = vowel(RATE, 2.0, 110.0, 200.0);
    let (mut left, mut right) = (vec![0.0; 1024], vec![0.0; 1024]);
    let (mut number, mut done, mut at) = (0, 0, 0);
    let before = violation_count();
    assert_no_alloc(|| {
        while done < seconds * 48_000 {
            let length = BLOCKS[number % BLOCKS.len()];
            for (left, right) in left[..length].iter_mut().zip(&mut right[..length]) {
                *left = speech[at];
                *right = -0.5 * speech[at];
                at = (at + 1) % speech.len();
            }
            if number % 10_007 == 10_006 {
                path.reset();
            }
            let channels: &mut [&mut [f32]] = &mut [&mut left[..length], &mut right[..length]];
            let cues = cues(number, length);
            // None in most blocks, one in many, and two in some.
            let count = usize::from(number % 97 == 5) + usize::from(number % 970 == 5);
            path.process_cued(black_box(channels), &settings(number), &cues[..count]);
            done += length;
            number += 1;
        }
    });
    violation_count() - before
}

#[test]
fn the_guard_sees_an_allocation() {
    let before = violation_count();
    assert_no_alloc(|| drop(black_box(vec![0.0f32; 100])));
    assert_eq!(violation_count() - before, 2);
}

#[test]
fn ten_minutes_of_audio_never_allocate() {
    let mut engine = Engine::new();
    let activation = Activation {
        pace: Pace::Realtime,
        ..Activation::new(48_000.0, 1024)
    };
    // Far faster than real time and without waiting: gaps, overruns and new beginnings all the time.
    let mut path = engine.activate(&activation);
    assert_eq!(violations(&mut path, 570), 0);
    assert!(engine.status().underruns() > 0 && engine.status().overruns() > 0);
    // And with every sample converted, as far as a host that is ahead waits for it.
    engine.status().reset_counts();
    let mut path = engine.activate(&Activation {
        pace: Pace::Auto,
        ..activation
    });
    assert_eq!(violations(&mut path, 30), 0);
}

#[test]
fn an_audio_side_without_its_engine_never_allocates() {
    let mut engine = Engine::new();
    let mut path = engine.activate(&Activation {
        pace: Pace::Realtime,
        ..Activation::new(48_000.0, 1024)
    });
    drop(engine);
    assert_eq!(violations(&mut path, 10), 0);
}
