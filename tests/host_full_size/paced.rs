//! Plays in real time, as a sound card does, and compares with a bounce: each sample is the same, or missing.

use std::time::{Duration, Instant};

use clack_host::prelude::PluginEntry;
use syrinx_engine::{Activation, Engine, OnUnderrun, Pace, Quality, Settings};
use syrinx_models::{StreamLatency, Voice};

use crate::bounce::{MAX_BLOCK, latency_of};
use crate::memory;
use crate::part::Part;
use crate::rig::{Rig, open};
use crate::stage::RATE;

/// Both fades of a gap, 5 ms each: the longest stretch that is neither sound nor silence.
const FADES: usize = 2 * RATE.hz() as usize / 200;

/// What was heard in real time beside what a bounce gives.
#[derive(Debug, Default)]
struct Heard {
    /// Samples that are those of the bounce.
    same: usize,
    /// Samples that are silent where they are not in the bounce.
    silent: usize,
    /// Samples of fades between the two.
    fading: usize,
    /// Stretches of silence.
    gaps: usize,
    /// Samples of the dry signal, which is heard while the voice loads.
    dry: usize,
    /// Samples of another stream: the voice came after the beginning, or everything was primed anew because the model side
    /// fell too far behind.
    anew: usize,
}

impl Heard {
    /// Compares what was heard of `input` with a bounce, at the latency of that.
    ///
    /// # Panics
    /// If there is something that is neither in the bounce nor a gap.
    fn beside(bounced: &Bounced, input: &[f32], heard: &[f32]) -> Heard {
        let mut found = Heard::default();
        let (mut silence, mut fade) = (0, 0);
        for (at, (&due, &sample)) in bounced.samples.iter().zip(heard).enumerate() {
            let dry = at.checked_sub(bounced.late).map_or(0.0, |at| input[at]);
            if sample == due {
                found.same += 1;
                (silence, fade) = (0, 0);
            } else if sample == 0.0 {
                found.silent += 1;
                found.gaps += usize::from(silence == 0);
                silence += 1;
                fade = 0;
            } else if sample == dry {
                found.dry += 1;
            } else if silence >= bounced.lead || found.dry + found.anew > 0 {
                found.anew += 1;
            } else {
                found.fading += 1;
                fade += 1;
                assert!(
                    fade <= FADES,
                    "{sample} instead of {due} at {at}: {found:?}"
                );
                silence = 0;
            }
        }
        found
    }
}

/// What is due.
struct Bounced {
    samples: Vec<f32>,
    /// The latency.
    late: usize,
    /// How long everything is silent after a new start.
    lead: usize,
}

/// Plays through the CLAP bundle and through an engine of our own, which tells its counts.
pub fn check(part: &Part) {
    let entry = open().expect("the bundle that was there before");
    // Stays while the other plays: the voice is then loaded already.
    let (mut renders, mut plays) = (rig(&entry, part), rig(&entry, part));
    renders.set_offline(true);
    renders.activate(f64::from(RATE.hz()), MAX_BLOCK as u32);
    let latency = latency_of(part, Quality::Best);
    let late = renders.latency();
    assert_eq!(late, latency.samples().0);
    let mut input = part.recording.clone();
    input.resize(input.len() + late, 0.0);
    let start = Instant::now();
    let samples = renders.run(&input, &[MAX_BLOCK]);
    println!(
        "{:.2} s bounced in {:.2} s; {:.1} ms late",
        input.len() as f64 / f64::from(RATE.hz()),
        start.elapsed().as_secs_f64(),
        latency.ms()
    );
    let spec = Voice::spec_of(&part.bundle, Quality::Best).expect("a spec");
    let stream = StreamLatency::of(&spec, RATE).expect("usual rates");
    let bounced = Bounced {
        samples,
        late,
        lead: late - stream.total.0,
    };

    plays.activate(f64::from(RATE.hz()), MAX_BLOCK as u32);
    let heard = paced(&input, |block| {
        let mut right = block.to_vec();
        plays.process(block, &mut right, &[]);
    });
    assert_eq!(plays.latency(), late);
    let found = Heard::beside(&bounced, &input, &heard);
    println!("in the CLAP host: {found:?}");
    // The silence before the latency has passed, at least.
    assert!(found.same >= bounced.lead, "{found:?}");
    drop(plays);
    in_an_engine(part, &input, &bounced);
    memory::report("played");
}

/// An instance with the longest chunks, and silence in gaps.
fn rig(entry: &PluginEntry, part: &Part) -> Rig {
    let mut rig = Rig::with_voices(entry, &[part.identity()]);
    for name in ["Quality", "On Underrun"] {
        let last = rig.param(name);
        rig.set_inactive(last.id, last.max);
    }
    rig
}

/// The same in an engine, whose counts must be what was heard.
fn in_an_engine(part: &Part, input: &[f32], bounced: &Bounced) {
    let mut engine = Engine::new();
    let voice = engine.voices().add(&part.path).expect("a voice");
    let settings = Settings {
        voice,
        on_underrun: OnUnderrun::Gap,
        ..Settings::default()
    };
    let mut path = engine.activate(&Activation {
        pace: Pace::Realtime,
        quality: Quality::Best,
        settings,
        load_limit: Duration::from_secs(60),
        ..Activation::new(f64::from(RATE.hz()), MAX_BLOCK)
    });
    let heard = paced(input, |block| {
        let mut right = block.to_vec();
        path.process(&mut [block, &mut right], &settings);
    });
    let found = Heard::beside(bounced, input, &heard);
    let status = engine.status();
    let (underruns, missing) = (status.underruns(), status.missing_samples());
    println!(
        "in an engine: {found:?}; {underruns} underruns, {missing} samples missing, {} late, {} overruns, a load of at \
         most {:.2}",
        status.late_samples(),
        status.overruns(),
        status.peak_load()
    );
    if status.overruns() == 0 {
        assert_eq!((found.dry, found.anew), (0, 0));
        // Fades lie on both sides of where a gap begins and ends.
        let (least, most) = (found.silent as u64, (found.silent + found.fading) as u64);
        assert!((least..=most).contains(&missing), "{missing} missing");
        assert!(underruns >= found.gaps as u64);
        assert_eq!(underruns == 0, missing == 0);
        assert!(status.late_samples() <= missing);
    }
}

/// Hands over a block whenever one would have been played.
fn paced(input: &[f32], mut process: impl FnMut(&mut [f32])) -> Vec<f32> {
    let mut output = input.to_vec();
    let block_s = MAX_BLOCK as f64 / f64::from(RATE.hz());
    let start = Instant::now();
    for (number, block) in output.chunks_mut(MAX_BLOCK).enumerate() {
        let due = Duration::from_secs_f64(number as f64 * block_s);
        std::thread::sleep(due.saturating_sub(start.elapsed()));
        process(block);
    }
    output
}
