//! Plays the plugin from a keyboard: the voice sings the notes, each from its sample on.

mod support;

use nice_plug::prelude::*;
use support::{Host, bend, controller, note_off, note_on};
use syrinx_dsp::f0::tracker::{F0Config, F0Tracker};
use syrinx_dsp::{Note, SampleRate, resample_all};
use syrinx_engine::SpeechLine;
use syrinx_plugin::parameters::{ModeChoice, NoteChoice, TargetChoice};
use syrinx_plugin::triggers::FIRST_NOTE;

const RATE: f32 = 48_000.0;
const MAX_BLOCK: usize = 1_024;

/// A sung vowel that glides around 150 Hz and swings, none of whose notes is one of the tests.
fn vowel(length: usize) -> Vec<f32> {
    let mut phase = 0.0_f64;
    let sample = |n: usize| {
        let time = n as f64 / f64::from(RATE);
        let hz = 150.0 + 25.0 * (std::f64::consts::TAU * 0.4 * time).sin();
        phase += hz / f64::from(RATE);
        let sum: f64 = (1..=20)
            .map(|k| {
                let f = f64::from(k) * hz;
                let formant = 1.0 / (1.0 + ((f - 600.0) / 150.0).powi(2)) + 0.02;
                (std::f64::consts::TAU * phase * f64::from(k)).sin() * formant
            })
            .sum();
        (0.2 * sum) as f32
    };
    (0..length).map(sample).collect()
}

/// An event at a sample of the whole run.
type At = (usize, fn(u32) -> NoteEvent<()>);

/// A host whose voice follows the keyboard at once, offline.
fn host() -> Host {
    let mut host = Host::new();
    let pitch = &host.plugin.parameters().pitch;
    Host::set(&pitch.target, TargetChoice::Midi);
    Host::set(&pitch.glide, 0.0);
    host.activate(2, RATE, MAX_BLOCK as u32, ProcessMode::Offline);
    host
}

/// Plays the vowel with these events, in blocks of these lengths.
fn play(host: &mut Host, seconds: f32, blocks: &[usize], events: &[At]) -> Vec<f32> {
    let input = vowel((seconds * RATE) as usize);
    let mut output = Vec::new();
    for &length in blocks.iter().cycle() {
        let start = output.len();
        if start == input.len() {
            break;
        }
        let end = input.len().min(start + length);
        let due = events
            .iter()
            .filter(|event| (start..end).contains(&event.0));
        let due = due.map(|(at, event)| event((at - start) as u32));
        host.processing.notes.extend(due);
        let mut channels = vec![input[start..end].to_vec(); 2];
        host.process(&mut channels);
        output.append(&mut channels[0]);
    }
    output
}

/// The median note in a stretch of the output, in seconds of the input, of which this share at least is voiced.
fn note(output: &[f32], latency: u32, seconds: std::ops::Range<f32>, share: f32) -> f32 {
    let at = |seconds: f32| (seconds * RATE) as usize + latency as usize;
    let heard = &output[at(seconds.start)..at(seconds.end)];
    let heard = resample_all(heard, SampleRate::of(48_000), SampleRate::of(16_000));
    let mut tracker = F0Tracker::new(&F0Config::SPEECH_16K).expect("in range");
    let frames = tracker.track(&heard.expect("a usual rate"));
    let voiced = frames.iter().filter(|frame| frame.voiced);
    let mut notes: Vec<f32> = voiced.map(|frame| Note::from_hz(frame.hz).0).collect();
    let least = share * frames.len() as f32;
    assert!(
        notes.len() as f32 >= least,
        "{} of {} frames",
        notes.len(),
        frames.len()
    );
    notes.sort_by(f32::total_cmp);
    notes[notes.len() / 2]
}

/// Ten cents: a fifth of what a listener takes for out of tune, and a tenth of the nearest other note.
fn assert_note(found: f32, expected: f32) {
    assert!((found - expected).abs() < 0.1, "{found} for {expected}");
}

#[test]
fn the_voice_sings_what_is_held() {
    let mut host = host();
    let latency = host.activate(2, RATE, MAX_BLOCK as u32, ProcessMode::Offline);
    let events: [At; 7] = [
        (0, |at| note_on(at, 50, 0.8)),
        (30_001, |at| note_on(at, 57, 0.8)),
        // The one that is still held.
        (60_003, |at| note_off(at, 57)),
        (90_005, |at| bend(at, 1.0)),
        (120_007, |at| controller(at, 121)),
        (120_007, |at| note_on(at, 52, 0.1)),
        // What was let go sounds on while the voice does.
        (150_001, |at| controller(at, 123)),
    ];
    let output = play(&mut host, 4.0, &[512], &events);
    for (second, expected) in [
        (0.2, 50.0),
        (0.8, 57.0),
        (1.4, 50.0),
        (2.05, 52.0),
        (2.7, 52.0),
        (3.3, 52.0),
    ] {
        let found = note(&output, latency, second..second + 0.4, 0.8);
        println!("{second} s: {found:.3} for {expected}");
        assert_note(found, expected);
    }
}

