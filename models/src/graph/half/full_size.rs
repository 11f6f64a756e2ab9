//! The networks of a voice of full size in f16: run by hand, since it takes minutes. tract computes head and generator
//! with f16; it does not come to an end with the encoder, of which ONNX Runtime shows the rounding of the weights.
//!
//! `SYRINX_FULL_SIZE=<bundle> cargo test -p syrinx-models --lib -- --ignored --nocapture half::full_size`

use std::path::Path;

use syrinx_dsp::SampleRate;

use super::*;
use crate::bundle::VoiceBundle;
use crate::graph::variant_error::snr_db;
use crate::graph::{Feed, VariantError};
use crate::model::{ElementType, Model, Tensor, TensorSpec};
use crate::runtime::RuntimeConfig;

const FRAMES: usize = 12;

/// Something of the right size for an input of a head.
fn value(spec: &TensorSpec, rows: usize) -> Tensor {
    let free = if spec.name == "c" { FRAMES / 2 } else { FRAMES };
    let shape: Vec<usize> = spec.shape.iter().map(|size| size.unwrap_or(free)).collect();
    let count: usize = shape.iter().product();
    if spec.element == ElementType::I64 {
        let of = |at: usize| match spec.name.as_str() {
            "mel2ph" => (at * rows / FRAMES + 1) as i64,
            "phone_lengths" => FRAMES as i64,
            "pitch" => 90,
            _ => 0,
        };
        return Tensor::i64(&shape, (0..count).map(of).collect());
    }
    let of = |at: usize| match spec.name.as_str() {
        "f0" | "pitchf" => 200.0 + 30.0 * (0.05 * at as f32).sin(),
        "uv" => 1.0,
        _ => (at as f32 * 12.9898).sin() * 0.7,
    };
    Tensor::f32(&shape, (0..count).map(of).collect())
}

fn run(graph: &Graph, feed: &Feed, runtime: &Runtime) -> Vec<Tensor> {
    let mut session = graph.load(runtime, Device::Cpu).unwrap();
    let fed: Vec<(&str, &Tensor)> = feed
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    session.run(&fed).unwrap()
}

/// Runs a network and its f16 form, and says how far they are apart.
fn compare(
    name: &str,
    graph: &Graph,
    feed: &Feed,
    [runtime, rounding]: [&Runtime; 2],
) -> Vec<Tensor> {
    let ranges = Ranges::measure(graph, std::slice::from_ref(feed), runtime).unwrap();
    let wide = too_wide(graph, &ranges);
    let halved = half(graph, &wide).unwrap();
    let exact = run(graph, feed, runtime);
    let found = run(&halved, feed, rounding);
    println!(
        "{name}: {} of {} nodes in f16, {} kept as too wide, {} MB of {} MB",
        halved
            .nodes()
            .iter()
            .filter(|node| node.output[0].starts_with("half/"))
            .count(),
        graph.nodes().len(),
        wide.len(),
        halved.encode().len() >> 20,
        graph.encode().len() >> 20,
    );
    for (spec, (exact, found)) in graph
        .specs()
        .unwrap()
        .1
        .iter()
        .zip(exact.iter().zip(&found))
    {
        let (exact, found) = (exact.as_f32().unwrap(), found.as_f32().unwrap());
        println!("  {}: SNR {:.1} dB", spec.name, snr_db(exact, found));
    }
    if name == "generator" {
        let audio = |tensors: &[Tensor]| tensors[0].as_f32().unwrap().to_vec();
        let (exact, found) = (audio(&exact), audio(&found));
        let error = VariantError::of(&exact, &found, SampleRate::of(44_100)).unwrap();
        println!("  {error}");
    }
    exact
}

#[test]
#[ignore = "needs a full-size voice: see the head of this file"]
fn full_size_networks_in_f16() {
    let path = std::env::var_os("SYRINX_FULL_SIZE").expect("SYRINX_FULL_SIZE names a bundle");
    let bundle = VoiceBundle::open(Path::new(&path)).unwrap();
    let runtimes = [Backend::OnnxRuntime, Backend::Tract].map(|backend| {
        Runtime::new(RuntimeConfig {
            backend: Some(backend),
            threads: 2,
            ..RuntimeConfig::default()
        })
        .unwrap()
    });
    let runtimes = runtimes.each_ref();
    let graph = |role: &str| Graph::decode(role, &bundle.file(role).unwrap()).unwrap();
    let encoder = graph("encoder");
    let samples = (0..32_000).map(|n| (0.05 * n as f32).sin() * 0.3 * (n as f32 * 3.7).sin());
    let inputs = encoder.specs().unwrap().0;
    let heard = Tensor::f32(&[1, 1, 32_000], samples.collect());
    let content = compare(
        "encoder",
        &encoder,
        &vec![(inputs[0].name.clone(), heard)],
        [runtimes[0]; 2],
    );
    drop((encoder, content));
    let head = graph("head");
    let feed: Feed = head
        .specs()
        .unwrap()
        .0
        .iter()
        .map(|spec| (spec.name.clone(), value(spec, FRAMES / 2)))
        .collect();
    let latents = compare("head", &head, &feed, runtimes);
    let names = head.specs().unwrap().1;
    drop(head);
    let generator = graph("generator");
    let mut feed: Feed = names
        .into_iter()
        .map(|spec| spec.name)
        .zip(latents)
        .collect();
    for spec in generator.specs().unwrap().0 {
        if !feed.iter().any(|(name, _)| *name == spec.name) {
            let hop = bundle.manifest().hop as usize;
            let sine = (0..FRAMES * hop).map(|n| (n as f32 * 0.0285).sin() * 0.1);
            feed.push((
                spec.name,
                Tensor::f32(&[1, 1, FRAMES * hop], sine.collect()),
            ));
        }
    }
    compare("generator", &generator, &feed, runtimes);
}
