//! Reads what memory this process has.

/// Memory of this process in MB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Its own: what is not a file.
    pub own: u64,
    /// Files that it maps and has touched, such as networks.
    pub files: u64,
    /// The most of both so far.
    pub peak: u64,
}

impl Memory {
    /// What it has now; `None` where the system does not tell as Linux does.
    pub fn now() -> Option<Memory> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let megabytes = |key: &str| -> Option<u64> {
            let line = status.lines().find(|line| line.starts_with(key))?;
            let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
            Some(kilobytes / 1024)
        };
        Some(Memory {
            own: megabytes("RssAnon:")?,
            files: megabytes("RssFile:")?,
            peak: megabytes("VmHWM:")?,
        })
    }

    /// Its own and files.
    pub fn all(self) -> u64 {
        self.own + self.files
    }
}

/// Prints what it has now, at `moment`.
pub fn report(moment: &str) {
    if let Some(Memory { own, files, peak }) = Memory::now() {
        println!("{moment}: {own} MB its own, {files} MB of files, at most {peak} MB so far");
    }
}
