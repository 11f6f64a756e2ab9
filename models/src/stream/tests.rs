//! What a stream tells before it runs, and what may change while it does.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use syrinx_dsp::{Decibels, SampleRate, Samples, Semitones};

use super::{Stream, StreamConfig, StreamLatency};
use crate::converter::{Converter, ConverterSpec, Join, LatencyTerm};
use crate::error::RunError;
use crate::live_controls::LiveControls;

const HOSTS: [u32; 10] = [
    8_000, 11_025, 12_345, 16_000, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000,
];

/// Gives back the newest part of its input, quieter, at its own rate without a filter, and counts its calls.
struct Counting {
    spec: ConverterSpec,
    calls: usize,
    controls: LiveControls,
}

/// A tenth: less by 20 dB, so that loudness has something to do.
const GAIN: f32 = 0.1;

impl Counting {
    fn new(spec: ConverterSpec) -> Counting {
        Counting {
            spec,
            calls: 0,
            controls: LiveControls::default(),
        }
    }
}

impl Converter for Counting {
    fn spec(&self) -> &ConverterSpec {
        &self.spec
    }

    fn convert(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError> {
        self.calls += 1;
        let (from, to) = (self.spec.input_rate, self.spec.output_rate);
        let tail = Samples(output.len()).convert(to, from).0;
        let tail = &input[input.len() - tail..];
        let count = output.len();
        for (index, output) in output.iter_mut().enumerate() {
            *output = GAIN * tail[index * tail.len() / count];
        }
        Ok(())
    }

    fn reset(&mut self) {}

    fn set_controls(&mut self, controls: &LiveControls) {
        self.controls = *controls;
    }
}

/// Statements as the kinds of voices make them: rates, chunk, lookahead and join.
fn specs() -> Vec<ConverterSpec> {
    let spec = |(input, output): (u32, u32), chunk, lookahead, join| {
        let (input_rate, output_rate) = (SampleRate::of(input), SampleRate::of(output));
        let mut spec = ConverterSpec {
            input_rate,
            output_rate,
            chunk: Samples(chunk),
            context: Samples(0),
            lookahead: Samples(lookahead),
            join,
            terms: Vec::new(),
        };
        let overlap = spec.overlap().to_ms(output_rate);
        spec.terms = [
            ("chunk", Samples(chunk).to_ms(input_rate)),
            ("lookahead", Samples(lookahead).to_ms(input_rate)),
            ("join", overlap),
        ]
        .map(|(name, ms)| LatencyTerm { name, ms, note: "" })
        .to_vec();
        spec
    };
    let sola = Join::Sola {
        search: Samples(441),
        crossfade: Samples(882),
    };
    vec![
        spec((16_000, 32_000), 160, 840, Join::Exact),
        spec((16_000, 32_000), 320, 840, Join::Exact),
        spec((44_100, 44_100), 4_096, 2_701, sola),
        spec((16_000, 16_000), 160, 0, Join::Exact),
    ]
}

fn stream(spec: &ConverterSpec, host: u32, max_block: usize) -> Stream<Counting> {
    let config = StreamConfig::new(SampleRate::of(host), max_block);
    Stream::new(Counting::new(spec.clone()), config).expect("usual rates")
}

fn tone(count: usize) -> Vec<f32> {
    (0..count).map(|n| 0.5 * (n as f32 * 0.05).sin()).collect()
}

#[test]
fn exactly_until_chunk_samples_run_no_network() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for spec in specs() {
        for host in HOSTS {
            let mut stream = stream(&spec, host, 300);
            let at = format!("{} of {} at {host} Hz", spec.chunk.0, spec.input_rate);
            for turn in 0..200 {
                let free = stream.until_chunk();
                let calls = stream.converter.calls;
                // In random parts up to the last free sample, then the one that completes a chunk.
                let mut rest = free;
                while rest > 0 {
                    let part = random.random_range(1..=rest);
                    stream.process(&mut vec![0.1; part]).expect("no network");
                    rest -= part;
                    assert_eq!(stream.until_chunk(), rest, "{at}, turn {turn}");
                }
                assert_eq!(
                    stream.converter.calls, calls,
                    "{at}, turn {turn}: too early"
                );
                stream.process(&mut [0.1]).expect("no network");
                assert_eq!(
                    stream.converter.calls,
                    calls + 1,
                    "{at}, turn {turn}: too late"
                );
                if turn == 100 {
                    stream.reset();
                }
            }
        }
    }
}

