use std::time::Instant;

use super::*;
use crate::runtime::{Device, Runtime, RuntimeConfig};
use syrinx_dsp::SampleRate;

#[test]
#[ignore]
fn trial() {
    let folder = std::env::var("TRIAL").unwrap();
    let bundle = std::sync::Arc::new(crate::VoiceBundle::open(&folder).unwrap());
    let threads = std::env::var("THREADS").map_or(1, |x| x.parse().unwrap());
    let runtime = Runtime::new(RuntimeConfig { threads, ..RuntimeConfig::default() }).unwrap();
    println!("{:?}", runtime.backend());
    let rate = SampleRate::of(44_100);
    let start = Instant::now();
    let onnx = bundle.file("synthesizer").unwrap();
    let session = runtime.load_any("synthesizer", &onnx, Device::Cpu).unwrap();
    let synthesizer = crate::svc::Synthesizer::new("synthesizer", Box::new(session), 512).unwrap();
    println!("load {:?} {:?}", start.elapsed(), synthesizer.variant());
    let start = Instant::now();
    let prepared = PreparedSynthesizer::new("synthesizer", &onnx, synthesizer.variant(), rate, &runtime).unwrap();
    println!("prepare {:?}; noisy {} random {:?} mix {:?}", start.elapsed(), prepared.noisy, prepared.random, prepared.mix);
    println!("latents {:?}", prepared.cut.latents);
    for chunk_ms in [100.0, 350.0] {
    let start = Instant::now();
    let encoder = runtime.load_any("encoder", &bundle.file("encoder").unwrap(), Device::Cpu).unwrap();
    let parts = Parts {
        prepared: &prepared,
        variant: synthesizer.variant(),
        encoder: crate::svc::ContentEncoder::new("encoder", Box::new(encoder)).unwrap(),
        config: crate::svc::PipelineConfig { rate, hop: 512, noise_scale: 0.4 },
        controls: crate::svc::Controls::default(),
        speakers: vec![0],
    };
    let window = crate::svc::window::Window { context_ms: 200.0, chunk_ms, lookahead_ms: 100.0 };
    let mut converter = StreamedConverter::new(parts, window, &runtime, Device::Cpu).unwrap();
    println!("stream {:?} {:?}", start.elapsed(), crate::Converter::spec(&converter));
    use crate::Converter;
    let chunk = converter.spec().chunk.0;
    let mut out = vec![0.0; chunk];
    let start = Instant::now();
    let mut peak = 0.0f32;
    for k in 0..((3.0 * 44100.0) as usize / chunk) {
        let input: Vec<f32> = (0..chunk).map(|n| 0.2 * (0.02 * (k * chunk + n) as f32).sin()).collect();
        converter.convert(&input, &mut out).unwrap();
        peak = out.iter().fold(peak, |p, x| p.max(x.abs()));
    }
    println!("chunk {chunk}: {:?} per second, peak {peak}", start.elapsed() / 3);
    }
}
