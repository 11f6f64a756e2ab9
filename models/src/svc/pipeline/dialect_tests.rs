//! Every dialect of synthesizers and content encoders against `tests/golden/dialects/make_dialects.py`, on both backends.

use serde::Deserialize;

use super::*;
use crate::runtime::{Backend, Device, Runtime};
use crate::svc::content_frames;
use crate::svc::fixtures::{assert_near, bytes, floats, runtimes, uniform};
use crate::svc::retrieval::Retrieval;
use crate::svc::retrieved::Retrieved;

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

fn golden() -> Golden {
    serde_json::from_slice(&bytes("dialects/golden.json")).unwrap()
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
    let graph = bytes(&format!("dialects/encoder_{name}.onnx"));
    let session = runtime.load_any(name, &graph, Device::Cpu).unwrap();
    ContentEncoder::with_output(name, Box::new(session), wanted, dim).unwrap()
}

fn pipeline(runtime: &Runtime, case: &Case, rate: u32) -> SvcPipeline {
    let graph = bytes(&format!("dialects/{}.onnx", case.name));
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

fn expected(case: &Case) -> Vec<f32> {
    floats(&format!("dialects/{}.bin", case.name))
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
    let features = bytes("dialects/features.npy");
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
