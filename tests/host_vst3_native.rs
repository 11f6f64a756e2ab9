//! The built VST3 bundle in a host of the tests' own, which runs wherever the bundle does: what it reports is what it
//! does, at any rate, block and moment.
//!
//! Under Wine it needs a display: on Windows every instance has a window, though none that is seen.
#![cfg(any(target_os = "linux", windows))]
// VST3's enumerations are signed on Windows alone, so that their casts are needed on one system each.
#![allow(clippy::unnecessary_cast)]

#[path = "host_vst3_native/rig.rs"]
mod rig;

#[path = "host_vst3_native/destroyed.rs"]
mod destroyed;

#[path = "host_vst3_native/parted.rs"]
mod parted;

#[path = "host_vst3_native/places.rs"]
mod places;

#[path = "host_vst3_native/restarts.rs"]
mod restarts;

#[path = "host_vst3_native/speech.rs"]
mod speech;

#[path = "host_vst3_native/state.rs"]
mod state;

#[path = "host_vst3_native/sung.rs"]
mod sung;

use rig::{Events, Module, Rig};
use syrinx_dsp::SampleRate;
use syrinx_tests::hosts::{assert_same, converted, paths, recording};
use syrinx_tests::signals::{noise, vowel};

const RATE: SampleRate = SampleRate::of(48_000);

/// The built `Syrinx.vst3`, or `None`, said aloud.
fn open() -> Option<Module> {
    let [bundles] = paths(["SYRINX_BUNDLES"])?;
    Some(Module::open(&bundles.join("Syrinx.vst3")))
}

/// An instance without a voice, which passes everything at the reported latency.
fn without_voice(module: &Module) -> Rig<'_> {
    let mut rig = Rig::new(module);
    let voice = rig.param("Voice");
    rig.set_inactive(voice.id, 1.0);
    rig
}

/// An instance that bounces, active.
fn offline(module: &Module, rate: f64, max_block: usize) -> Rig<'_> {
    let mut rig = Rig::new(module);
    rig.set_offline(true);
    rig.activate(rate, max_block);
    rig
}

/// 16-bit mono, as the command reads it, and its rate.
fn speech() -> (Vec<f32>, f64) {
    let mut reader = hound::WavReader::open(recording()).expect("a recording");
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.bits_per_sample), (1, 16));
    let samples = reader.samples::<i16>();
    let samples = samples.map(|x| f32::from(x.expect("a sample")) / 32_768.0);
    (samples.collect(), f64::from(spec.sample_rate))
}

#[test]
fn what_goes_in_comes_out_exactly_as_late_as_reported() {
    let Some(module) = open() else { return };
    for (rate, channels) in [(44_100.0, 2), (48_000.0, 1), (48_000.0, 2), (96_000.0, 2)] {
        for blocks in [
            &[1][..],
            &[7],
            &[64],
            &[512],
            &[4096],
            &[4096, 1, 333, 64, 2000],
        ] {
            let max_block = *blocks.iter().max().expect("not empty");
            let mut rig = without_voice(&module);
            rig.set_offline(true);
            rig.set_channels(channels);
            rig.activate(rate, max_block);
            let late = rig.latency();
            assert!(late > 0, "{rate} Hz");
            let input = noise(late + 9_000, 7);
            let output = rig.run(&input, blocks);
            let silence = &output[..late];
            assert!(silence.iter().all(|&x| x == 0.0), "{rate} Hz, {blocks:?}");
            assert!(output[late..] == input[..9_000], "{rate} Hz, {blocks:?}");
        }
    }
}

#[test]
fn a_bounce_is_what_the_command_converts() {
    let Some(module) = open() else { return };
    let [bundles] = paths(["SYRINX_BUNDLES"]).expect("it was there just now");
    let folder = tempfile::tempdir().expect("a folder");
    let expected = converted(&bundles, folder.path(), 0);
    let (mut input, rate) = speech();
    let mut rig = offline(&module, rate, 512);
    let late = rig.latency();
    input.extend(vec![0.0; late]);
    let found = rig.run(&input, &[512]);
    assert!(found.len() - late >= expected.len());
    assert_same(&found[late..], &expected);
}

