//! One second of audio through the analyses: the time per iteration in seconds is the real-time factor.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use syrinx_dsp::{
    LogMel, LogMelConfig, MelConfig, MelNorm, MelScale, SampleRate, Spectrum, Stft, StftConfig,
};

const RATE: u32 = 16_000;
const BLOCK: usize = 160;

fn one_second(criterion: &mut Criterion) {
    let input: Vec<f32> = (0..RATE).map(|n| (n as f32 * 0.05).sin()).collect();
    let mut group = criterion.benchmark_group("spectrum");
    group.throughput(Throughput::Elements(u64::from(RATE)));

    let config = StftConfig {
        fft: 512,
        window: 400,
        hop: 160,
    };
    let mut stft = Stft::new(&config).expect("the lengths are valid");
    group.bench_function("stft-512-160", |bencher| {
        bencher.iter(|| {
            for block in input.chunks(BLOCK) {
                stft.push(black_box(block), |frame| {
                    black_box(frame);
                });
            }
        });
    });

    let mel = MelConfig {
        rate: SampleRate::of(RATE),
        fft: 512,
        mels: 80,
        fmin: 50.0,
        fmax: 7_600.0,
        scale: MelScale::Slaney,
        norm: MelNorm::Slaney,
    };
    let config = LogMelConfig {
        mel,
        window: 400,
        hop: 160,
        spectrum: Spectrum::Power,
        floor: 1e-8,
    };
    let mut log_mel = LogMel::new(&config).expect("the config is valid");
    group.bench_function("log-mel-80", |bencher| {
        bencher.iter(|| {
            for block in input.chunks(BLOCK) {
                log_mel.push(black_box(block), |frame| {
                    black_box(frame);
                });
            }
        });
    });
    group.finish();
}

criterion_group!(benches, one_second);
criterion_main!(benches);
