//! One second of audio through the resampler: the time per iteration in seconds is the real-time factor.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use syrinx_dsp::{ResamplerConfig, SampleRate, StreamResampler};

const BLOCK: usize = 480;

fn one_second(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("resample");
    for (from, to) in [
        (48_000, 16_000),
        (44_100, 16_000),
        (192_000, 16_000),
        (32_000, 48_000),
        (44_100, 48_000),
        (16_000, 48_000),
    ] {
        let config = ResamplerConfig {
            from: SampleRate::of(from),
            to: SampleRate::of(to),
            max_block: BLOCK,
        };
        let mut resampler = StreamResampler::new(config).expect("the rates are in range");
        let mut output = vec![0.0; resampler.max_output()];
        let input: Vec<f32> = (0..from).map(|n| (n as f32 * 0.05).sin()).collect();
        group.throughput(Throughput::Elements(u64::from(from)));
        group.bench_function(
            BenchmarkId::from_parameter(format!("{from}-{to}")),
            |bencher| {
                bencher.iter(|| {
                    for block in input.chunks(BLOCK) {
                        black_box(resampler.process(black_box(block), &mut output));
                    }
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, one_second);
criterion_main!(benches);
