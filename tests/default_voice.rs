//! The default voice: streamed as whole, the same on both backends, at the F0 and level of the source.

use std::sync::Arc;

use syrinx_dsp::f0::F0Frame;
use syrinx_dsp::f0::tracker::{F0Config, F0Tracker};
use syrinx_dsp::{SampleRate, Semitones, resample_all};
use syrinx_models::{
    Backend, ConvertSettings, Device, Quiet, SliceSource, Stream, StreamConfig, Transpose, VecSink,
    Voice, VoiceBundle,
};
use syrinx_tests::signals::{noise, vowel};
use syrinx_tests::voices::{default_voice, default_voice_on_tract, runtime};

const RATE: SampleRate = SampleRate::of(48_000);

fn settings(transpose: f32) -> ConvertSettings {
    ConvertSettings {
        transpose: Transpose::Fixed(Semitones(transpose)),
        seed: 5,
        ..ConvertSettings::default()
    }
}

fn whole(
    voice: &mut Voice,
    input: &[f32],
    rate: SampleRate,
    settings: &ConvertSettings,
) -> Vec<f32> {
    let mut sink = VecSink::default();
    voice
        .convert_file(
            &mut SliceSource::new(input, rate),
            &mut sink,
            settings,
            &mut Quiet,
        )
        .expect("converts");
    sink.samples
}

fn streamed(voice: &Voice, input: &[f32], blocks: &[usize], chunk_ms: f64) -> Vec<f32> {
    let converter = voice
        .converter(&settings(5.0), Some(chunk_ms))
        .expect("settings are in range");
    let mut stream = Stream::new(converter, StreamConfig::new(RATE, 1024)).expect("a usual rate");
    let latency = stream.latency().0;
    let mut output = input.to_vec();
    output.extend(vec![0.0; latency]);
    let mut start = 0;
    for &length in blocks.iter().cycle() {
        let end = (start + length).min(output.len());
        stream.process(&mut output[start..end]).expect("converts");
        start = end;
        if start == output.len() {
            break;
        }
    }
    assert_eq!(stream.missing(), 0);
    output.split_off(latency)
}

/// A vowel between silences, with a noise burst: every path of the synthesis.
fn phrase(rate: SampleRate) -> Vec<f32> {
    let silence = vec![0.0; rate.hz() as usize / 4];
    let burst = noise(rate.hz() as usize / 5, 1)
        .into_iter()
        .map(|x| 0.2 * x);
    let mut phrase = silence.clone();
    phrase.extend(vowel(rate, 1.0, 120.0, 180.0));
    phrase.extend(burst);
    phrase.extend(silence);
    phrase
}

#[test]
fn streamed_in_any_blocks_it_is_the_whole_file_conversion() {
    let mut voice = default_voice_on_tract();
    let input = phrase(RATE);
    let expected = whole(&mut voice, &input, RATE, &settings(5.0));
    assert_eq!(expected.len(), input.len());
    for (blocks, chunk_ms) in [
        (&[512][..], 10.0),
        (&[1, 480, 33, 1024], 10.0),
        (&[480], 20.0),
    ] {
        let found = streamed(&voice, &input, blocks, chunk_ms);
        // Resamplers of another phase would differ by 1e-2, a misplaced chunk by more.
        let worst = found
            .iter()
            .zip(&expected)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(
            worst < 1e-3,
            "blocks {blocks:?}, chunk {chunk_ms} ms: off by {worst}"
        );
    }
    assert!(
        expected.iter().any(|x| x.abs() > 0.05),
        "the phrase is heard"
    );
}

#[test]
fn both_backends_say_the_same() {
    let Some(onnx) = runtime(Backend::OnnxRuntime) else {
        return;
    };
    let input = phrase(RATE);
    let settings = settings(5.0);
    let on_onnx = whole(&mut default_voice(&onnx), &input, RATE, &settings);
    let on_tract = whole(&mut default_voice_on_tract(), &input, RATE, &settings);
    // Sums in another order differ by 1e-6 per frame; a state that is fed back wrongly diverges to 0.1.
    let worst = on_onnx
        .iter()
        .zip(&on_tract)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst < 1e-3, "off by {worst}");
}

fn track(signal: &[f32], rate: SampleRate) -> Vec<F0Frame> {
    let signal = resample_all(signal, rate, SampleRate::of(16_000)).expect("a usual rate");
    F0Tracker::new(&F0Config::SPEECH_16K)
        .expect("in range")
        .track(&signal)
}

