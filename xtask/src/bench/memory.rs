//! Runs a program and finds the most memory that it held at once.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::shown;

/// How often the system is asked. It keeps the maximum itself, so only what is reached in the last few
/// milliseconds before the end can be missed.
const ASK_EVERY: Duration = Duration::from_millis(5);

/// Runs the command and returns the peak of its resident memory in MB (1e6 bytes).
///
/// # Errors
/// If it fails, or the system does not tell (only Linux does, in `/proc`).
pub fn peak_memory_mb(command: &mut Command) -> Result<f64> {
    let name = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start `{name}`"))?;
    let file = format!("/proc/{}/status", child.id());
    let mut peak = None;
    let status = loop {
        // A program that has ended has no memory to tell of: then the last answer stays.
        peak = fs::read_to_string(&file)
            .ok()
            .as_deref()
            .and_then(high_water_mark)
            .or(peak);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(ASK_EVERY);
    };
    if !status.success() {
        bail!("`{name}` failed: {status}");
    }
    peak.with_context(|| format!("the system does not tell the peak memory of `{name}`"))
}

/// Reads the greatest resident size, in MB, from the text of `/proc/PID/status`.
fn high_water_mark(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read_in_megabytes() {
        let status = "Name:\tx\nVmPeak:\t   99999 kB\nVmHWM:\t   20000 kB\nVmRSS:\t   10000 kB\n";
        assert_eq!(high_water_mark(status), Some(20.48));
        assert_eq!(high_water_mark("Name:\tx\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_that_holds_fifty_megabytes_is_seen_to() {
        // The shell holds the string in memory; half as much again would be a measurement of something else.
        let script = "a=$(head -c 50000000 /dev/zero | tr '\\0' x); sleep 0.1";
        let peak = peak_memory_mb(Command::new("sh").args(["-c", script])).unwrap();
        assert!(peak > 45.0, "{peak}");
        assert!(peak_memory_mb(Command::new("sh").args(["-c", "exit 3"])).is_err());
    }
}
