use super::*;
use crate::graph::variant_error::snr_db;
use crate::graph::{Cut, StreamedGenerator, attributes, constants, declare, fold_weights};
use crate::model::ElementType;
use crate::runtime::RuntimeConfig;

const PLAIN: &[u8] = include_bytes!("../../../../tests/golden/sovits/v40_sid.onnx");
const ENCODER: &[u8] = include_bytes!("../../../../tests/golden/sovits/encoder_256.onnx");

/// A runtime of the backend; `None`, with a word about it, where there is no library.
fn runtime(backend: Backend) -> Option<Runtime> {
    let runtime = Runtime::new(RuntimeConfig {
        backend: Some(backend),
        ..RuntimeConfig::default()
    });
    if let Err(error) = &runtime {
        eprintln!("not run: {error}");
    }
    runtime.ok()
}

/// Numbers from -1 to 1 that look random and are the same everywhere.
pub(super) fn numbers(count: usize, salt: u32) -> Vec<f32> {
    let mut state = 0x9e37_79b9 ^ salt.wrapping_mul(0x85eb_ca6b);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// What the tiny voice is fed.
fn voice_feed(frames: usize, salt: u32) -> Feed {
    let content = frames.div_ceil(2);
    let row = [1, frames];
    let f0 = (0..frames).map(|x| 150.0 + 3.0 * (x % 17) as f32);
    let owners = (0..frames).map(|x| (x * content / frames + 1) as i64);
    let voiced = (0..frames).map(|x| f32::from(u8::from(x % 11 > 2)));
    let named = |name: &str, tensor| (name.to_owned(), tensor);
    vec![
        named(
            "c",
            Tensor::f32(&[1, content, 256], numbers(content * 256, salt)),
        ),
        named("f0", Tensor::f32(&row, f0.collect())),
        named("mel2ph", Tensor::i64(&row, owners.collect())),
        named("uv", Tensor::f32(&row, voiced.collect())),
        named(
            "noise",
            Tensor::f32(&[1, 192, frames], numbers(192 * frames, salt + 7)),
        ),
        named("sid", Tensor::i64(&[1], vec![1])),
    ]
}

fn voice(runtime: &Runtime) -> Graph {
    let mut graph = Graph::decode("voice", PLAIN).unwrap();
    fold_weights(&mut graph, runtime).unwrap();
    graph
}

fn run(graph: &Graph, feed: &Feed, runtime: &Runtime) -> Vec<Tensor> {
    let mut session = graph.load(runtime, Device::Cpu).unwrap();
    let inputs = inputs_of(&session, feed);
    session.run(&inputs).unwrap()
}

fn snr(expected: &Tensor, found: &Tensor) -> f64 {
    assert_eq!(expected.shape(), found.shape());
    snr_db(expected.as_f32().unwrap(), found.as_f32().unwrap())
}

fn robust(graph: &Graph) -> Vec<Layer> {
    let layers = Layer::all(graph).into_iter();
    layers.filter(|layer| !layer.is_delicate).collect()
}

/// The generator's part of a voice, and what it gets.
fn generator(runtime: &Runtime) -> (Cut, Vec<Feed>) {
    let graph = voice(runtime);
    let cut = Cut::find(&graph, &|frames| voice_feed(frames, 1), runtime).unwrap();
    let source = cut.source(&graph).unwrap().unwrap();
    let feeds = [1, 2, 3].map(|salt| {
        let feed = voice_feed(60, salt);
        let mut values = run(&cut.head, &feed, runtime);
        values.extend(run(&source, &feed, runtime));
        let tensors = cut.latents.iter().chain(&cut.excitation);
        tensors
            .map(|tensor| tensor.name.clone())
            .zip(values)
            .collect()
    });
    (cut, feeds.to_vec())
}

/// One layer `x -> y` with these weights.
fn one_layer(
    operator: &str,
    input: &[Option<usize>],
    weights: &Tensor,
    bias: Option<&Tensor>,
) -> Graph {
    let mut graph = Graph::decode(
        "layer",
        include_bytes!("../../../tests/golden/graphs/identity.onnx"),
    )
    .unwrap();
    for set in &mut graph.model.opset_import {
        set.version = 16;
    }
    let proto = graph.proto_mut();
    *proto = Default::default();
    proto.name = "layer".to_owned();
    proto.initializer.push(constants::write("w", weights));
    let mut inputs = vec!["x", "w"];
    if let Some(bias) = bias {
        proto.initializer.push(constants::write("b", bias));
        inputs.push("b");
    }
    proto.node.push(attributes::node(operator, &inputs, "y"));
    proto.input.push(declare("x", ElementType::F32, input));
    let rank = vec![None; input.len()];
    proto.output.push(declare("y", ElementType::F32, &rank));
    graph
}

#[test]
fn a_quantised_voice_sounds_like_the_original() {
    let Some(runtime) = runtime(Backend::OnnxRuntime) else {
        return;
    };
    let graph = voice(&runtime);
    let ranges =
        Ranges::measure(&graph, &[voice_feed(60, 1), voice_feed(60, 2)], &runtime).unwrap();
    let layers = robust(&graph);
    assert!(layers.len() >= 8, "{layers:?}");
    let quantised = quantise(&graph, &ranges, &layers, QuantiseOptions::default()).unwrap();
    let held_out = voice_feed(60, 3);
    let expected = run(&graph, &held_out, &runtime);
    let found = run(&quantised, &held_out, &runtime);
    let snr = snr(&expected[0], &found[0]);
    // A wrong channel for the scales leaves 11 dB, a wrong zero point none.
    assert!((25.0..60.0).contains(&snr), "{snr}");
    // A recording from which ranges were not taken is limited, not wrapped round.
    let loud = Ranges::measure(&graph, &[voice_feed(24, 1)], &runtime).unwrap();
    let limited = quantise(&graph, &loud, &layers, QuantiseOptions::default()).unwrap();
    let found = run(&limited, &held_out, &runtime);
    assert!(snr_db(expected[0].as_f32().unwrap(), found[0].as_f32().unwrap()) > 20.0);
}

#[test]
fn a_streamed_generator_takes_the_ranges_of_the_whole_one() {
    let Some(runtime) = runtime(Backend::OnnxRuntime) else {
        return;
    };
    let (cut, feeds) = generator(&runtime);
    let ranges = Ranges::measure(&cut.generator, &feeds[..2], &runtime).unwrap();
    let layers = robust(&cut.generator);
    let options = QuantiseOptions::default();
    let streamed = StreamedGenerator::new(&cut, usize::MAX).unwrap();
    let quantised = quantise(&streamed.graph, &ranges, &layers, options).unwrap();
    let mut sessions =
        [&streamed.graph, &quantised].map(|graph| graph.load(&runtime, Device::Cpu).unwrap());
    let (chunk, ahead) = (8, streamed.shape.lookahead);
    let mut audio = [Vec::new(), Vec::new()];
    for (session, audio) in sessions.iter_mut().zip(&mut audio) {
        let mut states = streamed.shape.start();
        for from in (0..60 - chunk - ahead).step_by(chunk) {
            let tensors = cut.latents.iter().chain(&cut.excitation);
            let parts = tensors.zip(&feeds[2]).map(|(tensor, (name, value))| {
                let rate = tensor.rate();
                let (channels, time) = (value.shape()[1], value.shape()[2]);
                if rate == 0 {
                    return (name.clone(), value.clone());
                }
                let rows = (0..channels).flat_map(|row| {
                    value.as_f32().unwrap()[row * time..]
                        [from * rate..(from + chunk + ahead) * rate]
                        .to_vec()
                });
                let sizes = [1, channels, (chunk + ahead) * rate];
                (name.clone(), Tensor::f32(&sizes, rows.collect()))
            });
            let inputs = streamed
                .shape
                .states
                .iter()
                .map(|state| state.input.clone());
            let feed: Feed = parts.chain(inputs.zip(states)).collect();
            let mut given = session.run(&inputs_of(session, &feed)).unwrap().into_iter();
            audio.extend_from_slice(given.next().unwrap().as_f32().unwrap());
            states = given.collect();
        }
    }
    let snr = snr_db(&audio[0], &audio[1]);
    assert!(snr > 25.0, "{snr}");
}

#[test]
fn layers_that_are_left_out_stay_as_they_were() {
    let Some(runtime) = runtime(Backend::OnnxRuntime) else {
        return;
    };
    let graph = voice(&runtime);
    let feed = voice_feed(40, 1);
    let ranges = Ranges::measure(&graph, std::slice::from_ref(&feed), &runtime).unwrap();
    let expected = run(&graph, &feed, &runtime);
    let none = quantise(&graph, &ranges, &[], QuantiseOptions::default()).unwrap();
    assert_eq!(run(&none, &feed, &runtime), expected);
    // The delicate ones are the source's and the last: their nodes are untouched.
    let delicate: Vec<Layer> = Layer::all(&graph)
        .into_iter()
        .filter(|x| x.is_delicate)
        .collect();
    assert_eq!(delicate.len(), 6, "{delicate:?}");
    let quantised = quantise(&graph, &ranges, &robust(&graph), QuantiseOptions::default()).unwrap();
    for layer in &delicate {
        let node = |graph: &Graph| {
            let mut nodes = graph.nodes().iter();
            nodes.find(|node| node.output[0] == layer.output).cloned()
        };
        assert_eq!(node(&quantised), node(&graph));
    }
}

#[test]
fn a_bound_decides_what_stays_float() {
    let Some(runtime) = runtime(Backend::OnnxRuntime) else {
        return;
    };
    let (cut, feeds) = generator(&runtime);
    let ranges = Ranges::measure(&cut.generator, &feeds[..2], &runtime).unwrap();
    let find = |snr_db: f64| {
        let bound = ChoiceBound {
            snr_db,
            ..ChoiceBound::default()
        };
        let options = QuantiseOptions::default();
        Choice::find(
            &cut.generator,
            &ranges,
            options,
            &feeds[2..],
            bound,
            &runtime,
        )
        .unwrap()
    };
    let all = find(10.0);
    assert_eq!(all.layers, robust(&cut.generator));
    let better = find(all.snr_db + 3.0);
    assert!(
        better.snr_db >= all.snr_db + 3.0,
        "{} after {}",
        better.snr_db,
        all.snr_db
    );
    assert!(!better.layers.is_empty() && better.layers.len() < all.layers.len());
    let float = find(200.0);
    assert!(float.layers.is_empty() && float.snr_db == f64::INFINITY);
    assert_eq!(float.float, Layer::all(&cut.generator));
}

#[test]
fn a_scale_per_channel_is_finer_than_one_for_all() {
    let Some(runtime) = runtime(Backend::OnnxRuntime) else {
        return;
    };
    // Every other output channel is a hundred times quieter.
    let scaled = |axis: usize| -> Vec<f32> {
        let raw = numbers(64, 4).into_iter().enumerate();
        let gain = |channel: usize| [0.01, 1.0][channel % 2];
        raw.map(|(index, x)| x * gain([index / 8, index % 8][axis]))
            .collect()
    };
    let feed = |shape: &[usize]| {
        let values = numbers(shape.iter().product(), 5);
        vec![("x".to_owned(), Tensor::f32(shape, values))]
    };
    let bias = Tensor::f32(&[8], vec![0.003; 8]);
    // What a convolution gives is rounded to eight bits for all channels alike, so its quiet ones gain less.
    let cases = [
        ("Conv", &[8, 8, 1][..], 0, feed(&[1, 8, 50]), 0.0),
        ("MatMul", &[8, 8], 1, feed(&[1, 50, 8]), 12.0),
        ("Gemm", &[8, 8], 1, feed(&[50, 8]), 12.0),
    ];
    for (operator, sizes, axis, feed, gained) in cases {
        let weights = Tensor::f32(sizes, scaled(axis));
        let free = vec![None; feed[0].1.shape().len()];
        let bias = (operator != "MatMul").then_some(&bias);
        let graph = one_layer(operator, &free, &weights, bias);
        let ranges = Ranges::measure(&graph, std::slice::from_ref(&feed), &runtime).unwrap();
        let expected = run(&graph, &feed, &runtime);
        let quiet = |tensor: &Tensor| -> Vec<f32> {
            let values = tensor.as_f32().unwrap().iter().enumerate();
            let channel = |index: usize| if axis == 0 { index / 50 } else { index % 8 };
            let quiet = values.filter(|(index, _)| channel(*index) % 2 == 0);
            quiet.map(|(_, &value)| value).collect()
        };
        let with = |granularity| {
            let options = QuantiseOptions {
                granularity,
                ..QuantiseOptions::default()
            };
            let quantised = quantise(&graph, &ranges, &Layer::all(&graph), options).unwrap();
            let found = run(&quantised, &feed, &runtime);
            assert!(snr(&expected[0], &found[0]) > 35.0);
            snr_db(&quiet(&expected[0]), &quiet(&found[0]))
        };
        let (fine, coarse) = (with(Granularity::PerChannel), with(Granularity::PerTensor));
        assert!(
            fine > coarse + gained,
            "{operator}: {fine} against {coarse}"
        );
    }
}

#[test]
fn a_content_encoder_is_quantised_too() {
    let Some(runtime) = runtime(Backend::OnnxRuntime) else {
        return;
    };
    let mut graph = Graph::decode("encoder", ENCODER).unwrap();
    fold_weights(&mut graph, &runtime).unwrap();
    let feed = |salt| {
        let audio = numbers(6400, salt).iter().map(|x| 0.1 * x).collect();
        vec![("source".to_owned(), Tensor::f32(&[1, 1, 6400], audio))]
    };
    let ranges = Ranges::measure(&graph, &[feed(1), feed(2)], &runtime).unwrap();
    let layers = robust(&graph);
    let kinds = |kind| layers.iter().filter(|layer| layer.kind == kind).count();
    assert!(
        kinds(LayerKind::Convolution) == 6 && kinds(LayerKind::Product) == 1,
        "{layers:?}"
    );
    let quantised = quantise(&graph, &ranges, &layers, QuantiseOptions::default()).unwrap();
    let expected = run(&graph, &feed(3), &runtime);
    let snr = snr(&expected[0], &run(&quantised, &feed(3), &runtime)[0]);
    assert!(snr > 20.0, "{snr}");
}

#[test]
fn what_cannot_be_quantised_is_refused() {
    let tract = runtime(Backend::Tract).unwrap();
    let weights = Tensor::f32(&[2, 2, 1], vec![0.5; 4]);
    let shape = [Some(1), Some(2), Some(4)];
    let graph = one_layer("Conv", &shape, &weights, None);
    let feed = |value: f32| vec![("x".to_owned(), Tensor::f32(&[1, 2, 4], vec![value; 8]))];
    let options = QuantiseOptions::default();
    let message = |error: GraphError| error.to_string();
    let none = Ranges::measure(&graph, &[], &tract).unwrap_err();
    assert!(message(none).contains("expected a recording to calibrate on"));
    let broken = Ranges::measure(&graph, &[feed(f32::INFINITY)], &tract).unwrap_err();
    assert!(message(broken).contains("finite"));
    let ranges = Ranges::measure(&graph, &[feed(0.5)], &tract).unwrap();
    assert!(quantise(&graph, &ranges, &Layer::all(&graph), options).is_ok());

    let missing = quantise(&graph, &Ranges::default(), &Layer::all(&graph), options).unwrap_err();
    assert!(message(missing).contains("expected a calibrated range of x"));
    let mut stranger = Layer::all(&graph);
    stranger[0].output = "z".to_owned();
    let stranger = quantise(&graph, &ranges, &stranger, options).unwrap_err();
    assert!(message(stranger).contains("expected a layer that gives z"));
    let odd = Tensor::f32(&[3], vec![0.0; 3]);
    let odd = one_layer("Conv", &shape, &weights, Some(&odd));
    let odd = quantise(&odd, &ranges, &Layer::all(&odd), options).unwrap_err();
    assert!(message(odd).contains("a constant bias of f32 per channel"));
    let none = QuantiseOptions {
        largest_weight: 0,
        ..options
    };
    let none = quantise(&graph, &ranges, &Layer::all(&graph), none).unwrap_err();
    assert!(message(none).contains("a largest weight of 1 to 127"));
    let mut old = graph.clone();
    for set in &mut old.model.opset_import {
        set.version = 11;
    }
    let old = quantise(&old, &ranges, &Layer::all(&graph), options).unwrap_err();
    assert!(message(old).contains("expected opset 13"));
}

#[test]
fn int8_is_for_onnx_runtime_on_the_cpu() {
    let graph = Graph::decode("voice", PLAIN).unwrap();
    let refused = |backend, device| {
        let runtime = runtime(backend)?;
        let error = load_quantised(&graph, &runtime, device).unwrap_err();
        Some(error.to_string())
    };
    let tract = refused(Backend::Tract, Device::Cpu).unwrap();
    assert!(tract.contains("found tract"), "{tract}");
    if let Some(gpu) = refused(Backend::OnnxRuntime, Device::Cuda(0)) {
        assert!(
            gpu.contains("expected the device cpu, found cuda:0"),
            "{gpu}"
        );
    }
}
