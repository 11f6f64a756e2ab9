//! What Linux tells about this process.

use std::fs;

/// Clock ticks per second in `/proc`: fixed by Linux's interface to programs.
const TICKS: f64 = 100.0;

/// Seconds of processor time that the threads called `name` have taken.
pub fn thread_seconds(name: &str) -> Option<f64> {
    let mut ticks = 0.0;
    for task in fs::read_dir("/proc/self/task").ok()?.flatten() {
        let read = |file: &str| fs::read_to_string(task.path().join(file)).ok();
        if read("comm").is_some_and(|found| found.trim() == name) {
            // Fields 14 and 15, counted from 1; the second may hold spaces but ends in the last bracket.
            let stat = read("stat")?;
            let fields: Vec<&str> = stat[stat.rfind(')')? + 2..].split(' ').collect();
            ticks += fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        }
    }
    Some(ticks / TICKS)
}

/// Resident memory in MB, without what is only mapped from files.
pub fn memory_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}
