//! One second of speech through envelope and synthesis: the time per iteration in seconds is the real-time factor.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use syrinx_dsp::{
    BinsToKnots, KnotScale, PulseNoise, PulseNoiseConfig, SampleRate, SpectralEnvelope, VoiceFrame,
};

const FRAMES: usize = 100;
const KNOTS: usize = 80;

fn envelope(criterion: &mut Criterion) {
    let mut estimator = SpectralEnvelope::new(SampleRate::of(16_000));
    let length = 2 * estimator.half_window().0 + 1;
    let segment: Vec<f32> = (0..length).map(|n| (n as f32 * 0.3).sin()).collect();
    let mut bins = vec![0.0; estimator.fft() / 2 + 1];
    let scale = KnotScale::new(KNOTS, 16_000.0);
    let to_knots = BinsToKnots::new(&scale, estimator.fft(), 16_000.0);
    let mut knots = vec![0.0; KNOTS];
    let mut group = criterion.benchmark_group("synthesis");
    group.throughput(Throughput::Elements(FRAMES as u64));
    group.bench_function("spectral-envelope", |bencher| {
        bencher.iter(|| {
            for _ in 0..FRAMES {
                estimator.process(black_box(&segment), 140.0, &mut bins);
                to_knots.apply(&bins, &mut knots);
                black_box(&knots);
            }
        });
    });
    group.finish();
}

fn pulses_and_noise(criterion: &mut Criterion) {
    let mut synthesis = PulseNoise::new(PulseNoiseConfig {
        rate: SampleRate::of(32_000),
        hop: 320,
        scale: KnotScale::new(KNOTS, 16_000.0),
        fft: 1024,
        noise_parts: 2,
        seed: 1,
    });
    let mut output = vec![0.0; 320];
    let mut group = criterion.benchmark_group("synthesis");
    group.throughput(Throughput::Elements(FRAMES as u64));
    // The work grows with F0: a low and a high voice.
    for f0_hz in [120.0, 400.0] {
        let frame = VoiceFrame {
            f0_hz,
            harmonic: vec![-3.0; KNOTS],
            noise: vec![-6.0; KNOTS],
        };
        group.bench_function(format!("pulse-noise-{f0_hz}-hz"), |bencher| {
            bencher.iter(|| {
                for _ in 0..FRAMES {
                    synthesis.process(black_box(&frame), &mut output);
                    black_box(&output);
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, envelope, pulses_and_noise);
criterion_main!(benches);