#[test]
fn the_latency_is_known_without_a_converter_and_is_the_sum_of_its_terms() {
    for spec in specs() {
        for host in HOSTS {
            let rate = SampleRate::of(host);
            let latency = StreamLatency::of(&spec, rate).expect("usual rates");
            for max_block in [1, 64, 4_096] {
                let stream = stream(&spec, host, max_block);
                assert_eq!(stream.latency(), latency.total, "{host} Hz, {max_block}");
            }
            let sum: f64 = latency.terms.iter().map(|term| term.ms).sum();
            let off = (sum - latency.total.to_ms(rate)) * f64::from(host) / 1e3;
            // A forgotten term is at least the smallest group, 12 samples at 48 kHz.
            assert!(off.abs() <= 1.0, "{off} samples at {host} Hz: {latency:?}");
            assert!(latency.terms.iter().all(|term| term.ms >= 0.0));
        }
    }
    let unusual = StreamLatency::of(&specs()[0], SampleRate::of(1_000));
    assert!(unusual.is_err(), "no such rate can be resampled");
}

/// In and out at one rate, which the test's converter does exactly.
fn plain_spec() -> ConverterSpec {
    specs().swap_remove(3)
}

/// The output while `change` is called before each block of 100, with the number of samples so far.
fn run(input: &[f32], change: impl Fn(&mut Stream<Counting>, usize)) -> Vec<f32> {
    let mut stream = stream(&plain_spec(), 48_000, 100);
    let mut output = input.to_vec();
    for (index, block) in output.chunks_mut(100).enumerate() {
        change(&mut stream, index * 100);
        stream.process(block).expect("no network");
    }
    output
}

fn steepest(signal: &[f32]) -> f32 {
    let jumps = signal.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    jumps.fold(0.0, f32::max)
}

#[test]
fn loudness_is_heard_when_it_is_turned_up_and_leaves_no_trace_when_it_is_at_rest() {
    let input = tone(192_000);
    let plain = run(&input, |_, _| ());
    let turned = run(&input, |stream, at| {
        stream.set_loudness(if (96_000..144_000).contains(&at) {
            1.0
        } else {
            0.0
        });
    });
    assert!(plain[..96_000] == turned[..96_000], "before");
    let settled = 144_000 + 960;
    assert!(plain[settled..] == turned[settled..], "afterwards");
    // It listened before: 20 ms after the change the whole 20 dB are there. 1 % is a tenth of a dB, and a matcher
    // that begins to listen only now hears the beginning of the tone and is further off.
    for n in 96_000 + 960..144_000 {
        let expected = plain[n] / GAIN;
        assert!(
            (turned[n] - expected).abs() < 0.01 * 0.5,
            "{} for {expected} at {n}",
            turned[n]
        );
    }
    // The loud tone is steep by 0.025 a sample, a gain that jumps would be by up to 0.45.
    assert!(steepest(&turned) < 0.03, "{}", steepest(&turned));
}

#[test]
fn the_gate_moves_without_a_click() {
    let input = tone(96_000);
    let open = run(&input, |_, _| ());
    let gated = run(&input, |stream, at| {
        let shut = (24_000..60_000).contains(&at);
        stream.set_gate(shut.then_some(Decibels(0.0)));
    });
    // Resampled by the same filter, the closing and opening fades stay below the tone's own slope of 0.0025; a gain
    // that jumps would be up to 0.05.
    assert!(
        steepest(&gated[8_000..]) < 0.004,
        "{}",
        steepest(&gated[8_000..])
    );
    let latency = stream(&plain_spec(), 48_000, 100).latency().0;
    // Hold and release are over after 0.2 s, and the filters' ringing with them.
    assert!(
        gated[40_000..60_000]
            .iter()
            .all(|sample| sample.abs() < 1e-6)
    );
    let opened = 60_000 + latency + 480;
    // A resampler that slept through the silence lies beside its place by the rounding of a double: 4e-9 here. A gate
    // that is still opening would be off by 1e-3.
    let off = gated[opened..].iter().zip(&open[opened..]);
    let off = off.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off < 1e-7, "open again, off by {off}");
}

#[test]
fn controls_reach_the_converter() {
    let mut stream = stream(&specs()[0], 48_000, 100);
    let controls = LiveControls {
        transpose: Semitones(5.5),
        seed: 7,
        ..LiveControls::default()
    };
    stream.set_controls(&controls);
    assert_eq!(stream.converter.controls, controls);
}