#[test]
fn a_bounce_repeats_for_any_blocks_and_after_a_reset() {
    let Some(module) = open() else { return };
    let speech = vowel(RATE, 0.7, 110.0, 170.0);
    let mut rig = offline(&module, 48_000.0, 4096);
    let expected = rig.run(&speech, &[512]);
    let is_heard = expected.iter().any(|x| x.abs() > 0.01);
    assert!(is_heard, "something is heard");
    for blocks in [&[1][..], &[64], &[4096], &[1, 7, 480], &[511, 4096, 3]] {
        rig.reset();
        assert!(rig.run(&speech, blocks) == expected, "{blocks:?}");
    }
    rig.set_channels(1);
    rig.activate(48_000.0, 4096);
    assert!(rig.run(&speech, &[333]) == expected, "mono");
}

#[test]
fn two_instances_play_at_once_and_do_not_hear_each_other() {
    let Some(module) = open() else { return };
    let signals = [
        vowel(RATE, 0.7, 110.0, 170.0),
        vowel(RATE, 0.7, 220.0, 150.0),
    ];
    let alone = signals
        .each_ref()
        .map(|signal| offline(&module, 48_000.0, 512).run(signal, &[512]));
    assert!(alone[0] != alone[1]);
    let mut rigs = [(); 2].map(|()| offline(&module, 48_000.0, 512));
    let mut found = signals
        .each_ref()
        .map(|signal| Vec::with_capacity(signal.len()));
    // Turn by turn, in blocks of different lengths.
    for turn in 0..signals[0].len().div_ceil(480) {
        for (which, length) in [(0, 480), (1, 240), (1, 240)] {
            let start = found[which].len();
            let end = signals[which].len().min(start + length);
            let block = &signals[which][start..end];
            let heard = rigs[which].run(block, &[length]);
            found[which].extend(heard);
            assert!(found[which].len() <= (turn + 1) * 480);
        }
    }
    assert!(found[0] == alone[0], "the first differs");
    assert!(found[1] == alone[1], "the second differs");
}

#[test]
fn a_host_that_renders_fast_without_saying_so_gets_the_same() {
    let Some(module) = open() else { return };
    let speech = vowel(RATE, 1.0, 110.0, 170.0);
    let expected = offline(&module, 48_000.0, 512).run(&speech, &[512]);
    let mut silent = Rig::new(&module);
    silent.activate(48_000.0, 512);
    assert!(silent.run(&speech, &[512]) == expected);
}

#[test]
fn an_automated_bypass_switches_on_its_sample_for_any_blocks() {
    let Some(module) = open() else { return };
    // In the middle of a block of any size.
    let at = 9_001;
    let input = noise(24_000, 3);
    let bounce = |length: usize| {
        let mut rig = offline(&module, 48_000.0, 1_024);
        let bypass = rig.param("Bypass").id;
        let mut output = input.clone();
        let mut right = input.clone();
        for start in (0..input.len()).step_by(length) {
            let end = input.len().min(start + length);
            let change = [((at - at.min(start)) as i32, bypass, 1.0)];
            let changes = if (start..end).contains(&at) {
                &change[..]
            } else {
                &[]
            };
            let events = Events {
                changes,
                ..Events::default()
            };
            let mut block = [&mut output[start..end], &mut right[start..end]];
            rig.process(&mut block, &events);
        }
        assert!(output == right);
        (output, rig.latency())
    };
    let (expected, late) = bounce(512);
    // The voice fades out; from then on it is a delay.
    let fade = 2_000;
    assert!(expected[at + fade..] == input[at + fade - late..input.len() - late]);
    assert!(
        expected[late..at] != input[..at - late],
        "it is not bypassed before"
    );
    for length in [64, 1_024, 333] {
        assert!(bounce(length).0 == expected, "{length}");
    }
}
