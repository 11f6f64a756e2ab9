//! Tiny graphs and the tiny voice in f16. tract computes with f16 as a GPU does; ONNX Runtime, where there is a library,
//! computes in f32 on the CPU and leaves casts between such nodes away, but says whether a graph is well-formed.

use tract_onnx::pb::NodeProto;

use super::*;
use crate::graph::variant_error::snr_db;
use crate::graph::{Cut, Feed, StreamedGenerator, attributes, constants, declare, fold_weights};
use crate::model::{ElementType, Model, Tensor};
use crate::runtime::RuntimeConfig;

const PLAIN: &[u8] = include_bytes!("../../../../tests/golden/sovits/v40_sid.onnx");
const ENCODER: &[u8] = include_bytes!("../../../../tests/golden/sovits/encoder_256.onnx");
const IDENTITY: &[u8] = include_bytes!("../../../tests/golden/graphs/identity.onnx");

fn runtime(backend: Backend) -> Option<Runtime> {
    let made = Runtime::new(RuntimeConfig {
        backend: Some(backend),
        ..RuntimeConfig::default()
    });
    if let Err(error) = &made {
        let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
        assert!(!required, "ONNX Runtime is required: {error}");
        eprintln!("skipped: {error}");
    }
    made.ok()
}

fn tract() -> Runtime {
    runtime(Backend::Tract).unwrap()
}

/// tract, and ONNX Runtime where there is a library; `SYRINX_REQUIRE_ORT=1` demands it.
fn runtimes() -> Vec<Runtime> {
    let mut runtimes = vec![tract()];
    runtimes.extend(runtime(Backend::OnnxRuntime));
    runtimes
}

