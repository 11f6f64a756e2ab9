//! Voices of full size, as `tests/peers` makes them: run by hand, one measurement in a process.
//!
//! `SYRINX_FULL_SIZE=<bundle> cargo test -p syrinx-models --lib -- --ignored --nocapture --test-threads 1 full_size`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::*;
use crate::bundle::VoiceBundle;
use crate::model::{Model, Tensor};
use crate::{LiveControls, Quality, Stream, StreamConfig, Voice};
use syrinx_dsp::SampleRate;

const RATE: SampleRate = SampleRate::of(44_100);

fn bundle() -> Arc<VoiceBundle> {
    let path = std::env::var_os("SYRINX_FULL_SIZE").expect("SYRINX_FULL_SIZE names a bundle");
    Arc::new(VoiceBundle::open(std::path::Path::new(&path)).unwrap())
}

/// `SYRINX_KEPT` names the folder of kept networks; without it none are kept.
fn runtime() -> Runtime {
    let config = RuntimeConfig {
        backend: Some(Backend::OnnxRuntime),
        kept_networks: std::env::var_os("SYRINX_KEPT").map(PathBuf::from),
        ..RuntimeConfig::default()
    };
    Runtime::new(config).unwrap()
}

/// Memory of this process in MB: what is its own, its share of everything, and the most that it ever mapped. What
/// instances map of the same files counts each time in the latter.
fn memory() -> String {
    let of = |file: &str, key: &str| {
        let text = std::fs::read_to_string(format!("/proc/self/{file}")).unwrap();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes / 1024
    };
    format!(
        "{} MB its own, {} MB with its share of files, peak {} MB",
        of("status", "RssAnon"),
        of("smaps_rollup", "Pss:"),
        of("status", "VmHWM")
    )
}

fn stream(voice: &Voice) -> Stream {
    let converter = voice
        .live(&LiveControls::default(), Quality::Balanced)
        .unwrap();
    Stream::new(converter, StreamConfig::new(RATE, 4_410)).unwrap()
}

/// Seconds that this many seconds of a tone take.
fn run(stream: &mut Stream, seconds: usize) -> f64 {
    let start = Instant::now();
    for block in 0..10 * seconds {
        let at = |n: usize| (0.03 * (block * 4_410 + n) as f32).sin() * 0.3;
        let mut audio: Vec<f32> = (0..4_410).map(at).collect();
        stream.process(&mut audio).unwrap();
    }
    start.elapsed().as_secs_f64()
}

#[test]
#[ignore = "needs a full-size voice: see the head of this file"]
fn full_size_memory_of_instances() {
    println!("before: {}", memory());
    let (runtime, bundle) = (runtime(), bundle());
    let start = Instant::now();
    let voice = Voice::load(&runtime, bundle, Device::Cpu).unwrap();
    let mut streams = Vec::new();
    for number in 1..=4 {
        streams.push(stream(&voice));
        let taken = start.elapsed().as_secs_f64();
        println!("{number} opened after {taken:.2} s: {}", memory());
        run(streams.last_mut().unwrap(), 1);
        println!("{number} played: {}", memory());
    }
}

#[test]
#[ignore = "needs a full-size voice: see the head of this file"]
fn full_size_model_threads_do_not_wait_for_each_other() {
    let voice = Voice::load(&runtime(), bundle(), Device::Cpu).unwrap();
    let (mut first, mut second) = (stream(&voice), stream(&voice));
    for _ in 0..3 {
        run(&mut first, 1);
        let alone = run(&mut first, 4);
        let both = std::thread::scope(|scope| {
            let second = scope.spawn(|| run(&mut second, 4));
            (run(&mut first, 4), second.join().unwrap())
        });
        println!(
            "alone {alone:.2} s, beside another {:.2} s and {:.2} s",
            both.0, both.1
        );
    }
}

#[test]
#[ignore = "needs a full-size voice: see the head of this file"]
fn full_size_checks_take_no_time() {
    let onnx = bundle().file("encoder").unwrap();
    for _ in 0..3 {
        let start = Instant::now();
        super::check::check("encoder", Backend::OnnxRuntime, &onnx).unwrap();
        let checked = start.elapsed().as_secs_f64();
        let start = Instant::now();
        super::decode("encoder", &onnx).unwrap();
        println!(
            "{} MB: checked in {:.2} ms, decoded in {:.0} ms",
            onnx.len() >> 20,
            1e3 * checked,
            1e3 * start.elapsed().as_secs_f64()
        );
    }
}

/// A graph that hands `count` states of `size` floats on as they are.
fn hands_on(count: usize, size: usize) -> Vec<u8> {
    use crate::graph::{Graph, declare};
    use crate::model::ElementType;
    use tract_onnx::pb::NodeProto;
    let identity = include_bytes!("../../tests/golden/graphs/identity.onnx");
    let mut graph = Graph::decode("states", identity).unwrap();
    let proto = graph.proto_mut();
    (proto.node, proto.input, proto.output) = Default::default();
    for number in 0..count {
        let names = ["state", "next"].map(|name| format!("{name}_{number}"));
        let [state, next] = names
            .each_ref()
            .map(|name| declare(name, ElementType::F32, &[Some(1), Some(size)]));
        proto.input.push(state);
        proto.output.push(next);
        proto.node.push(NodeProto {
            op_type: "Identity".to_owned(),
            input: vec![names[0].clone()],
            output: vec![names[1].clone()],
            ..NodeProto::default()
        });
    }
    graph.encode()
}

#[test]
#[ignore = "a measurement: what states cost that go in and out of a network"]
fn full_size_states_cost_little() {
    // What a streamed generator of full size has: 101 states of 221 kB in all.
    let onnx = hands_on(101, 547);
    let mut session = runtime().load_any("states", &onnx, Device::Cpu).unwrap();
    let specs = session.inputs().to_vec();
    let mut states: Vec<Tensor> = specs.iter().map(|_| Tensor::zeros(&[1, 547])).collect();
    for _ in 0..5 {
        let start = Instant::now();
        for _ in 0..100 {
            let named = specs.iter().map(|spec| spec.name.as_str());
            let fed: Vec<(&str, &Tensor)> = named.zip(&states).collect();
            states = session.run(&fed).unwrap();
        }
        println!("{:.3} ms a chunk", 10.0 * start.elapsed().as_secs_f64());
    }
}
