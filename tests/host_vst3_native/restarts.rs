//! When the plugin asks its host to be restarted, and from which thread.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use crate::open;
use crate::rig::{Events, Rig};

/// Half a second in real time is more than any main thread leaves its messages alone.
const LOOKS: usize = 500;

/// A block of silence in which the quality goes to its best, which needs more latency.
fn raise_quality(rig: &mut Rig) {
    let quality = rig.param("Quality").id;
    let (mut left, mut right) = ([0.0; 480], [0.0; 480]);
    let events = Events {
        changes: &[(0, quality, 1.0)],
        ..Events::default()
    };
    rig.process(&mut [&mut left, &mut right], &events);
    rig.run(&[0.0; 4_800], &[480]);
}

#[test]
fn the_latency_is_told_in_activate_and_restarts_are_asked_for_only_when_it_would_change() {
    let Some(module) = open() else { return };
    let mut rig = Rig::new(&module);
    let log = std::sync::Arc::clone(&rig.log);
    let counts = || {
        let (inside, outside) = (&log.latencies_in_activate, &log.latencies_outside);
        (inside.load(SeqCst), outside.load(SeqCst))
    };
    rig.activate(48_000.0, 512);
    let low = rig.latency();
    rig.run(&[0.0; 4_800], &[480]);
    assert_eq!(
        counts(),
        (1, 0),
        "it was 0 before, and nothing changed since"
    );
    rig.activate(48_000.0, 512);
    assert_eq!(counts(), (1, 0), "the same again is nothing to tell");

    // A longer chunk needs more latency: the number stays until the host restarts.
    raise_quality(&mut rig);
    assert_eq!(counts(), (1, 1), "asked for once");
    assert_eq!(rig.latency(), low, "unchanged while active");
    rig.activate(48_000.0, 512);
    assert!(rig.latency() > low);
    rig.run(&[0.0; 4_800], &[480]);
    assert_eq!(counts(), (2, 1), "told, and no second wish");
    drop(rig);
    let others = (log.other_restarts.load(SeqCst), log.edits.load(SeqCst));
    assert_eq!(others, (0, 0));
}

#[test]
fn a_wish_from_the_audio_thread_reaches_the_host() {
    let Some(module) = open() else { return };
    let mut rig = Rig::new(&module);
    rig.activate(48_000.0, 512);
    rig.elsewhere(raise_quality);
    for _ in 0..LOOKS {
        rig.idle();
        if rig.log.latencies_outside.load(SeqCst) > 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(rig.log.latencies_outside.load(SeqCst), 1);
    // And what was asked for there is heard here.
    let low = rig.latency();
    rig.activate(48_000.0, 512);
    assert!(rig.latency() > low);
}
