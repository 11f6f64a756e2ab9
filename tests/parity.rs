//! The So-VITS-SVC pipeline against a reference computation (golden/sovits/make_sovits.py), on both backends.

use serde_json::Value;
use syrinx_dsp::f0::contour::{coarse_bin, interpolate_unvoiced, resize_nearest, voiced_mask};
use syrinx_dsp::{SampleRate, Semitones};
use syrinx_models::runtime::{OnnxSession, RuntimeConfig};
use syrinx_models::svc::{
    ContentEncoder, Controls, Piece, PipelineConfig, Segment, Slicer, SlicerConfig, Speaker,
    SpeakerForm, SvcPipeline, Synthesizer, Unvoiced, content_frames, mel2ph, volume,
};
use syrinx_models::{Backend, Device, LoadError, Model, RunError, Runtime, Tensor};
use syrinx_tests::sovits;

/// Results may differ by this share of the reference's peak. Every input changes the result by at least 50
/// times as much when it is a little wrong (the script asserts that); what is left is the order of sums.
const TOLERANCE: f32 = 1e-4;

/// The runtimes to test. Without the ONNX Runtime library only tract, and a line that says so; with
/// SYRINX_REQUIRE_ORT=1 that is a failure.
fn runtimes() -> Vec<Runtime> {
    let runtime = |backend| {
        Runtime::new(RuntimeConfig {
            backend: Some(backend),
            ..Default::default()
        })
    };
    let mut all = vec![runtime(Backend::Tract).expect("tract is linked in")];
    match runtime(Backend::OnnxRuntime) {
        Ok(found) => all.push(found),
        Err(error) => {
            let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
            assert!(!required, "ONNX Runtime is required: {error}");
            eprintln!("SKIPPED on ONNX Runtime: {error}");
        }
    }
    all
}

fn session(runtime: &Runtime, file: &Value) -> Result<OnnxSession, LoadError> {
    let name = file.as_str().unwrap();
    runtime.load_any(name, &sovits::bytes(name), Device::Cpu)
}

fn encoder(runtime: &Runtime, variant: &Value) -> ContentEncoder {
    let session = session(runtime, &variant["encoder"]).unwrap();
    ContentEncoder::new("encoder", Box::new(session)).unwrap()
}

fn synthesizer(runtime: &Runtime, variant: &Value) -> Result<Synthesizer, LoadError> {
    let session = session(runtime, &variant["synthesizer"])?;
    Synthesizer::new("synthesizer", Box::new(session), 512)
}

fn pipeline(runtime: &Runtime, variant: &Value) -> SvcPipeline {
    let config = PipelineConfig {
        rate: SampleRate::of(variant["rate"].as_u64().unwrap() as u32),
        hop: variant["hop"].as_u64().unwrap() as usize,
        noise_scale: variant["noise_scale"].as_f64().unwrap() as f32,
        unvoiced: Unvoiced::Interpolate,
    };
    let synthesizer = synthesizer(runtime, variant).unwrap();
    SvcPipeline::new(encoder(runtime, variant), synthesizer, config).unwrap()
}

fn controls(variant: &Value) -> Controls {
    Controls {
        speaker: Speaker::One(variant["speaker"].as_u64().unwrap() as usize),
        transpose: Semitones(variant["transpose"].as_f64().unwrap() as f32),
        seed: 0,
        ..Controls::default()
    }
}

fn variants() -> Vec<Value> {
    let all = sovits::index()["variants"].as_array().unwrap().clone();
    let exact: Vec<Value> = all
        .into_iter()
        .filter(|variant| variant["random"] == false)
        .collect();
    assert_eq!(exact.len(), 3);
    exact
}

fn random_variant() -> Value {
    let all = sovits::index()["variants"].as_array().unwrap().clone();
    all.into_iter()
        .find(|variant| variant["random"] == true)
        .unwrap()
}

/// The greatest difference as a share of the reference's peak.
#[track_caller]
fn assert_near(what: &str, ours: &[f32], reference: &[f32], tolerance: f32) -> f32 {
    assert_eq!(ours.len(), reference.len(), "{what}");
    let peak = reference.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    let difference = ours
        .iter()
        .zip(reference)
        .fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(
        difference <= tolerance * peak,
        "{what}: {difference} at a peak of {peak}"
    );
    difference / peak
}

