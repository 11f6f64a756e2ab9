//! A folder with a recording, in which the command runs.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::common::{Run, read_wav, speech_like, syrinx, write_wav};

/// A folder with a recording, in which the command runs.
pub struct Place {
    pub root: tempfile::TempDir,
}

impl Place {
    /// A folder with `speech.wav`, of 0.8 s.
    pub fn new(rate: u32, channels: u16) -> Place {
        let root = tempfile::tempdir().unwrap();
        let signal = speech_like(rate as usize * 4 / 5, rate);
        write_wav(&root.path().join("speech.wav"), &signal, rate, channels);
        Place { root }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn run(&self, line: &str) -> Run {
        let words: Vec<&str> = line.split_whitespace().collect();
        let run = syrinx(self.root.path(), &words);
        assert!(!run.stderr.contains("panicked"), "{line}: {run:?}");
        run
    }

    /// Runs a line that must succeed.
    pub fn ok(&self, line: &str) -> Run {
        let run = self.run(line);
        assert_eq!(run.code, Some(0), "{line}: {run:?}");
        run
    }

    pub fn samples(&self, name: &str) -> Vec<f32> {
        read_wav(&self.path(name)).1
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }
}
