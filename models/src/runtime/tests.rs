//! Both backends on small graphs, good and bad.
//!
//! Tests on ONNX Runtime say so and pass when there is no library, unless `SYRINX_REQUIRE_ORT=1`, which the
//! gate sets: then its absence fails them.

use serde::Deserialize;

use super::{Backend, Device, OnnxSession, Runtime, RuntimeConfig};
use crate::error::{LoadError, RunError};
use crate::model::{Model, Tensor, TensorData, TensorSpec};

const CONV: &[u8] = include_bytes!("../../tests/golden/graphs/conv.onnx");
const MATMUL: &[u8] = include_bytes!("../../tests/golden/graphs/matmul.onnx");
const GATHER: &[u8] = include_bytes!("../../tests/golden/graphs/gather.onnx");
const STREAM: &[u8] = include_bytes!("../../tests/golden/graphs/stream.onnx");
const EXPECTED: &str = include_str!("../../tests/golden/graphs/expected.json");

macro_rules! hostile {
    ($name:literal) => {
        (
            $name,
            &include_bytes!(concat!(
                "../../tests/golden/graphs/hostile/",
                $name,
                ".onnx"
            ))[..],
        )
    };
}

fn runtime_of(backend: Backend) -> Runtime {
    let config = RuntimeConfig {
        backend: Some(backend),
        ..RuntimeConfig::default()
    };
    Runtime::new(config).unwrap()
}

/// tract, and ONNX Runtime where there is a library.
fn runtimes() -> Vec<Runtime> {
    let mut runtimes = vec![runtime_of(Backend::Tract)];
    runtimes.extend(onnxruntime());
    runtimes
}

fn onnxruntime() -> Option<Runtime> {
    let found = Runtime::new(RuntimeConfig::default()).unwrap();
    if found.backend() == Backend::OnnxRuntime {
        return Some(found);
    }
    let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
    assert!(
        !required,
        "no ONNX Runtime library: run `cargo xtask setup runtime`"
    );
    eprintln!("skipped: no ONNX Runtime library");
    None
}

fn load(runtime: &Runtime, onnx: &[u8]) -> Result<OnnxSession, LoadError> {
    runtime.load_any("the graph", onnx, Device::Cpu)
}

#[derive(Deserialize)]
struct Case {
    graph: String,
    inputs: std::collections::BTreeMap<String, Values>,
    outputs: Vec<Values>,
}

#[derive(Deserialize)]
struct Values {
    #[serde(default)]
    name: String,
    shape: Vec<usize>,
    f32: Option<Vec<f32>>,
    i64: Option<Vec<i64>>,
}

impl Values {
    fn tensor(&self) -> Tensor {
        match (&self.f32, &self.i64) {
            (Some(data), None) => Tensor::f32(&self.shape, data.clone()),
            (None, Some(data)) => Tensor::i64(&self.shape, data.clone()),
            _ => panic!("either f32 or i64"),
        }
    }
}

fn assert_near(found: &Tensor, expected: &Tensor, what: &str) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    match (found.data(), expected.data()) {
        (TensorData::F32(found), TensorData::F32(expected)) => {
            for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
                // Sums of at most 24 products of order 1 differ by some 1e-6 between summation orders; a wrong
                // weight, axis or pad differs by 1e-2.
                assert!(
                    (found - expected).abs() < 1e-5,
                    "{what}[{index}]: {found}, {expected}"
                );
            }
        }
        (found, expected) => assert_eq!(found, expected, "{what}"),
    }
}

