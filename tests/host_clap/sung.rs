//! A scale that a host plays, and that the default voice sings.

use std::ops::Range;

use clack_host::events::Match;
use clack_host::events::event_types::{MidiEvent, NoteOffEvent, NoteOnEvent};
use clack_host::events::io::EventBuffer;
use clack_host::prelude::*;
use syrinx_dsp::SampleRate;
use syrinx_tests::sung::{NOTE_SECONDS, SCALE, begins, cents, cents_of, input};

use super::rig::{Rig, open};

const RATE: SampleRate = SampleRate::of(48_000);
const MAX_BLOCK: usize = 1_024;

/// What a host sends at a sample.
#[derive(Clone, Copy)]
enum Sent {
    On(u8),
    Off(u8),
    /// The wheel, 14 bits.
    Wheel(u16),
}

/// An instance whose voice follows the keyboard at once.
fn following(entry: &PluginEntry) -> Rig {
    let mut rig = Rig::new(entry);
    for (name, text) in [("Pitch Target", "MIDI"), ("Glide", "0 ms")] {
        let parameter = rig.param(name);
        let value = rig.typed(parameter.id, text).expect("a value");
        rig.set_inactive(parameter.id, value);
    }
    rig.set_offline(true);
    rig.activate(f64::from(RATE.hz()), MAX_BLOCK as u32);
    rig
}

/// The events of a block.
fn events(all: &[(usize, Sent)], block: &Range<usize>) -> EventBuffer {
    let mut buffer = EventBuffer::new();
    for (at, sent) in all.iter().filter(|(at, _)| block.contains(at)) {
        let time = (at - block.start) as u32;
        let place = |key| Pckn::new(0u16, 0u16, u16::from(key), Match::All);
        match *sent {
            Sent::On(key) => buffer.push(&NoteOnEvent::new(time, place(key), 0.8)),
            Sent::Off(key) => buffer.push(&NoteOffEvent::new(time, place(key), 0.0)),
            Sent::Wheel(value) => {
                let data = [0xe0, (value & 127) as u8, (value >> 7) as u8];
                buffer.push(&MidiEvent::new(time, 0, data));
            }
        };
    }
    buffer
}

/// What is heard of the input with these events, from the latency on.
fn bounce(rig: &mut Rig, length: usize, all: &[(usize, Sent)]) -> Vec<f32> {
    rig.reset();
    let late = rig.latency();
    let mut left = input(RATE);
    left.extend(vec![0.0; late]);
    let mut right = left.clone();
    for start in (0..left.len()).step_by(length) {
        let end = left.len().min(start + length);
        rig.process_events(
            &mut left[start..end],
            &mut right[start..end],
            &InputEvents::from_buffer(&events(all, &(start..end))),
            None,
        );
    }
    assert!(left == right);
    left.split_off(late)
}

#[test]
fn the_default_voice_sings_the_scale_that_is_played() {
    let Some(entry) = open() else { return };
    let mut rig = following(&entry);
    let mut played = Vec::new();
    for (place, &note) in SCALE.iter().enumerate() {
        played.push((begins(place, RATE), Sent::On(note)));
        // Tied: the key before is let go a little later.
        if place > 0 {
            played.push((begins(place, RATE) + 777, Sent::Off(SCALE[place - 1])));
        }
    }
    let sung = bounce(&mut rig, 512, &played);
    let off = cents(&sung, RATE);
    println!("cents off: {off:.2?}");
    // What is asked for. The tracker itself is off by about one.
    assert!(off.iter().all(|cents| cents.abs() < 10.0), "{off:?}");
    for length in [64, 1_024, 333] {
        assert!(bounce(&mut rig, length, &played) == sung, "{length}");
    }
    // Without the keyboard it is another melody: what is measured is no property of the input.
    let unled = bounce(&mut rig, 512, &[]);
    let last = begins(SCALE.len() - 1, RATE) + 9_600;
    let found = cents_of(&unled[last..last + 9_600], RATE, f32::from(SCALE[7]));
    assert!(found.abs() > 100.0, "{found}");
}

#[test]
fn the_wheel_bends_what_is_sung() {
    let Some(entry) = open() else { return };
    let mut rig = following(&entry);
    let at = |seconds: f64| (seconds * f64::from(RATE.hz())) as usize;
    let played = [
        (0, Sent::On(52)),
        (at(1.0), Sent::Wheel(16_383)),
        (at(2.0), Sent::Wheel(0)),
        (at(3.0), Sent::Wheel(8_192)),
    ];
    let sung = bounce(&mut rig, 256, &played);
    assert!(NOTE_SECONDS * SCALE.len() as f64 >= 4.0);
    // Two semitones either way, as in a new instance.
    for (start, note) in [(0.3, 52.0), (1.3, 54.0), (2.3, 50.0), (3.3, 52.0)] {
        let off = cents_of(&sung[at(start)..at(start + 0.5)], RATE, note);
        println!("{note}: {off:.2} cents");
        assert!(off.abs() < 10.0, "{note}: {off}");
    }
}
