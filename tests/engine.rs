//! The whole engine with its threads: bounces that repeat, voices that come, change and are missing.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use syrinx_dsp::{Decibels, SampleRate, Semitones};
use syrinx_engine::{
    Activation, AudioPath, Engine, Pace, Quality, Settings, VoiceIdentity, VoiceLibrary,
    VoiceSlots, VoiceState,
};
use syrinx_models::{Stream, StreamConfig, VoiceBundle};
use syrinx_tests::parted::parted_bundle;
use syrinx_tests::signals::{noise, vowel};

const RATE: SampleRate = SampleRate::of(48_000);

fn speech() -> Vec<f32> {
    let mut speech = vowel(RATE, 1.0, 110.0, 160.0);
    speech.extend(vec![0.0; 9_600]);
    speech.extend(vowel(RATE, 0.8, 180.0, 120.0));
    speech
}

/// Runs `signal` through `path` in blocks of the given lengths; `settings` may depend on the position.
fn run_with(
    path: &mut AudioPath,
    signal: &[f32],
    blocks: &[usize],
    settings: impl Fn(usize) -> Settings,
) -> Vec<f32> {
    let mut output = signal.to_vec();
    let mut start = 0;
    for &length in blocks.iter().cycle() {
        if start == output.len() {
            break;
        }
        let end = output.len().min(start + length);
        path.process(&mut [&mut output[start..end]], &settings(start));
        start = end;
    }
    output
}

fn run(path: &mut AudioPath, signal: &[f32], blocks: &[usize]) -> Vec<f32> {
    run_with(path, signal, blocks, |_| Settings::default())
}

fn offline(quality: Quality) -> Activation {
    Activation {
        pace: Pace::Offline,
        quality,
        channels: 1,
        ..Activation::new(48_000.0, 512)
    }
}

#[test]
fn a_bounce_is_the_same_for_any_blocks_and_twice() {
    let speech = speech();
    let mut engine = Engine::new();
    let mut path = engine.activate(&offline(Quality::LowestLatency));
    let first = run(&mut path, &speech, &[512]);
    assert!(first.iter().any(|x| x.abs() > 0.01), "something is heard");
    for blocks in [&[512][..], &[64], &[1, 7, 480], &[333, 512, 2, 100]] {
        path.reset();
        let again = run(&mut path, &speech, blocks);
        assert!(again == first, "blocks of {blocks:?} differ");
    }
    let mut other = Engine::new();
    let mut path = other.activate(&offline(Quality::LowestLatency));
    assert!(
        run(&mut path, &speech, &[100]) == first,
        "a second instance differs"
    );
    assert_eq!(engine.status().underruns(), 0);
}

#[test]
fn a_bounce_is_what_a_stream_gives_later_by_the_rest_of_the_latency() {
    let speech = speech();
    let mut engine = Engine::new();
    for quality in Quality::ALL {
        let mut path = engine.activate(&offline(quality));
        let output = run(&mut path, &speech, &[512]);

        let identity = engine.voices().identity(0).expect("the default voice");
        let found = engine.library().find(&identity).expect("it is there");
        let voice = engine.library().load(&found.bundle).expect("it loads");
        let converter = voice
            .live(&Settings::default().controls, quality)
            .expect("default controls");
        let mut stream = Stream::new(converter, StreamConfig::new(RATE, 512)).expect("usual rates");
        let lead = path.latency().samples().0 - stream.latency().0;
        let mut expected = speech.clone();
        stream.process(&mut expected).expect("it converts");
        assert!(output[..lead].iter().all(|&x| x == 0.0));
        assert!(
            output[lead..] == expected[..speech.len() - lead],
            "{quality:?}"
        );
    }
}

