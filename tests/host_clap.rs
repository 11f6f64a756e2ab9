//! The built CLAP bundle in a real host: what it reports is what it does, at any rate, block and moment.

#[path = "host_clap/rig.rs"]
mod rig;

#[path = "host_clap/parted.rs"]
mod parted;

#[path = "host_clap/speech.rs"]
mod speech;

#[path = "host_clap/sung.rs"]
mod sung;

use std::sync::atomic::Ordering::SeqCst;

use clack_host::prelude::PluginEntry;
use rig::{Rig, open};
use syrinx_tests::signals::{noise, vowel};

const RATE: syrinx_dsp::SampleRate = syrinx_dsp::SampleRate::of(48_000);

/// An instance without a voice, which passes everything at the reported latency.
fn without_voice(entry: &PluginEntry) -> Rig {
    let mut rig = Rig::new(entry);
    let voice = rig.param("Voice");
    rig.set_inactive(voice.id, voice.max);
    rig
}

#[test]
fn what_goes_in_comes_out_exactly_as_late_as_reported() {
    let Some(entry) = open() else { return };
    for rate in [44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0] {
        for blocks in [
            &[1][..],
            &[7],
            &[64],
            &[480],
            &[512],
            &[4096],
            &[4096, 1, 333, 64, 2000],
        ] {
            let max_block = *blocks.iter().max().expect("not empty");
            let mut rig = without_voice(&entry);
            rig.set_offline(true);
            rig.activate(rate, max_block as u32);
            let late = rig.latency();
            assert!(late > 0, "{rate} Hz");
            let input = noise(late + 9_000, 7);
            let output = rig.run(&input, blocks);
            assert!(
                output[..late].iter().all(|&x| x == 0.0),
                "{rate} Hz, {blocks:?}"
            );
            assert!(output[late..] == input[..9_000], "{rate} Hz, {blocks:?}");
        }
    }
}

#[test]
fn a_bounce_repeats_for_any_blocks_after_a_reset_and_in_two_instances_at_once() {
    let Some(entry) = open() else { return };
    let speech = vowel(RATE, 1.0, 110.0, 170.0);
    let (mut first, mut second) = (Rig::new(&entry), Rig::new(&entry));
    for rig in [&mut first, &mut second] {
        rig.set_offline(true);
        rig.activate(48_000.0, 512);
    }
    let expected = first.run(&speech, &[512]);
    assert!(
        expected.iter().any(|x| x.abs() > 0.01),
        "something is heard"
    );
    for blocks in [&[64][..], &[1, 7, 480], &[511, 512, 3]] {
        first.reset();
        assert!(first.run(&speech, blocks) == expected, "{blocks:?}");
    }
    assert!(
        second.run(&speech, &[100]) == expected,
        "the second instance differs"
    );
}

#[test]
fn a_host_that_renders_fast_without_saying_so_gets_the_same() {
    let Some(entry) = open() else { return };
    let speech = vowel(RATE, 1.0, 110.0, 170.0);
    let mut offline = Rig::new(&entry);
    offline.set_offline(true);
    offline.activate(48_000.0, 512);
    let expected = offline.run(&speech, &[512]);
    let mut silent = Rig::new(&entry);
    silent.activate(48_000.0, 512);
    assert!(silent.run(&speech, &[512]) == expected);
}

#[test]
fn the_latency_is_told_in_activate_and_restarts_are_asked_for_only_when_it_would_change() {
    let Some(entry) = open() else { return };
    let mut rig = Rig::new(&entry);
    rig.activate(48_000.0, 512);
    let low = rig.latency();
    let silence = vec![0.0; 4_800];
    rig.run(&silence, &[480]);
    rig.idle();
    assert_eq!(
        rig.log.restarts_in_activate.load(SeqCst),
        0,
        "restart within activate"
    );
    assert_eq!(rig.log.restarts.load(SeqCst), 0, "nothing changed yet");
    assert_eq!(rig.log.latency_changes_outside.load(SeqCst), 0);

    // A longer chunk needs more latency: the number stays until the host restarts.
    let quality = rig.param("Quality");
    let (mut left, mut right) = (vec![0.0; 480], vec![0.0; 480]);
    rig.process(&mut left, &mut right, &[(0, quality.id, quality.max)]);
    rig.run(&silence, &[480]);
    rig.idle();
    assert_eq!(rig.log.restarts.load(SeqCst), 1, "asked for once");
    assert_eq!(rig.latency(), low, "unchanged while active");
    rig.activate(48_000.0, 512);
    assert!(rig.latency() > low);
    rig.run(&silence, &[480]);
    rig.idle();
    assert_eq!(rig.log.restarts.load(SeqCst), 1, "no second one");
    assert_eq!(rig.log.restarts_in_activate.load(SeqCst), 0);
    assert_eq!(rig.log.latency_changes_outside.load(SeqCst), 0);
}

