//! Lets processes stand still together, as when a machine's processors are taken away from it.

use std::process::Command;
use std::thread;
use std::time::Duration;

/// Stops all of `processes` for `time`, and lets them go on.
pub fn freeze(processes: &[u32], time: Duration) {
    signal("STOP", processes);
    thread::sleep(time);
    signal("CONT", processes);
}

fn signal(name: &str, processes: &[u32]) {
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .args(processes.iter().map(u32::to_string))
        .status();
    assert!(status.unwrap().success(), "{name} {processes:?}");
}