#[test]
fn a_reserve_is_latency_to_the_sample_and_nothing_else() {
    let speech = speech();
    let mut engine = Engine::new();
    let mut path = engine.activate(&offline(Quality::Balanced));
    let (latency, without) = (
        path.latency().samples().0,
        run(&mut path, &speech, &[512, 7]),
    );
    let reserve = Duration::from_millis(60);
    let mut path = engine.activate(&Activation {
        reserve,
        ..offline(Quality::Balanced)
    });
    let samples = 2_880;
    assert_eq!(path.latency().samples().0, latency + samples);
    let terms = path.latency().terms();
    let found = terms.iter().find(|term| term.name == "reserve").unwrap();
    assert!((found.ms - 60.0).abs() < 1e-9, "{found:?}");
    let with = run(&mut path, &speech, &[512, 7]);
    assert!(with[..samples].iter().all(|&x| x == 0.0));
    assert!(with[samples..] == without[..speech.len() - samples]);
    // More than the ring of input could hold is not promised.
    let path = engine.activate(&Activation {
        reserve: Duration::from_secs(60),
        ..offline(Quality::Balanced)
    });
    assert_eq!(path.latency().samples().0, latency + 24_000);
}

#[test]
fn a_host_that_does_not_say_that_it_renders_offline_loses_nothing() {
    let speech = speech();
    let mut engine = Engine::new();
    let mut path = engine.activate(&offline(Quality::LowLatency));
    let expected = run(&mut path, &speech, &[512]);
    let mut path = engine.activate(&Activation {
        pace: Pace::Auto,
        ..offline(Quality::LowLatency)
    });
    assert!(run(&mut path, &speech, &[512]) == expected);
    assert_eq!(engine.status().missing_samples(), 0);
}

#[test]
fn automation_takes_effect_at_its_sample_for_any_blocks() {
    let speech = speech();
    let settings = |position: usize| {
        let mut settings = Settings::default();
        if position >= 20_000 {
            settings.controls.transpose = Semitones(7.0);
            settings.gate = Some(Decibels(-50.0));
            settings.output_gain = Decibels(-6.0);
        }
        if position >= 60_000 {
            settings.controls.formant = Semitones(-3.0);
            settings.mix = 0.5;
        }
        settings
    };
    let mut engine = Engine::new();
    let mut path = engine.activate(&offline(Quality::LowestLatency));
    // Hosts cut blocks at the events.
    let mut cut = vec![500; 40];
    cut.extend(vec![100; 400]);
    cut.extend([512; 1000]);
    let first = run_with(&mut path, &speech, &cut, settings);
    path.reset();
    let mut path = engine.activate(&offline(Quality::LowestLatency));
    let second = run_with(&mut path, &speech, &[10], settings);
    assert!(first == second);
    let plain = run(
        &mut engine.activate(&offline(Quality::LowestLatency)),
        &speech,
        &[512],
    );
    assert!(plain != first, "the settings do something");
}

#[test]
fn without_a_voice_everything_passes_at_the_reported_latency() {
    let none = Settings {
        voice: VoiceSlots::COUNT as u32 - 1,
        ..Settings::default()
    };
    for (rate, max_block) in [
        (44_100.0, 64),
        (48_000.0, 512),
        (96_000.0, 1),
        (192_000.0, 4_096),
    ] {
        let mut engine = Engine::new();
        let mut path = engine.activate(&Activation {
            settings: none,
            ..Activation {
                pace: Pace::Offline,
                ..Activation::new(rate, max_block)
            }
        });
        assert_eq!(engine.status().voice_state(), VoiceState::None);
        let late = path.latency().samples().0;
        assert_eq!(engine.status().latency_samples() as usize, late);
        let sum: f64 = path.latency().terms().iter().map(|term| term.ms).sum();
        // Rounding of the total to whole samples allows half a sample a resampler, and half for the sum.
        assert!(
            (sum - path.latency().ms()).abs() < 1.5e3 / rate,
            "{sum} ms at {rate} Hz"
        );
        let input = noise(40_000.max(3 * late), 4);
        let output = run_with(
            &mut path,
            &input,
            &[max_block, 1, max_block / 2 + 1],
            |_| none,
        );
        assert_eq!(output[late..], input[..input.len() - late], "{rate} Hz");
    }
}

