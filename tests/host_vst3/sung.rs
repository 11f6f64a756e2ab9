//! A scale that a host plays, and that the default voice sings.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use syrinx_dsp::SampleRate;
use syrinx_tests::hosts::run;
use syrinx_tests::sung::{NOTE_SECONDS, SCALE, cents, cents_of, input};

use super::{read_floats, set_up};

const RATE: SampleRate = SampleRate::of(48_000);

/// Writes what is sung over the scale, as hosts' readers take it.
fn write_input(file: &Path) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE.hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file, spec).expect("a file");
    for sample in input(RATE) {
        let whole = (sample.clamp(-1.0, 1.0) * 32_767.0) as i16;
        writer.write_sample(whole).expect("written");
    }
    writer.finalize().expect("written");
}

#[test]
fn dawdreamer_plays_the_default_voice_from_a_keyboard() {
    let Some((bundles, python)) = set_up() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let (source, target) = (folder.path().join("in.wav"), folder.path().join("out.f32"));
    write_input(&source);
    let printed = run(Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("host_vst3/bounce_sung.py"))
        .arg(bundles.join("Syrinx.vst3"))
        .args([&source, &target])
        .arg(NOTE_SECONDS.to_string())
        .args(SCALE.map(|key| key.to_string())));
    let last = printed.lines().last().expect("a line");
    let found: Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(found["bounces_equal"], true, "the same for any block size");
    // Unmended, the framework adds 2080 for the wheel and the controllers of 16 channels.
    let parameters = found["parameters"].as_array().expect("a list");
    assert!(parameters.len() < 100, "{}", parameters.len());

    let heard = read_floats(&target);
    let (sung, bent) = heard.split_at(heard.len() / 2);
    let off = cents(sung, RATE);
    println!("cents off: {off:.2?}");
    // What is asked for. The tracker itself is off by about one.
    assert!(off.iter().all(|cents| cents.abs() < 10.0), "{off:?}");

    let at = |seconds: f64| (seconds * f64::from(RATE.hz())) as usize;
    let first = f32::from(SCALE[0]);
    // Two semitones either way, as in a new instance.
    for (start, bend) in [(0.3, 0.0), (1.3, 2.0), (2.3, -2.0), (3.3, 0.0)] {
        let off = cents_of(&bent[at(start)..at(start + 0.5)], RATE, first + bend);
        println!("{bend} st: {off:.2} cents");
        assert!(off.abs() < 10.0, "{bend}: {off}");
    }
}
