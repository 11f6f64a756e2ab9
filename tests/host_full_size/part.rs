//! Tells a test that runs in a process of its own what to play.

use std::path::{Path, PathBuf};
use std::process::Command;

use syrinx_engine::VoiceIdentity;
use syrinx_models::VoiceBundle;
use syrinx_tests::hosts::samples;

use crate::stage::{Played, Stage};

/// The variables that only the process of one test gets.
const VOICE: &str = "SYRINX_FULL_SIZE_VOICE";
const RECORDING: &str = "SYRINX_FULL_SIZE_RECORDING";
const CONVERTED: &str = "SYRINX_FULL_SIZE_CONVERTED";

/// What a test in a process of its own plays.
pub struct Part {
    /// The voice's folder, among the installed ones.
    pub path: PathBuf,
    /// The same, opened.
    pub bundle: VoiceBundle,
    /// What is said to it, at [`crate::stage::RATE`].
    pub recording: Vec<f32>,
    /// What the command makes of that, as a stream of the lowest latency.
    pub converted: Vec<f32>,
}

impl Part {
    /// The part that this process was started for; `None` in the one that the test began in.
    pub fn here() -> Option<Part> {
        let path = PathBuf::from(std::env::var_os(VOICE)?);
        let file = |name| PathBuf::from(std::env::var_os(name).expect("set with the voice"));
        Some(Part {
            bundle: VoiceBundle::open(&path).expect("a voice"),
            path,
            recording: recorded(&file(RECORDING)),
            converted: samples(&file(CONVERTED)),
        })
    }

    /// How a project names the voice.
    pub fn identity(&self) -> VoiceIdentity {
        VoiceIdentity::of(&self.bundle)
    }
}

impl Played {
    /// Runs the test called `name` once more, in a process that finds this voice installed.
    ///
    /// # Panics
    /// If the test fails there.
    pub fn play(&self, stage: &Stage, name: &str) {
        self.play_with(stage, name, None);
    }

    /// The same with one more variable in the environment.
    ///
    /// # Panics
    /// If the test fails there.
    pub fn play_with(&self, stage: &Stage, name: &str, variable: Option<(&str, &str)>) {
        let status = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", name, "--nocapture"])
            .envs(variable)
            .env("SYRINX_HOME", &stage.home)
            .env("SYRINX_ONNXRUNTIME", &stage.runtime)
            .env(VOICE, &self.bundle)
            .env(RECORDING, &stage.recording)
            .env(CONVERTED, &self.converted)
            .status()
            .expect("it starts");
        assert!(status.success(), "{name}: {status}");
    }
}

/// The samples of a mono recording of 16 bits, scaled as the command does.
fn recorded(file: &Path) -> Vec<f32> {
    let reader = hound::WavReader::open(file).expect("a WAV file");
    reader
        .into_samples::<i16>()
        .map(|sample| f32::from(sample.expect("a sample")) / 32_768.0)
        .collect()
}
