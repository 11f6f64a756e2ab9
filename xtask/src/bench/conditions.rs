//! Says under which conditions a measurement was made.

use std::fmt;
use std::fs;
use std::process::Command;

use serde::Serialize;

use crate::process::capture;

/// What a reader needs to judge a measured number by.
#[derive(Clone, Debug, Serialize)]
pub struct Conditions {
    /// Seconds since 1970.
    pub time: u64,
    /// The processor's name.
    pub cpu: String,
    /// Cores that this program may use.
    pub cores: usize,
    /// Programs that wanted a core in the last minute; more than a few tenths spoils what is measured.
    pub load: Option<f64>,
    /// The compiler's version.
    pub rustc: String,
    /// The commit, with `+` if files differ from it.
    pub commit: String,
}

impl Conditions {
    /// Looks at this machine now.
    pub fn now() -> Conditions {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let ask = |command: &mut Command| capture(command).map(|text| text.trim().to_string()).ok();
        let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Conditions {
            time: time.map_or(0, |since| since.as_secs()),
            cpu: cpu_name(&read("/proc/cpuinfo")),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            load: read("/proc/loadavg")
                .split(' ')
                .next()
                .and_then(|number| number.parse().ok()),
            rustc: ask(Command::new("rustc").arg("--version")).unwrap_or_else(unknown),
            commit: ask(Command::new("git").args([
                "describe",
                "--always",
                "--dirty=+",
                "--exclude=*",
            ]))
            .unwrap_or_else(unknown),
        }
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let load = self.load.map_or_else(unknown, |load| format!("{load:.2}"));
        let Conditions {
            cpu,
            cores,
            rustc,
            commit,
            ..
        } = self;
        write!(
            f,
            "{cpu}, {cores} cores, load {load} before, {rustc}, commit {commit}"
        )
    }
}

fn cpu_name(cpuinfo: &str) -> String {
    let name = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(unknown, |(_, name)| name.trim().to_string())
}

fn unknown() -> String {
    "unknown".to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named_by_its_first_core() {
        let text =
            "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nprocessor\t: 1\nmodel name\t: Other\n";
        assert_eq!(cpu_name(text), "Some CPU @ 2 GHz");
        assert_eq!(cpu_name(""), "unknown");
    }
}