#[test]
fn notes_take_effect_at_their_samples_for_any_blocks_and_after_a_reset() {
    let mut host = host();
    let events: [At; 6] = [
        (5_001, |at| note_on(at, 50, 0.8)),
        (20_000, |at| bend(at, 0.8)),
        (20_037, |at| bend(at, 0.2)),
        (20_100, |at| bend(at, 0.5)),
        (25_013, |at| note_on(at, 62, 0.8)),
        (40_963, |at| note_off(at, 50)),
    ];
    let expected = play(&mut host, 1.2, &[512], &events);
    assert!(
        expected.iter().any(|x| x.abs() > 0.02),
        "something is heard"
    );
    for blocks in [&[64][..], &[1_024], &[333], &[1, 7, 480]] {
        host.plugin.reset();
        let found = play(&mut host, 1.2, blocks, &events);
        assert!(found == expected, "{blocks:?}");
    }
    host.plugin.reset();
    let late: Vec<At> = events
        .iter()
        .map(|(at, event)| (at + 480, *event))
        .collect();
    assert!(
        play(&mut host, 1.2, &[512], &late) != expected,
        "a chunk later is something else"
    );
}

#[test]
fn one_channel_is_sung_as_two_are() {
    let events: [At; 2] = [
        (5_001, |at| note_on(at, 50, 0.8)),
        (20_013, |at| note_on(at, 57, 0.8)),
    ];
    let stereo = play(&mut host(), 0.8, &[512], &events);
    let mut mono = host();
    mono.activate(1, RATE, MAX_BLOCK as u32, ProcessMode::Offline);
    let input = vowel(stereo.len());
    let mut output = Vec::new();
    for (number, block) in input.chunks(700).enumerate() {
        let start = 700 * number;
        let due = events
            .iter()
            .filter(|(at, _)| (start..start + block.len()).contains(at));
        let due = due.map(|(at, event)| event((at - start) as u32));
        mono.processing.notes.extend(due);
        let mut channel = [block.to_vec()];
        mono.process(&mut channel);
        output.append(&mut channel[0]);
    }
    assert!(output == stereo);
}

#[test]
fn without_the_target_notes_change_nothing() {
    let mut host = host();
    Host::set(&host.plugin.parameters().pitch.target, TargetChoice::Free);
    let expected = play(&mut host, 0.5, &[512], &[]);
    host.plugin.reset();
    let events: [At; 2] = [
        (5_001, |at| note_on(at, 50, 0.8)),
        (9_001, |at| bend(at, 1.0)),
    ];
    assert!(play(&mut host, 0.5, &[64], &events) == expected);
}

#[test]
fn where_lines_are_spoken_notes_are_theirs_unless_they_do_nothing() {
    let mut host = Host::new();
    let parameters = host.plugin.parameters();
    Host::set(&parameters.pitch.target, TargetChoice::Midi);
    Host::set(&parameters.pitch.glide, 0.0);
    let speech = &parameters.speech;
    Host::set(&speech.mode, ModeChoice::SpeakAndConvert);
    let line = "You may lean on me now.".to_owned();
    let lines = vec![SpeechLine {
        text: line,
        bar: None,
    }];
    host.plugin.engine().lines().replace(lines);
    let mut bounce = |choice, target| {
        let parameters = host.plugin.parameters();
        Host::set(&parameters.speech.notes, choice);
        Host::set(&parameters.pitch.target, target);
        Host::set(&parameters.speech.speak, false);
        let latency = host.activate(2, RATE, MAX_BLOCK as u32, ProcessMode::Offline);
        if choice == NoteChoice::Off {
            Host::set(&host.plugin.parameters().speech.speak, true);
        }
        let events: [At; 1] = match choice {
            NoteChoice::Off => [(0, |at| note_on(at, 47, 1.0))],
            _ => [(0, |at| note_on(at, FIRST_NOTE, 1.0))],
        };
        let output = play(&mut host, 1.2, &[512], &events);
        host.plugin.deactivate();
        (output, latency)
    };
    // The note starts the line, whose pitch is its own.
    let (free, _) = bounce(NoteChoice::Lines, TargetChoice::Free);
    let (midi, _) = bounce(NoteChoice::Lines, TargetChoice::Midi);
    assert!(free.iter().any(|x| x.abs() > 0.02), "something is heard");
    assert!(midi == free);
    // The button starts it, and the note is its pitch.
    let (sung, latency) = bounce(NoteChoice::Off, TargetChoice::Midi);
    let (spoken, _) = bounce(NoteChoice::Off, TargetChoice::Free);
    assert!(sung != spoken);
    // Words have consonants.
    let found = note(&sung, latency, 0.1..1.0, 0.4);
    assert_note(found, 47.0);
}