/// Numbers from -1 to 1 that look random and are the same everywhere.
fn numbers(count: usize, salt: u32) -> Vec<f32> {
    let mut state = 0x9e37_79b9 ^ salt.wrapping_mul(0x85eb_ca6b);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn tensor(shape: &[usize], salt: u32) -> Tensor {
    Tensor::f32(shape, numbers(shape.iter().product(), salt))
}

/// A graph of these nodes and constants from `x` f32 `[1, 4, 32]` to `y`.
fn graph(nodes: Vec<NodeProto>, constants: &[(&str, Tensor)]) -> Graph {
    let mut graph = Graph::decode("chain", IDENTITY).unwrap();
    for set in &mut graph.model.opset_import {
        set.version = 17;
    }
    let proto = graph.proto_mut();
    proto.node = nodes;
    proto.initializer = constants
        .iter()
        .map(|(name, value)| constants::write(name, value))
        .collect();
    let free = [Some(1), None, None];
    proto.input = vec![declare(
        "x",
        ElementType::F32,
        &[Some(1), Some(4), Some(32)],
    )];
    proto.output = vec![declare("y", ElementType::F32, &free)];
    graph
}

fn node(operator: &str, inputs: &[&str], output: &str) -> NodeProto {
    attributes::node(operator, inputs, output)
}

/// What gives a tensor in f16, by the names in the original.
fn halved(graph: &Graph) -> Vec<&str> {
    let nodes = graph.nodes().iter();
    let halved = nodes.filter(|node| node.op_type != "Cast");
    halved
        .filter_map(|node| node.output[0].strip_prefix("half/")?.split_once('/'))
        .map(|(_, name)| name)
        .collect()
}

fn run(graph: &Graph, feed: &Feed, runtime: &Runtime) -> Vec<Tensor> {
    let mut session = graph.load(runtime, Device::Cpu).unwrap();
    let read = |name: &str| session.inputs().iter().any(|spec| spec.name == name);
    let fed: Vec<(&str, &Tensor)> = feed
        .iter()
        .filter(|(name, _)| read(name))
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    session.run(&fed).unwrap()
}

fn snr(expected: &Tensor, found: &Tensor) -> f64 {
    assert_eq!(expected.shape(), found.shape());
    snr_db(expected.as_f32().unwrap(), found.as_f32().unwrap())
}

/// `y` of the graph and of its f16 form for the same `x`.
fn both(graph: &Graph, keep: &[&str], runtime: &Runtime) -> [Tensor; 2] {
    let keep = keep.iter().map(|&name| name.to_owned()).collect();
    let halved = half(graph, &keep).unwrap();
    let feed = vec![("x".to_owned(), tensor(&[1, 4, 32], 9))];
    [graph, &halved].map(|graph| run(graph, &feed, runtime).remove(0))
}

/// A chain with everything in it: arithmetic on the input, layers, a norm with its epsilon, a mask, softmax, and a last
/// layer of one channel.
fn chain() -> Graph {
    let scalar = |value| Tensor::f32(&[], vec![value]);
    let conv = |input: &str, weights: &str, output: &str| {
        let mut conv = node("Conv", &[input, weights], output);
        attributes::set_ints(&mut conv, "pads", &[1, 1]);
        conv
    };
    let mean = |input: &str, output: &str| {
        let mut mean = node("ReduceMean", &[input], output);
        attributes::set_ints(&mut mean, "axes", &[1]);
        mean
    };
    let nodes = vec![
        node("Mul", &["x", "half"], "louder"),
        conv("louder", "w1", "first"),
        node("LeakyRelu", &["first"], "bent"),
        mean("bent", "mean"),
        node("Sub", &["bent", "mean"], "centred"),
        node("Mul", &["centred", "centred"], "squared"),
        mean("squared", "variance"),
        node("Add", &["variance", "epsilon"], "positive"),
        node("Sqrt", &["positive"], "deviation"),
        node("Div", &["centred", "deviation"], "normal"),
        node("Div", &["normal", "two"], "smaller"),
        node("Add", &["smaller", "mask"], "masked"),
        node("Softmax", &["masked"], "shares"),
        node("Concat", &["bent", "shares"], "joined"),
        conv("joined", "w2", "second"),
        node("Tanh", &["second"], "squashed"),
        conv("squashed", "w3", "y"),
    ];
    let constants = [
        ("half", scalar(0.5)),
        ("two", scalar(2.0)),
        ("epsilon", scalar(1e-5)),
        ("mask", scalar(-1e9)),
        ("w1", tensor(&[6, 4, 3], 1)),
        ("w2", tensor(&[5, 12, 3], 2)),
        ("w3", tensor(&[1, 5, 3], 3)),
    ];
    let mut graph = graph(nodes, &constants);
    for node in &mut graph.proto_mut().node {
        if node.op_type == "Concat" {
            attributes::set_int(node, "axis", 1);
        }
    }
    graph
}

#[test]
fn what_needs_its_bits_keeps_them() {
    let graph = chain();
    let halved_graph = half(&graph, &HashSet::new()).unwrap();
    assert_eq!(
        halved(&halved_graph),
        [
            "first", "bent", "centred", "squared", "joined", "second", "squashed"
        ],
        "not the arithmetic before the first layer, sums, what is divided by them or masked, nor the last layer"
    );
    assert_eq!(halved_graph.specs().unwrap(), graph.specs().unwrap());
}

#[test]
fn f16_is_near_f32_and_not_the_same() {
    for runtime in runtimes() {
        let [exact, found] = both(&chain(), &[], &runtime);
        let rounded = snr(&exact, &found);
        // Eleven bits are 66 dB of each value; a wrong cast or weight leaves none.
        assert!((50.0..100.0).contains(&rounded), "{rounded} dB");
        // With one layer of two kept there is less to round.
        let [exact, found] = both(&chain(), &["second"], &runtime);
        let less = snr(&exact, &found);
        assert!(less > rounded, "{less} dB, {rounded} dB");
    }
    let keep = ["first", "second"].map(str::to_owned);
    let refused = half(&chain(), &keep.into()).unwrap_err();
    assert!(refused.to_string().contains("found none"), "{refused}");
}

#[test]
fn constants_that_f16_cannot_hold_stay() {
    let wide = Tensor::f32(&[2, 4, 1], vec![70_000.0; 8]);
    let nodes = vec![
        node("Conv", &["x", "wide"], "kept"),
        node("Conv", &["kept", "narrow"], "halved"),
        node("Add", &["halved", "epsilon"], "y"),
    ];
    let constants = [
        ("wide", wide),
        ("narrow", tensor(&[3, 2, 1], 1)),
        ("epsilon", Tensor::f32(&[], vec![1e-7])),
    ];
    let graph = graph(nodes, &constants);
    assert_eq!(halved(&half(&graph, &HashSet::new()).unwrap()), ["halved"]);
}

#[test]
fn what_was_measured_as_too_wide_is_found() {
    let runtime = tract();
    let nodes = vec![
        node("Conv", &["x", "loud"], "a"),
        node("Relu", &["a"], "b"),
        node("Conv", &["b", "quiet"], "c"),
        node("Conv", &["c", "plain"], "y"),
    ];
    let constants = [
        ("loud", Tensor::f32(&[2, 4, 1], vec![40_000.0; 8])),
        ("quiet", Tensor::f32(&[2, 2, 1], vec![1e-5; 4])),
        ("plain", tensor(&[3, 2, 1], 1)),
    ];
    let graph = graph(nodes, &constants);
    let feed = vec![("x".to_owned(), Tensor::f32(&[1, 4, 32], vec![1.0; 128]))];
    let ranges = Ranges::measure(&graph, std::slice::from_ref(&feed), &runtime).unwrap();
    let wide = too_wide(&graph, &ranges);
    // What gives it, what takes it; not what follows.
    assert!(wide.contains("a") && wide.contains("c"), "{wide:?}");
    assert!(!wide.contains("y"), "{wide:?}");
    assert_eq!(halved(&half(&graph, &wide).unwrap()), ["y"]);
    let finite = |keep: &HashSet<String>| {
        let output = run(&half(&graph, keep).unwrap(), &feed, &runtime).remove(0);
        let values = output.as_f32().unwrap();
        values.iter().all(|value| value.is_finite())
    };
    assert!(finite(&wide));
    assert!(!finite(&HashSet::new()), "f16 does not hold it");
}

#[test]
fn only_a_gpu_is_served() {
    assert!(!half_serves(&tract(), Device::Cuda(0)));
    if let Some(runtime) = runtime(Backend::OnnxRuntime) {
        assert!(half_serves(&runtime, Device::Cuda(0)));
        assert!(!half_serves(&runtime, Device::Cpu));
    }
}

/// What the tiny voice is fed.
fn voice_feed(frames: usize) -> Feed {
    let content = frames.div_ceil(2);
    let row = [1, frames];
    let f0 = (0..frames).map(|x| 150.0 + 3.0 * (x % 17) as f32);
    let owners = (0..frames).map(|x| (x * content / frames + 1) as i64);
    let voiced = (0..frames).map(|x| f32::from(u8::from(x % 11 > 2)));
    let named = |name: &str, tensor| (name.to_owned(), tensor);
    vec![
        named("c", tensor(&[1, content, 256], 1)),
        named("f0", Tensor::f32(&row, f0.collect())),
        named("mel2ph", Tensor::i64(&row, owners.collect())),
        named("uv", Tensor::f32(&row, voiced.collect())),
        named("noise", tensor(&[1, 192, frames], 8)),
        named("sid", Tensor::i64(&[1], vec![1])),
    ]
}

/// The tiny voice in parts, and what its generator gets.
fn parts() -> (Cut, Feed, Feed) {
    let mut voice = Graph::decode("voice", PLAIN).unwrap();
    fold_weights(&mut voice, &tract()).unwrap();
    let cut = Cut::find(&voice, &voice_feed, &tract()).unwrap();
    let feed = voice_feed(60);
    let mut values = run(&cut.head, &feed, &tract());
    values.extend(run(&cut.source(&voice).unwrap().unwrap(), &feed, &tract()));
    let names = cut.latents.iter().chain(&cut.excitation);
    let between = names
        .map(|tensor| tensor.name.clone())
        .zip(values)
        .collect();
    (cut, feed, between)
}

/// Whether every output of the f16 form is near that of the graph, and not the same.
fn check(graph: &Graph, feed: &Feed, runtimes: &[Runtime]) {
    let halved = half(graph, &HashSet::new()).unwrap();
    assert_eq!(halved.specs().unwrap(), graph.specs().unwrap());
    for runtime in runtimes {
        let (exact, found) = (run(graph, feed, runtime), run(&halved, feed, runtime));
        assert_eq!(exact.len(), found.len());
        for (spec, (exact, found)) in graph
            .specs()
            .unwrap()
            .1
            .iter()
            .zip(exact.iter().zip(&found))
        {
            let backend = runtime.backend();
            let heard = snr(exact, found);
            println!(
                "{}: {} on {backend}: {heard:.1} dB",
                graph.name(),
                spec.name
            );
            assert!(heard > 45.0, "{} on {backend}: {heard} dB", spec.name);
        }
    }
}

#[test]
fn a_voice_in_f16_says_the_same() {
    let (cut, feed, between) = parts();
    check(&cut.head, &feed, &runtimes());
    check(&cut.generator, &between, &runtimes());
    let generator = half(&cut.generator, &HashSet::new()).unwrap();
    assert!(halved(&generator).len() > 10, "{:?}", halved(&generator));
    // Streamed, the states are f32 outside.
    let streamed = StreamedGenerator::new(&cut, 2).unwrap();
    let states = streamed
        .shape
        .states
        .iter()
        .map(|state| state.input.clone());
    let states = states.zip(streamed.shape.start());
    let fed = between.into_iter().chain(states).collect();
    check(&streamed.graph, &fed, &runtimes());
}

#[test]
fn an_encoder_in_f16_hears_the_same() {
    let encoder = Graph::decode("encoder", ENCODER).unwrap();
    let inputs = encoder.specs().unwrap().0;
    let shape = inputs[0].shape.iter().map(|size| size.unwrap_or(8_000));
    let shape: Vec<usize> = shape.collect();
    let feed = vec![(inputs[0].name.clone(), tensor(&shape, 4))];
    // tract does not come to an end with this one.
    check(&encoder, &feed, &runtimes()[1..]);
}