#[test]
fn mix_and_bypass_are_aligned_and_do_not_click() {
    let none = VoiceSlots::COUNT as u32 - 1;
    let input: Vec<f32> = (0..60_000).map(|n| 0.5 * (n as f32 * 0.02).sin()).collect();
    let mut engine = Engine::new();
    let settings = |position: usize| Settings {
        voice: none,
        mix: if position < 20_000 { 1.0 } else { 0.3 },
        bypass: position >= 40_000,
        ..Settings::default()
    };
    let mut path = engine.activate(&Activation {
        settings: settings(0),
        ..offline(Quality::LowestLatency)
    });
    let output = run_with(&mut path, &input, &[250], settings);
    let late = path.latency().samples().0;
    // Dry and wet are the same signal here: aligned, no mix of them and no bypass can change anything.
    let difference = (late..input.len())
        .map(|n| (output[n] - input[n - late]).abs())
        .fold(0.0, f32::max);
    // One sample of misalignment would make 0.01.
    assert!(difference < 1e-6, "{difference}");
}

#[test]
fn stereo_gets_the_converted_mean_and_its_own_dry_signals() {
    let mut engine = Engine::new();
    let settings = Settings {
        bypass: true,
        ..Settings::default()
    };
    let mut path = engine.activate(&Activation {
        settings,
        channels: 2,
        ..offline(Quality::LowestLatency)
    });
    let (mut left, mut right) = (noise(30_000, 1), noise(30_000, 2));
    let (dry_left, dry_right) = (left.clone(), right.clone());
    for (left, right) in left.chunks_mut(512).zip(right.chunks_mut(512)) {
        path.process(&mut [left, right], &settings);
    }
    let late = path.latency().samples().0;
    assert_eq!(left[late..], dry_left[..30_000 - late]);
    assert_eq!(right[late..], dry_right[..30_000 - late]);

    path.reset();
    let (mut left, mut right) = (speech(), vec![0.0; speech().len()]);
    for (left, right) in left.chunks_mut(512).zip(right.chunks_mut(512)) {
        path.process(&mut [left, right], &Settings::default());
    }
    // After the bypass's 20 ms both channels carry the same converted voice.
    assert_eq!(left[10_000..], right[10_000..]);
    assert!(left[10_000..].iter().any(|x| x.abs() > 0.01));
}

#[test]
fn absurd_rates_pass_through_instead_of_failing() {
    let mut engine = Engine::new();
    for rate in [
        1_000.0,
        1_234.567_8,
        44_100.5,
        768_000.0,
        1_200_000.0,
        0.0,
        f64::NAN,
    ] {
        let mut path = engine.activate(&Activation::new(rate, 64));
        assert_eq!(path.latency().samples().0, 0);
        let input = noise(1_000, 8);
        assert_eq!(run(&mut path, &input, &[64]), input, "{rate}");
        let notice = engine.status().notice().expect("a notice");
        assert!(notice.contains("passed through"), "{notice}");
    }
}

#[test]
fn what_is_not_finite_and_what_is_too_small_becomes_silence() {
    let mut engine = Engine::new();
    for settings in [
        Settings::default(),
        Settings {
            bypass: true,
            ..Settings::default()
        },
    ] {
        let mut path = engine.activate(&Activation {
            settings,
            ..offline(Quality::LowestLatency)
        });
        let mut block: Vec<f32> = [
            f32::NAN,
            f32::INFINITY,
            1e-40,
            -1e-41,
            f32::MIN_POSITIVE / 2.0,
        ]
        .into_iter()
        .cycle()
        .take(20_000)
        .collect();
        for block in block.chunks_mut(512) {
            path.process(&mut [block], &settings);
        }
        assert!(
            block
                .iter()
                .all(|&x| x == 0.0 || (x.is_normal() && x.abs() < 0.1))
        );
    }
}

