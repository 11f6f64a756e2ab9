//! Recordings go through the default voice: lengths, formats, reports, provenance, batches, both paths.

mod common;
#[path = "common/place.rs"]
mod place;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use common::{data, names_in, read_wav, write_wav};
use place::Place;
use serde_json::Value;
use syrinx_cli::audio::info_chunk;

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt()
}

#[test]
fn any_rate_and_depth_keeps_the_length_and_makes_sound() {
    for (rate, channels, depth, bits) in [
        (8000, 1, "16", 16),
        (44_100, 2, "24", 24),
        (48_000, 1, "32f", 32),
        (11_025, 6, "16", 16),
    ] {
        for path in ["", "--streamed"] {
            let place = Place::new(rate, channels);
            place.ok(&format!(
                "convert speech.wav out.wav --bit-depth {depth} {path}"
            ));
            let (spec, samples) = read_wav(&place.path("out.wav"));
            assert_eq!(
                (spec.sample_rate, spec.channels, spec.bits_per_sample),
                (rate, 1, bits)
            );
            assert_eq!(samples.len(), rate as usize * 4 / 5);
            let level = rms(&samples);
            assert!((0.005..0.7).contains(&level), "{rate} {path}: rms {level}");
            assert_eq!(names_in(place.root.path()), ["out.wav", "speech.wav"]);
        }
    }
}

#[test]
fn compressed_recordings_convert_to_their_own_length() {
    for name in ["tone.flac", "tone.mp3", "tone.ogg", "stereo.flac"] {
        let place = Place::new(16_000, 1);
        fs::copy(data(name), place.path(name)).unwrap();
        place.ok(&format!("convert {name} out.wav"));
        assert_eq!(place.samples("out.wav").len(), 8000, "{name}");
    }
}