#[test]
fn f0_is_the_sources_times_the_transpose_and_keeps_time() {
    let mut voice = default_voice_on_tract();
    let input = vowel(RATE, 2.0, 110.0, 190.0);
    for transpose in [-3.0, 0.0, 8.0] {
        let output = whole(&mut voice, &input, RATE, &settings(transpose));
        let (source, converted) = (track(&input, RATE), track(&output, RATE));
        let mut cents: Vec<f32> = source
            .iter()
            .zip(&converted)
            .filter(|(a, b)| a.voiced && b.voiced)
            .map(|(a, b)| 1200.0 * (b.hz / a.hz).log2() - 100.0 * transpose)
            .collect();
        assert!(cents.len() > 180, "{} voiced frames of 200", cents.len());
        let gross = cents.iter().filter(|cents| cents.abs() > 50.0).count();
        assert!(
            gross * 50 < cents.len(),
            "{gross} of {} frames are 50 cents off",
            cents.len()
        );
        cents.sort_by(f32::total_cmp);
        // The glide moves 4.7 cents per frame: half a frame too early or late would be 2.4 cents off.
        let median = cents[cents.len() / 2];
        assert!(
            median.abs() < 4.0,
            "transpose {transpose}: off by {median} cents"
        );
        let spread = cents[cents.len() * 9 / 10] - cents[cents.len() / 10];
        assert!(
            spread < 25.0,
            "transpose {transpose}: spread {spread} cents"
        );
    }
}

#[test]
fn the_level_follows_the_source_and_silence_stays_silent() {
    let mut voice = default_voice_on_tract();
    let input = phrase(RATE);
    let rms = |x: &[f32]| (x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32).sqrt();
    let output = whole(&mut voice, &input, RATE, &settings(5.0));
    let vowel = 24_000..55_000;
    let db = 20.0 * (rms(&output[vowel.clone()]) / rms(&input[vowel])).log10();
    assert!(db.abs() < 3.0, "{db} dB");
    // -100 dB: nothing but rounding before the phrase begins (the first 100 ms of the leading silence).
    assert!(rms(&output[..4_800]) < 1e-5, "{}", rms(&output[..4_800]));
    let quiet: Vec<f32> = input.iter().map(|x| 0.1 * x).collect();
    let softer = whole(&mut voice, &quiet, RATE, &settings(5.0));
    let db = 20.0 * (rms(&softer[12_000..60_000]) / rms(&output[12_000..60_000])).log10();
    assert!((db + 20.0).abs() < 1.5, "20 dB softer in, {db} dB out");
}

#[test]
fn the_same_seed_gives_the_same_samples_and_another_one_others() {
    let mut voice = default_voice_on_tract();
    let input = phrase(RATE);
    let first = whole(&mut voice, &input, RATE, &settings(0.0));
    assert_eq!(first, whole(&mut voice, &input, RATE, &settings(0.0)));
    let other = ConvertSettings {
        seed: 6,
        ..settings(0.0)
    };
    assert_ne!(first, whole(&mut voice, &input, RATE, &other));
}

#[test]
fn every_length_and_rate_comes_back_to_the_sample() {
    let mut voice = default_voice_on_tract();
    for rate in [8_000, 11_025, 44_100, 192_000] {
        for length in [0, 1, 159, 4_801] {
            let input = noise(length, 2);
            let output = whole(&mut voice, &input, SampleRate::of(rate), &settings(0.0));
            assert_eq!(output.len(), length, "at {rate} Hz");
            assert!(output.iter().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn its_stated_latency_adds_up_and_is_below_90_ms() {
    let voice = default_voice_on_tract();
    let converter = voice.converter(&settings(0.0), None).expect("in range");
    let spec = converter.spec();
    let sum: f64 = spec.terms.iter().map(|term| term.ms).sum();
    assert!((sum - (spec.lookahead + spec.chunk).to_ms(spec.input_rate)).abs() < 1e-9);
    assert!(sum <= 90.0, "{sum} ms");
}

#[test]
fn settings_out_of_range_are_refused_with_their_range() {
    let voice = default_voice_on_tract();
    let refused = |settings: ConvertSettings| {
        voice
            .converter(&settings, None)
            .err()
            .expect("refused")
            .to_string()
    };
    let strength = refused(ConvertSettings {
        strength: Some(1.5),
        ..settings(0.0)
    });
    assert_eq!(strength, "strength: expected 0 to 1, found 1.5");
    assert_eq!(
        refused(settings(30.0)),
        "transpose: expected -24 to 24, found 30"
    );
    let speaker = refused(ConvertSettings {
        speaker: Some("nobody".to_owned()),
        ..settings(0.0)
    });
    assert!(
        speaker.contains("nobody") && speaker.contains("slt"),
        "{speaker}"
    );
}

#[test]
fn a_bundle_that_states_another_rate_than_its_synthesis_is_refused() {
    let voice = VoiceBundle::default_voice().expect("the program carries a whole voice");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (role, entry) in &voice.manifest().files {
        let content = voice.file(role).expect("whole");
        std::fs::write(folder.path().join(&entry.path), content).expect("written");
    }
    let manifest = include_str!("../models/voices/default/voice.json");
    let wrong = manifest.replacen("\"rate\": 32000", "\"rate\": 48000", 1);
    assert_ne!(wrong, manifest);
    std::fs::write(folder.path().join("voice.json"), wrong).expect("written");
    let bundle = VoiceBundle::open(folder.path()).expect("the manifest itself is sound");
    let runtime = runtime(Backend::Tract).expect("tract is linked in");
    let error = Voice::load(&runtime, Arc::new(bundle), Device::Cpu)
        .err()
        .expect("refused");
    assert!(
        error
            .to_string()
            .contains("rate: expected 32000, found 48000"),
        "{error}"
    );
}
