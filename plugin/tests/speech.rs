//! Speaks lines as a host asks for them: by the button, by notes and by its transport.

mod support;

use nice_plug::prelude::*;
use support::{Host, note_on};
use syrinx_engine::{SpeechLine, VoiceState};
use syrinx_plugin::parameters::{ModeChoice, NoteChoice};
use syrinx_plugin::triggers::FIRST_NOTE;

const RATE: f32 = 48_000.0;
const MAX_BLOCK: usize = 1_024;
/// Samples of each run: two seconds, in which every line of these tests ends.
const LENGTH: usize = 96_000;
/// Where most lines begin: in the middle of a block of any size.
const AT: usize = 7_003;

/// A host in a mode that speaks, offline, with three lines.
fn host(mode: ModeChoice) -> Host {
    let mut host = Host::new();
    let speech = &host.plugin.parameters().speech;
    Host::set(&speech.mode, mode);
    let line = |text: &str| SpeechLine {
        text: text.to_owned(),
        bar: None,
    };
    let lines = vec![line("Yes."), line("Good morning."), line("Oh no.")];
    host.plugin.engine().lines().replace(lines);
    host.activate(2, RATE, MAX_BLOCK as u32, ProcessMode::Offline);
    assert_eq!(host.plugin.engine().status().speech_notice(), None);
    host
}

/// Runs silence through in blocks; `before` is told the place of each block.
fn run(
    host: &mut Host,
    blocks: &[usize],
    mut before: impl FnMut(&mut Host, std::ops::Range<usize>),
) -> Vec<f32> {
    let mut output = Vec::new();
    for &length in blocks.iter().cycle() {
        let start = output.len();
        if start == LENGTH {
            break;
        }
        let end = LENGTH.min(start + length);
        before(host, start..end);
        let mut channels = vec![vec![0.0; end - start]; 2];
        assert_eq!(host.process(&mut channels), ProcessStatus::KeepAlive);
        assert_eq!(channels[0], channels[1]);
        output.append(&mut channels[0]);
    }
    output
}

/// A note at sample `at`.
fn noted(host: &mut Host, blocks: &[usize], at: usize, note: u8, velocity: f32) -> Vec<f32> {
    run(host, blocks, |host, block| {
        if block.contains(&at) {
            let event = note_on((at - block.start) as u32, note, velocity);
            host.processing.notes.push_back(event);
        }
    })
}

/// The first sample that is not silent.
fn begin(output: &[f32]) -> usize {
    let peak = output.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    assert!(peak > 0.02, "something is heard");
    output.iter().position(|&x| x != 0.0).expect("not silent")
}

#[test]
fn a_note_starts_its_line_at_its_sample_for_any_blocks() {
    let mut host = host(ModeChoice::Speak);
    let first = noted(&mut host, &[64], AT, FIRST_NOTE, 1.0);
    let latency = host.plugin.engine().status().latency_samples() as usize;
    // The voice has some silence before its first word, but less than this.
    let begins = begin(&first);
    assert!(
        (AT + latency..AT + latency + 9_600).contains(&begins),
        "{begins}"
    );
    for blocks in [&[1_024][..], &[1, 7, 480]] {
        host.plugin.reset();
        assert!(
            noted(&mut host, blocks, AT, FIRST_NOTE, 1.0) == first,
            "{blocks:?}"
        );
    }
    // One sample later, everything is one sample later.
    host.plugin.reset();
    let later = noted(&mut host, &[512], AT + 1, FIRST_NOTE, 1.0);
    assert!(later[1..] == first[..LENGTH - 1]);
    // Velocity is level.
    host.plugin.reset();
    let half = noted(&mut host, &[512], AT, FIRST_NOTE, 0.5);
    assert!(
        half.iter()
            .zip(&first)
            .all(|(half, whole)| *half == 0.5 * whole)
    );
    // The next note is the next line; below the first there is none.
    host.plugin.reset();
    assert!(noted(&mut host, &[512], AT, FIRST_NOTE + 1, 1.0) != first);
    host.plugin.reset();
    let below = noted(&mut host, &[512], AT, FIRST_NOTE - 1, 1.0);
    assert!(below.iter().all(|&x| x == 0.0));
}

