//! Every dialect of synthesizers and content encoders against `tests/golden/dialects/make_dialects.py`, on both backends.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::*;
use crate::bundle::VoiceBundle;
use crate::progress::Quiet;
use crate::runtime::{Backend, Device, Runtime, RuntimeConfig};
use crate::sample_io::{SliceSource, VecSink};
use crate::settings::ConvertSettings;
use crate::svc::content_frames;
use crate::svc::retrieval::Retrieval;
use crate::svc::retrieved::Retrieved;
use crate::voice::Voice;

/// Audio may differ by this share of the reference's peak: 7.8e-5 were seen, from the sine, whose phase is a sum of f32.
/// Every input that is a little wrong changes it by 2e-2 and more, which the script asserts.
const TOLERANCE: f32 = 1.5e-4;
/// The same for content, which has no sine: 3.5e-6 were seen, the order of sums.
const CONTENT_TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    rate: u32,
    samples: usize,
    speakers: usize,
    contour: Vec<f32>,
    encoders: Vec<EncoderCase>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct EncoderCase {
    name: String,
    outputs: Vec<OutputCase>,
}

#[derive(Deserialize)]
struct OutputCase {
    width: usize,
    /// The first three values of each frame.
    first: Vec<f32>,
}

#[derive(Clone, Deserialize)]
struct Case {
    name: String,
    encoder: String,
    transpose: f32,
    unvoiced: Unvoiced,
    speaker: serde_json::Value,
    #[serde(default)]
    noise_scale: f32,
    hop: usize,
    frames: usize,
    width: usize,
    #[serde(default)]
    rate: f32,
    #[serde(default)]
    protect: f32,
    /// Whether its graph cuts at lengths that it is given.
    #[serde(default)]
    cut: bool,
}

fn folder(of: &str) -> PathBuf {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    golden.join(of)
}

fn bytes(file: &str) -> Vec<u8> {
    std::fs::read(folder("dialects").join(file)).unwrap()
}

fn golden() -> Golden {
    serde_json::from_slice(&bytes("golden.json")).unwrap()
}

/// tract, and ONNX Runtime where there is a library; `SYRINX_REQUIRE_ORT=1` demands it.
fn runtimes() -> Vec<Runtime> {
    let runtime = |backend| {
        Runtime::new(RuntimeConfig {
            backend: Some(backend),
            ..RuntimeConfig::default()
        })
    };
    let mut runtimes = vec![runtime(Backend::Tract).unwrap()];
    match runtime(Backend::OnnxRuntime) {
        Ok(found) => runtimes.push(found),
        Err(error) => {
            let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
            assert!(!required, "ONNX Runtime is required: {error}");
            eprintln!("skipped on ONNX Runtime: {error}");
        }
    }
    runtimes
}

/// The script's numbers between -1 and 1, bit by bit.
fn uniform(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state >> 8) / 8_388_608.0 - 1.0) as f32
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// The script's speech.
fn speech(samples: usize) -> Vec<f32> {
    let swell = |n: usize| (n % 2_000).min(1_000) as f32 / 4_000.0;
    let noise = uniform(samples, 1);
    noise.iter().zip(0..).map(|(x, n)| x * swell(n)).collect()
}

/// The script's moving mix of speakers.
fn shares(frames: usize, speakers: usize) -> Vec<f32> {
    let raw = uniform(frames * speakers, 99);
    let raw: Vec<f32> = raw.iter().map(|x| x.abs() + 0.01).collect();
    raw.chunks_exact(speakers)
        .flat_map(|row| row.iter().map(|x| x / row.iter().sum::<f32>()))
        .collect()
}

fn encoder(
    runtime: &Runtime,
    name: &str,
    wanted: Option<&str>,
    dim: Option<usize>,
) -> ContentEncoder {
    let graph = bytes(&format!("encoder_{name}.onnx"));
    let session = runtime.load_any(name, &graph, Device::Cpu).unwrap();
    ContentEncoder::with_output(name, Box::new(session), wanted, dim).unwrap()
}