#[test]
fn what_people_type_into_a_host_is_understood() {
    let Some(entry) = open() else { return };
    let mut rig = Rig::new(&entry);
    for param in rig.params() {
        for share in [0.0, 0.37, 1.0] {
            let value = param.min + share * (param.max - param.min);
            let text = rig.text(param.id, value);
            let back = rig.typed(param.id, &text);
            let again = back.map(|back| rig.text(param.id, back));
            assert_eq!(again.as_ref(), Some(&text), "{}", param.name);
        }
        for text in ["", "xyzzy", "12 bananas", "--3"] {
            assert_eq!(rig.typed(param.id, text), None, "{}: {text:?}", param.name);
        }
    }
    for (name, typed, expected) in [
        ("Transpose", "+3", "+3 st"),
        ("Transpose", "-2,0 semitones", "-2 st"),
        ("Input Gain", "-12dB", "-12.0 dB"),
        ("Mix", "0.5", "50 %"),
        ("Mix", "50%", "50 %"),
        ("Bypass", "yes", "On"),
        ("Gate", "off", "off"),
        ("Quality", "BALANCED", "Balanced"),
        ("Quality", "low", "Low latency"),
        ("On Underrun", "sil", "Silence"),
        ("Mode", "speak and", "Speak and convert"),
        ("Notes", "sing", "Sing the line"),
        ("Pitch Target", "midi", "MIDI"),
        ("Scale", "HARMONIC", "Harmonic minor"),
        ("Key", "a#", "Bb"),
        ("Monotone Note", "110 Hz", "A2"),
        ("Correction Speed", "0.1 s", "100 ms"),
    ] {
        let id = rig.param(name).id;
        let value = rig.typed(id, typed);
        let text = value.map(|value| rig.text(id, value));
        assert_eq!(text.as_deref(), Some(expected), "{name}: {typed:?}");
    }
}

#[test]
fn a_state_brings_everything_back() {
    let Some(entry) = open() else { return };
    let mut rig = Rig::new(&entry);
    let params = rig.params();
    for (index, param) in params.iter().enumerate() {
        let share = [0.25, 0.5, 0.75][index % 3];
        let value = param.min + share * (param.max - param.min);
        rig.set_inactive(param.id, value);
    }
    let values = |rig: &mut Rig| -> Vec<(String, String)> {
        rig.params()
            .iter()
            .map(|param| {
                let value = rig.value(param.id);
                (param.name.clone(), rig.text(param.id, value))
            })
            .collect()
    };
    let wanted = values(&mut rig);
    let saved = rig.save();
    let mut other = Rig::new(&entry);
    assert_ne!(values(&mut other), wanted);
    assert!(other.load(&saved));
    assert_eq!(values(&mut other), wanted);
    assert_eq!(other.save(), saved);
    for damaged in [&b""[..], b"{", b"\0\0\0\0", &saved[..saved.len() / 2]] {
        assert!(!other.load(damaged), "a damaged state is refused");
        assert_eq!(values(&mut other), wanted, "and changes nothing");
    }
}

#[test]
fn a_flood_of_parameters_neither_breaks_nor_delays() {
    let Some(entry) = open() else { return };
    let mut rig = Rig::new(&entry);
    rig.set_offline(true);
    rig.activate(48_000.0, 512);
    let params = rig.params();
    let bypass = rig.param("Bypass").id;
    let speech = vowel(RATE, 0.4, 110.0, 170.0);
    for (number, block) in speech.chunks(512).enumerate() {
        let (mut left, mut right) = (block.to_vec(), block.to_vec());
        let changes: Vec<_> = (0..block.len() as u32)
            .step_by(16)
            .flat_map(|time| params.iter().map(move |param| (time, param)))
            .filter(|(_, param)| param.name != "Voice")
            .map(|(time, param)| {
                let share = f64::from((time + 37 * number as u32) % 101) / 100.0;
                (time, param.id, param.min + share * (param.max - param.min))
            })
            .collect();
        rig.process(&mut left, &mut right, &changes);
        assert!(left.iter().chain(&right).all(|x| x.is_finite()));
    }
    // In bypass it is a delay again, of the same length.
    let late = rig.latency();
    let (mut left, mut right) = ([0.0; 1], [0.0; 1]);
    rig.process(&mut left, &mut right, &[(0, bypass, 1.0)]);
    let input = noise(late + 20_000, 3);
    let output = rig.run(&input, &[512]);
    assert!(output[late + 2_000..] == input[2_000..20_000]);
}