#[test]
fn the_button_speaks_the_chosen_line_once_per_press() {
    let mut host = host(ModeChoice::Speak);
    let expected = noted(&mut host, &[512], 1_024, FIRST_NOTE + 1, 1.0);
    begin(&expected);
    host.plugin.reset();
    Host::set(&host.plugin.parameters().speech.line, 2);
    let output = run(&mut host, &[512], |host, block| {
        let speak = &host.plugin.parameters().speech.speak;
        // Held for the rest of the time, which starts it only once.
        Host::set(speak, block.start >= 1_024);
    });
    assert!(output == expected);
    // A click that is over before the block begins.
    host.plugin.reset();
    let output = run(&mut host, &[512], |host, block| {
        let speak = &host.plugin.parameters().speech.speak;
        Host::set(speak, block.start == 1_024);
        Host::set(speak, false);
    });
    assert!(output == expected);
}

#[test]
fn a_button_that_was_saved_as_pressed_says_nothing() {
    let host = Host::new();
    let speech = &host.plugin.parameters().speech;
    Host::set(&speech.mode, ModeChoice::Speak);
    Host::set(&speech.speak, true);
    let state = host.save();
    let mut host = Host::new();
    host.open(state);
    host.activate(2, RATE, MAX_BLOCK as u32, ProcessMode::Offline);
    let output = run(&mut host, &[512], |_, _| {});
    assert!(output.iter().all(|&x| x == 0.0));
}

#[test]
fn the_transport_starts_a_line_at_its_bar_for_any_blocks() {
    // A bar of 3/4 at 173.1 beats a minute is 49 913.3... samples: bar 1.5 begins at a fraction of one.
    let (tempo, bar, upper) = (173.1, 1.5, 3.0);
    let at = ((bar - 1.0) * upper * 60.0 / tempo * f64::from(RATE)).round() as usize;
    let mut host = host(ModeChoice::Speak);
    let expected = noted(&mut host, &[512], at, FIRST_NOTE + 2, 1.0);
    begin(&expected);
    let mut lines = host.plugin.engine().lines().all();
    lines[2].bar = Some(bar);
    host.plugin.engine().lines().replace(lines);
    let mut hear = |blocks: &[usize], playing: bool| {
        host.plugin.reset();
        run(&mut host, blocks, |host, block| {
            let transport = &mut host.processing.transport;
            transport.playing = playing;
            transport.tempo = Some(tempo);
            transport.time_sig_numerator = Some(upper as i32);
            transport.time_sig_denominator = Some(4);
            transport.pos_beats = Some(block.start as f64 / f64::from(RATE) / 60.0 * tempo);
        })
    };
    for blocks in [&[64][..], &[1_024], &[1, 7, 480]] {
        assert!(hear(blocks, true) == expected, "{blocks:?}");
    }
    assert!(hear(&[512], false).iter().all(|&x| x == 0.0), "it stands");
}

#[test]
fn a_sung_note_is_another_sound_than_a_spoken_one_and_notes_can_be_off() {
    let mut host = host(ModeChoice::Speak);
    let spoken = noted(&mut host, &[512], AT, FIRST_NOTE, 1.0);
    Host::set(&host.plugin.parameters().speech.notes, NoteChoice::Pitch);
    host.plugin.reset();
    let low = noted(&mut host, &[512], AT, 45, 1.0);
    host.plugin.reset();
    let high = noted(&mut host, &[512], AT, 57, 1.0);
    assert!(begin(&low) > AT && begin(&high) > AT);
    assert!(low != high && low != spoken);
    Host::set(&host.plugin.parameters().speech.notes, NoteChoice::Off);
    host.plugin.reset();
    let off = noted(&mut host, &[512], AT, 45, 1.0);
    assert!(off.iter().all(|&x| x == 0.0));
}

#[test]
fn speech_goes_through_the_voice() {
    let mut host = host(ModeChoice::SpeakAndConvert);
    let status = std::sync::Arc::clone(host.plugin.engine().status());
    assert_eq!(status.notice(), None);
    assert_eq!(status.voice_state(), VoiceState::Ready);
    let own = noted(&mut host, &[512], AT, FIRST_NOTE, 1.0);
    // What a voice makes of silence is nearly silent; what is heard begins with the line.
    let loud = own.iter().position(|x| x.abs() > 0.02);
    assert!(loud.is_some_and(|at| at > AT), "{loud:?}");
    Host::set(&host.plugin.parameters().transpose, 7);
    host.plugin.reset();
    let higher = noted(&mut host, &[64], AT, FIRST_NOTE, 1.0);
    assert!(higher != own, "the voice's own parameters count");
}
