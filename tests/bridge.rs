//! The bridge delays by exactly what it says, for every sequence of blocks and every worker that keeps its deadline;
//! a worker that does not costs a gap, never the latency.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use syrinx_dsp::SampleRate;
use syrinx_engine::VoiceState;
use syrinx_models::{Converter, ConverterSpec, RunError, Stream, StreamConfig};
use syrinx_tests::identity::Identity;
use syrinx_tests::signals::noise;
use syrinx_tests::virtual_engine::{Cost, VirtualEngine};

const RATE: SampleRate = SampleRate::of(48_000);

/// A seeded choice between `low` and `high`, both included.
fn choose(state: &mut u64, low: usize, high: usize) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    low + (*state >> 33) as usize % (high - low + 1)
}

/// A sequence of blocks: constant ones, extremes, and anything between.
fn blocks(state: &mut u64, max_block: usize) -> Vec<usize> {
    match choose(state, 0, 3) {
        0 => vec![max_block],
        1 => vec![max_block, 1],
        2 => vec![1, max_block, max_block],
        _ => (0..40).map(|_| choose(state, 1, max_block)).collect(),
    }
}

fn identity(chunk: usize) -> Box<dyn Converter> {
    Box::new(Identity::exact(RATE, chunk, 17))
}

fn constant(cost: usize) -> Cost {
    Box::new(move |_| cost as u64)
}

#[test]
fn the_output_is_the_input_delayed_for_any_blocks_chunk_and_deadline() {
    let mut state = 1;
    for turn in 0..400 {
        let chunk = choose(&mut state, 1, 400);
        let max_block = choose(&mut state, 1, 600);
        let deadline = choose(&mut state, 1, chunk);
        let blocks = blocks(&mut state, max_block);
        let lead = max_block + deadline - 1;
        let mut engine =
            VirtualEngine::new(identity(chunk), RATE, max_block, lead, constant(deadline));
        let input = noise(12_000, turn);
        let (output, missing) = engine.run(&input, &blocks);
        let what = format!("chunk {chunk}, deadline {deadline}, blocks {blocks:?}");
        assert_eq!(missing, 0, "{what}");
        let late = engine.latency().0;
        assert!(output[..late].iter().all(|&x| x == 0.0), "{what}");
        assert_eq!(output[late..], input[..input.len() - late], "{what}");
    }
}

#[test]
fn one_sample_less_would_not_do() {
    // The formula is not only safe but tight: some sequence of blocks needs every sample of it.
    let mut state = 2;
    let broken = (0..200).any(|_| {
        let chunk = choose(&mut state, 2, 60);
        let max_block = choose(&mut state, 2, 60);
        let deadline = choose(&mut state, 2, chunk);
        let blocks = blocks(&mut state, max_block);
        let lead = max_block + deadline - 2;
        let mut engine =
            VirtualEngine::new(identity(chunk), RATE, max_block, lead, constant(deadline));
        engine.run(&noise(4_000, 5), &blocks).1 > 0
    });
    assert!(broken);
}

#[test]
fn one_chunk_may_be_late_by_the_reserve_and_not_by_more() {
    let (chunk, max_block, deadline, reserve) = (480, 128, 240, 2_000);
    let missing = |late: u64, phase: u64| {
        let cost: Cost = Box::new(move |number| match number == 20 + phase {
            true => deadline as u64 + late,
            false => 100,
        });
        let lead = max_block + deadline - 1 + reserve;
        let mut engine = VirtualEngine::new(identity(chunk), RATE, max_block, lead, cost);
        engine.run(&noise(60_000, 9), &[128]).1
    };
    for phase in 0..8 {
        assert_eq!(missing(reserve as u64, phase), 0, "chunk {}", 20 + phase);
    }
    // The lead counts on the worst that blocks may do; those of one length leave less than one of them over.
    assert!((0..8).any(|phase| missing((reserve + max_block) as u64, phase) > 0));
}