#[test]
fn whole_segments_equal_the_reference() {
    for runtime in runtimes() {
        for variant in variants() {
            let array = |name: &str| sovits::floats(&variant["arrays"][name]);
            let mut pipeline = pipeline(&runtime, &variant);
            let (audio, contour, noise) = (array("audio"), array("contour"), array("noise"));
            let segment = Segment {
                audio: &audio,
                contour: &contour,
                noise: &noise,
            };
            let speech = array("speech");
            let ours = pipeline
                .convert_measured(&segment, &speech, &controls(&variant))
                .unwrap();
            let name = format!("{} on {}", variant["name"], runtime.backend());
            let difference = assert_near(&name, &ours, &array("expected"), TOLERANCE);
            eprintln!("{name}: within {difference:.1e} of the reference's peak");
        }
    }
}

#[test]
fn every_input_of_the_synthesizer_equals_the_reference() {
    for runtime in runtimes() {
        for variant in variants() {
            let array = |name: &str| sovits::floats(&variant["arrays"][name]);
            let pipeline = pipeline(&runtime, &variant);
            let content = encoder(&runtime, &variant)
                .encode(&array("speech"))
                .unwrap();
            let name = format!("{} on {}", variant["name"], runtime.backend());
            assert_near(
                &name,
                content.tensor.as_f32().unwrap(),
                &array("embed"),
                TOLERANCE,
            );

            let (audio, contour, noise) = (array("audio"), array("contour"), array("noise"));
            let segment = Segment {
                audio: &audio,
                contour: &contour,
                noise: &noise,
            };
            let features = pipeline.features(&segment, &content, controls(&variant).transpose);
            assert_eq!(features.uv, array("uv"));
            assert_eq!(
                features.mel2ph,
                sovits::integers(&variant["arrays"]["mel2ph"])
            );
            // A rounding or two of f32; a frame's shift would be 1e-3.
            assert_near("f0", &features.f0, &array("f0"), 3e-7);
            let bins: Vec<i64> = features
                .f0
                .iter()
                .map(|&hz| i64::from(coarse_bin(hz)))
                .collect();
            assert_eq!(bins, sovits::integers(&variant["arrays"]["coarse"]));
            assert_near("volume", &volume(&audio, 512), &array("volume"), 1e-6);
            assert_eq!(features.volume.is_some(), variant["volume"] == true);
            assert_near(
                "noise",
                &features.noise,
                &noise.iter().map(|x| x * 0.4).collect::<Vec<_>>(),
                1e-7,
            );
        }
    }
}

#[test]
fn the_exports_are_recognised() {
    for runtime in runtimes() {
        for variant in variants() {
            let found = synthesizer(&runtime, &variant).unwrap().variant();
            assert_eq!(
                found.content_dim.map(|dim| dim as u64),
                variant["dim"].as_u64()
            );
            assert_eq!(found.volume, variant["volume"] == true);
            let mix = matches!(found.speaker, SpeakerForm::Mix(3));
            assert_eq!(mix, variant["mix"] == true, "{found:?}");
            let encoder = encoder(&runtime, &variant);
            assert_eq!(encoder.dim().map(|dim| dim as u64), variant["dim"].as_u64());

            // Roles the wrong way round, and networks of different widths.
            let swapped = session(&runtime, &variant["encoder"]).unwrap();
            let refused = Synthesizer::new("swapped", Box::new(swapped), 512);
            assert!(matches!(refused, Err(LoadError::Tensor { .. })));
            let swapped = session(&runtime, &variant["synthesizer"]).unwrap();
            assert!(matches!(
                ContentEncoder::new("swapped", Box::new(swapped)),
                Err(LoadError::Tensor { .. })
            ));
        }
        let all = variants();
        let config = PipelineConfig {
            rate: SampleRate::of(44_100),
            hop: 512,
            noise_scale: 0.4,
            unvoiced: Unvoiced::Interpolate,
        };
        let wide = synthesizer(&runtime, &all[1]).unwrap();
        let narrow = encoder(&runtime, &all[0]);
        match SvcPipeline::new(narrow, wide, config) {
            Err(LoadError::Tensor {
                expected, found, ..
            }) => {
                assert!(expected.contains("768") && found.contains("256"));
            }
            other => panic!("accepted: {}", other.is_ok()),
        }
    }
}

