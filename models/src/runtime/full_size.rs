//! Voices of full size, as `tests/peers` makes them: run by hand, one measurement in a process.
//!
//! `SYRINX_FULL_SIZE=<bundle> cargo test -p syrinx-models --lib -- --ignored --nocapture --test-threads 1 full_size`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::*;
use crate::bundle::VoiceBundle;
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