#[test]
fn at_any_rate_the_bridge_only_shifts_what_a_stream_gives() {
    let model = SampleRate::of(16_000);
    for host in [8_000, 22_050, 44_100, 48_000, 96_000, 192_000] {
        let host = SampleRate::of(host);
        let converter = || Identity::exact(model, 160, 300);
        let input = noise(host.hz() as usize, 3);
        let mut stream =
            Stream::new(converter(), StreamConfig::new(host, 128)).expect("usual rates");
        let mut expected = input.clone();
        stream
            .process(&mut expected)
            .expect("an identity does not fail");

        let deadline = host.hz() as usize / 200;
        let lead = 300 + deadline - 1;
        let mut engine =
            VirtualEngine::new(Box::new(converter()), host, 300, lead, constant(deadline));
        let (output, missing) = engine.run(&input, &[300, 7, 1, 211]);
        assert_eq!(missing, 0, "{host:?}");
        assert_eq!(output[lead..], expected[..input.len() - lead], "{host:?}");
    }
}

#[test]
fn a_late_chunk_costs_a_gap_and_no_latency() {
    let (chunk, max_block, deadline) = (480, 128, 240);
    let lead = max_block + deadline - 1;
    let cost: Cost = Box::new(move |number| match number {
        20 => 5_000,
        _ => 100,
    });
    let mut engine = VirtualEngine::new(identity(chunk), RATE, max_block, lead, cost);
    let input = noise(60_000, 9);
    let (output, missing) = engine.run(&input, &[128]);
    let status = &engine.status;
    assert_eq!(
        status.underruns(),
        1,
        "one gap, however many blocks it lasts"
    );
    assert_eq!(status.missing_samples(), missing as u64);
    assert_eq!(
        status.late_samples(),
        missing as u64,
        "what came late was dropped"
    );
    assert_eq!(status.overruns(), 0);
    assert!((4_000..6_000).contains(&missing), "{missing}");
    let late = engine.latency().0;
    let wrong = (late..input.len())
        .filter(|&n| output[n] != input[n - late])
        .count();
    assert!(
        wrong <= missing,
        "{wrong} samples differ, {missing} were missing"
    );
    assert_eq!(output[40_000..], input[40_000 - late..60_000 - late]);
}

#[test]
fn a_worker_that_is_always_too_slow_never_builds_up_delay() {
    let (chunk, max_block) = (480, 128);
    // Three times slower than real time, for the first 4 s; then it recovers.
    let slow = Arc::new(AtomicBool::new(true));
    let still = Arc::clone(&slow);
    let cost: Cost = Box::new(move |_| match still.load(Ordering::Relaxed) {
        true => 1_440,
        false => 100,
    });
    let lead = max_block + 240 - 1;
    let mut engine = VirtualEngine::new(identity(chunk), RATE, max_block, lead, cost);
    let input = noise(400_000, 11);
    let (mut output, _) = engine.run(&input[..200_000], &[128]);
    assert!(engine.status.overruns() > 0 && engine.status.underruns() > 0);
    slow.store(false, Ordering::Relaxed);
    let (rest, _) = engine.run(&input[200_000..], &[128]);
    output.extend(rest);
    let late = engine.latency().0;
    assert_eq!(output[300_000..], input[300_000 - late..400_000 - late]);
    // Whatever was heard meanwhile was either nothing or in its right place.
    for n in late..300_000 {
        assert!(
            output[n] == 0.0 || output[n] == input[n - late],
            "sample {n}"
        );
    }
}

#[test]
fn a_reset_begins_anew_even_with_sound_under_way() {
    let lead = 128 + 240 - 1;
    let new = || VirtualEngine::new(identity(480), RATE, 128, lead, constant(240));
    let (mut used, mut fresh) = (new(), new());
    used.run(&noise(10_007, 1), &[128, 33]);
    used.audio.reset();
    let input = noise(20_000, 2);
    // The chunks' clock starts anew with the reset, so does the comparison; nothing of before is heard.
    let (after, missing) = used.run(&input, &[128]);
    assert_eq!(missing, 0);
    assert_eq!(after, fresh.run(&input, &[128]).0);
    assert_eq!(
        used.status.late_samples(),
        0,
        "what a reset drops was not late"
    );
}

