//! Whether the machine itself stands still now and then: told beside the gaps, which it does not excuse.
//!
//! A processor of a virtual machine is taken away for tens of milliseconds while the host pages memory in or runs
//! others; load does not show it. For each core a process of its own, at a real-time priority above that of the model
//! thread, sleeps a millisecond at a time and tells whenever it slept for much longer.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// Names the core in the second run.
const CORE: &str = "SYRINX_WITNESS_OF";

/// How long it sleeps.
const NAP: Duration = Duration::from_millis(1);

/// From when on a core counts as having stood still: half a block of 1024 samples. A chunk that begins at its time has
/// more than that to spare.
const STILL: Duration = Duration::from_millis(10);

/// Witnesses on all cores. Dropped, they end.
pub struct Standstill {
    witnesses: Vec<Child>,
    count: Arc<AtomicU32>,
    longest_ms: Arc<AtomicU32>,
}

impl Standstill {
    /// Begins to watch.
    pub fn watch() -> Standstill {
        let (count, longest_ms) = (Arc::default(), Arc::default());
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let witnesses = (0..cores)
            .map(|core| witness(core, Arc::clone(&count), Arc::clone(&longest_ms)))
            .collect();
        Standstill {
            witnesses,
            count,
            longest_ms,
        }
    }

    /// How often a core stood still.
    pub fn count(&self) -> u32 {
        self.count.load(SeqCst)
    }

    /// How long at most.
    pub fn longest(&self) -> Duration {
        Duration::from_millis(self.longest_ms.load(SeqCst).into())
    }
}

impl Drop for Standstill {
    fn drop(&mut self) {
        for child in &mut self.witnesses {
            // It runs until then.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The witness of a core, whose words are counted.
fn witness(core: usize, count: Arc<AtomicU32>, longest_ms: Arc<AtomicU32>) -> Child {
    let mut child = Command::new("taskset")
        .args(["--cpu-list", &core.to_string(), "chrt", "--rr", "3"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "the_witness", "--nocapture"])
        .env(CORE, core.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("taskset and chrt belong to every Debian");
    let output = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let slept = line.strip_prefix("still ").and_then(|ms| ms.parse().ok());
            if let Some(ms) = slept {
                count.fetch_add(1, SeqCst);
                longest_ms.fetch_max(ms, SeqCst);
            }
        }
    });
    child
}

/// In the second run: the witness itself, until it is ended.
pub fn be_the_witness() {
    if env::var_os(CORE).is_none() {
        return;
    }
    loop {
        let begun = Instant::now();
        thread::sleep(NAP);
        let slept = begun.elapsed();
        if slept > STILL {
            println!("still {}", slept.as_millis());
        }
    }
}
