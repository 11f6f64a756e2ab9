//! Keeps one core busy while something else is measured.

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// A program that never rests; it ends when this is dropped.
pub struct Busy {
    child: Child,
}

impl Busy {
    /// Starts it.
    ///
    /// # Errors
    /// If there is no shell.
    pub fn start() -> Result<Busy> {
        let mut command = Command::new("sh");
        command.args(["-c", "while :; do :; done"]);
        let child = command.stdin(Stdio::null()).spawn();
        Ok(Busy {
            child: child.context("cannot start a shell to keep a core busy")?,
        })
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        // It can only have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_until_it_is_dropped() {
        let mut busy = Busy::start().unwrap();
        assert!(busy.child.try_wait().unwrap().is_none());
        let alive = format!("/proc/{}", busy.child.id());
        drop(busy);
        assert!(!std::path::Path::new(&alive).exists());
    }
}