#[test]
fn after_any_stalls_and_resets_the_latency_is_true_and_the_counts_add_up() {
    let mut state = 3;
    let (mut stalled, mut overrun) = (0, 0);
    for turn in 0..150_u32 {
        let chunk = choose(&mut state, 1, 480);
        let max_block = choose(&mut state, 1, 300);
        let deadline = choose(&mut state, 1, chunk);
        let blocks = blocks(&mut state, max_block);
        let lead = max_block + deadline - 1;
        let calm = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&calm);
        let mut dice = u64::from(turn);
        let longest = [500, 3_000, 40_000][choose(&mut state, 0, 2)];
        let cost: Cost = Box::new(move |_| {
            if over.load(Ordering::Relaxed) || choose(&mut dice, 0, 30) > 0 {
                choose(&mut dice, 0, deadline) as u64
            } else {
                choose(&mut dice, 0, longest) as u64
            }
        });
        let mut engine = VirtualEngine::new(identity(chunk), RATE, max_block, lead, cost);
        let input = noise(60_000, turn);
        let mut missing = 0;
        let mut start = 0;
        while start < input.len() {
            let end = input.len().min(start + choose(&mut state, 1, 9_000));
            missing += engine.run(&input[start..end], &blocks).1;
            for _ in 0..choose(&mut state, 0, 3) {
                engine.audio.reset();
            }
            start = end;
        }
        calm.store(true, Ordering::Relaxed);
        missing += engine.run(&noise(80_000, turn + 1), &blocks).1;
        let input = noise(20_000, turn + 2);
        let (output, rest) = engine.run(&input, &blocks);
        let late = engine.latency().0;
        let what = format!("turn {turn}: chunk {chunk}, deadline {deadline}, blocks {blocks:?}");
        assert_eq!(rest, 0, "{what}");
        assert_eq!(output[late..], input[..input.len() - late], "{what}");
        let status = &engine.status;
        assert_eq!(status.missing_samples(), missing as u64, "{what}");
        if status.overruns() == 0 {
            assert_eq!(status.late_samples(), status.missing_samples(), "{what}");
        } else {
            assert!(status.late_samples() <= status.missing_samples(), "{what}");
        }
        stalled += u64::from(missing > 0);
        overrun += u64::from(status.overruns() > 0);
    }
    assert!(stalled > 50 && overrun > 10, "{stalled}, {overrun}");
}

/// Fails or panics in a chunk of the given number.
struct Broken {
    inner: Identity,
    chunks: usize,
    panics: bool,
}

impl Converter for Broken {
    fn spec(&self) -> &ConverterSpec {
        self.inner.spec()
    }

    fn convert(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError> {
        self.chunks += 1;
        if self.chunks > 20 {
            assert!(!self.panics, "a network that panics");
            return Err(RunError::Input {
                name: "x".to_owned(),
                expected: "1".to_owned(),
                found: "2".to_owned(),
            });
        }
        self.inner.convert(input, output)?;
        // Not the dry signal, so that the two can be told apart.
        output.iter_mut().for_each(|sample| *sample *= -1.0);
        Ok(())
    }

    fn reset(&mut self) {
        self.inner.reset();
    }
}

#[test]
fn a_voice_that_fails_or_panics_gives_way_to_the_dry_signal() {
    for panics in [false, true] {
        let converter = Broken {
            inner: Identity::exact(RATE, 480, 0),
            chunks: 0,
            panics,
        };
        let lead = 128 + 240 - 1;
        let mut engine = VirtualEngine::new(Box::new(converter), RATE, 128, lead, constant(100));
        let input: Vec<f32> = (0..30_000).map(|n| (n as f32 * 0.01).sin()).collect();
        let (output, missing) = engine.run(&input, &[128]);
        assert_eq!(missing, 0);
        assert_eq!(engine.status.voice_state(), VoiceState::Failed);
        let notice = engine.status.notice().expect("a notice");
        assert!(notice.starts_with("the voice stopped: "), "{notice}");
        let late = engine.latency().0;
        let inverted: Vec<f32> = input.iter().map(|x| -x).collect();
        assert_eq!(output[late..9_000], inverted[..9_000 - late]);
        assert_eq!(output[12_000..], input[12_000 - late..30_000 - late]);
        // The sine moves by 0.01 a sample, the step from -1 to 1 over 240 samples by 0.0084; a cut by up to 2.
        let jump = output
            .windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f32::max);
        assert!(jump < 0.02, "jump of {jump}");
    }
}
