//! What the tests of the command share: running it, recordings, voices, and tiny networks.
#![allow(dead_code)]

pub mod imports;
pub mod onnx;
pub mod speaking;
pub mod voice;

use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The outcome of a run of the command.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn errors(&self) -> Vec<&str> {
        self.stderr
            .lines()
            .filter(|line| line.starts_with("error: "))
            .collect()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Run {
        Run {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The command, with no voice or library of the user's in reach.
pub fn command(home: &Path) -> Command {
    isolated(Command::new(env!("CARGO_BIN_EXE_syrinx")), home)
}

/// The command under `sh`, after `setup`.
pub fn command_after(setup: &str, home: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        &format!("{setup}; exec \"$@\""),
        "sh",
        env!("CARGO_BIN_EXE_syrinx"),
    ]);
    isolated(shell, home)
}

fn isolated(mut command: Command, home: &Path) -> Command {
    command
        .env("SYRINX_HOME", home.join("home"))
        .env_remove("SYRINX_ONNXRUNTIME");
    command.env("RUST_BACKTRACE", "1").current_dir(home);
    command
}

/// Runs `syrinx` with `arguments` in `home`.
pub fn syrinx(home: &Path, arguments: &[&str]) -> Run {
    command(home)
        .args(arguments)
        .output()
        .expect("the command starts")
        .into()
}

/// The ONNX Runtime library of this machine, or `None` where there is none; `SYRINX_REQUIRE_ORT=1` demands one.
pub fn onnxruntime() -> Option<PathBuf> {
    let found = syrinx_models::Runtime::new(Default::default()).unwrap();
    let library = found.status().library.map(|library| library.path);
    let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
    assert!(library.is_some() || !required, "ONNX Runtime is required");
    library
}

/// A sample file that lies beside the tests.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// The tone of the sample files: 0.4 sin(2 pi 200 t) at 16 kHz.
pub fn tone(samples: usize) -> Vec<f32> {
    (0..samples)
        .map(|n| (0.4 * (TAU * 200.0 * n as f64 / 16_000.0).sin()) as f32)
        .collect()
}

/// Something like speech: a gliding pulse train of three formants with pauses, peak about 0.5.
pub fn speech_like(samples: usize, rate: u32) -> Vec<f32> {
    let rate = f64::from(rate);
    let mut phase = 0.0;
    (0..samples)
        .map(|n| {
            let time = n as f64 / rate;
            let f0 = 120.0 + 25.0 * (TAU * 0.9 * time).sin();
            phase += f0 / rate;
            let partials: f64 = (1..=24)
                .map(|k| (k, f64::from(k) * f0))
                .filter(|(_, hz)| *hz < 0.45 * rate)
                .map(|(k, hz)| formants(hz) * (TAU * f64::from(k) * phase).sin())
                .sum();
            let syllable = (TAU * 2.5 * time).sin().max(0.0).sqrt();
            (0.12 * syllable * partials) as f32
        })
        .collect()
}

/// Notes sung with 24 harmonics and three formants, half a second each, with 80 ms of silence between them.
pub fn sung(notes: &[f32], rate: u32) -> Vec<f32> {
    let rate = f64::from(rate);
    let (length, pause) = ((0.5 * rate) as usize, (0.08 * rate) as usize);
    let mut song = Vec::new();
    for &note in notes {
        let f0 = 440.0 * ((f64::from(note) - 69.0) / 12.0).exp2();
        song.extend((0..length).map(|n| {
            let time = n as f64 / rate;
            let partials: f64 = (1..=24)
                .map(|k| f64::from(k) * f0)
                .filter(|hz| *hz < 0.45 * rate)
                .map(|hz| formants(hz) * (TAU * hz * time).sin())
                .sum();
            // Rises and falls within 30 ms, as a mouth opens.
            let edge = (n.min(length - n) as f64 / (0.03 * rate)).min(1.0);
            (0.12 * edge * partials) as f32
        }));
        song.extend(vec![0.0; pause]);
    }
    song
}

fn formants(hz: f64) -> f64 {
    [
        (600.0, 120.0, 1.0),
        (1300.0, 200.0, 0.6),
        (2500.0, 300.0, 0.3),
    ]
    .iter()
    .map(|(centre, width, gain)| gain / (1.0 + ((hz - centre) / width).powi(2)))
    .sum()
}

/// Writes a float WAV file in which channel `c` is the signal divided by `c + 1`.
pub fn write_wav(path: &Path, signal: &[f32], rate: u32, channels: u16) {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in signal {
        for channel in 0..channels {
            writer
                .write_sample(sample / f32::from(channel + 1))
                .unwrap();
        }
    }
    writer.finalize().unwrap();
}

/// Writes a 16-bit mono WAV file.
pub fn write_wav_16(path: &Path, signal: &[f32], rate: u32) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in signal {
        writer.write_sample((sample * 32_767.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

/// The head of a 16-bit mono WAV file that promises `samples`, whatever follows.
pub fn wav_head(samples: u32, rate: u32) -> Vec<u8> {
    let mut head = b"RIFF".to_vec();
    head.extend_from_slice(&(36 + 2 * samples).to_le_bytes());
    head.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    head.extend_from_slice(&rate.to_le_bytes());
    head.extend_from_slice(&(2 * rate).to_le_bytes());
    head.extend_from_slice(b"\x02\0\x10\0data");
    head.extend_from_slice(&(2 * samples).to_le_bytes());
    head
}

/// The samples of a WAV file as floats, and its format.
pub fn read_wav(path: &Path) -> (hound::WavSpec, Vec<f32>) {
    let mut reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    let samples = match spec.sample_format {
        hound::SampleFormat::Float => reader.samples::<f32>().map(Result::unwrap).collect(),
        hound::SampleFormat::Int => {
            let scale = 2f32.powi(1 - i32::from(spec.bits_per_sample));
            reader
                .samples::<i32>()
                .map(|value| value.unwrap() as f32 * scale)
                .collect()
        }
    };
    (spec, samples)
}

/// The names in a folder, hidden ones too, sorted.
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