#[test]
fn a_mix_of_one_speaker_is_that_speaker_and_others_are_refused() {
    let variant = variants().remove(2);
    let runtime = &runtimes()[0];
    let array = |name: &str| sovits::floats(&variant["arrays"][name]);
    let mut pipeline = pipeline(runtime, &variant);
    let (audio, contour, noise) = (array("audio"), array("contour"), array("noise"));
    let segment = Segment {
        audio: &audio,
        contour: &contour,
        noise: &noise,
    };
    let speech = array("speech");
    let mut run = |speaker| {
        let controls = Controls {
            speaker,
            ..controls(&variant)
        };
        pipeline.convert_measured(&segment, &speech, &controls)
    };
    assert_eq!(
        run(Speaker::Mix(vec![1.0, 0.0, 0.0])).unwrap(),
        run(Speaker::One(0)).unwrap()
    );
    assert_ne!(
        run(Speaker::Mix(vec![0.5, 0.5, 0.0])).unwrap(),
        run(Speaker::One(0)).unwrap()
    );
    assert!(matches!(run(Speaker::One(3)), Err(RunError::Input { .. })));
    assert!(matches!(
        run(Speaker::Mix(vec![1.0])),
        Err(RunError::Input { .. })
    ));
}

/// What the public exports keep inside: random nodes. Both backends run them, and no seed reaches them.
#[test]
fn graphs_with_random_nodes_run_and_are_not_the_same_twice() {
    let variant = random_variant();
    for runtime in runtimes() {
        let mut pipeline = pipeline(&runtime, &variant);
        let audio: Vec<f32> = (0..30 * 512)
            .map(|n| 0.2 * (n as f32 * 0.03).sin())
            .collect();
        let first = pipeline.convert(&audio, 0, &controls(&variant)).unwrap();
        let second = pipeline.convert(&audio, 0, &controls(&variant)).unwrap();
        assert_eq!(first.len(), audio.len());
        assert!(first.iter().chain(&second).all(|x| x.is_finite()));
        let power = |x: &mut dyn Iterator<Item = f32>| x.map(|x| x * x).sum::<f32>();
        let same = power(&mut first.iter().copied());
        let other = power(&mut first.iter().zip(&second).map(|(a, b)| a - b));
        // The noise is at 3 % of the source.
        assert!(other > 0.0 && other < 0.1 * same, "{other} of {same}");
    }
}

/// tract 0.23 tells the two forms of the operator apart by the node's name: one that does not end in "Like", as
/// exporters give to the second of two, is refused when its shapes are known.
#[test]
fn random_nodes_with_numbered_names_are_refused_by_tract_alone() {
    let file = Value::from("v40_random_numbered.onnx");
    for runtime in runtimes() {
        match (runtime.backend(), session(&runtime, &file)) {
            (Backend::Tract, Err(LoadError::Graph { reason, .. })) => {
                assert!(reason.contains("Random"), "{reason}");
            }
            (Backend::Tract, Err(other)) => panic!("another error: {other}"),
            (Backend::Tract, Ok(_)) => panic!("accepted"),
            (_, session) => drop(session.unwrap()),
        }
    }
}

#[test]
fn content_frames_are_huberts() {
    for (samples, frames) in [(400, 1), (719, 1), (720, 2), (3_200, 9), (4_000, 12)] {
        assert_eq!(content_frames(samples), frames);
    }
    for runtime in runtimes() {
        let mut session = session(&runtime, &variants()[0]["encoder"]).unwrap();
        for samples in [400, 720, 3_200, 4_001] {
            let source = Tensor::zeros(&[1, 1, samples]);
            let embed = &session.run(&[("source", &source)]).unwrap()[0];
            assert_eq!(embed.shape(), [1, content_frames(samples), 256]);
        }
    }
    assert_eq!(mel2ph(3, 7), [1, 1, 1, 2, 2, 3, 3]);
    assert_eq!(mel2ph(4, 2), [1, 3]);
}

