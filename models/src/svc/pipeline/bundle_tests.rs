//! What bundles of RVC state and bring along is heard in what they say.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::bundle::VoiceBundle;
use crate::progress::Quiet;
use crate::runtime::{Device, Runtime};
use crate::sample_io::{SliceSource, VecSink};
use crate::settings::ConvertSettings;
use crate::svc::fixtures::{runtimes, rvc_bundle, uniform};
use crate::voice::Voice;

/// A bundle of RVC with these files beside its two networks.
fn bundle(
    parameters: &serde_json::Value,
    more: &[(&str, &str)],
) -> (tempfile::TempDir, VoiceBundle) {
    let networks = [
        ("synthesizer", "dialects/retrieved.onnx"),
        ("encoder", "dialects/encoder_source_20.onnx"),
    ];
    rvc_bundle(8_000, parameters, &[&networks, more].concat())
}

/// What a bundle makes of a second of a gliding tone with noise after it, at the voice's own loudness: what follows the
/// recording's would carry changes of one half into the other.
fn converted(runtime: &Runtime, parameters: &serde_json::Value, more: &[(&str, &str)]) -> Vec<f32> {
    let mut parameters = parameters.clone();
    parameters["loudness"] = json!(0.0);
    let (_folder, bundle) = bundle(&parameters, more);
    let mut voice = Voice::load(runtime, Arc::new(bundle), Device::Cpu).unwrap();
    let noise = uniform(8_000, 3);
    let wave = |n: usize| {
        let turns = n as f32 * (150.0 + n as f32 * 0.004) / 8_000.0;
        (1..9)
            .map(|k| (std::f32::consts::TAU * turns * k as f32).sin() / k as f32)
            .sum::<f32>()
    };
    let recording: Vec<f32> = (0..8_000)
        .map(|n| match n < 5_000 {
            true => 0.2 * wave(n),
            false => 0.1 * noise[n],
        })
        .collect();
    let mut source = SliceSource::new(&recording, SampleRate::of(8_000));
    let mut sink = VecSink::default();
    let settings = ConvertSettings::default();
    voice
        .convert_file(&mut source, &mut sink, &settings, &mut Quiet)
        .unwrap();
    assert_eq!(sink.samples.len(), recording.len());
    sink.samples
}

#[test]
fn a_bundles_index_and_f0_model_are_heard_with() {
    let runtime = &runtimes()[0];
    let index = [("index", "retrieval/added.index")];
    let plain = converted(runtime, &json!({}), &[]);
    let half = converted(
        runtime,
        &json!({ "retrieval_rate": 0.5, "protect": 0.5 }),
        &index,
    );
    let guarded = converted(
        runtime,
        &json!({ "retrieval_rate": 0.5, "protect": 0.0 }),
        &index,
    );
    let nothing = converted(
        runtime,
        &json!({ "retrieval_rate": 0.0, "protect": 0.0 }),
        &index,
    );
    let apart = |a: &[f32], b: &[f32]| {
        let pairs = a.iter().zip(b);
        pairs.fold(0.0f32, |most, (a, b)| most.max((a - b).abs()))
    };
    assert!(apart(&plain, &half) > 0.05, "{}", apart(&plain, &half));
    assert!(apart(&half, &guarded) > 0.05, "{}", apart(&half, &guarded));
    assert!(
        apart(&plain, &nothing) < 1e-6,
        "{}",
        apart(&plain, &nothing)
    );
    // The noise at the end has no F0: protected wholly, it is as if there were no index.
    let (end, both) = (7_000..7_800, [&plain, &guarded]);
    let [without, with] = both.map(|all| &all[end.clone()]);
    assert!(apart(without, with) < 1e-6, "{}", apart(without, with));

    for file in [
        "rmvpe_salience",
        "rmvpe_waveform",
        "rmvpe_pitch",
        "fcpe",
        "crepe",
    ] {
        let f0 = format!("pitch/{file}.onnx");
        let other = converted(runtime, &json!({}), &[("f0", &f0)]);
        assert!(apart(&plain, &other) > 0.05, "{file}");
    }
}

#[test]
fn what_a_bundle_of_rvc_does_not_state_is_as_its_program_has_it() {
    let of = |parameters| {
        let (_folder, bundle) = bundle(&parameters, &[]);
        let found = crate::svc::config(&bundle, &bundle.parameters().unwrap()).unwrap();
        (found.noise_scale, found.unvoiced)
    };
    assert_eq!(of(json!({})), (0.66666, Unvoiced::Zero));
    let stated = json!({ "noise_scale": 0.25, "unvoiced": "interpolate" });
    assert_eq!(of(stated), (0.25, Unvoiced::Interpolate));
}