#[test]
fn the_report_says_what_was_done() {
    let place = Place::new(44_100, 2);
    let run = place.ok("convert speech.wav out.wav --json --seed 7 --gate -60 --bit-depth 16");
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    assert!(
        run.stdout
            .starts_with("converted speech.wav -> out.wav: 0.8 s, voice "),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains(" st (auto: "), "{}", run.stdout);
    let report = place.json("out.wav.json");
    assert_eq!(
        report["program"],
        concat!("Syrinx ", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(report["input"]["path"], "speech.wav");
    assert_eq!(
        (&report["input"]["rate"], &report["input"]["channels"]),
        (&44_100.into(), &2.into())
    );
    assert_eq!(report["input"]["samples"], 35_280);
    assert_eq!(report["output"]["samples"], 35_280);
    assert_eq!(report["output"]["dithered"], true);
    assert_eq!(report["settings"]["seed"], 7);
    assert_eq!(report["settings"]["gate_db"], -60.0);
    assert_eq!(report["settings"]["transpose"], "auto");
    assert_eq!(report["backend"], "tract");
    assert_eq!(report["device"], "cpu");
    assert_eq!(report["duration_s"], 0.8);
    assert_eq!(report["stream"], Value::Null);
    let (factor, compute) = (&report["real_time_factor"], &report["compute_s"]);
    let expected = compute.as_f64().unwrap() / 0.8;
    assert!(
        (factor.as_f64().unwrap() - expected).abs() < 1e-9,
        "{report}"
    );
    let voices: Value = serde_json::from_str(&place.ok("voices --json").stdout).unwrap();
    assert_eq!(report["voice"]["sha256"], voices[0]["sha256"]);
    assert_eq!(report["speaker"], voices[0]["speakers"][0]);
}

#[test]
fn the_file_itself_says_where_it_comes_from() {
    let place = Place::new(16_000, 1);
    place.ok("convert speech.wav out.wav --json --transpose -3 --formant 2 --intonation 0.5 --seed 9 --mix 0.8");
    let report = place.json("out.wav.json");
    let entries = info_chunk::read(&mut File::open(place.path("out.wav")).unwrap()).unwrap();
    let texts: BTreeMap<[u8; 4], String> = entries
        .into_iter()
        .map(|entry| (entry.name, entry.text))
        .collect();
    assert_eq!(texts[b"ISFT"], report["program"]);
    let comment: Value = serde_json::from_str(&texts[b"ICMT"]).unwrap();
    assert_eq!(comment["voice"], report["voice"]);
    assert_eq!(comment["settings"], report["settings"]);
    assert_eq!(comment["transpose_semitones"], -3.0);
    assert_eq!(comment["settings"]["formant"], 2.0);
    assert_eq!(comment["settings"]["intonation"], 0.5);
    assert_eq!(comment["input_sha256"], report["input"]["sha256"]);
    assert!(
        !texts[b"ICMT"].contains(&*place.root.path().to_string_lossy()),
        "no paths: {comment}"
    );
}

#[test]
fn the_same_seed_gives_the_same_file_and_another_another() {
    let place = Place::new(16_000, 1);
    for (name, seed) in [("a", 1), ("b", 1), ("c", 2)] {
        place.ok(&format!(
            "convert speech.wav {name}.wav --seed {seed} --bit-depth 16"
        ));
    }
    let [a, b, c] =
        ["a", "b", "c"].map(|name| fs::read(place.path(&format!("{name}.wav"))).unwrap());
    assert!(a == b, "the same seed");
    assert!(a != c, "another seed");
}

#[test]
fn settings_change_the_sound() {
    let place = Place::new(16_000, 1);
    place.ok("convert speech.wav plain.wav --transpose 0 --strength 0.5 --bit-depth 32f");
    let plain = place.samples("plain.wav");
    for change in [
        "--transpose 7",
        "--formant 6",
        "--intonation 0",
        "--strength 1",
        "--speaker 1",
        "--mix 0.5",
        "--gate 0",
    ] {
        let line = "convert speech.wav changed.wav --bit-depth 32f";
        let fixed = if change.contains("transpose") {
            ""
        } else {
            "--transpose 0"
        };
        place.ok(&format!("{line} {fixed} {change}"));
        let difference = largest_difference(&plain, &place.samples("changed.wav"));
        assert!(difference > 0.01, "{change}: {difference}");
    }
}

/// Without any of the converted signal, what comes out is the input, in its place to the sample: a shift by one
/// would differ by more than 0.02.
#[test]
fn a_dry_mix_is_the_recording_itself() {
    for path in ["", "--streamed"] {
        let place = Place::new(44_100, 1);
        place.ok(&format!(
            "convert speech.wav out.wav --mix 0 --bit-depth 32f {path}"
        ));
        let difference =
            largest_difference(&place.samples("speech.wav"), &place.samples("out.wav"));
        assert!(difference < 1e-4, "{path}: {difference}");
    }
}

/// The default voice carries its state, so both of its paths compute the same; only the resamplers' blocks
/// differ. A shift by one sample would be a difference of more than 0.02.
#[test]
fn streamed_and_whole_file_agree() {
    let place = Place::new(44_100, 1);
    let settings = "--transpose 2 --bit-depth 32f --json";
    place.ok(&format!("convert speech.wav whole.wav {settings}"));
    place.ok(&format!(
        "convert speech.wav streamed.wav {settings} --streamed"
    ));
    let difference =
        largest_difference(&place.samples("whole.wav"), &place.samples("streamed.wav"));
    assert!(difference < 1e-3, "difference {difference}");
    let stream = &place.json("streamed.wav.json")["stream"];
    assert_eq!(stream["missing_samples"], 0);
    let samples = stream["latency_samples"].as_u64().unwrap();
    let ms = stream["latency_ms"].as_f64().unwrap();
    assert!(
        (samples as f64 / 44.1 - ms).abs() < 1e-6 && samples > 0,
        "{stream}"
    );
    assert!(!stream["terms"].as_array().unwrap().is_empty());
}

#[test]
fn the_chunk_can_be_chosen() {
    let place = Place::new(48_000, 1);
    let latency = |chunk: u32| {
        place.ok(&format!(
            "convert speech.wav out.wav --streamed --chunk {chunk} --json"
        ));
        let stream = place.json("out.wav.json")["stream"].clone();
        (
            stream["chunk_ms"].as_f64().unwrap(),
            stream["latency_ms"].as_f64().unwrap(),
        )
    };
    let (short, long) = (latency(10), latency(60));
    assert!(
        (short.0 - 10.0).abs() < 5.0 && (long.0 - 60.0).abs() < 15.0,
        "{short:?} {long:?}"
    );
    assert!(long.1 - short.1 > 30.0, "{short:?} {long:?}");
}

#[test]
fn a_batch_keeps_the_layout_and_skips_what_is_finished() {
    let place = Place::new(16_000, 1);
    fs::create_dir_all(place.path("takes/inner")).unwrap();
    fs::rename(place.path("speech.wav"), place.path("takes/one.wav")).unwrap();
    fs::copy(data("tone.flac"), place.path("takes/inner/two.flac")).unwrap();
    fs::copy(data("tone.ogg"), place.path("three.ogg")).unwrap();
    let convert = "convert takes three.ogg --out-dir done";
    let counts = |line: &str| {
        let run = place.ok(line);
        run.stdout.lines().last().unwrap().to_owned()
    };
    assert_eq!(counts(convert), "3 converted, 0 already finished, 0 failed");
    assert_eq!(
        names_in(&place.path("done")),
        ["inner", "one.wav", "three.wav"]
    );
    assert_eq!(names_in(&place.path("done/inner")), ["two.wav"]);

    let written = |name: &str| fs::metadata(place.path(name)).unwrap().modified().unwrap();
    let before = written("done/one.wav");
    assert_eq!(counts(convert), "0 converted, 3 already finished, 0 failed");
    assert_eq!(written("done/one.wav"), before);

    // What is missing, foreign or of other input is done again; what is finished stays.
    fs::remove_file(place.path("done/one.wav")).unwrap();
    write_wav(&place.path("done/three.wav"), &[0.5; 100], 16_000, 1);
    fs::copy(data("stereo.flac"), place.path("takes/inner/two.flac")).unwrap();
    assert_eq!(counts(convert), "3 converted, 0 already finished, 0 failed");
    assert_eq!(
        counts(&format!("{convert} --seed 3")),
        "3 converted, 0 already finished, 0 failed"
    );
    assert_eq!(
        counts(&format!("{convert} --seed 3 --json")),
        "3 converted, 0 already finished, 0 failed"
    );
    assert_eq!(
        counts(&format!("{convert} --seed 3 --json")),
        "0 converted, 3 already finished, 0 failed"
    );
    assert_eq!(
        counts(&format!("{convert} --seed 3 --force")),
        "3 converted, 0 already finished, 0 failed"
    );
}

#[test]
fn voices_and_doctor_say_what_there_is() {
    let place = Place::new(16_000, 1);
    let list = place.ok("voices").stdout;
    assert!(list.starts_with("default: "), "{list}");
    let one: Value =
        serde_json::from_str(&place.ok("voices inspect default --json").stdout).unwrap();
    assert!(one["latency"]["total_ms"].as_f64().unwrap() > 0.0);
    assert!(!one["latency"]["terms"].as_array().unwrap().is_empty());
    assert!(!one["speakers"].as_array().unwrap().is_empty());
    assert!(
        one["card"]
            .as_str()
            .is_some_and(|card| card.starts_with("# "))
    );
    assert!(
        place
            .ok("voices inspect default")
            .stdout
            .contains("licence")
    );

    let doctor: Value = serde_json::from_str(&place.ok("doctor --json").stdout).unwrap();
    assert_eq!(doctor["backend"], "tract");
    assert_eq!(doctor["default_voice"]["Ok"], one["sha256"]);
    assert!(doctor["cores"].as_u64().unwrap() > 0);
    assert!(
        doctor["devices"]
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line["device"] == "cpu")
    );
    assert!(place.ok("doctor").stdout.contains("backend       tract"));
    let refused = place.run("doctor --backend onnxruntime");
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("cargo xtask setup runtime"),
        "{}",
        refused.stderr
    );
    let refused = place.run("doctor --device cuda:0");
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("cuda:0"), "{}", refused.stderr);
}

#[test]
fn an_installed_voice_is_found_by_name() {
    let place = Place::new(16_000, 1);
    common::voice::VoiceCopy::new(&place.path("home/voices/mine"));
    let list = place.ok("voices").stdout;
    assert!(
        list.lines().any(|line| line.starts_with("mine: ")),
        "{list}"
    );
    place.ok("convert speech.wav by-name.wav --voice mine");
    place.ok("convert speech.wav by-path.wav --voice home/voices/mine");
    place.ok("convert speech.wav default.wav");
    let bytes = |name: &str| fs::read(Path::new(&place.path(name))).unwrap();
    assert!(bytes("by-name.wav") == bytes("by-path.wav"));
    assert_eq!(place.samples("by-name.wav"), place.samples("default.wav"));
}
