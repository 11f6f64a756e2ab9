//! A scale that a host plays, and that the default voice sings.

use std::ops::Range;

use syrinx_tests::sung::{SCALE, begins, cents, cents_of, input};

use crate::rig::{Change, Events, Note, Rig};
use crate::{RATE, open};

const MAX_BLOCK: usize = 1_024;

/// An instance whose voice follows the keyboard at once, active.
fn following(rig: &mut Rig) {
    rig.type_inactive("Pitch Target", "MIDI");
    rig.type_inactive("Glide", "0 ms");
    rig.set_offline(true);
    rig.activate(f64::from(RATE.hz()), MAX_BLOCK);
}

/// What is heard of the input with these keys and changes, from the latency on. Their times count from its start.
fn bounce(rig: &mut Rig, length: usize, notes: &[Note], changes: &[Change]) -> Vec<f32> {
    rig.reset();
    let late = rig.latency();
    let mut left = input(RATE);
    left.extend(vec![0.0; late]);
    let mut right = left.clone();
    for start in (0..left.len()).step_by(length) {
        let end = left.len().min(start + length);
        let block: Range<i32> = start as i32..end as i32;
        let notes = notes.iter().filter(|note| block.contains(&note.at));
        let notes: Vec<Note> = notes
            .map(|note| Note {
                at: note.at - block.start,
                ..*note
            })
            .collect();
        let changes = changes.iter().filter(|(at, ..)| block.contains(at));
        let changes: Vec<Change> = changes
            .map(|&(at, id, value)| (at - block.start, id, value))
            .collect();
        let events = Events {
            notes: &notes,
            changes: &changes,
            song: None,
        };
        rig.process(
            &mut [&mut left[start..end], &mut right[start..end]],
            &events,
        );
    }
    assert!(left == right);
    left.split_off(late)
}

#[test]
fn the_default_voice_sings_the_scale_that_is_played() {
    let Some(module) = open() else { return };
    let mut rig = Rig::new(&module);
    following(&mut rig);
    let mut played = Vec::new();
    for (place, &key) in SCALE.iter().enumerate() {
        let at = begins(place, RATE) as i32;
        let is_on = true;
        played.push(Note { at, key, is_on });
        // Tied: the key before is let go a little later.
        if place > 0 {
            played.push(Note {
                at: at + 777,
                key: SCALE[place - 1],
                is_on: false,
            });
        }
    }
    let sung = bounce(&mut rig, 512, &played, &[]);
    let off = cents(&sung, RATE);
    println!("cents off: {off:.2?}");
    // The tracker itself is off by about one.
    assert!(off.iter().all(|cents| cents.abs() < 10.0), "{off:?}");
    for length in [64, 1_024, 333] {
        let again = bounce(&mut rig, length, &played, &[]);
        assert!(again == sung, "{length}");
    }
}

#[test]
fn the_wheel_bends_what_is_sung() {
    let Some(module) = open() else { return };
    let mut rig = Rig::new(&module);
    following(&mut rig);
    let at = |seconds: f64| (seconds * f64::from(RATE.hz())) as usize;
    let wheel = rig.wheel();
    let moved = [(1.0, 1.0), (2.0, 0.0), (3.0, 0.5)];
    let moved = moved.map(|(seconds, value)| (at(seconds) as i32, wheel, value));
    let held = Note {
        at: 0,
        key: 52,
        is_on: true,
    };
    let sung = bounce(&mut rig, 256, &[held], &moved);
    // Two semitones either way, as in a new instance.
    for (start, note) in [(0.3, 52.0), (1.3, 54.0), (2.3, 50.0), (3.3, 52.0)] {
        let off = cents_of(&sung[at(start)..at(start + 0.5)], RATE, note);
        println!("{note}: {off:.2} cents");
        assert!(off.abs() < 10.0, "{note}: {off}");
    }
}