#[test]
fn backends_compute_what_onnx_says() {
    let cases: Vec<Case> = serde_json::from_str(EXPECTED).unwrap();
    assert_eq!(cases.len(), 10);
    for runtime in runtimes() {
        let graphs = [
            ("conv", CONV),
            ("matmul", MATMUL),
            ("gather", GATHER),
            ("stream", STREAM),
        ];
        let mut sessions: Vec<_> = graphs
            .iter()
            .map(|(name, onnx)| (*name, load(&runtime, onnx).unwrap()))
            .collect();
        for case in &cases {
            let inputs: Vec<(&str, Tensor)> = case
                .inputs
                .iter()
                .map(|(name, values)| (name.as_str(), values.tensor()))
                .collect();
            // Not in the graph's order: names decide.
            let inputs: Vec<(&str, &Tensor)> = inputs
                .iter()
                .rev()
                .map(|(name, tensor)| (*name, tensor))
                .collect();
            let session = sessions.iter_mut().find(|(name, _)| *name == case.graph);
            let session = &mut session.unwrap().1;
            let outputs = session.run(&inputs).unwrap();
            assert_eq!(outputs.len(), case.outputs.len());
            for (index, expected) in case.outputs.iter().enumerate() {
                assert_eq!(session.outputs()[index].name, expected.name, "graph order");
                let what = format!("{} {} {}", runtime.backend(), case.graph, expected.name);
                assert_near(&outputs[index], &expected.tensor(), &what);
            }
        }
    }
}

#[test]
fn a_session_says_what_the_graph_declares() {
    for runtime in runtimes() {
        let session = load(&runtime, MATMUL).unwrap();
        assert_eq!(
            session.inputs(),
            [TensorSpec::f32("x", &[Some(1), None, Some(8)])]
        );
        let outputs = [
            TensorSpec::f32("y", &[Some(1), None, Some(5)]),
            TensorSpec::i64("frames", &[Some(3)]),
        ];
        assert_eq!(session.outputs(), outputs);
        assert_eq!(
            (session.name(), session.device()),
            ("the graph", Device::Cpu)
        );
        assert_eq!(session.backend(), runtime.backend());
    }
}

#[test]
fn the_contract_is_compared_at_load() {
    let x = TensorSpec::f32("x", &[Some(1), Some(3), Some(4)]);
    let state = TensorSpec::f32("state", &[Some(1), None, None]);
    let y = TensorSpec::f32("y", &[Some(1), Some(5), None]);
    let both = vec![x.clone(), state.clone()];
    let named = |name: &str| TensorSpec {
        name: name.to_owned(),
        ..x.clone()
    };
    let cases = [
        (
            vec![x.clone()],
            vec![],
            ["the inputs [x]", "one more: state"],
        ),
        (
            vec![named("audio"), state.clone()],
            vec![],
            ["the input audio", "no input of this name"],
        ),
        (
            vec![TensorSpec::i64("x", &[None; 3]), state.clone()],
            vec![],
            ["x i64[", "x f32["],
        ),
        (
            vec![TensorSpec::f32("x", &[None; 2]), state.clone()],
            vec![],
            ["x f32[?, ?],", "x f32[1, 3, 4]"],
        ),
        (
            vec![TensorSpec::f32("x", &[None, Some(7), None]), state],
            vec![],
            ["[?, 7, ?]", "[1, 3, 4]"],
        ),
        (
            both.clone(),
            vec![named("audio")],
            ["the output audio", "no output of this name"],
        ),
        (
            both.clone(),
            vec![TensorSpec::i64("y", &[None; 3])],
            ["output y i64", "y f32[1, 5, 4]"],
        ),
    ];
    for runtime in runtimes() {
        runtime
            .load("net", STREAM, &both, std::slice::from_ref(&y), Device::Cpu)
            .unwrap();
        for (inputs, outputs, parts) in &cases {
            let error = runtime
                .load("net", STREAM, inputs, outputs, Device::Cpu)
                .unwrap_err();
            assert!(matches!(error, LoadError::Tensor { .. }), "{error:?}");
            for part in parts.iter().chain(&["net: expected"]) {
                assert!(error.to_string().contains(part), "{part:?} in {error}");
            }
        }
    }
}

