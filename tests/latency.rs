//! A stream delays by exactly what it reports, at every rate, for every sequence of blocks.

use syrinx_dsp::{Decibels, SampleRate};
use syrinx_models::{Stream, StreamConfig};
use syrinx_tests::identity::Identity;
use syrinx_tests::signals::{noise, peak_position, pulse, sine};

const RATES: [u32; 9] = [
    8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000,
];

/// Runs `signal` through `stream` in blocks of the given lengths, over and over.
fn run(stream: &mut Stream<Identity>, signal: &[f32], blocks: &[usize]) -> Vec<f32> {
    let mut output = signal.to_vec();
    let (mut rest, mut turn) = (&mut output[..], 0);
    while !rest.is_empty() {
        let length = blocks[turn % blocks.len()].min(rest.len());
        let (block, later) = std::mem::take(&mut rest).split_at_mut(length);
        stream.process(block).expect("an identity does not fail");
        (rest, turn) = (later, turn + 1);
    }
    assert_eq!(stream.missing(), 0, "output was late");
    output
}

fn identities(model: SampleRate) -> [(&'static str, Identity); 3] {
    let chunk = model.hz() as usize / 100;
    [
        ("exact, no lookahead", Identity::exact(model, chunk, 0)),
        ("exact", Identity::exact(model, chunk, 840)),
        (
            "sola",
            Identity::sola(model, 8 * chunk, 20 * chunk, 5 * chunk),
        ),
    ]
}

#[test]
fn a_pulse_comes_out_where_the_latency_says() {
    for model in [16_000, 32_000, 44_100] {
        for host in RATES {
            for (name, identity) in identities(SampleRate::of(model)) {
                let host = SampleRate::of(host);
                let mut stream =
                    Stream::new(identity, StreamConfig::new(host, 512)).expect("rates are usual");
                let centre = 0.4;
                let input = pulse(host, 1.2, centre);
                let output = run(&mut stream, &input, &[512, 1, 37]);
                let late = peak_position(&output) - peak_position(&input);
                let reported = stream.latency().0 as f64;
                // Rounding to whole samples allows half a sample; anything forgotten costs at least one.
                assert!(
                    (late - reported).abs() <= 0.55,
                    "{name} at {model} Hz in a host at {host}: {late} for {reported}"
                );
            }
        }
    }
}

#[test]
fn the_output_does_not_depend_on_the_blocks() {
    for host in [16_000, 44_100, 48_000] {
        for (name, identity) in identities(SampleRate::of(16_000)) {
            let host = SampleRate::of(host);
            let mut config = StreamConfig::new(host, 1024);
            config.gate = Some(Decibels(-60.0));
            config.mix = 0.5;
            let mut stream = Stream::new(identity, config).expect("rates are usual");
            let input = noise(host.hz() as usize, 3);
            let expected = run(&mut stream, &input, &[1024]);
            for blocks in [&[1][..], &[7, 480, 1, 999], &[64]] {
                stream.reset();
                assert!(
                    run(&mut stream, &input, blocks) == expected,
                    "{name} at {host}: {blocks:?}"
                );
            }
        }
    }
}

#[test]
fn dry_and_converted_signal_line_up_in_the_mix() {
    let host = SampleRate::of(48_000);
    for (name, identity) in identities(SampleRate::of(16_000)) {
        let mut config = StreamConfig::new(host, 256);
        config.mix = 0.5;
        let mut stream = Stream::new(identity, config).expect("rates are usual");
        let input = sine(host, 1.0, 700.0);
        let output = run(&mut stream, &input, &[256]);
        let latency = stream.latency().0;
        // From half a second on, at 700 Hz: a misalignment of a whole sample would leave 0.023.
        for n in 24_000..input.len() {
            let error = (output[n] - input[n - latency]).abs();
            assert!(error < 0.012, "{name}: off by {error} at sample {n}");
        }
    }
}

#[test]
fn loudness_follows_the_aligned_source_and_leaves_the_latency_alone() {
    let host = SampleRate::of(48_000);
    let model = SampleRate::of(16_000);
    let plain = Stream::new(
        Identity::exact(model, 160, 840),
        StreamConfig::new(host, 256),
    );
    let mut config = StreamConfig::new(host, 256);
    config.loudness = 1.0;
    let quieter = Identity::exact(model, 160, 840).with_gain(0.1);
    let mut stream = Stream::new(quieter, config).expect("rates are usual");
    assert_eq!(stream.latency(), plain.expect("rates are usual").latency());
    let input = sine(host, 3.0, 700.0);
    let output = run(&mut stream, &input, &[256, 100]);
    let rms = |x: &[f32]| (x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32).sqrt();
    // After two windows of a second the gain has settled: 20 dB were lost, half a dB may be missing.
    let db = 20.0 * (rms(&output[120_000..]) / rms(&input[120_000..])).log10();
    assert!(db.abs() < 0.5, "{db} dB");
}

#[test]
fn samples_that_are_not_finite_do_not_poison_the_stream() {
    let host = SampleRate::of(48_000);
    let identity = Identity::exact(SampleRate::of(16_000), 160, 0);
    let mut stream = Stream::new(identity, StreamConfig::new(host, 64)).expect("rates are usual");
    let mut input = sine(host, 0.5, 440.0);
    input[5_000] = f32::NAN;
    input[6_000] = f32::INFINITY;
    let output = run(&mut stream, &input, &[64]);
    assert!(
        output
            .iter()
            .all(|sample| sample.is_finite() && sample.abs() < 0.6)
    );
}
