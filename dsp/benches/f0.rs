//! One second of audio through the F0 tracker and its contour: the time per iteration in seconds is the real-time factor.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use syrinx_dsp::f0::contour;
use syrinx_dsp::{F0Config, F0Tracker};

const BLOCK: usize = 160;

fn one_second(criterion: &mut Criterion) {
    // A gliding sawtooth: voiced all the way, which is the longer path.
    let mut phase = 0.0f32;
    let input: Vec<f32> = (0..16_000)
        .map(|n| {
            phase = (phase + (80.0 + n as f32 * 0.02) / 16_000.0) % 1.0;
            phase - 0.5
        })
        .collect();
    let mut group = criterion.benchmark_group("f0");
    group.throughput(Throughput::Elements(16_000));
    let mut tracker = F0Tracker::new(&F0Config::SPEECH_16K).expect("the settings are valid");
    group.bench_function("tracker-16k-10ms", |bencher| {
        bencher.iter(|| {
            for block in input.chunks(BLOCK) {
                tracker.push(black_box(block), |frame| {
                    black_box(frame);
                });
            }
        });
    });
    let frames: Vec<f32> = (0..100)
        .map(|n| if n % 9 < 3 { 0.0 } else { 100.0 + n as f32 })
        .collect();
    group.bench_function("contour-100-frames", |bencher| {
        bencher.iter(|| {
            let mut f0: [f32; 100] = std::array::from_fn(|n| frames[n]);
            contour::interpolate_unvoiced(black_box(&mut f0));
            f0.map(contour::coarse_bin)
        });
    });
    group.finish();
}

criterion_group!(benches, one_second);
criterion_main!(benches);