/// A copy of the default voice under another name, in `folder`.
fn copy_of_the_default_voice(folder: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/voices/default");
    fs::create_dir_all(folder).expect("a folder");
    for name in ["encoder.onnx", "decoder.onnx", "card.md"] {
        fs::copy(source.join(name), folder.join(name)).expect("a copy");
    }
    let manifest = fs::read_to_string(source.join("voice.json")).expect("a manifest");
    let name = "\"name\": \"default\"";
    assert!(manifest.contains(name));
    let manifest = manifest.replacen(name, "\"name\": \"twin\"", 1);
    fs::write(folder.join("voice.json"), manifest).expect("written");
}

#[test]
fn a_voice_fades_in_beside_another_and_is_the_same_as_from_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    copy_of_the_default_voice(&folder.path().join("twin"));
    let library = Arc::new(VoiceLibrary::default());
    let mut engine = Engine::with_library(library);
    let twin = engine
        .voices()
        .add(&folder.path().join("twin"))
        .expect("a voice");
    assert_eq!(engine.voices().name(twin).as_deref(), Some("twin"));
    let settings = |position: usize| {
        let mut settings = Settings::default();
        if position >= 24_000 {
            settings.voice = twin;
            settings.controls.speaker = 1;
        }
        settings
    };
    let speech = vowel(RATE, 2.5, 110.0, 160.0);
    let mut path = engine.activate(&offline(Quality::LowestLatency));
    let switched = run_with(&mut path, &speech, &[480], settings);
    assert_eq!(engine.status().voice_state(), VoiceState::Ready);
    // Held until it was loaded, the switch lies at its sample: a second run is the same.
    let mut path = engine.activate(&offline(Quality::LowestLatency));
    assert!(run_with(&mut path, &speech, &[480], settings) == switched);
    let stayed = run(
        &mut engine.activate(&offline(Quality::LowestLatency)),
        &speech,
        &[480],
    );
    let late = path.latency().samples().0;
    assert!(switched[..24_000] == stayed[..24_000]);
    assert!(switched[24_000 + 2 * late + 2_000..] != stayed[24_000 + 2 * late + 2_000..]);
    // No cut: no step is greater than either voice makes by itself.
    let step = |signal: &[f32]| {
        let steps = signal.windows(2).map(|w| (w[1] - w[0]).abs());
        steps.fold(0.0, f32::max)
    };
    let mut path = engine.activate(&Activation {
        settings: settings(24_000),
        ..offline(Quality::LowestLatency)
    });
    let other = run_with(&mut path, &speech, &[480], |_| settings(24_000));
    let usual = step(&stayed).max(step(&other));
    assert!(
        step(&switched) <= 1.1 * usual,
        "{} against {usual}",
        step(&switched)
    );
}

