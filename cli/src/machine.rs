//! What the machine is: its system, processor and cores.

use serde::Serialize;

/// What the machine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The system, as "linux".
    pub os: &'static str,
    /// What it computes with, as "x86_64".
    pub arch: &'static str,
    /// The processor's name, where it can be asked.
    pub cpu: Option<String>,
    /// How many threads the system lets this program run at once.
    pub cores: usize,
}

impl Machine {
    /// The one that runs this program.
    pub fn this() -> Machine {
        Machine {
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            cpu: cpu_name(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// The system and what it computes with, for people.
    pub fn system(&self) -> String {
        format!("{} on {}", self.os, self.arch)
    }

    /// The processor, for people.
    pub fn cpu_name(&self) -> &str {
        self.cpu.as_deref().unwrap_or("unknown processor")
    }
}

fn cpu_name() -> Option<String> {
    let name = own_name().or_else(name_by_system)?;
    // Makers fill the name up with blanks.
    let words: Vec<&str> = name.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The name that the processor itself says, on every system.
#[cfg(target_arch = "x86_64")]
fn own_name() -> Option<String> {
    use std::arch::x86_64::__cpuid;
    const HIGHEST: u32 = 0x8000_0000;
    const NAME: std::ops::RangeInclusive<u32> = 0x8000_0002..=0x8000_0004;
    if __cpuid(HIGHEST).eax < *NAME.end() {
        return None;
    }
    let words = NAME.flat_map(|leaf| {
        let part = __cpuid(leaf);
        [part.eax, part.ebx, part.ecx, part.edx]
    });
    let bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
    let text = bytes.split(|byte| *byte == 0).next()?;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(not(target_arch = "x86_64"))]
fn own_name() -> Option<String> {
    None
}

/// The name that Linux gives the processor.
#[cfg(target_os = "linux")]
fn name_by_system() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.to_owned())
}

/// The name that macOS gives the processor.
#[cfg(target_os = "macos")]
fn name_by_system() -> Option<String> {
    let asked = std::process::Command::new("/usr/sbin/sysctl")
        .args(["-n", "machdep.cpu.brand_string"])
        .output();
    Some(String::from_utf8_lossy(&asked.ok()?.stdout).into_owned())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn name_by_system() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_cores_and_a_clean_name() {
        let machine = Machine::this();
        assert!(machine.cores >= 1);
        let name = machine.cpu_name();
        assert!(!name.is_empty() && name == name.trim() && !name.contains("  "));
    }

    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    #[test]
    fn the_processor_says_what_the_system_says() {
        let words = |name: Option<String>| {
            let name = name.unwrap_or_default();
            name.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(own_name()), words(name_by_system()));
    }
}