#[test]
fn wrong_inputs_are_refused_before_the_backend_sees_them() {
    let x = Tensor::zeros(&[1, 3, 4]);
    let state = Tensor::zeros(&[1, 3, 2]);
    let short = Tensor::zeros(&[1, 3, 3]);
    let flat = Tensor::zeros(&[12]);
    let integers = Tensor::i64(&[1, 3, 4], vec![0; 12]);
    type Case<'a> = (&'a [(&'a str, &'a Tensor)], &'a str, &'a str);
    let cases: [Case; 6] = [
        (&[("x", &x)], "state", "found no such input"),
        (
            &[("x", &x), ("state", &state), ("audio", &x)],
            "audio",
            "one of [x, state]",
        ),
        (&[("x", &x), ("x", &x)], "x", "found it twice"),
        (&[("x", &short), ("state", &state)], "x", "f32[1, 3, 3]"),
        (&[("x", &flat), ("state", &state)], "x", "f32[12]"),
        (&[("x", &integers), ("state", &state)], "x", "i64[1, 3, 4]"),
    ];
    for runtime in runtimes() {
        let mut session = load(&runtime, STREAM).unwrap();
        for (inputs, culprit, part) in cases {
            let error = session.run(inputs).unwrap_err();
            let text = error.to_string();
            assert!(
                matches!(error, RunError::Input { name, .. } if name == culprit),
                "{text}"
            );
            assert!(text.contains(part), "{part:?} in {text:?}");
        }
        session.run(&[("x", &x), ("state", &state)]).unwrap();
    }
}

#[test]
fn a_failed_run_leaves_the_session_usable() {
    for runtime in runtimes() {
        let mut session = load(&runtime, GATHER).unwrap();
        // The table has seven rows.
        let outside = Tensor::i64(&[1, 3], vec![0, 1, 700]);
        let error = session.run(&[("index", &outside)]).unwrap_err();
        assert!(matches!(error, RunError::Backend { .. }), "{error:?}");
        let inside = Tensor::i64(&[1, 3], vec![0, 1, 2]);
        session.run(&[("index", &inside)]).unwrap();
    }
}

#[test]
fn an_output_is_held_to_the_contract() {
    let input = [TensorSpec::f32("x", &[Some(1), None, Some(8)])];
    let output = [TensorSpec::f32("y", &[Some(1), Some(4), Some(5)])];
    for runtime in runtimes() {
        let mut session = runtime
            .load("net", MATMUL, &input, &output, Device::Cpu)
            .unwrap();
        session.run(&[("x", &Tensor::zeros(&[1, 4, 8]))]).unwrap();
        let error = session
            .run(&[("x", &Tensor::zeros(&[1, 3, 8]))])
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "output \"y\": expected y f32[1, 4, 5], found f32[1, 3, 5]"
        );
    }
}

#[test]
fn prewarming_runs_once() {
    for runtime in runtimes() {
        let mut session = load(&runtime, MATMUL).unwrap();
        session
            .prewarm(&[("x", &Tensor::zeros(&[1, 3, 8]))])
            .unwrap();
        session.prewarm_with(5).unwrap();
        let error = session.prewarm(&[]).unwrap_err().to_string();
        assert!(
            error.contains("the graph: the first run failed: input \"x\""),
            "{error}"
        );
    }
}

#[test]
fn data_in_other_files_is_refused() {
    let graphs = [
        hostile!("external_initializer"),
        hostile!("external_constant"),
        hostile!("external_in_branch"),
        hostile!("external_in_function"),
    ];
    for runtime in runtimes() {
        for (name, onnx) in graphs {
            let error = load(&runtime, onnx).unwrap_err();
            assert!(
                matches!(error, LoadError::ExternalData { .. }),
                "{name}: {error:?}"
            );
            let text = error.to_string();
            assert!(
                text.contains("../../secret.bin") && text.contains("\"w\""),
                "{text}"
            );
        }
    }
}