#[test]
fn contours_equal_the_reference() {
    let floats = |value: &Value| -> Vec<f32> { serde_json::from_value(value.clone()).unwrap() };
    let index = sovits::index();
    let contours = index["contours"].as_object().unwrap();
    assert!(contours.len() >= 5);
    for (name, golden) in contours {
        let mut f0 = floats(&golden["raw"]);
        let mut uv = vec![0.0; f0.len()];
        voiced_mask(&f0, &mut uv);
        assert_eq!(uv, floats(&golden["uv"]), "{name}");
        for (count, resized) in golden["resized"].as_object().unwrap() {
            let mut ours = vec![0.0; count.parse().unwrap()];
            resize_nearest(&f0, &mut ours);
            assert_eq!(ours, floats(resized), "{name} to {count}");
        }
        interpolate_unvoiced(&mut f0);
        for (ours, numpy) in f0.iter().zip(floats(&golden["interpolated"])) {
            assert!((ours - numpy).abs() <= 1e-4, "{name}: {ours} for {numpy}");
        }
        let bins: Vec<u16> = f0.iter().map(|&hz| coarse_bin(hz)).collect();
        let expected: Vec<u16> = serde_json::from_value(golden["coarse"].clone()).unwrap();
        assert_eq!(bins, expected, "{name}");
    }
}

/// The noise of the script's `pauses`, bit by bit.
fn pauses(parts: &Value, rate: f64) -> Vec<f32> {
    let (mut state, mut samples) = (1u32, Vec::new());
    for part in parts.as_array().unwrap() {
        let amplitude = [0.002f32, 0.2, 0.0005][part[0].as_u64().unwrap() as usize];
        for _ in 0..(part[1].as_f64().unwrap() * rate).round() as usize {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            samples.push(amplitude * ((state >> 8) as f32 / 8_388_608.0 - 1.0));
        }
    }
    samples
}

/// Silent spans and plain cuts of pieces, as the script writes them.
fn spans(pieces: &[Piece], total: u64) -> Vec<(u64, u64)> {
    let (mut spans, mut position): (Vec<(u64, u64)>, u64) = (Vec::new(), 0);
    for piece in pieces {
        match piece {
            Piece::Silence(count) => {
                let end = position + *count as u64;
                match spans.last_mut() {
                    // Long silence is handed out in parts.
                    Some(last) if last.1 == position => last.1 = end,
                    _ => spans.push((position, end)),
                }
                position = end;
            }
            Piece::Speech {
                start,
                samples,
                joins,
                ..
            } => {
                assert!(!joins && *start == position);
                let cut = position > 0 && spans.last().is_none_or(|last| last.1 != position);
                spans.extend(cut.then_some((position, position)));
                position += samples.len() as u64;
            }
        }
    }
    assert_eq!(position, total);
    spans
}

#[test]
fn recordings_are_cut_where_the_reference_cuts() {
    let index = sovits::index();
    let cases = index["slices"].as_array().unwrap();
    assert!(cases.len() >= 27);
    for case in cases {
        let rate = case["rate"].as_u64().unwrap() as u32;
        let samples = pauses(&case["parts"], f64::from(rate));
        assert_eq!(samples.len() as u64, case["samples"].as_u64().unwrap());
        let config = SlicerConfig {
            max_piece_ms: 600_000.0,
            ..SlicerConfig::default()
        };
        let mut slicer = Slicer::new(&config, SampleRate::of(rate)).unwrap();
        let mut pieces = Vec::new();
        for block in samples.chunks(1_000) {
            slicer.push(block, &mut pieces);
        }
        slicer.finish(&mut pieces);
        let total = samples.len() as u64;
        let mut expected: Vec<(u64, u64)> = serde_json::from_value(case["silent"].clone()).unwrap();
        // A cut at the very beginning or end cuts nothing.
        expected.retain(|span| *span != (0, 0) && *span != (total, total));
        assert_eq!(spans(&pieces, total), expected, "{}", case["name"]);
    }
}
