//! One second of audio through gate, loudness, limiter, delay and mix: the time per iteration in seconds is the real-time
//! factor.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use syrinx_dsp::{
    Crossfade, Decibels, DelayLine, DryWetConfig, DryWetMixer, EnvelopeConfig, EnvelopeFollower,
    GateConfig, LimiterConfig, LinearRamp, LoudnessConfig, LoudnessMatcher, NoiseGate, SampleRate,
    Samples, TruePeakLimiter,
};

const RATE: SampleRate = SampleRate::of(48_000);
const BLOCK: usize = 480;

fn one_second(criterion: &mut Criterion) {
    let source: Vec<f32> = (0..48_000).map(|n| (n as f32 * 0.02).sin()).collect();
    let mut group = criterion.benchmark_group("levels");
    group.throughput(Throughput::Elements(48_000));
    let mut bench = |name: &str, process: &mut dyn FnMut(&[f32], &mut [f32])| {
        let mut signal = source.clone();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                // Afresh: what is processed in place again and again would fade to nothing.
                signal.copy_from_slice(&source);
                for (source, block) in source.chunks(BLOCK).zip(signal.chunks_mut(BLOCK)) {
                    process(source, black_box(block));
                }
            });
        });
    };

    let config = GateConfig {
        threshold: Decibels(-40.0),
        ..GateConfig::default()
    };
    let mut gate = NoiseGate::new(&config, RATE).expect("valid settings");
    bench("gate", &mut |_, block| gate.process(block));

    let config = EnvelopeConfig {
        attack_ms: 5.0,
        release_ms: 50.0,
    };
    let mut envelope = EnvelopeFollower::new(&config, RATE).expect("valid settings");
    bench("envelope", &mut |_, block| {
        block
            .iter_mut()
            .for_each(|sample| *sample = envelope.step(*sample));
    });

    let mut loudness =
        LoudnessMatcher::new(&LoudnessConfig::default(), RATE).expect("valid settings");
    bench("loudness", &mut |source, block| {
        loudness.process(source, block)
    });

    let mut limiter =
        TruePeakLimiter::new(&LimiterConfig::default(), RATE).expect("valid settings");
    bench("limiter", &mut |_, block| limiter.process(block));

    let mut ramp = LinearRamp::new(0.0, Samples(48_000));
    ramp.set_target(1.0);
    bench("ramp", &mut |_, block| {
        block
            .iter_mut()
            .for_each(|sample| *sample *= ramp.next_value());
    });

    let mut delay = DelayLine::new(Samples(4800));
    bench("delay", &mut |_, block| delay.process(block));

    let config = DryWetConfig {
        latency: Samples(4800),
        mix: 0.5,
    };
    let mut mixer = DryWetMixer::new(&config, RATE).expect("valid settings");
    bench("dry-wet", &mut |source, block| mixer.process(source, block));

    let fade = Crossfade::new(Samples(BLOCK));
    bench("crossfade", &mut |source, block| {
        fade.join(source, block, 0.5)
    });
    group.finish();
}

criterion_group!(benches, one_second);
criterion_main!(benches);