#[test]
fn bad_graphs_are_errors() {
    for runtime in runtimes() {
        let (_, unknown) = hostile!("unknown_operator");
        let error = load(&runtime, unknown).unwrap_err();
        assert!(matches!(error, LoadError::Graph { .. }), "{error:?}");
        assert!(error.to_string().contains("NoSuchOperator"), "{error}");
        assert!(error.to_string().starts_with("the graph: "), "{error}");

        // One backend sees these at load, the other at the first run; neither hands a result on.
        let (_, channels) = hostile!("channels_disagree");
        match load(&runtime, channels) {
            Err(error) => assert!(matches!(error, LoadError::Graph { .. }), "{error:?}"),
            Ok(mut session) => {
                let error = session
                    .run(&[("x", &Tensor::zeros(&[1, 4, 32]))])
                    .unwrap_err();
                assert!(matches!(error, RunError::Backend { .. }), "{error:?}");
            }
        }
        let (_, half) = hostile!("half_floats");
        let error = load(&runtime, half).unwrap_err();
        assert!(matches!(error, LoadError::Tensor { .. }), "{error:?}");
        assert!(
            error
                .to_string()
                .contains("expected x to be a tensor of f32 or i64"),
            "{error}"
        );

        let (_, rank) = hostile!("rank_disagrees");
        if let Ok(mut session) = load(&runtime, rank) {
            let error = session.run(&[("x", &Tensor::zeros(&[1, 4]))]).unwrap_err();
            assert!(matches!(error, RunError::Output { .. }), "{error:?}");
        }
    }
}