fn pipeline(runtime: &Runtime, case: &Case, rate: u32) -> SvcPipeline {
    let graph = bytes(&format!("{}.onnx", case.name));
    let session = runtime.load_any(&case.name, &graph, Device::Cpu).unwrap();
    let synthesizer = Synthesizer::new(&case.name, Box::new(session), case.hop).unwrap();
    assert_eq!(synthesizer.variant().content_dim, Some(case.width));
    let config = PipelineConfig {
        rate: SampleRate::of(rate),
        hop: case.hop,
        noise_scale: case.noise_scale,
        unvoiced: case.unvoiced,
    };
    let encoder = encoder(runtime, &case.encoder, None, Some(case.width));
    SvcPipeline::new(encoder, synthesizer, config).unwrap()
}

fn speaker(case: &Case, speakers: usize) -> Speaker {
    match case.speaker.as_u64() {
        Some(number) => Speaker::One(number as usize),
        None => Speaker::Along(shares(case.frames, speakers)),
    }
}

#[track_caller]
fn assert_near(what: &str, ours: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), expected.len(), "{what}");
    let peak = expected.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    let pairs = ours.iter().zip(expected);
    let most = pairs.fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
    eprintln!("{what}: within {:.1e} of the reference's peak", most / peak);
    assert!(
        most <= tolerance * peak,
        "{what}: {most} at a peak of {peak}"
    );
}

