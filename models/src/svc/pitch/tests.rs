//! F0 models against `tests/golden/pitch/make_pitch.py`, on both backends, and what they refuse.

use serde::Deserialize;

use super::*;
use crate::model::TensorSpec;
use crate::runtime::{Backend, Device, Runtime, RuntimeConfig};

const GOLDEN: &str = include_str!("../../../tests/golden/pitch/golden.json");
const SPEECH: &[u8] = include_bytes!("../../../tests/golden/pitch/speech.bin");
const MEL_RMVPE: &[u8] = include_bytes!("../../../tests/golden/pitch/mel_rmvpe.bin");
const MEL_FCPE: &[u8] = include_bytes!("../../../tests/golden/pitch/mel_fcpe.bin");

/// The graph of a dialect.
fn graph(dialect: F0Dialect) -> &'static [u8] {
    match dialect {
        F0Dialect::RmvpeSalience => {
            include_bytes!("../../../tests/golden/pitch/rmvpe_salience.onnx")
        }
        F0Dialect::RmvpeWaveform => {
            include_bytes!("../../../tests/golden/pitch/rmvpe_waveform.onnx")
        }
        F0Dialect::RmvpePitch => include_bytes!("../../../tests/golden/pitch/rmvpe_pitch.onnx"),
        F0Dialect::Fcpe => include_bytes!("../../../tests/golden/pitch/fcpe.onnx"),
        F0Dialect::Crepe => include_bytes!("../../../tests/golden/pitch/crepe.onnx"),
    }
}

const DIALECTS: [(&str, F0Dialect); 5] = [
    ("rmvpe_salience", F0Dialect::RmvpeSalience),
    ("rmvpe_waveform", F0Dialect::RmvpeWaveform),
    ("rmvpe_pitch", F0Dialect::RmvpePitch),
    ("fcpe", F0Dialect::Fcpe),
    ("crepe", F0Dialect::Crepe),
];

#[derive(Deserialize)]
struct Golden {
    dialects: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    dialect: String,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    samples: usize,
    threshold: f32,
    f0: Vec<f32>,
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let (fours, rest) = bytes.as_chunks::<4>();
    assert!(rest.is_empty());
    fours.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

/// tract, and ONNX Runtime where there is a library; `SYRINX_REQUIRE_ORT=1` demands it.
fn runtimes() -> Vec<Runtime> {
    let tract = Runtime::new(RuntimeConfig {
        backend: Some(Backend::Tract),
        ..RuntimeConfig::default()
    });
    let mut runtimes = vec![tract.unwrap()];
    let found = Runtime::new(RuntimeConfig::default()).unwrap();
    if found.backend() == Backend::OnnxRuntime {
        runtimes.push(found);
    } else {
        let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
        assert!(!required, "no ONNX Runtime library");
        eprintln!("skipped on ONNX Runtime: no library");
    }
    runtimes
}

fn load(runtime: &Runtime, dialect: F0Dialect) -> PitchModel {
    let session = runtime.load_any("f0", graph(dialect), Device::Cpu).unwrap();
    PitchModel::new("f0", Box::new(session), dialect).unwrap()
}

/// Rounding of f32 through transform, network and decoding was 1.3e-6 of the F0 at most, on either backend. Another
/// offset of the bins by 0.4 cents moves frames by 2e-4, everything else that was tried by more.
const TOLERANCE: f32 = 1e-5;

fn assert_f0(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (frame, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= TOLERANCE * expected,
            "{what}, frame {frame}: found {found} Hz, expected {expected} Hz"
        );
    }
}

#[test]
fn f0_is_the_programs_own_in_every_dialect_on_both_backends() {
    let speech = floats(SPEECH);
    let golden: Golden = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(golden.dialects.len(), DIALECTS.len());
    for runtime in runtimes() {
        for (case, (name, dialect)) in golden.dialects.iter().zip(DIALECTS) {
            assert_eq!(case.dialect, name);
            let first = case.runs[0].threshold;
            assert_eq!(PitchModel::default_threshold(dialect), first, "{name}");
            let mut model = load(&runtime, dialect);
            for run in &case.runs {
                model = model.with_threshold(run.threshold).unwrap();
                let found = model.track(&speech[..run.samples]).unwrap();
                let what = format!(
                    "{name} on {}, {} samples, threshold {}",
                    runtime.backend(),
                    run.samples,
                    run.threshold
                );
                assert_f0(&found, &run.f0, &what);
            }
        }
    }
}

