//! Opens states of any version and finds in them what was saved.

mod support;

use nice_plug::plugin::{ParamValue, PluginState};
use nice_plug::prelude::*;
use support::Host;
use syrinx_dsp::{Decibels, Note, PitchSettings, PitchTarget, Scale, ScaleKind, Semitones};
use syrinx_engine::{
    Harmony, HarmonyVoice, OnUnderrun, Quality, Settings, SpeechControls, SpeechLine, SpeechLines,
    SpeechMode, VoiceState,
};
use syrinx_plugin::parameters::{
    ModeChoice, NoteChoice, QualityChoice, ScaleChoice, TargetChoice, UnderrunChoice,
};

/// A project of version 1, saved by the framework's own writer from a CLAP host, with a voice that was since
/// removed.
const V1: &str = include_str!("states/v1.json");

/// A project of version 2, as [`turned`] was saved before the input could be cleaned.
const V2: &str = include_str!("states/v2.json");

/// A project of version 3, as [`turned`] was saved before the pitch could be led.
const V3: &str = include_str!("states/v3.json");

/// A project of version 4, as [`turned`] is saved.
const V4: &str = include_str!("states/v4.json");

fn opened(text: &str) -> Host {
    let state: PluginState = serde_json::from_str(text).expect("a state");
    let mut host = Host::new();
    host.open(state);
    host
}

/// A state in which nothing stands at its default.
fn turned() -> Host {
    let host = Host::new();
    let p = host.plugin.parameters();
    Host::set(&p.voice, 1);
    Host::set(&p.speaker, 2);
    Host::set(&p.transpose, -5);
    Host::set(&p.fine, 25.0);
    Host::set(&p.formant, 1.5);
    Host::set(&p.intonation, 120.0);
    Host::set(&p.strength, 40);
    Host::set(&p.gate, -45.0);
    Host::set(&p.input_gain, 3.0);
    Host::set(&p.output_gain, -6.0);
    Host::set(&p.loudness, 30.0);
    Host::set(&p.mix, 80.0);
    Host::set(&p.bypass, true);
    Host::set(&p.quality, QualityChoice::Balanced);
    Host::set(&p.on_underrun, UnderrunChoice::Gap);
    Host::set(&p.seed, 1234);
    p.editor_size.set((800, 500));
    Host::set(&p.speech.mode, ModeChoice::SpeakAndConvert);
    Host::set(&p.speech.speak, true);
    Host::set(&p.speech.line, 2);
    Host::set(&p.speech.notes, NoteChoice::Pitch);
    Host::set(&p.speech.rate, 150.0);
    Host::set(&p.speech.pitch, -3.5);
    Host::set(&p.speech.intonation, 60.0);
    Host::set(&p.speech.pause, 200.0);
    Host::set(&p.speech.emotion, 4);
    Host::set(&p.speech.intensity, 130.0);
    Host::set(&p.input.high_pass, 85.0);
    Host::set(&p.input.denoise, 60.0);
    Host::set(&p.pitch.target, TargetChoice::Scale);
    Host::set(&p.pitch.key, 9);
    Host::set(&p.pitch.scale, ScaleChoice::HarmonicMinor);
    Host::set(&p.pitch.strength, 90.0);
    Host::set(&p.pitch.speed, 25.0);
    Host::set(&p.pitch.note, 57);
    Host::set(&p.pitch.vibrato, 70.0);
    Host::set(&p.pitch.glide, 120.0);
    Host::set(&p.pitch.bend_range, 12);
    Host::set(&p.harmony.interval_1, 2);
    Host::set(&p.harmony.level_1, -3.0);
    Host::set(&p.harmony.interval_2, -5);
    Host::set(&p.harmony.level_2, -9.0);
    Host::set(&p.harmony.interval_3, 7);
    Host::set(&p.harmony.level_3, -12.0);
    Host::set(&p.output.limiter, true);
    Host::set(&p.output.feedback_guard, true);
    p.speech.lines.0.replace(lines());
    host
}

/// Lines with everything that must survive a file: quotes, line ends, other scripts, markup and bars.
fn lines() -> Vec<SpeechLine> {
    let line = |text: &str, bar| SpeechLine {
        text: text.to_owned(),
        bar,
    };
    vec![
        line("She said: \"Good morning\".\nThen she left.", Some(5.5)),
        line(
            "<speak>Wait <break time=\"1s\"/> na\u{ef}ve 你好</speak>",
            None,
        ),
    ]
}

