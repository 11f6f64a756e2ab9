//! A whole So-VITS-SVC voice, from its bundle to files and streams, on networks of random weights.

use std::sync::Arc;

use serde_json::json;
use syrinx_dsp::{SampleRate, Semitones};
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::{
    Backend, ConvertError, ConvertSettings, Device, LoadError, Quiet, Runtime, SliceSource, Stream,
    StreamConfig, Transpose, VecSink, Voice, VoiceBundle,
};
use syrinx_tests::sovits::{tiny_sovits_bundle, write_bundle};

/// tract, which every machine has; parity.rs compares the backends.
fn runtime() -> Runtime {
    Runtime::new(RuntimeConfig {
        backend: Some(Backend::Tract),
        ..Default::default()
    })
    .unwrap()
}

fn load(bundle: &std::path::Path) -> Result<Voice, LoadError> {
    Voice::load(
        &runtime(),
        Arc::new(VoiceBundle::open(bundle)?),
        Device::Cpu,
    )
}

/// The voice, and the folder that it is read from again for every converter.
fn tiny() -> (tempfile::TempDir, Voice) {
    let directory = tempfile::tempdir().unwrap();
    let voice = load(&tiny_sovits_bundle(directory.path())).unwrap();
    (directory, voice)
}

fn speech(rate: u32, seconds: f64) -> Vec<f32> {
    let count = (seconds * f64::from(rate)) as usize;
    let wave = |n: usize| {
        let phase = n as f32 * 150.0 * std::f32::consts::TAU / rate as f32;
        0.2 * phase.sin() + 0.1 * (2.0 * phase).sin()
    };
    (0..count).map(wave).collect()
}

fn settings() -> ConvertSettings {
    ConvertSettings {
        transpose: Transpose::Fixed(Semitones(3.0)),
        ..Default::default()
    }
}

fn convert(voice: &mut Voice, samples: &[f32], rate: u32, settings: &ConvertSettings) -> Vec<f32> {
    let mut source = SliceSource::new(samples, SampleRate::of(rate));
    let mut sink = VecSink::default();
    voice
        .convert_file(&mut source, &mut sink, settings, &mut Quiet)
        .unwrap();
    sink.samples
}

#[test]
fn the_same_seed_gives_the_same_samples() {
    let (_directory, mut voice) = tiny();
    let samples = speech(48_000, 1.1);
    let first = convert(&mut voice, &samples, 48_000, &settings());
    assert_eq!(first.len(), samples.len());
    assert!(first.iter().any(|x| x.abs() > 0.01));
    assert_eq!(convert(&mut voice, &samples, 48_000, &settings()), first);
    for other in [
        ConvertSettings {
            seed: 1,
            ..settings()
        },
        ConvertSettings {
            speaker: Some("third".to_owned()),
            ..settings()
        },
        ConvertSettings {
            transpose: Transpose::Auto,
            ..settings()
        },
    ] {
        assert_ne!(
            convert(&mut voice, &samples, 48_000, &other),
            first,
            "{other:?}"
        );
    }
}

#[test]
fn a_stream_does_not_depend_on_its_blocks() {
    let (_directory, voice) = tiny();
    let samples = speech(44_100, 1.3);
    let run = |block: usize, seed: u64| {
        let settings = ConvertSettings { seed, ..settings() };
        let converter = voice.converter(&settings, Some(200.0)).unwrap();
        let config = StreamConfig::new(SampleRate::of(44_100), 512);
        let mut stream = Stream::new(converter, config).unwrap();
        let mut output = samples.clone();
        for part in output.chunks_mut(block) {
            stream.process(part).unwrap();
        }
        output
    };
    let first = run(512, 5);
    assert!(first.iter().any(|x| x.abs() > 0.01));
    for block in [37, 480, 4_096] {
        assert_eq!(run(block, 5), first, "block {block}");
    }
    assert_ne!(run(512, 6), first);
}

#[test]
fn what_does_not_fit_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let cases = [
        ("encoder_256.onnx", "v40_sid.onnx", json!({}), "source"),
        ("v41_vol.onnx", "encoder_256.onnx", json!({}), "768"),
        (
            "v40_random_numbered.onnx",
            "encoder_256.onnx",
            json!({}),
            "Random",
        ),
        (
            "v40_sid.onnx",
            "encoder_256.onnx",
            json!({ "noise_scale": 7.0 }),
            "noise_scale",
        ),
        (
            "v40_sid.onnx",
            "encoder_256.onnx",
            json!({ "noise": 0.4 }),
            "unknown field",
        ),
        (
            "v40_sid.onnx",
            "encoder_256.onnx",
            json!({ "slicer": { "hop_ms": 0.0 } }),
            "hop_ms",
        ),
    ];
    for (synthesizer, encoder, parameters, wanted) in cases {
        let bundle = write_bundle(directory.path(), synthesizer, encoder, parameters);
        match load(&bundle) {
            Err(error) => assert!(error.to_string().contains(wanted), "{error}"),
            Ok(_) => panic!("{synthesizer} with {encoder} was accepted"),
        }
    }
}

#[test]
fn settings_that_the_voice_lacks_are_refused() {
    let (_directory, mut voice) = tiny();
    assert_eq!(voice.output_rate(), SampleRate::of(44_100));
    assert_eq!(voice.median_f0(2), Some(220.0));
    for wrong in [
        ConvertSettings {
            strength: Some(0.5),
            ..settings()
        },
        ConvertSettings {
            speaker: Some("nobody".to_owned()),
            ..settings()
        },
        ConvertSettings {
            transpose: Transpose::Fixed(Semitones(25.0)),
            ..settings()
        },
        ConvertSettings {
            mix: 1.5,
            ..settings()
        },
    ] {
        let samples = speech(16_000, 0.1);
        let mut source = SliceSource::new(&samples, SampleRate::of(16_000));
        let mut sink = VecSink::default();
        let result = voice.convert_file(&mut source, &mut sink, &wrong, &mut Quiet);
        assert!(
            matches!(
                result,
                Err(ConvertError::Load(_) | ConvertError::Setting { .. })
            ),
            "{wrong:?}: {result:?}"
        );
        assert!(sink.samples.is_empty());
    }
}
