//! What the tests in hosts share: where things are, what the command converts, and the comparison with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use syrinx_models::runtime::library_in;

/// Whether a host that is missing is a failure and not a skip. The gate says so.
pub fn are_required() -> bool {
    std::env::var_os("SYRINX_REQUIRE_HOSTS").is_some()
}

/// The paths in the environment variables of these names, which the gate sets, or `None`, said aloud.
///
/// # Panics
/// If one is missing and hosts are required.
pub fn paths<const N: usize>(names: [&str; N]) -> Option<[PathBuf; N]> {
    let variables = names.map(|name| std::env::var_os(name).map(PathBuf::from));
    if variables.iter().all(Option::is_some) {
        return Some(variables.map(|path| path.expect("just looked at")));
    }
    assert!(!are_required(), "{} needed here", names.join(" and "));
    println!("skipped: `cargo xtask test --only hosts` builds the bundle and brings the hosts");
    None
}

/// The recording that hosts are given: speech, 16-bit mono.
pub fn recording() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/speech.wav")
}

/// The ONNX Runtime library beside the VST3 plugin, for a command that must run the networks with the same.
pub fn runtime_beside_vst3(bundles: &Path) -> Option<PathBuf> {
    runtime_under(&bundles.join("Syrinx.vst3/Contents"))
}

/// The same beside the CLAP plugin.
pub fn runtime_beside_clap(bundles: &Path) -> Option<PathBuf> {
    // Where it is a single file it lies in a folder, elsewhere it is one.
    let folders = ["Syrinx", "Syrinx.clap/Contents"];
    folders
        .iter()
        .find_map(|folder| runtime_under(&bundles.join(folder)))
}

/// The library in `folder` or one that it holds, wherever the bundler put it.
fn runtime_under(folder: &Path) -> Option<PathBuf> {
    let inner = folder.read_dir().into_iter().flatten().flatten();
    std::iter::once(folder.to_owned())
        .chain(inner.map(|entry| entry.path()))
        .find_map(|folder| library_in(&folder))
}

/// A program that was built with the bundles.
pub fn program(bundles: &Path, name: &str) -> PathBuf {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    bundles.join("bin").join(file)
}

/// Runs a program and returns what it printed.
///
/// # Panics
/// If it does not start, or fails.
pub fn run(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{printed}\n{told}",
        output.status
    );
    printed
}

/// What `syrinx convert --streamed` makes of the recording, transposed by whole semitones.
///
/// # Panics
/// If it makes nothing.
pub fn converted(bundles: &Path, folder: &Path, transpose: i32) -> Vec<f32> {
    let target = folder.join("converted.wav");
    run(Command::new(program(bundles, "syrinx"))
        .args(["convert", "--streamed", "--chunk", "10"])
        // In one piece, so that a minus is no option of its own.
        .arg(format!("--transpose={transpose}"))
        .args(["--backend", "tract", "--bit-depth", "32f"])
        .arg(recording())
        .arg(&target));
    samples(&target)
}

/// The samples of a mono recording of 32-bit floats.
///
/// # Panics
/// If it is none.
pub fn samples(file: &Path) -> Vec<f32> {
    let mut reader = hound::WavReader::open(file).expect("a WAV file");
    assert_eq!(reader.spec().channels, 1, "{file:?}");
    reader
        .samples::<f32>()
        .map(|sample| sample.expect("a sample"))
        .collect()
}

/// Compares sample by sample. Both run the same stream on the same backend, so they are equal but for the last
/// bit of the gains; a misalignment of one sample would differ by more than a tenth of the peak.
///
/// # Panics
/// If they differ, or all is silent.
pub fn assert_same(found: &[f32], expected: &[f32]) {
    let peak = expected.iter().map(|x| x.abs()).fold(0.0, f32::max);
    assert!(peak > 0.05, "something is heard");
    let (at, difference) = found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .enumerate()
        .fold(
            (0, 0.0),
            |most, (at, d)| if d > most.1 { (at, d) } else { most },
        );
    assert!(
        difference <= 1e-6 * peak,
        "{difference} of {peak} at sample {at}"
    );
}
