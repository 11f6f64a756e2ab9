//! What a process takes of memory and processor, over time, and how busy the machine is, as Linux tells it.

use std::fs;
use std::time::Instant;

/// Clock ticks per second in `/proc`: fixed by Linux's interface to programs.
const TICKS: f64 = 100.0;

/// What a process takes over time.
pub struct Usage {
    process: u32,
    start: Instant,
    seconds_before: f64,
    looks: Vec<f64>,
    processor: f64,
}

impl Usage {
    /// Begins to look at a process.
    pub fn of(process: u32) -> Usage {
        Usage {
            process,
            start: Instant::now(),
            seconds_before: processor_seconds(process).unwrap_or(0.0),
            looks: Vec::new(),
            processor: 0.0,
        }
    }

    /// Looks once; to be called every second.
    pub fn look(&mut self) {
        self.looks.extend(memory_mb(self.process));
        if let Some(seconds) = processor_seconds(self.process) {
            self.processor = (seconds - self.seconds_before) / self.start.elapsed().as_secs_f64();
        }
    }

    /// The mean memory in MB of each fifth of the time. Loading and the first rounds of allocators lie in the first.
    pub fn fifths(&self) -> [f64; 5] {
        let fifth = self.looks.len() / 5;
        assert!(fifth > 0, "expected five looks, found {}", self.looks.len());
        let mean = |looks: &[f64]| looks.iter().sum::<f64>() / looks.len() as f64;
        [0, 1, 2, 3, 4].map(|number| mean(&self.looks[number * fifth..(number + 1) * fifth]))
    }

    /// The share of a core that it took until the last look.
    pub fn processor(&self) -> f64 {
        self.processor
    }
}

fn processor_seconds(process: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Fields 14 and 15, counted from 1; the second may hold spaces but ends in the last bracket.
    let fields: Vec<&str> = stat[stat.rfind(')')? + 2..].split(' ').collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / TICKS)
}

/// Resident memory in MB, without what is only mapped from files.
fn memory_mb(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

/// How busy the whole machine is.
pub struct Machine {
    before: (f64, f64),
}

impl Machine {
    /// Begins to look.
    pub fn look() -> Machine {
        Machine {
            before: machine_ticks().unwrap_or_default(),
        }
    }

    /// The share of all cores that somebody took since then, other machines on the same hardware included.
    pub fn busy(&self) -> f64 {
        let (busy, all) = machine_ticks().unwrap_or_default();
        (busy - self.before.0) / (all - self.before.1).max(1.0)
    }
}

/// Ticks that the cores were busy, and all.
fn machine_ticks() -> Option<(f64, f64)> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let fields = stat.lines().next()?.split_whitespace().skip(1);
    let ticks: Vec<f64> = fields.filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is part of the first two.
    let all: f64 = ticks.iter().take(8).sum();
    Some((all - ticks.get(3)? - ticks.get(4)?, all))
}
