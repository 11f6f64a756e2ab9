//! What people type, read.

use clap::CommandFactory;
use syrinx_dsp::{PitchSettings, PitchTarget, ScaleKind};
use syrinx_engine::HarmonyVoice;

use super::*;

fn parse(line: &str) -> Result<LiveArgs, clap::Error> {
    LiveArgs::try_parse_from(["syrinx-live"].into_iter().chain(line.split_whitespace()))
}

#[test]
fn the_definition_is_consistent() {
    LiveArgs::command().debug_assert();
}

#[test]
fn without_arguments_the_settings_are_the_engines_defaults() {
    let args = parse("").unwrap();
    assert_eq!(args.settings(), Settings::default());
    assert_eq!(Quality::from(args.quality), Quality::default());
    assert_eq!(args.backend, Backend::Auto);
}

#[test]
fn every_setting_arrives() {
    let args = parse(
        "--transpose -5 --fine 25 --formant 2.5 --intonation 1.5 --strength 0.75 --gate -45 --input-gain 3 \
         --output-gain -6 --loudness 0.5 --mix 0.25 --bypass --on-underrun gap --seed 7 --high-pass 80 \
         --denoise 0.5 --limit --feedback-guard --harmony 3,-6 --harmony-level -9 --pitch-target scale --key D --scale minor --correction-strength 0.5 --vibrato 0",
    )
    .unwrap();
    let expected = Settings {
        voice: 0,
        controls: LiveControls {
            speaker: 0,
            transpose: Semitones(-4.75),
            formant: Semitones(2.5),
            intonation: 1.5,
            strength: Some(0.75),
            seed: 7,
            pitch: PitchSettings {
                target: PitchTarget::Scale {
                    scale: Scale::of(2, ScaleKind::NaturalMinor).unwrap(),
                    strength: 0.5,
                    speed_ms: 50.0,
                },
                vibrato: 0.0,
                ..PitchSettings::default()
            },
        },
        high_pass: Some(80.0),
        denoise: 0.5,
        gate: Some(Decibels(-45.0)),
        loudness: 0.5,
        harmony: Harmony {
            scale: Scale::of(2, ScaleKind::NaturalMinor).unwrap(),
            voices: [2, -5, 0].map(|degrees| match degrees {
                0 => HarmonyVoice::OFF,
                _ => HarmonyVoice {
                    degrees,
                    level: Decibels(-9.0),
                },
            }),
        },
        limit: true,
        feedback_guard: true,
        input_gain: Decibels(3.0),
        output_gain: Decibels(-6.0),
        mix: 0.25,
        bypass: true,
        on_underrun: OnUnderrun::Gap,
        ..Settings::default()
    };
    assert_eq!(args.settings(), expected);
}

#[test]
fn numbers_out_of_range_name_range_and_value() {
    for (line, expected) in [
        ("--transpose 25", "expected -24 to 24, found 25"),
        ("--transpose nan", "expected -24 to 24, found nan"),
        ("--formant -12.5", "expected -12 to 12, found -12.5"),
        ("--gate 3", "expected -100 to 0, found 3"),
        ("--mix -0.1", "expected 0 to 1, found -0.1"),
        ("--output-gain 30", "expected -60 to 24, found 30"),
        ("--high-pass 10", "expected 20 to 300, found 10"),
        ("--denoise 1.5", "expected 0 to 1, found 1.5"),
        ("--scale blues", "minor-pentatonic, found blues"),
        ("--pitch-target monotone", "--note"),
        ("--harmony 1", "expected 2 to 15 or -2 to -15, found 1"),
        ("--harmony-level -3", "--harmony"),
        (
            "--remote 8765 --remote-token a/b?c=d&e",
            "expected 8 letters",
        ),
        ("--remote 80", "80 is not in 1024..=65535"),
        ("--hotkey F9", "expected ACTION=KEY, found F9"),
        ("--record-wet", "a value is required"),
        ("--block 8", "8 is not in 16..=8192"),
        ("--rate 100", "100 is not in 8000..=384000"),
        ("--input-channel 0", "0 is not in 1.."),
        (
            "--backend asio",
            "possible values: auto, jack, alsa, wasapi, coreaudio",
        ),
    ] {
        let error = parse(line).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(expected), "{line}: {error}");
    }
}

#[test]
fn options_that_nothing_hears_are_told() {
    for (line, expected) in [
        ("--key D", "--key needs --pitch-target scale, found free"),
        (
            "--pitch-target scale --note A2",
            "--note needs --pitch-target monotone, found scale",
        ),
    ] {
        assert_eq!(parse(line).unwrap().check().unwrap_err(), expected);
    }
    let error = parse("--harmony 3,5,8,-3").unwrap().check().unwrap_err();
    assert_eq!(error, "--harmony: expected up to 3 voices, found 4");
    assert_eq!(parse("--harmony 3 --key D").unwrap().check(), Ok(()));
    assert_eq!(
        parse("--pitch-target monotone --note A2").unwrap().check(),
        Ok(())
    );
}

#[test]
fn commands_stand_beside_the_options_and_not_among_them() {
    assert!(matches!(
        parse("route --remove").unwrap().command,
        Some(Command::Route(RouteArgs { remove: true, .. }))
    ));
    assert!(matches!(
        parse("latency --clicks 3").unwrap().command,
        Some(Command::Latency(LatencyArgs { clicks: 3, .. }))
    ));
    assert!(parse("--transpose 3 route").is_err());
    assert!(parse("--transpose 3").unwrap().command.is_none());
}

#[test]
fn a_gain_of_the_monitor_needs_a_monitor() {
    assert_eq!(parse("--monitor-gain -6").unwrap_err().exit_code(), 2);
    assert_eq!(
        parse("--monitor x --monitor-gain -6").unwrap().monitor_gain,
        -6.0
    );
}
