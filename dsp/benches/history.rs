//! One second of audio through a history of 50 ms, in small pushes: the time per iteration in seconds is the
//! real-time factor.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use syrinx_dsp::History;

const RATE: u32 = 48_000;

fn one_second(criterion: &mut Criterion) {
    let input: Vec<f32> = (0..RATE).map(|n| n as f32).collect();
    let mut group = criterion.benchmark_group("history");
    group.throughput(Throughput::Elements(u64::from(RATE)));
    for block in [16, 480] {
        let mut history = History::new(2_400);
        group.bench_function(format!("push-{block}"), |bencher| {
            bencher.iter(|| {
                for block in input.chunks(block) {
                    history.push(black_box(block));
                    black_box(history.samples());
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, one_second);
criterion_main!(benches);