#[test]
fn damaged_bytes_are_errors_and_never_a_panic() {
    let noise: Vec<u8> = (0..4096_u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for runtime in runtimes() {
        for onnx in [&b""[..], b"\0", b"not a network", &noise, &[0xff; 64]] {
            let error = load(&runtime, onnx).unwrap_err();
            assert!(matches!(error, LoadError::Graph { .. }), "{error:?}");
            assert!(error.to_string().contains("not an ONNX file"), "{error}");
        }
        for onnx in [CONV, MATMUL] {
            // A cut at the border of a field is still a message, so some of these load.
            let cut = (0..onnx.len())
                .filter(|&length| load(&runtime, &onnx[..length]).is_err())
                .count();
            assert!(
                cut > onnx.len() * 9 / 10,
                "{cut} of {} cuts refused",
                onnx.len()
            );
            for index in 0..onnx.len() {
                let mut flipped = onnx.to_vec();
                flipped[index] ^= 0x55;
                let _either_way = load(&runtime, &flipped);
            }
        }
    }
}

#[test]
fn a_device_that_cannot_serve_is_an_error() {
    for runtime in runtimes() {
        // Where there is a card the second one, or the hundredth, is missing.
        let error = runtime.load_any("net", CONV, Device::Cuda(99)).unwrap_err();
        assert!(
            matches!(
                error,
                LoadError::Device {
                    device: Device::Cuda(99),
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(
            error
                .to_string()
                .starts_with("the device cuda:99 cannot serve: "),
            "{error}"
        );
    }
    let error = runtime_of(Backend::Tract)
        .load_any("net", CONV, Device::Cuda(0))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("cargo xtask setup runtime --device cuda"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_no_library_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libonnxruntime.so");
    std::fs::write(&library, b"not a library").unwrap();
    let config = RuntimeConfig {
        library: Some(library.clone()),
        ..RuntimeConfig::default()
    };
    let runtime = Runtime::new(config).unwrap();
    let error = load(&runtime, CONV).unwrap_err();
    assert!(matches!(error, LoadError::Backend { .. }), "{error:?}");
    assert!(
        error.to_string().contains(library.to_str().unwrap()),
        "{error}"
    );

    let nowhere = folder.path().join("nowhere/libonnxruntime.so");
    let config = RuntimeConfig {
        library: Some(nowhere),
        ..RuntimeConfig::default()
    };
    let error = Runtime::new(config).unwrap_err().to_string();
    assert!(error.contains("cargo xtask setup runtime"), "{error}");
}

#[test]
fn the_status_says_what_serves() {
    let status = runtime_of(Backend::Tract).status();
    assert_eq!(status.backend, Backend::Tract);
    assert_eq!(status.devices[0].available, Ok(()));
    assert!(
        status.devices[1]
            .available
            .as_ref()
            .unwrap_err()
            .contains("CPU")
    );
    let Some(runtime) = onnxruntime() else { return };
    let status = runtime.status();
    let library = status.library.unwrap();
    assert!(library.path.is_absolute());
    assert!(
        library.version.as_ref().unwrap().starts_with("1."),
        "{:?}",
        library.version
    );
    assert!(status.candidates.iter().any(|candidate| candidate.found));
}

#[test]
fn names_of_backends_and_devices_round_trip() {
    for backend in [Backend::OnnxRuntime, Backend::Tract] {
        assert_eq!(backend.to_string().parse(), Ok(backend));
    }
    for device in [Device::Cpu, Device::Cuda(0), Device::Cuda(3)] {
        assert_eq!(device.to_string().parse(), Ok(device));
    }
    assert_eq!("cuda".parse(), Ok(Device::Cuda(0)));
    for text in [
        "",
        "CPU",
        "cuda:",
        "cuda:-1",
        "cuda:+1",
        "cuda:99999999999",
        "cpu:0",
        "gpu",
    ] {
        let error = text.parse::<Device>().unwrap_err().to_string();
        assert!(error.contains(&format!("{text:?}")), "{error}");
    }
    assert!("onnx".parse::<Backend>().is_err());
}

#[test]
fn a_runtime_is_shared_and_a_session_moves() {
    fn shared<T: Clone + Send + Sync>() {}
    fn moves<T: Send>() {}
    shared::<Runtime>();
    moves::<OnnxSession>();
}

/// Runs of the graph with a state, which goes from output to input; what each run gave.
fn played(session: &mut OnnxSession, seed: usize, runs: usize) -> Vec<Vec<Tensor>> {
    let specs = session.inputs().to_vec();
    let mut results: Vec<Vec<Tensor>> = Vec::new();
    for run in 0..runs {
        let inputs: Vec<(String, Tensor)> = specs
            .iter()
            .map(|spec| {
                // Free dimensions change from run to run, so that plans are made on the way.
                let free = 1 + (seed + run) % 3;
                let shape: Vec<usize> = spec.shape.iter().map(|n| n.unwrap_or(free)).collect();
                let count = shape.iter().product::<usize>();
                let value = |n| ((n + 1) * (seed + 3) * (run + 1)) as f32 * 0.37;
                (
                    spec.name.clone(),
                    Tensor::f32(&shape, (0..count).map(|n| value(n).sin()).collect()),
                )
            })
            .collect();
        let named: Vec<(&str, &Tensor)> = inputs.iter().map(|(n, t)| (n.as_str(), t)).collect();
        results.push(session.run(&named).unwrap());
    }
    results
}

#[test]
fn sharers_give_what_each_gives_alone_also_on_two_threads() {
    for runtime in runtimes() {
        for onnx in [CONV, MATMUL] {
            let mut first = load(&runtime, onnx).unwrap();
            let mut second = first.share(|| Ok(onnx.into())).unwrap();
            let alone = |seed| played(&mut load(&runtime, onnx).unwrap(), seed, 40);
            let expected = [alone(1), alone(2)];
            assert_ne!(expected[0], expected[1]);
            for (run, (one, two)) in expected[0].iter().zip(&expected[1]).enumerate().take(5) {
                // The nth run alone: only its own inputs count.
                assert_eq!(&played(&mut first, 1, run + 1)[run], one);
                assert_eq!(&played(&mut second, 2, run + 1)[run], two);
            }
            std::thread::scope(|scope| {
                let one = scope.spawn(|| played(&mut first, 1, 40));
                let two = scope.spawn(|| played(&mut second, 2, 40));
                assert_eq!(one.join().unwrap(), expected[0]);
                assert_eq!(two.join().unwrap(), expected[1]);
            });
            assert_eq!(second.backend(), runtime.backend());
            drop(first);
            assert_eq!(
                played(&mut second, 2, 40),
                expected[1],
                "outlives the first"
            );
        }
    }
}

#[test]
fn only_the_same_graph_is_shared() {
    let Some(runtime) = onnxruntime() else { return };
    let session = load(&runtime, CONV).unwrap();
    let error = session.share(|| Ok(MATMUL.into())).unwrap_err();
    assert!(matches!(error, LoadError::Tensor { .. }), "{error}");
    let gone = || Err(LoadError::Unsupported("gone".to_owned()));
    assert!(session.share(gone).is_err());
}