#[test]
fn a_parted_voice_comes_and_goes_while_it_runs_without_a_click_or_another_latency() {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = parted_bundle(folder.path());
    let mut engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
    let parted = engine.voices().add(&bundle).expect("a voice");
    let with = |voice: u32| Settings {
        voice,
        ..Settings::default()
    };
    // In from the start, out and in again: the default voice is held back to the longer latency.
    let switching = |position: usize| match position {
        0..48_000 => with(parted),
        48_000..96_000 => with(0),
        _ => with(parted),
    };
    let speech = vowel(RATE, 3.0, 110.0, 160.0);
    let mut bounce = |settings: &dyn Fn(usize) -> Settings| {
        let mut path = engine.activate(&Activation {
            settings: with(parted),
            ..offline(Quality::LowestLatency)
        });
        let late = path.latency().samples().0;
        let output = run_with(&mut path, &speech, &[480], settings);
        assert_eq!(engine.status().latency_samples() as usize, late);
        assert_eq!(engine.status().voice_state(), VoiceState::Ready);
        assert_eq!(engine.status().missing_samples(), 0);
        (late, output)
    };
    let (late, switched) = bounce(&switching);
    assert!(bounce(&switching) == (late, switched.clone()), "it repeats");
    let (_, stayed) = bounce(&|_| with(parted));
    let (_, other) = bounce(&|_| with(0));
    assert!(switched[..48_000] == stayed[..48_000]);
    // Where the default voice speaks and where the parted one is back, each is heard.
    let differ = |range: std::ops::Range<usize>, a: &[f32]| {
        let difference = switched[range.clone()].iter().zip(&a[range]);
        difference.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    assert!(differ(48_000 + 2 * late + 2_000..96_000, &stayed) > 0.01);
    assert!(differ(96_000 + 2 * late + 2_000..speech.len(), &other) > 0.01);
    // No cut: no step is greater than either voice makes by itself.
    let step = |signal: &[f32]| {
        let steps = signal.windows(2).map(|w| (w[1] - w[0]).abs());
        steps.fold(0.0, f32::max)
    };
    let usual = step(&stayed).max(step(&other));
    assert!(
        step(&switched) <= 1.1 * usual,
        "{} against {usual}",
        step(&switched)
    );
}

#[test]
fn a_missing_voice_is_told_and_the_dry_signal_heard_until_another_is_chosen() {
    let mut engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
    let default = engine.voices().identity(0).expect("the default voice");
    engine.voices().restore(vec![
        VoiceIdentity {
            name: "Nobody".to_owned(),
            sha256: "0".repeat(64),
        },
        default,
    ]);
    let mut path = engine.activate(&offline(Quality::LowestLatency));
    assert_eq!(engine.status().voice_state(), VoiceState::Failed);
    let notice = engine.status().notice().expect("a notice");
    assert!(notice.contains("Nobody is not installed"), "{notice}");
    let late = path.latency().samples().0;
    let input = noise(20_000, 6);
    let output = run(&mut path, &input, &[512]);
    assert_eq!(output[late..], input[..20_000 - late]);

    let other = |_| Settings {
        voice: 1,
        ..Settings::default()
    };
    let speech = speech();
    let output = run_with(&mut path, &speech, &[512], other);
    assert_eq!(engine.status().voice_state(), VoiceState::Ready);
    assert_eq!(engine.status().notice(), None);
    assert!(output[40_000..] != speech[40_000 - late..speech.len() - late]);
}

#[test]
fn a_voice_of_the_same_name_stands_in_and_is_told() {
    let engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
    let saved = VoiceIdentity {
        name: VoiceBundle::default_voice()
            .expect("whole")
            .manifest()
            .name
            .clone(),
        sha256: "1".repeat(64),
    };
    let found = engine.library().find(&saved).expect("a namesake");
    assert!(found.notice.expect("a notice").contains("another version"));
}

#[test]
fn engines_can_be_dropped_while_they_load() {
    for _ in 0..5 {
        let mut engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
        let path = engine.activate(&Activation {
            load_limit: Duration::ZERO,
            ..Activation::new(48_000.0, 512)
        });
        drop(engine);
        drop(path);
    }
}

#[test]
fn an_audio_side_without_its_engine_plays_its_fallback() {
    let mut engine = Engine::new();
    let mut path = engine.activate(&Activation {
        pace: Pace::Realtime,
        ..Activation::new(48_000.0, 512)
    });
    engine.deactivate();
    let late = path.latency().samples().0;
    let input: Vec<f32> = (0..96_000).map(|n| (n as f32 * 0.01).sin()).collect();
    let output = run(&mut path, &input, &[512]);
    assert!(engine.status().underruns() > 0);
    assert_eq!(output[late + 1_000..], input[1_000..96_000 - late]);
}

#[test]
fn a_second_instance_shares_the_loaded_voice() {
    let library = Arc::new(VoiceLibrary::default());
    let bundle = library.default_voice().expect("whole");
    let first = library.load(&bundle).expect("it loads");
    let second = library
        .load(&library.default_voice().expect("whole"))
        .expect("it loads");
    assert!(Arc::ptr_eq(&first, &second));
    let before = Arc::downgrade(&first);
    drop((first, second));
    assert!(before.upgrade().is_none(), "nobody uses it, so it is gone");
}

#[test]
fn a_reset_forgets_everything_over_a_whole_recording() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/speech.wav");
    let mut reader = hound::WavReader::open(path).expect("the demo's recording");
    let rate = f64::from(reader.spec().sample_rate);
    let speech: Vec<f32> = reader
        .samples::<i16>()
        .map(|sample| f32::from(sample.expect("a sample")) / 32_768.0)
        .collect();
    let mut engine = Engine::new();
    let activation = Activation {
        rate,
        ..offline(Quality::LowestLatency)
    };
    let mut path = engine.activate(&activation);
    let fresh = run(&mut path, &speech, &[512]);
    run(&mut path, &speech[..50_001], &[333]);
    path.reset();
    let again = run(&mut path, &speech, &[64]);
    let first = (0..fresh.len()).find(|&n| fresh[n] != again[n]);
    assert_eq!(first, None, "of {}", fresh.len());
}