fn expected(case: &Case) -> Vec<f32> {
    let raw = bytes(&format!("{}.bin", case.name));
    let (fours, rest) = raw.as_chunks::<4>();
    assert!(rest.is_empty());
    fours.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

/// What the pipeline makes of the script's signals.
fn spoken(runtime: &Runtime, golden: &Golden, case: &Case) -> Result<Vec<f32>, RunError> {
    let segment = Segment {
        audio: &vec![0.0; case.frames * case.hop],
        contour: &golden.contour,
        noise: &uniform(192 * case.frames, 7),
    };
    let controls = Controls {
        speaker: speaker(case, golden.speakers),
        transpose: Semitones(case.transpose),
        ..Controls::default()
    };
    let mut pipeline = pipeline(runtime, case, golden.rate);
    pipeline.convert_measured(&segment, &speech(golden.samples), &controls)
}

#[test]
fn every_dialect_says_what_the_reference_says() {
    let golden = golden();
    let mut failed = Vec::new();
    for runtime in runtimes() {
        let runs = |case: &&Case| !case.cut || runtime.backend() == Backend::OnnxRuntime;
        let plain = golden.cases.iter().filter(|case| case.rate == 0.0);
        for case in plain.filter(runs) {
            let what = format!("{} on {}", case.name, runtime.backend());
            let check = || {
                let ours = spoken(&runtime, &golden, case).unwrap();
                assert_near(&what, &ours, &expected(case), TOLERANCE);
            };
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).is_err() {
                failed.push(what.clone());
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// tract 0.23 does not follow the length of what is cut at lengths that are inputs, which is how RVC is trimmed. It says
/// so when it runs, so that a voice of this kind is refused when it is loaded.
#[test]
fn cuts_at_given_lengths_are_refused_by_tract() {
    let golden = golden();
    let case = golden.cases.iter().find(|case| case.cut).unwrap();
    match spoken(&runtimes()[0], &golden, case) {
        Err(RunError::Backend { backend, .. }) => assert_eq!(backend, Backend::Tract),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_content_encoder_says_what_the_reference_says() {
    let golden = golden();
    let speech = speech(golden.samples);
    let names = ["units9", "unit12", "unit12s"];
    for runtime in runtimes() {
        for case in &golden.encoders {
            for (place, output) in case.outputs.iter().enumerate() {
                let wanted = (case.outputs.len() > 1).then(|| names[place]);
                let mut encoder = encoder(&runtime, &case.name, wanted, None);
                assert_eq!(encoder.dim(), Some(output.width));
                let content = encoder.encode(&speech).unwrap();
                assert_eq!(content.frames, content_frames(golden.samples));
                let shape = [1, content.frames, output.width];
                assert_eq!(content.tensor.shape(), shape);
                let rows = content.tensor.as_f32().unwrap().chunks_exact(output.width);
                let first: Vec<f32> = rows.flat_map(|row| row[..3].to_vec()).collect();
                let what = format!("{} {place} on {}", case.name, runtime.backend());
                assert_near(&what, &first, &output.first, CONTENT_TOLERANCE);
            }
        }
        // Of three outputs the one of the voice's width, and of two of that width the preferred one.
        for (dim, name) in [
            (Some(256), "units9"),
            (Some(768), "unit12"),
            (None, "unit12"),
        ] {
            assert_eq!(encoder(&runtime, "three", None, dim).dialect().output, name);
        }
    }
}

/// Retrieval on the content of 20 ms, protection on 10 ms, and the synthesizer on what comes of it. F0 models give a
/// frame more than there are hops.
#[test]
fn retrieved_and_protected_content_is_spoken_as_the_reference_speaks_it() {
    let golden = golden();
    let case = golden.cases.iter().find(|case| case.rate > 0.0).unwrap();
    let features = bytes("features.npy");
    for runtime in runtimes() {
        let retrieval = Retrieval::read_index("index", &features, case.width).unwrap();
        let retrieved = Retrieved::new(retrieval, case.rate, case.protect);
        let contour = [golden.contour.clone(), vec![0.0]].concat();
        let mut pipeline = pipeline(&runtime, case, golden.rate);
        let content = pipeline.listener.encode(&speech(golden.samples)).unwrap();
        let content = retrieved.apply(content, &contour, 0).unwrap();
        let segment = Segment {
            audio: &vec![0.0; case.frames * case.hop],
            contour: &contour,
            noise: &uniform(192 * case.frames, 7),
        };
        let features = pipeline.features(&segment, &content, Semitones(0.0));
        let synthesizer = &mut pipeline.synthesizer;
        let ours = synthesizer.synthesize(features, &Speaker::One(0), Place::default());
        let what = format!("{} on {}", case.name, runtime.backend());
        assert_near(&what, &ours.unwrap(), &expected(case), TOLERANCE);
    }
}

/// A bundle of RVC with these files beside its two networks.
fn bundle(
    parameters: &serde_json::Value,
    more: &[(&str, &str)],
) -> (tempfile::TempDir, VoiceBundle) {
    let folder_of_bundle = tempfile::tempdir().unwrap();
    let networks = [
        ("synthesizer", "dialects/retrieved.onnx"),
        ("encoder", "dialects/encoder_source_20.onnx"),
    ];
    let mut files = serde_json::Map::new();
    for (role, file) in networks.iter().chain(more) {
        let content = std::fs::read(folder(file)).unwrap();
        let hash: String = Sha256::digest(&content)
            .iter()
            .map(|x| format!("{x:02x}"))
            .collect();
        let name = file.rsplit('/').next().unwrap();
        let entry = json!({ "path": name, "sha256": hash, "bytes": content.len() });
        files.insert((*role).to_owned(), entry);
        std::fs::write(folder_of_bundle.path().join(name), content).unwrap();
    }
    let manifest = json!({
        "format": 1,
        "kind": "rvc",
        "name": "tiny",
        "description": "Random weights.",
        "rate": 8_000,
        "hop": 80,
        "speakers": [{ "name": "only", "id": 0 }],
        "files": files,
        "licence": "MIT OR Apache-2.0",
        "consent": "Random weights: nobody's voice.",
        "parameters": parameters,
    });
    let text = serde_json::to_vec(&manifest).unwrap();
    std::fs::write(folder_of_bundle.path().join("voice.json"), text).unwrap();
    let bundle = VoiceBundle::open(folder_of_bundle.path()).unwrap();
    (folder_of_bundle, bundle)
}

/// What a bundle makes of a second of a gliding tone with noise after it.
fn converted(runtime: &Runtime, parameters: &serde_json::Value, more: &[(&str, &str)]) -> Vec<f32> {
    let (_folder, bundle) = bundle(parameters, more);
    let mut voice = Voice::load(runtime, Arc::new(bundle), Device::Cpu).unwrap();
    let noise = uniform(8_000, 3);
    let wave = |n: usize| {
        let turns = n as f32 * (150.0 + n as f32 * 0.004) / 8_000.0;
        (1..9)
            .map(|k| (std::f32::consts::TAU * turns * k as f32).sin() / k as f32)
            .sum::<f32>()
    };
    let recording: Vec<f32> = (0..8_000)
        .map(|n| match n < 5_000 {
            true => 0.2 * wave(n),
            false => 0.1 * noise[n],
        })
        .collect();
    let mut source = SliceSource::new(&recording, SampleRate::of(8_000));
    let mut sink = VecSink::default();
    let settings = ConvertSettings::default();
    voice
        .convert_file(&mut source, &mut sink, &settings, &mut Quiet)
        .unwrap();
    assert_eq!(sink.samples.len(), recording.len());
    sink.samples
}

#[test]
fn a_bundles_index_and_f0_model_are_heard_with() {
    let runtime = &runtimes()[0];
    let index = [("index", "retrieval/added.index")];
    let plain = converted(runtime, &json!({}), &[]);
    let half = converted(
        runtime,
        &json!({ "retrieval_rate": 0.5, "protect": 0.5 }),
        &index,
    );
    let guarded = converted(
        runtime,
        &json!({ "retrieval_rate": 0.5, "protect": 0.0 }),
        &index,
    );
    let nothing = converted(
        runtime,
        &json!({ "retrieval_rate": 0.0, "protect": 0.0 }),
        &index,
    );
    let apart = |a: &[f32], b: &[f32]| {
        let pairs = a.iter().zip(b);
        pairs.fold(0.0f32, |most, (a, b)| most.max((a - b).abs()))
    };
    assert!(apart(&plain, &half) > 0.05, "{}", apart(&plain, &half));
    assert!(apart(&half, &guarded) > 0.05, "{}", apart(&half, &guarded));
    assert!(
        apart(&plain, &nothing) < 1e-6,
        "{}",
        apart(&plain, &nothing)
    );
    // The noise at the end has no F0: protected wholly, it is as if there were no index.
    let (end, both) = (7_000..7_800, [&plain, &guarded]);
    let [without, with] = both.map(|all| &all[end.clone()]);
    assert!(apart(without, with) < 1e-6, "{}", apart(without, with));

    for file in [
        "rmvpe_salience",
        "rmvpe_waveform",
        "rmvpe_pitch",
        "fcpe",
        "crepe",
    ] {
        let f0 = format!("pitch/{file}.onnx");
        let other = converted(runtime, &json!({}), &[("f0", &f0)]);
        assert!(apart(&plain, &other) > 0.05, "{file}");
    }
}

#[test]
fn what_a_bundle_of_rvc_does_not_state_is_as_its_program_has_it() {
    let of = |parameters| {
        let (_folder, bundle) = bundle(&parameters, &[]);
        let found = crate::svc::config(&bundle, &bundle.parameters().unwrap()).unwrap();
        (found.noise_scale, found.unvoiced)
    };
    assert_eq!(of(json!({})), (0.66666, Unvoiced::Zero));
    let stated = json!({ "noise_scale": 0.25, "unvoiced": "interpolate" });
    assert_eq!(of(stated), (0.25, Unvoiced::Interpolate));
}