#[test]
fn a_state_comes_back_as_it_was_saved() {
    let saved = turned();
    let text = serde_json::to_string(&saved.save()).expect("text");
    let host = opened(&text);
    assert_ne!(host.plugin.parameters().settings(), Settings::default());
    assert_eq!(
        host.plugin.parameters().settings(),
        saved.plugin.parameters().settings()
    );
    assert_eq!(host.plugin.parameters().quality(), Quality::Balanced);
    assert_eq!(host.plugin.parameters().editor_size.get(), (800, 500));
    assert_eq!(
        host.plugin.engine().voices().identities(),
        saved.plugin.engine().voices().identities()
    );
    assert_eq!(
        host.plugin.parameters().speech.controls(0),
        saved.plugin.parameters().speech.controls(0)
    );
    assert_eq!(host.plugin.engine().lines().all(), lines());
    assert_eq!(host.plugin.engine().lines().bar(0), Some(5.5));
    assert_eq!(serde_json::to_string(&host.save()).expect("text"), text);
}

#[test]
fn version_2_opens() {
    let host = opened(V2);
    let p = host.plugin.parameters();
    assert_eq!(p.settings().speech, SpeechMode::SpeakAndConvert);
    assert_eq!(p.transpose.value(), -5);
    assert!(p.speech.speak.value());
    assert_eq!(p.speech.chosen(), 1);
    assert_eq!(p.speech.notes.value(), NoteChoice::Pitch);
    assert_eq!(
        p.speech.controls(3),
        SpeechControls {
            rate: 1.5,
            pitch: -3.5,
            intonation: 0.6,
            pause: 2.0,
            emotion: 4,
            intensity: 1.3,
            note: None,
            seed: 3,
        }
    );
    assert_eq!(host.plugin.engine().lines().all(), lines());
    assert_eq!(p.state_version.notice(), None);
}

#[test]
fn version_3_opens() {
    let host = opened(V3);
    let p = host.plugin.parameters();
    assert_eq!(p.settings().high_pass, Some(85.0));
    assert_eq!(p.settings().denoise, 0.6);
    assert_eq!(p.settings().speech, SpeechMode::SpeakAndConvert);
    assert_eq!(p.transpose.value(), -5);
    assert_eq!(host.plugin.engine().lines().all(), lines());
    assert_eq!(p.state_version.notice(), None);
}

#[test]
fn the_file_of_this_version_holds_what_is_saved_now() {
    let text = serde_json::to_string(&turned().save()).expect("text");
    let [saved, file] = [&text, V4].map(|text| {
        let state: PluginState = serde_json::from_str(text).expect("a state");
        serde_json::to_value(state.params).expect("JSON")
    });
    assert_eq!(saved, file);
}

#[test]
fn version_4_opens() {
    let host = opened(V4);
    let p = host.plugin.parameters();
    let scale = Scale::of(9, ScaleKind::HarmonicMinor).expect("a key");
    let expected = PitchSettings {
        target: PitchTarget::Scale {
            scale,
            strength: 0.9,
            speed_ms: 25.0,
        },
        vibrato: 0.7,
        ..PitchSettings::default()
    };
    assert_eq!(p.settings().controls.pitch, expected);
    let voice = |degrees, level| HarmonyVoice {
        degrees,
        level: Decibels(level),
    };
    let harmony = Harmony {
        scale,
        voices: [voice(2, -3.0), voice(-5, -9.0), voice(7, -12.0)],
    };
    assert_eq!(p.settings().harmony, harmony);
    assert!(p.settings().limit && p.settings().feedback_guard);
    let target = |choice| {
        Host::set(&p.pitch.target, choice);
        p.settings().controls.pitch.target
    };
    assert_eq!(
        target(TargetChoice::Midi),
        PitchTarget::Held {
            note: None,
            bend: 0.0,
            bend_range: Semitones(12.0),
            glide_ms: 120.0,
        }
    );
    let monotone = PitchTarget::Monotone { note: Note(57.0) };
    assert_eq!(target(TargetChoice::Monotone), monotone);
    assert_eq!(p.settings().high_pass, Some(85.0));
    assert_eq!(p.transpose.value(), -5);
    assert_eq!(p.state_version.notice(), None);
}

#[test]
fn what_older_versions_saved_leaves_the_pitch_as_it_is_in_an_instance_that_led_it() {
    for text in [V1, V2, V3] {
        let mut host = turned();
        host.open(serde_json::from_str(text).expect("a state"));
        let settings = host.plugin.parameters().settings();
        assert_eq!(settings.controls.pitch, PitchSettings::default());
        assert_eq!(settings.harmony, Harmony::default());
        assert!(!settings.limit && !settings.feedback_guard);
        let pitch = &host.plugin.parameters().pitch;
        assert_eq!(pitch.notes(), Scale::CHROMATIC);
        Host::set(&pitch.target, TargetChoice::Midi);
        let fresh = Host::new();
        Host::set(&fresh.plugin.parameters().pitch.target, TargetChoice::Midi);
        let fresh = fresh.plugin.parameters().pitch.settings();
        assert_eq!(pitch.settings(), fresh, "as in a new instance");
    }
}

