//! Lines that a host has spoken: by notes, by an automated button and at its bars.

use std::ops::Range;

use serde_json::{Value, json};
use vst3::Steinberg::Vst::ProcessContext;
use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_::{
    kBarPositionValid, kPlaying, kProjectTimeMusicValid, kTempoValid, kTimeSigValid,
};

use crate::open;
use crate::rig::{Change, Events, Module, Note, Rig};

const RATE: f64 = 48_000.0;
const MAX_BLOCK: usize = 1_024;
/// Two seconds, in which the lines of these tests end.
const LENGTH: usize = 96_000;
/// In the middle of a block of any size.
const AT: usize = 9_001;
/// The key of the first line; the next one is the second.
const FIRST_KEY: u8 = 36;

/// An instance with two lines, the second at a bar, which speaks and does not convert.
fn speaking(module: &Module) -> Rig<'_> {
    let mut rig = Rig::new(module);
    let mut state: Value = serde_json::from_slice(&rig.save()).expect("JSON");
    let lines = json!([
        { "text": "Good morning.", "bar": null },
        { "text": "Oh no.", "bar": 1.25 },
    ]);
    state["fields"]["speech-lines"] = Value::String(lines.to_string());
    assert!(rig.load(state.to_string().as_bytes()), "the state is taken");
    rig.type_inactive("Mode", "Speak");
    rig.set_offline(true);
    rig
}

/// What is heard of silence with what happens in each block.
fn bounce(
    rig: &mut Rig,
    length: usize,
    happens: impl Fn(Range<usize>) -> (Vec<Note>, Vec<Change>, Option<ProcessContext>),
) -> Vec<f32> {
    rig.activate(RATE, MAX_BLOCK);
    let (mut left, mut right) = (vec![0.0; LENGTH], vec![0.0; LENGTH]);
    for start in (0..LENGTH).step_by(length) {
        let end = LENGTH.min(start + length);
        let (notes, changes, song) = happens(start..end);
        let events = Events {
            notes: &notes,
            changes: &changes,
            song,
        };
        rig.process(
            &mut [&mut left[start..end], &mut right[start..end]],
            &events,
        );
    }
    assert!(left == right);
    left
}

/// What is heard of a key at sample `at`.
fn at_key(rig: &mut Rig, length: usize, at: usize, key: u8) -> Vec<f32> {
    bounce(rig, length, |block| {
        let note = block.contains(&at).then(|| Note {
            at: (at - block.start) as i32,
            key,
            is_on: true,
        });
        (note.into_iter().collect(), Vec::new(), None)
    })
}

#[test]
fn a_note_speaks_on_its_sample_for_any_blocks() {
    let Some(module) = open() else { return };
    let mut rig = speaking(&module);
    let expected = at_key(&mut rig, 512, AT, FIRST_KEY);
    let late = rig.latency();
    let peak = expected.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    assert!(peak > 0.02, "something is heard: {peak}");
    assert!(expected[..AT + late].iter().all(|&x| x == 0.0));
    for length in [64, 1_024, 333] {
        let found = at_key(&mut rig, length, AT, FIRST_KEY);
        assert!(found == expected, "{length}");
    }
}

#[test]
fn an_automated_button_speaks_on_its_sample() {
    let Some(module) = open() else { return };
    let mut rig = speaking(&module);
    let button = rig.param("Speak Line").id;
    let expected = at_key(&mut rig, 512, AT, FIRST_KEY);
    for length in [64, 1_024] {
        let found = bounce(&mut rig, length, |block| {
            // It is let go 3 000 samples later, and pressed once.
            let moves = [(AT, 1.0), (AT + 3_000, 0.0)];
            let moves = moves.into_iter().filter(|(at, _)| block.contains(at));
            let changes = moves.map(|(at, value)| ((at - block.start) as i32, button, value));
            (Vec::new(), changes.collect(), None)
        });
        assert!(found == expected, "{length}");
    }
}

#[test]
fn the_hosts_bars_start_lines_on_their_samples() {
    let Some(module) = open() else { return };
    let mut rig = speaking(&module);
    // Bar 1.25 of 4/4 begins a beat after the start.
    let tempo = 133.7;
    let at = (60.0 / tempo * RATE).round() as usize;
    let expected = at_key(&mut rig, 512, at, FIRST_KEY + 1);
    assert!(expected.iter().any(|x| x.abs() > 0.02));
    for length in [64, 480, 1_024] {
        let found = bounce(&mut rig, length, |block| {
            (Vec::new(), Vec::new(), Some(playing(block.start, tempo)))
        });
        assert!(found == expected, "{length}");
    }
}

/// A song in 4/4 that plays and stands at this sample.
fn playing(start: usize, tempo: f64) -> ProcessContext {
    let beats = start as f64 / RATE / 60.0 * tempo;
    let known = kPlaying | kTempoValid | kTimeSigValid | kProjectTimeMusicValid | kBarPositionValid;
    // SAFETY: it holds numbers alone, which zeros are.
    let nothing: ProcessContext = unsafe { std::mem::zeroed() };
    ProcessContext {
        state: known as u32,
        sampleRate: RATE,
        projectTimeSamples: start as i64,
        projectTimeMusic: beats,
        barPositionMusic: 4.0 * (beats / 4.0).floor(),
        tempo,
        timeSigNumerator: 4,
        timeSigDenominator: 4,
        ..nothing
    }
}