#[test]
fn voices_that_follow_each_other_in_mid_fade_take_turns_without_a_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    copy_of_the_default_voice(&folder.path().join("twin"));
    let mut engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
    let twin = engine
        .voices()
        .add(&folder.path().join("twin"))
        .expect("a voice");
    let none = VoiceSlots::COUNT as u32 - 1;
    // Each asked for before the one before it is heard: fading in takes 70 ms and 30 ms.
    let settings = |position: usize| Settings {
        voice: match position {
            24_000..26_000 => none,
            26_000..28_000 => twin,
            28_000.. => none,
            _ => 0,
        },
        ..Settings::default()
    };
    let speech = vowel(RATE, 1.5, 110.0, 160.0);
    let mut first = engine.activate(&offline(Quality::LowestLatency));
    let output = run_with(&mut first, &speech, &[500], settings);
    let late = first.latency().samples().0;
    // It ends where it was asked to: with the dry signal.
    assert_eq!(output[60_000..], speech[60_000 - late..speech.len() - late]);
    for blocks in [&[250][..], &[10, 490, 125, 375]] {
        let mut path = engine.activate(&offline(Quality::LowestLatency));
        assert!(
            run_with(&mut path, &speech, blocks, settings) == output,
            "{blocks:?}"
        );
    }
}

#[test]
fn a_missing_voice_that_is_installed_meanwhile_is_heard() {
    let folder = tempfile::tempdir().expect("a folder");
    copy_of_the_default_voice(&folder.path().join("twin"));
    // Another library knows the voice's identity; this one has not seen it yet.
    let elsewhere = Engine::with_library(Arc::new(VoiceLibrary::default()));
    let slot = elsewhere
        .voices()
        .add(&folder.path().join("twin"))
        .expect("a voice");
    let mut engine = Engine::with_library(Arc::new(VoiceLibrary::default()));
    engine.voices().restore(elsewhere.voices().identities());
    let settings = Settings {
        voice: slot,
        ..Settings::default()
    };
    let mut path = engine.activate(&Activation {
        settings,
        ..offline(Quality::LowestLatency)
    });
    assert_eq!(engine.status().voice_state(), VoiceState::Failed);
    engine
        .library()
        .add(&folder.path().join("twin"))
        .expect("installed");
    engine.voices().refresh();
    let speech = speech();
    run_with(&mut path, &speech, &[512], |_| settings);
    assert_eq!(engine.status().voice_state(), VoiceState::Ready);
    assert_eq!(engine.status().notice(), None);
}

#[test]
fn a_voice_stays_loaded_as_long_as_an_instance_is_active() {
    let library = Arc::new(VoiceLibrary::default());
    let mut engine = Engine::with_library(Arc::clone(&library));
    let _path = engine.activate(&offline(Quality::LowestLatency));
    let bundle = library.default_voice().expect("whole");
    let voice = library.load(&bundle).expect("it is there");
    // The instance's and this one: it was not loaded anew.
    assert_eq!(Arc::strong_count(&voice), 2);
}