#[test]
fn mels_are_the_programs_own() {
    let speech = floats(SPEECH);
    for (name, golden, mel) in [
        ("rmvpe", MEL_RMVPE, PitchMel::rmvpe()),
        ("fcpe", MEL_FCPE, PitchMel::fcpe()),
    ] {
        let mut mel = mel.unwrap();
        // A second time: nothing is left from the first.
        mel.frames(&speech[..1_000]);
        let frames = mel.frames(&speech);
        assert_eq!(frames.len(), 51 * MELS);
        for (index, expected) in floats(golden).iter().enumerate() {
            let (frame, band) = (index / MELS * 5, index % MELS);
            let found = frames[frame * MELS + band];
            // Rounding was 1.2e-6. Without the power under FCPE's bins the quiet part is 1.1e-3 lower; another edge,
            // scale or norm of the bands is 1e-2 and more.
            assert!(
                (found - expected).abs() < 2e-5,
                "{name}, frame {frame}, band {band}: found {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn frames_lie_on_the_grid_of_the_built_in_tracker() {
    use syrinx_dsp::{F0Config, F0Tracker};
    let mut tracker = F0Tracker::new(&F0Config::SPEECH_16K).unwrap();
    for samples in [1_600, 1_601, 1_759] {
        let theirs = tracker.track(&vec![0.0; samples]).len();
        let extra = usize::from(samples % PITCH_HOP == 0);
        assert_eq!(PitchModel::frames(samples), theirs + extra, "{samples}");
    }
}

#[test]
fn streams_get_whole_blocks_and_know_their_edges() {
    let runtime = &runtimes()[0];
    let rmvpe = load(runtime, F0Dialect::RmvpeSalience);
    // 250 ms and 50 ms: 5120 - 160 samples, 32 frames.
    assert_eq!(rmvpe.stream_samples(4_000), 4_960);
    assert_eq!(PitchModel::frames(rmvpe.stream_samples(4_000)), 32);
    assert_eq!(rmvpe.stream_samples(4_320), 4_960);
    assert_eq!(rmvpe.stream_samples(4_321), 10_080);
    assert_eq!(rmvpe.edge_frames(), EdgeFrames { first: 3, last: 1 });
    let crepe = load(runtime, F0Dialect::Crepe);
    assert_eq!(crepe.stream_samples(4_000), 4_672);
    assert_eq!(load(runtime, F0Dialect::Fcpe).stream_samples(4_000), 4_800);
}

#[test]
fn what_lies_beyond_the_context_of_crepe_changes_nothing() {
    let speech = floats(SPEECH);
    let mut model = load(&runtimes()[0], F0Dialect::Crepe);
    let whole = model.track(&speech).unwrap();
    let edges = model.edge_frames();
    let tail = &speech[speech.len() - 30 * PITCH_HOP..];
    let found = model.track(tail).unwrap();
    let first = whole.len() - found.len();
    let sure = edges.first..found.len();
    assert_f0(&found[sure.clone()], &whole[first..][sure], "the tail");
    assert!(edges.first as f64 * 10.0 <= model.context_ms());
}

/// A network of fixed answers: what it says of itself, and what it gives.
struct Fixed {
    inputs: Vec<TensorSpec>,
    outputs: Vec<TensorSpec>,
    answer: Tensor,
}

impl Model for Fixed {
    fn inputs(&self) -> &[TensorSpec] {
        &self.inputs
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.outputs
    }

    fn run(&mut self, _: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, RunError> {
        Ok(vec![self.answer.clone()])
    }
}

fn spec(name: &str, shape: &[usize]) -> TensorSpec {
    let shape: Vec<_> = shape.iter().map(|&n| (n > 0).then_some(n)).collect();
    TensorSpec::f32(name, &shape)
}

fn fixed(dialect: F0Dialect, answer: Tensor) -> PitchModel {
    let (inputs, output) = match dialect {
        F0Dialect::RmvpeSalience => (vec![spec("mel", &[1, 128, 0])], spec("x", &[1, 0, 360])),
        F0Dialect::Crepe => (vec![spec("frames", &[0, 1024])], spec("x", &[0, 360])),
        F0Dialect::RmvpeWaveform => (
            vec![spec("waveform", &[1, 0]), spec("threshold", &[1])],
            spec("pitchf", &[1, 0]),
        ),
        F0Dialect::RmvpePitch => (
            vec![spec("threshold", &[]), spec("mel", &[1, 128, 0])],
            spec("pitchf", &[1, 0]),
        ),
        F0Dialect::Fcpe => (
            vec![spec("mel", &[1, 0, 128]), spec("threshold", &[])],
            spec("pitchf", &[1, 0, 1]),
        ),
    };
    let model = Fixed {
        inputs,
        outputs: vec![output],
        answer,
    };
    PitchModel::new("f0.onnx", Box::new(model), dialect).unwrap()
}

#[test]
fn impossible_speech_is_an_error() {
    for (_, dialect) in DIALECTS {
        let mut model = fixed(dialect, Tensor::zeros(&[1]));
        for samples in [0, 1, 512] {
            let error = model.track(&vec![0.0; samples]).unwrap_err();
            assert!(matches!(error, RunError::Input { .. }), "{error:?}");
            let text = error.to_string();
            assert!(text.contains("at least 513 samples"), "{text}");
            assert!(text.ends_with(&format!("found {samples}")), "{text}");
        }
        let mut speech = vec![0.0; 800];
        speech[700] = f32::NAN;
        let error = model.track(&speech).unwrap_err();
        assert!(matches!(error, RunError::Input { .. }), "{error:?}");
        assert!(error.to_string().contains("NaN at element 700"), "{error}");
    }
}

#[test]
fn impossible_outputs_are_errors() {
    // 800 samples are 6 frames.
    let with = |shape: &[usize], at: usize, value: f32| {
        let mut tensor = Tensor::zeros(shape);
        tensor.as_f32_mut().unwrap()[at] = value;
        tensor
    };
    let (salience, pitch) = ([1, 32, 360], [1, 6]);
    let cases = [
        (
            F0Dialect::RmvpeSalience,
            Tensor::zeros(&[1, 6, 360]),
            "f32[1, 32, 360]",
            "f32[1, 6, 360]",
        ),
        (
            F0Dialect::RmvpeSalience,
            Tensor::zeros(&[1, 32, 128]),
            "f32[1, 32, 360]",
            "128]",
        ),
        (
            F0Dialect::RmvpeSalience,
            with(&salience, 7, f32::NAN),
            "finite",
            "NaN at element 7",
        ),
        (
            F0Dialect::RmvpePitch,
            Tensor::zeros(&pitch),
            "32 frames",
            "f32[1, 6]",
        ),
        (
            F0Dialect::RmvpeWaveform,
            Tensor::zeros(&[1, 7]),
            "6 frames",
            "f32[1, 7]",
        ),
        (
            F0Dialect::RmvpeWaveform,
            Tensor::zeros(&[2, 3]),
            "6 frames",
            "f32[2, 3]",
        ),
        (
            F0Dialect::RmvpeWaveform,
            Tensor::i64(&[1, 6], vec![0; 6]),
            "f32",
            "i64[1, 6]",
        ),
        (
            F0Dialect::RmvpeWaveform,
            with(&pitch, 3, f32::INFINITY),
            "finite",
            "inf at element 3",
        ),
        (
            F0Dialect::RmvpeWaveform,
            with(&pitch, 2, -1.0),
            "at least 0",
            "-1 at frame 2",
        ),
        (
            F0Dialect::Fcpe,
            Tensor::zeros(&[1, 5, 1]),
            "6 frames",
            "f32[1, 5, 1]",
        ),
        (
            F0Dialect::Crepe,
            Tensor::zeros(&[5, 360]),
            "f32[6, 360]",
            "f32[5, 360]",
        ),
    ];
    for (dialect, answer, expected, found) in cases {
        let error = fixed(dialect, answer).track(&[0.0; 800]).unwrap_err();
        assert!(matches!(error, RunError::Output { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(expected) && text.contains(found), "{text}");
    }
    for (dialect, answer) in [
        (F0Dialect::RmvpeWaveform, Tensor::zeros(&[6])),
        (F0Dialect::RmvpeSalience, Tensor::zeros(&salience)),
        (F0Dialect::Crepe, Tensor::zeros(&[6, 360])),
    ] {
        let f0 = fixed(dialect, answer).track(&[0.0; 800]).unwrap();
        assert_eq!(f0, [0.0; 6], "{dialect:?}");
    }
}

#[test]
fn another_dialect_is_refused_with_expected_and_found() {
    let runtime = &runtimes()[0];
    for (name, dialect) in DIALECTS {
        for (other, wrong) in DIALECTS {
            let session = runtime.load_any(name, graph(dialect), Device::Cpu).unwrap();
            let result = PitchModel::new(name, Box::new(session), wrong);
            assert_eq!(result.is_ok(), name == other, "{name} as {other}");
            if let Err(error) = result {
                assert!(matches!(error, LoadError::Tensor { .. }), "{error:?}");
                let text = error.to_string();
                assert!(
                    text.starts_with(&format!("{name}: expected the ")),
                    "{text}"
                );
            }
        }
    }
    let wide = Fixed {
        inputs: vec![spec("mel", &[1, 80, 0]), spec("threshold", &[2])],
        outputs: vec![spec("pitchf", &[1, 0])],
        answer: Tensor::zeros(&[1]),
    };
    let error = PitchModel::new("f0.onnx", Box::new(wide), F0Dialect::RmvpePitch).unwrap_err();
    assert_eq!(
        error.to_string(),
        "f0.onnx: expected the inputs mel f32[1, 128, ?], threshold f32[] or f32[1], found mel f32[1, 80, ?], \
         threshold f32[2]"
    );
}

#[test]
fn a_threshold_that_is_none_is_refused() {
    for threshold in [-0.1, f32::NAN, f32::INFINITY] {
        let model = fixed(F0Dialect::Crepe, Tensor::zeros(&[1]));
        assert!(model.with_threshold(threshold).is_err(), "{threshold}");
    }
}

#[test]
fn mirrors_swing_between_the_ends() {
    let found: Vec<usize> = (0..12).map(|at| mirrored(at, 4)).collect();
    assert_eq!(found, [0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1]);
}
