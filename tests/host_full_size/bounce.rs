//! Bounces through the CLAP bundle what the command has converted.

use std::time::Instant;

use syrinx_engine::{Engine, EngineLatency, Quality};
use syrinx_models::{StreamLatency, Voice};
use syrinx_tests::hosts::assert_same;

use crate::memory;
use crate::part::Part;
use crate::rig::{Rig, open};
use crate::stage::RATE;

/// The longest block of the host.
pub const MAX_BLOCK: usize = 512;

/// What an engine of our own would report for the voice of this part; it reads the manifest alone.
pub fn latency_of(part: &Part, quality: Quality) -> EngineLatency {
    let engine = Engine::new();
    let slot = engine.voices().add(&part.path).expect("a voice");
    engine.latency_for(f64::from(RATE.hz()), MAX_BLOCK, quality, slot)
}

/// The latency is the one that is reported, to the sample: the bounce, moved by it, is the command's conversion.
pub fn check(part: &Part) {
    let entry = open().expect("the bundle that was there before");
    let mut rig = Rig::with_voices(&entry, &[part.identity()]);
    rig.set_offline(true);
    memory::report("before");
    let start = Instant::now();
    rig.activate(f64::from(RATE.hz()), MAX_BLOCK as u32);
    println!("activated in {:.2} s", start.elapsed().as_secs_f64());
    let late = rig.latency();
    let expected = latency_of(part, Quality::LowestLatency);
    assert_eq!(late, expected.samples().0);

    let mut input = part.recording.clone();
    input.resize(input.len() + late, 0.0);
    let start = Instant::now();
    let bounced = rig.run(&input, &[MAX_BLOCK]);
    let (took, ms) = (start.elapsed().as_secs_f64(), expected.ms());
    println!("bounced in {took:.2} s; {late} samples late, {ms:.1} ms");
    memory::report("played");
    assert!(bounced.iter().all(|x| x.is_finite()));
    let spec = Voice::spec_of(&part.bundle, Quality::LowestLatency).expect("a spec");
    let stream = StreamLatency::of(&spec, RATE).expect("usual rates");
    // The stream begins once block and deadline have passed; on silence, random weights hum.
    let silent = late - stream.total.0;
    assert!(bounced[..silent].iter().all(|&x| x == 0.0));
    assert_eq!(part.converted.len(), part.recording.len());
    assert_same(&bounced[late..], &part.converted);

    rig.reset();
    let again = rig.run(&input, &[1, 7, 480]);
    assert!(again == bounced, "the same for other blocks, and twice");
}