#[test]
fn what_older_versions_saved_leaves_the_input_as_it_is_in_an_instance_that_cleaned_it() {
    for text in [V1, V2] {
        let mut host = turned();
        host.open(serde_json::from_str(text).expect("a state"));
        let settings = host.plugin.parameters().settings();
        assert_eq!((settings.high_pass, settings.denoise), (None, 0.0));
    }
}

#[test]
fn what_version_1_saved_converts_in_an_instance_that_spoke() {
    let mut host = turned();
    host.open(serde_json::from_str(V1).expect("a state"));
    let p = host.plugin.parameters();
    assert_eq!(p.settings().speech, SpeechMode::Convert);
    assert_eq!(p.speech.controls(0), SpeechControls::default());
    assert_eq!((p.speech.chosen(), p.speech.speak.value()), (0, false));
    assert_eq!(p.speech.notes.value(), NoteChoice::Lines);
    assert_eq!(host.plugin.engine().lines().all(), SpeechLines::greeting());
}

#[test]
fn version_1_opens() {
    let host = opened(V1);
    let p = host.plugin.parameters();
    let settings = p.settings();
    assert_eq!(settings.voice, 1);
    assert_eq!(settings.controls.speaker, 2);
    assert!((settings.controls.transpose.0 - -4.75).abs() < 1e-6);
    assert_eq!(settings.controls.formant.0, 1.5);
    assert_eq!(settings.controls.intonation, 1.2);
    assert_eq!(settings.controls.strength, Some(0.4));
    assert_eq!(settings.controls.seed, 1234);
    assert_eq!(settings.gate.map(|gate| gate.0), Some(-45.0));
    assert_eq!(settings.input_gain.0, 3.0);
    assert_eq!(settings.output_gain.0, -6.0);
    assert_eq!(settings.loudness, 0.3);
    assert_eq!(settings.mix, 0.8);
    assert!(settings.bypass);
    assert_eq!(settings.on_underrun, OnUnderrun::Gap);
    assert_eq!(p.quality(), Quality::Balanced);
    assert_eq!(p.editor_size.get(), (800, 500));
    assert_eq!(p.state_version.notice(), None);
    let names: Vec<_> = host.plugin.engine().voices().identities();
    assert_eq!(names.len(), 2);
    assert_eq!(names[1].name, "Somebody who moved away");
}

#[test]
fn a_missing_voice_still_opens_and_says_so() {
    let mut host = opened(V1);
    Host::set(&host.plugin.parameters().bypass, false);
    let latency = host.activate(2, 48_000.0, 256, ProcessMode::Offline);
    assert!(latency > 0, "that of the default voice");
    let status = std::sync::Arc::clone(host.plugin.engine().status());
    assert_eq!(status.voice_state(), VoiceState::Failed);
    let notice = status.notice().expect("a notice");
    assert!(notice.contains("Somebody who moved away"), "{notice}");

    // The dry signal, with the gains of the state, is heard.
    let parameters = host.plugin.parameters();
    Host::set(&parameters.on_underrun, UnderrunChoice::Dry);
    let mut peak = 0.0_f32;
    for _ in 0..(latency / 256 + 16) {
        let mut block = vec![vec![0.25_f32; 256]; 2];
        host.process(&mut block);
        peak = block
            .iter()
            .flatten()
            .fold(peak, |peak, x| peak.max(x.abs()));
    }
    assert!(peak > 0.1, "{peak}");
    host.plugin.deactivate();
    // It is still there to be saved: the next machine may have it.
    assert_eq!(
        host.plugin.engine().voices().identities()[1].name,
        "Somebody who moved away"
    );
}

#[test]
fn a_newer_state_opens_as_far_as_it_is_known_and_says_so() {
    let mut state = turned().save();
    state
        .fields
        .insert("state-version".to_owned(), "7".to_owned());
    state
        .fields
        .insert("of-the-future".to_owned(), "[1,2]".to_owned());
    state
        .params
        .insert("future".to_owned(), ParamValue::F32(0.5));
    state
        .params
        .insert("qualty".to_owned(), ParamValue::String("beyond".to_owned()));
    let mut host = Host::new();
    host.open(state);
    let p = host.plugin.parameters();
    assert_eq!(p.transpose.value(), -5);
    assert_eq!(p.quality(), Quality::default());
    let notice = p.state_version.notice().expect("a notice");
    assert!(notice.contains("state 7"), "{notice}");
    assert_eq!(
        host.save().fields["state-version"],
        "4",
        "what is written is ours"
    );
}

