//! One second of audio in chunks of 160 ms through SOLA: the time per iteration in seconds is the real-time factor.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use syrinx_dsp::{Samples, Sola, SolaConfig};

const RATE: usize = 44_100;
const CHUNK: usize = 7_056;

fn one_second(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sola");
    group.throughput(Throughput::Elements(RATE as u64));
    for (search_ms, crossfade_ms) in [(10, 40), (10, 10)] {
        let config = SolaConfig {
            search: Samples(RATE * search_ms / 1000),
            crossfade: Samples(RATE * crossfade_ms / 1000),
        };
        let mut sola = Sola::new(&config).expect("the lengths are valid");
        let input: Vec<f32> = (0..CHUNK + sola.latency().0)
            .map(|n| (n as f32 * 0.03).sin())
            .collect();
        let mut output = vec![0.0; CHUNK];
        group.bench_function(
            format!("search-{search_ms}-fade-{crossfade_ms}"),
            |bencher| {
                bencher.iter(|| {
                    for _ in 0..RATE.div_ceil(CHUNK) {
                        sola.process(black_box(&input), &mut output);
                    }
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, one_second);
criterion_main!(benches);
