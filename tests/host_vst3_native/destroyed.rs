//! Instances that are destroyed at any moment, and what is left of them.

mod leftovers;

use std::process::Command;
use std::time::Duration;

use leftovers::{assert_threads, is_loaded, threads};
use syrinx_tests::hosts::paths;
use syrinx_tests::signals::{noise, vowel};

use crate::rig::{Events, Rig};
use crate::{RATE, open, without_voice};

/// Said to the process that is to do it.
const ALONE: &str = "SYRINX_ALONE";

/// How often an instance is destroyed while its voice loads, each time a little later.
const TURNS: u64 = 24;

#[test]
fn going_offline_and_back_and_being_destroyed_at_any_moment_is_survived() {
    let Some(module) = open() else { return };
    let speech = vowel(RATE, 0.2, 110.0, 170.0);
    let mut rig = Rig::new(&module);
    for turn in 0..4 {
        rig.set_offline(turn % 2 == 0);
        rig.activate(48_000.0, 256);
        rig.run(&speech, &[256]);
    }
    drop(rig);
    for _ in 0..10 {
        let mut rig = Rig::new(&module);
        rig.activate(44_100.0, 128);
    }
    drop(Rig::new(&module));
}

/// Opens the module, destroys an instance some milliseconds after it was told to load its voice, and unloads the module.
fn destroy_while_loading(after: Duration) {
    let module = open().expect("it was there just now");
    assert!(is_loaded());
    // On a thread that ends before: what a thread keeps of a library for its own end keeps the library.
    std::thread::scope(|scope| {
        let host = scope.spawn(|| {
            // Without a voice, so that activating waits for none. The first one is ordered by automation.
            let mut rig = without_voice(&module);
            rig.activate(48_000.0, 480);
            let voice = rig.param("Voice").id;
            let (mut left, mut right) = ([0.1; 480], [0.1; 480]);
            let events = Events {
                changes: &[(0, voice, 0.0)],
                ..Events::default()
            };
            rig.process(&mut [&mut left, &mut right], &events);
            for _ in 0..after.as_millis() / 10 {
                rig.run(&noise(480, 6), &[480]);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        // The scope alone would not wait for what a thread does in its end.
        host.join().expect("it does not panic");
    });
    drop(module);
    assert!(!is_loaded(), "it is unloaded");
}

/// Threads of other tests would be counted, and their modules be the same: it runs in a process of its own.
#[test]
fn an_instance_that_is_destroyed_while_its_voice_loads_leaves_nothing() {
    if std::env::var_os(ALONE).is_some() {
        // What the first one leaves of the system's own is no leak.
        destroy_while_loading(Duration::ZERO);
        let threads = threads();
        for turn in 0..TURNS {
            destroy_while_loading(Duration::from_millis(10 * turn));
        }
        assert_threads(threads);
        return;
    }
    if paths(["SYRINX_BUNDLES"]).is_none() {
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let status = Command::new(program)
        .args([
            "--exact",
            "destroyed::an_instance_that_is_destroyed_while_its_voice_loads_leaves_nothing",
        ])
        .env(ALONE, "1")
        .status()
        .expect("it starts");
    assert!(status.success());
}
