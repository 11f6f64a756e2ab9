//! Times instances of the built bundle, and weighs them.

use std::process::ExitCode;
use std::time::Instant;

use crate::procfs::memory_mb;
use crate::rig::{Rig, open};
use crate::row::print;

/// Instances of the built CLAP bundle: one that is only looked at, and two that are active with the same voice.
pub fn of_the_bundle() -> ExitCode {
    let Some(entry) = open() else {
        return ExitCode::FAILURE;
    };
    let memory = || memory_mb().unwrap_or(f64::NAN);
    let before = memory();
    let start = Instant::now();
    let scanned = Rig::new(&entry);
    print(
        "instance, not activated",
        start.elapsed().as_secs_f64() * 1e3,
        "ms",
        "the first of a process",
    );
    print(
        "instance, not activated",
        memory() - before,
        "MB",
        "the first of a process",
    );
    drop(scanned);

    let active = || {
        let mut rig = Rig::new(&entry);
        rig.set_offline(true);
        rig.activate(48_000.0, 512);
        rig.run(&vec![0.01; 48_000], &[512]);
        rig
    };
    let before = memory();
    let first = active();
    let between = memory();
    print(
        "first active instance",
        between - before,
        "MB",
        "with backend and voice",
    );
    let second = active();
    print(
        "second active instance",
        memory() - between,
        "MB",
        "of the same voice",
    );
    drop((first, second));
    ExitCode::SUCCESS
}
