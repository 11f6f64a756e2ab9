//! Lines that a host has spoken: by notes, by an automated button and at its bars, bounced and played.

use std::ops::Range;
use std::time::{Duration, Instant};

use clack_host::events::Match;
use clack_host::events::event_types::{
    NoteOnEvent, ParamValueEvent, TransportEvent, TransportFlags,
};
use clack_host::events::io::EventBuffer;
use clack_host::events::{EventFlags, EventHeader};
use clack_host::prelude::*;
use clack_host::utils::BeatTime;
use serde_json::json;

use super::rig::{Rig, open};

const RATE: f64 = 48_000.0;
const MAX_BLOCK: usize = 1_024;
/// Two seconds, in which the lines of these tests end.
const LENGTH: usize = 96_000;
/// In the middle of a block of any size.
const AT: usize = 9_001;

/// An instance with two lines, the second at a bar, in the mode at this position of the parameter.
fn speaking(entry: &PluginEntry, mode: f64) -> Rig {
    let lines = json!([
        { "text": "Good morning.", "bar": null },
        { "text": "Oh no.", "bar": 1.25 },
    ]);
    let mut rig = Rig::with_field(entry, "speech-lines", &lines);
    let parameter = rig.param("Mode");
    rig.set_inactive(parameter.id, mode);
    rig
}

/// What happens in a block.
#[derive(Default)]
struct Events {
    buffer: EventBuffer,
    transport: Option<TransportEvent>,
}

/// Runs silence through in blocks of the given length, at the pace of a sound card or as fast as it goes.
fn run(
    rig: &mut Rig,
    length: usize,
    is_paced: bool,
    events: impl Fn(Range<usize>) -> Events,
) -> Vec<f32> {
    let mut output = vec![0.0; LENGTH];
    let begun = Instant::now();
    for start in (0..LENGTH).step_by(length) {
        let end = LENGTH.min(start + length);
        if is_paced {
            let due = Duration::from_secs_f64(start as f64 / RATE);
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
        }
        let events = events(start..end);
        let mut right = vec![0.0; end - start];
        rig.process_events(
            &mut output[start..end],
            &mut right,
            &InputEvents::from_buffer(&events.buffer),
            events.transport.as_ref(),
        );
        assert!(output[start..end] == right[..]);
    }
    output
}

/// A note at sample `at`.
fn note(at: usize, key: u16) -> impl Fn(Range<usize>) -> Events {
    move |block| {
        let mut events = Events::default();
        if block.contains(&at) {
            let place = Pckn::new(0u16, 0u16, key, Match::All);
            let time = (at - block.start) as u32;
            events.buffer.push(&NoteOnEvent::new(time, place, 1.0));
        }
        events
    }
}

fn bounce(rig: &mut Rig, length: usize, events: impl Fn(Range<usize>) -> Events) -> Vec<f32> {
    rig.set_offline(true);
    rig.activate(RATE, MAX_BLOCK as u32);
    run(rig, length, false, events)
}

fn assert_heard(output: &[f32]) {
    assert!(output.iter().any(|x| x.abs() > 0.02), "something is heard");
}

#[test]
fn a_bounce_speaks_on_the_sample_that_real_time_speaks_on() {
    let Some(entry) = open() else { return };
    for mode in [1.0, 2.0] {
        let mut rig = speaking(&entry, mode);
        let bounced = bounce(&mut rig, 64, note(AT, 36));
        let late = rig.latency();
        assert_heard(&bounced);
        // What a voice makes of silence is nearly silent.
        assert!(bounced[..AT + late].iter().all(|x| x.abs() < 1e-3));
        assert!(
            bounce(&mut rig, 1_024, note(AT, 36)) == bounced,
            "mode {mode}"
        );
        assert!(
            bounce(&mut rig, 333, note(AT, 36)) == bounced,
            "mode {mode}"
        );

        rig.set_offline(false);
        rig.activate(RATE, MAX_BLOCK as u32);
        let played = run(&mut rig, 480, true, note(AT, 36));
        assert_gaps_only(&played, &bounced);
    }
}

/// On a busy machine something may be missing; what is heard is the bounce's. A gap is silent but for 240 samples of fade
/// on either side.
fn assert_gaps_only(played: &[f32], bounced: &[f32]) {
    assert_heard(played);
    let differ: Vec<usize> = (0..LENGTH)
        .filter(|&at| played[at] != bounced[at])
        .collect();
    println!("{} of {LENGTH} samples differ", differ.len());
    for &at in &differ {
        let near = &played[at.saturating_sub(241)..LENGTH.min(at + 242)];
        assert!(near.contains(&0.0), "{} at {at}", played[at]);
    }
    assert!(differ.len() < LENGTH / 4, "most of it is missing");
}

#[test]
fn an_automated_button_speaks_on_its_sample() {
    let Some(entry) = open() else { return };
    let mut rig = speaking(&entry, 1.0);
    let button = rig.param("Speak Line").id;
    let press = |block: Range<usize>| {
        let mut events = Events::default();
        // It is let go 3 000 samples later, and pressed once.
        for (at, value) in [(AT, 1.0), (AT + 3_000, 0.0)] {
            if block.contains(&at) {
                let time = (at - block.start) as u32;
                let change = ParamValueEvent::new(time, button, Pckn::match_all(), value);
                events.buffer.push(&change);
            }
        }
        events
    };
    let expected = bounce(&mut rig, 512, note(AT, 36));
    assert_heard(&expected);
    for length in [64, 1_024] {
        assert!(bounce(&mut rig, length, press) == expected, "{length}");
    }
}

#[test]
fn the_hosts_bars_start_lines_on_their_samples() {
    let Some(entry) = open() else { return };
    let mut rig = speaking(&entry, 1.0);
    // Bar 1.25 of 4/4 begins a beat after the start.
    let tempo = 133.7;
    let at = (60.0 / tempo * RATE).round() as usize;
    let expected = bounce(&mut rig, 512, note(at, 37));
    assert_heard(&expected);
    let playing = |block: Range<usize>| {
        let beats = block.start as f64 / RATE / 60.0 * tempo;
        let bar = (beats / 4.0).floor();
        let zero = BeatTime::from_float(0.0);
        Events {
            buffer: EventBuffer::new(),
            transport: Some(TransportEvent {
                header: EventHeader::new_core(0, EventFlags::empty()),
                flags: TransportFlags::HAS_TEMPO
                    | TransportFlags::HAS_BEATS_TIMELINE
                    | TransportFlags::HAS_TIME_SIGNATURE
                    | TransportFlags::IS_PLAYING,
                song_pos_beats: BeatTime::from_float(beats),
                song_pos_seconds: zero,
                tempo,
                tempo_inc: 0.0,
                loop_start_beats: zero,
                loop_end_beats: zero,
                loop_start_seconds: zero,
                loop_end_seconds: zero,
                bar_start: BeatTime::from_float(4.0 * bar),
                bar_number: bar as i32,
                time_signature_numerator: 4,
                time_signature_denominator: 4,
            }),
        }
    };
    for length in [64, 480, 1_024] {
        assert!(bounce(&mut rig, length, playing) == expected, "{length}");
    }
}