#[test]
fn going_offline_and_back_and_being_destroyed_at_any_moment_is_survived() {
    let Some(entry) = open() else { return };
    let speech = vowel(RATE, 0.2, 110.0, 170.0);
    let mut rig = Rig::new(&entry);
    for turn in 0..4 {
        rig.set_offline(turn % 2 == 0);
        rig.activate(48_000.0, 256);
        rig.run(&speech, &[256]);
    }
    drop(rig);
    for _ in 0..10 {
        let mut rig = Rig::new(&entry);
        rig.activate(44_100.0, 128);
    }
    drop(Rig::new(&entry));
}

#[test]
fn absurd_rates_pass_through() {
    let Some(entry) = open() else { return };
    let mut rig = Rig::new(&entry);
    for rate in [
        1_000.0,
        1_234.567_8,
        3_999.0,
        44_100.5,
        384_001.0,
        768_000.0,
        1_200_000.0,
    ] {
        rig.activate(rate, 64);
        assert_eq!(rig.latency(), 0, "{rate} Hz");
        let input = noise(1_000, 2);
        assert!(rig.run(&input, &[64]) == input, "{rate} Hz");
    }
    rig.activate(48_000.0, 64);
    assert!(rig.latency() > 0, "and back");
}

#[test]
fn subnormal_and_broken_samples_become_silence() {
    let Some(entry) = open() else { return };
    let mut rig = Rig::new(&entry);
    let bypass = rig.param("Bypass").id;
    for bypassed in [0.0, 1.0] {
        rig.set_inactive(bypass, bypassed);
        rig.activate(48_000.0, 512);
        let input: Vec<f32> = [
            1e-40,
            -1e-42,
            f32::NAN,
            f32::INFINITY,
            f32::MIN_POSITIVE / 3.0,
        ]
        .into_iter()
        .cycle()
        .take(24_000)
        .collect();
        let output = rig.run(&input, &[512]);
        let fine = |x: &f32| *x == 0.0 || (x.is_normal() && x.abs() < 0.1);
        assert!(output.iter().all(fine));
    }
}

/// Whether this process has opened an ONNX Runtime library.
fn has_runtime() -> bool {
    #[cfg(windows)]
    return libloading::os::windows::Library::open_already_loaded("onnxruntime.dll").is_ok();
    #[cfg(not(windows))]
    {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        maps.contains("onnxruntime")
    }
}

#[test]
fn instances_open_no_library_and_no_voice() {
    let Some(entry) = open() else { return };
    let rigs: Vec<Rig> = (0..8)
        .map(|_| {
            let mut rig = Rig::new(&entry);
            assert!(rig.params().len() >= 16);
            rig
        })
        .collect();
    // Other tests of this program load voices, so this one must look before them: it is run in a process of
    // its own by `instances_open_no_library_in_a_new_process`.
    if std::env::var_os("SYRINX_FIRST").is_some() {
        assert!(!has_runtime(), "instantiating opened ONNX Runtime");
    }
    drop(rigs);
}

#[test]
fn instances_open_no_library_in_a_new_process() {
    if rig::bundles().is_none() {
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let status = std::process::Command::new(program)
        .args(["--exact", "instances_open_no_library_and_no_voice"])
        .env("SYRINX_FIRST", "1")
        .status()
        .expect("it starts");
    assert!(status.success());
}

#[cfg(target_os = "linux")]
#[test]
fn the_editor_opens_and_closes_while_parameters_change() {
    let Some(screen) = rig::Screen::connect() else {
        return;
    };
    let Some(entry) = open() else { return };
    let mut rig = Rig::new(&entry);
    rig.activate(48_000.0, 128);
    let params = rig.params();
    for turn in 0..6 {
        rig.open_and_close_editor(&screen, |rig| {
            for number in 0..60 {
                let (mut left, mut right) = (vec![0.1; 128], vec![0.1; 128]);
                let changes: Vec<_> = params
                    .iter()
                    .filter(|param| param.name != "Voice" && param.name != "Quality")
                    .map(|param| {
                        let share = f64::from((number * 7 + turn) % 11) / 10.0;
                        (0, param.id, param.min + share * (param.max - param.min))
                    })
                    .collect();
                rig.process(&mut left, &mut right, &changes);
                rig.idle();
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
        });
    }
}
