//! What Linux tells about this process.

use std::fs;
use std::path::Path;

/// Clock ticks per second in `/proc`: fixed by Linux's interface to programs.
const TICKS: f64 = 100.0;

/// How the threads of the library are called that draws where there is no graphics card.
pub const DRAWN_BY_SOFTWARE: &str = "llvmpipe";

/// Seconds of processor time that the threads called `name` have taken.
pub fn thread_seconds(name: &str) -> Option<f64> {
    let named = threads()?.into_iter().filter(|thread| thread.0 == name);
    Some(named.map(|thread| thread.1).sum())
}

/// Seconds of processor time that this process has taken: its threads, and those whose names begin with `apart`. Threads
/// that have ended are not counted.
pub fn process_seconds(apart: &str) -> Option<(f64, f64)> {
    let (mut own, mut others) = (0.0, 0.0);
    for (name, seconds) in threads()? {
        *(if name.starts_with(apart) {
            &mut others
        } else {
            &mut own
        }) += seconds;
    }
    Some((own, others))
}

/// The threads of this process: name and seconds of processor time.
fn threads() -> Option<Vec<(String, f64)>> {
    let tasks = fs::read_dir("/proc/self/task").ok()?;
    Some(
        tasks
            .flatten()
            .filter_map(|task| thread(&task.path()))
            .collect(),
    )
}

/// One thread; `None` if it has ended meanwhile.
fn thread(task: &Path) -> Option<(String, f64)> {
    let read = |file: &str| fs::read_to_string(task.join(file)).ok();
    let name = read("comm")?.trim().to_owned();
    // Fields 14 and 15, counted from 1; the second may hold spaces but ends in the last bracket.
    let stat = read("stat")?;
    let fields: Vec<&str> = stat[stat.rfind(')')? + 2..].split(' ').collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some((name, ticks / TICKS))
}

/// Resident memory in MB, without what is only mapped from files.
pub fn memory_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}
