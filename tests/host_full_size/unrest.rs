//! Switches voices while they play, and ends plugins while voices load.

use std::time::{Duration, Instant};

use syrinx_engine::VoiceIdentity;
use syrinx_models::VoiceBundle;

use crate::bounce::MAX_BLOCK;
use crate::memory::{self, Memory};
use crate::part::Part;
use crate::rig::{Rig, open};
use crate::stage::RATE;

/// A slot that no voice has.
const NO_VOICE: f64 = 63.0;

/// The voice of full size in slot 0, the small one in slot 1.
fn voices(part: &Part) -> [VoiceIdentity; 2] {
    let default = VoiceBundle::default_voice().expect("the program carries a voice");
    [part.identity(), VoiceIdentity::of(&default)]
}

/// Plays while the voice changes at the start of some blocks: `(block, slot)`.
fn play(rig: &mut Rig, input: &[f32], changes: &[(usize, f64)]) -> Vec<f32> {
    let voice = rig.param("Voice").id;
    let (mut left, mut right) = (input.to_vec(), input.to_vec());
    let blocks = left.chunks_mut(MAX_BLOCK).zip(right.chunks_mut(MAX_BLOCK));
    for (number, (left, right)) in blocks.enumerate() {
        let change = changes.iter().find(|(block, _)| *block == number);
        let change = change.map(|&(_, slot)| (0, voice, slot));
        rig.process(left, right, change.as_slice());
        rig.idle();
    }
    left
}

/// From the large voice to the small one, back again before it has faded, to none and back: a bounce repeats all of it,
/// and the latency stays.
pub fn switch(part: &Part) {
    let entry = open().expect("the bundle that was there before");
    let mut rig = Rig::with_voices(&entry, &voices(part));
    rig.set_offline(true);
    rig.activate(f64::from(RATE.hz()), MAX_BLOCK as u32);
    let late = rig.latency();
    let input = &part.recording;
    let blocks = input.len() / MAX_BLOCK;
    // Two blocks are a third of a fade. The last change leaves a third of the recording to the large voice.
    let small = blocks / 4;
    let changes = [
        (small, 1.0),
        (small + 2, 0.0),
        (blocks / 2, NO_VOICE),
        (blocks / 2 + 4, 0.0),
    ];
    let runs: Vec<Vec<f32>> = (0..2)
        .map(|_| {
            rig.reset();
            let start = Instant::now();
            let run = play(&mut rig, input, &changes);
            println!("switched in {:.2} s", start.elapsed().as_secs_f64());
            run
        })
        .collect();
    memory::report("switched");
    assert_eq!(rig.latency(), late);
    assert!(runs[0].iter().all(|x| x.is_finite()));
    // Both are the same stream until the change is heard, but for the last bit of the gains.
    let pairs = part.converted.iter().zip(&runs[0][late..]);
    let same = pairs.take_while(|(due, heard)| (*due - *heard).abs() < 1e-6);
    let (heard, changed) = (same.count(), small * MAX_BLOCK);
    // The first samples of a fade hide within that bit.
    assert!(
        (changed..changed + 16).contains(&heard),
        "changed at {changed}, heard for {heard}, both without the latency"
    );
    assert!(runs[0] == runs[1], "a bounce repeats");
    let peak = |signal: &[f32]| signal.iter().map(|x| x.abs()).fold(0.0, f32::max);
    assert!(
        peak(&runs[0][input.len() - 4_800..]) > 0.01,
        "the end is heard"
    );
}

/// Makes glibc give every larger block straight back. Left alone it keeps blocks of up to 32 MB once one as large was let go,
/// for each thread that had some, 40 to 90 MB in all and never the same: that would hide what Syrinx keeps.
pub const STRAIGHT_BACK: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "131072");

/// What may be left of a voice of 499 MB, in MB: 33 were, of which 20 are the pages of libraries.
const KEPT_MB: u64 = 60;

/// Ends a plugin at moments of the load of its voice, and loads it to the end: all of it comes back.
pub fn end_while_loading(part: &Part) {
    let entry = open().expect("the bundle that was there before");
    let [full, default] = voices(part);
    // The small voice lets activation return at once; the large one is then wanted while it plays.
    let voices = [default, full];
    let started = |wait_ms: u64| {
        let mut rig = Rig::with_voices(&entry, &voices);
        rig.activate(f64::from(RATE.hz()), MAX_BLOCK as u32);
        let silence = [0.0; MAX_BLOCK];
        play(&mut rig, &silence, &[(0, 1.0)]);
        std::thread::sleep(Duration::from_millis(wait_ms));
        rig
    };
    // Libraries, fonts and threads are there from now on.
    drop(started(0));
    memory::report("at first");
    let before = Memory::now();
    for wait_ms in [0, 20, 100, 300] {
        let rig = started(wait_ms);
        let start = Instant::now();
        drop(rig);
        let took = start.elapsed().as_secs_f64();
        memory::report(&format!("ended {wait_ms} ms into loading, in {took:.2} s"));
    }
    if let (Some(before), Some(after)) = (before, Memory::now()) {
        // The end of a plugin waits for a load that has begun.
        assert!(after.peak > before.all() + 300, "{before:?}, {after:?}");
        // What allocators keep for the next time; a network that stays would be more.
        assert!(
            after.all() < before.all() + KEPT_MB,
            "{before:?}, {after:?}"
        );
    }
    for turn in 1..=2 {
        let mut rig = Rig::with_voices(&entry, &[voices[1].clone()]);
        rig.set_offline(true);
        rig.activate(f64::from(RATE.hz()), MAX_BLOCK as u32);
        rig.run(&part.recording[..24_000], &[MAX_BLOCK]);
        let loaded = Memory::now();
        memory::report(&format!("loaded, {turn}"));
        drop(rig);
        memory::report(&format!("let go, {turn}"));
        if let (Some(before), Some(loaded), Some(after)) = (before, loaded, Memory::now()) {
            // The networks have 499 MB.
            assert!(loaded.all() > before.all() + 300, "{before:?}, {loaded:?}");
            assert!(
                after.all() < before.all() + KEPT_MB,
                "{before:?}, {after:?}"
            );
        }
    }
}