#[test]
fn a_damaged_state_harms_nothing() {
    let mut state = turned().save();
    state
        .fields
        .insert("voices".to_owned(), "{\"name\":3}".to_owned());
    state
        .fields
        .insert("state-version".to_owned(), "\"new\"".to_owned());
    state
        .fields
        .insert("speech-lines".to_owned(), "[{\"text\":7}]".to_owned());
    state.params.insert("line".to_owned(), ParamValue::I32(-3));
    state
        .params
        .insert("sprate".to_owned(), ParamValue::F32(9_000.0));
    state.fields.remove("editor-size");
    state
        .params
        .insert("gate".to_owned(), ParamValue::F32(f32::NAN));
    state.params.insert("mix".to_owned(), ParamValue::F32(1e30));
    state
        .params
        .insert("ingain".to_owned(), ParamValue::F32(4_000.0));
    state.params.insert("voice".to_owned(), ParamValue::I32(-7));
    state
        .params
        .insert("seed".to_owned(), ParamValue::I32(i32::MIN));
    state
        .params
        .insert("transp".to_owned(), ParamValue::I32(700_000));
    let mut host = Host::new();
    host.open(state);
    let settings = host.plugin.parameters().settings();
    assert_eq!(settings.gate, None, "the default");
    assert_eq!(settings.mix, 1.0, "the default");
    assert_eq!(settings.input_gain.0, 24.0);
    assert_eq!(settings.voice, 0);
    let speech = &host.plugin.parameters().speech;
    assert_eq!((speech.chosen(), speech.controls(0).rate), (0, 4.0));
    assert_eq!(host.plugin.engine().lines().all(), SpeechLines::greeting());
    assert_eq!(settings.controls.seed, 0);
    assert!((settings.controls.transpose.0 - 24.25).abs() < 1e-5);
    assert_eq!(
        host.plugin.engine().voices().identities().len(),
        1,
        "the default voice"
    );
}

/// Extremes of every parameter stay inside of what the engine accepts.
#[test]
fn settings_stay_in_range_over_all_values() {
    let host = Host::new();
    let p = host.plugin.parameters();
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1e9, 0.0, 1e9] {
        for parameter in [
            &p.fine,
            &p.formant,
            &p.intonation,
            &p.gate,
            &p.input_gain,
            &p.output_gain,
            &p.loudness,
            &p.mix,
            &p.input.high_pass,
            &p.input.denoise,
            &p.pitch.strength,
            &p.pitch.speed,
            &p.pitch.vibrato,
            &p.pitch.glide,
            &p.harmony.level_1,
            &p.harmony.level_2,
            &p.harmony.level_3,
        ] {
            Host::set(parameter, value);
        }
        for whole in [i32::MIN, -1, 0, 101, i32::MAX] {
            for parameter in [
                &p.voice,
                &p.speaker,
                &p.transpose,
                &p.strength,
                &p.seed,
                &p.pitch.key,
                &p.pitch.note,
                &p.pitch.bend_range,
                &p.harmony.interval_1,
                &p.harmony.interval_2,
                &p.harmony.interval_3,
            ] {
                Host::set(parameter, whole);
            }
            for target in [
                TargetChoice::Scale,
                TargetChoice::Midi,
                TargetChoice::Monotone,
            ] {
                Host::set(&p.pitch.target, target);
                let pitch = p.settings().controls.pitch;
                pitch.check().expect("in range");
            }
            let settings = p.settings();
            for voice in settings.harmony.voices {
                assert!((-14..=14).contains(&voice.degrees));
                assert!((-36.0..=6.0).contains(&voice.level.0));
            }
            let controls = settings.controls;
            assert!(settings.voice < 64 && controls.speaker < 256 && controls.seed <= 9999);
            assert!(controls.transpose.0.abs() <= 25.0 && controls.formant.0.abs() <= 12.0);
            assert!((0.0..=2.0).contains(&controls.intonation));
            assert!(
                controls
                    .strength
                    .is_none_or(|strength| (0.0..=1.0).contains(&strength))
            );
            assert!(
                settings
                    .gate
                    .is_none_or(|gate| (-80.0..=-10.0).contains(&gate.0))
            );
            assert!(
                (0.0..=1.0).contains(&settings.mix) && (0.0..=1.0).contains(&settings.loudness)
            );
            assert!(
                settings
                    .high_pass
                    .is_none_or(|hz| (20.0..=300.0).contains(&hz))
            );
            assert!((0.0..=1.0).contains(&settings.denoise));
            assert!(settings.input_gain.0.abs() <= 24.0 && settings.output_gain.0.abs() <= 24.0);
        }
    }
}
