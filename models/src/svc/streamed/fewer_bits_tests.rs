//! Plans of eight and of sixteen bits, and where they serve.

use std::path::Path;

use serde_json::{Value, json};

use super::tests::{bundle, speech, stream};
use crate::progress::Quiet;
use crate::runtime::{Backend, Device, Runtime, RuntimeConfig};
use crate::{LiveControls, Voice, VoiceBundle};

/// ONNX Runtime where there is a library; `SYRINX_REQUIRE_ORT=1` demands it.
fn runtime() -> Option<Runtime> {
    let made = Runtime::new(RuntimeConfig {
        backend: Some(Backend::OnnxRuntime),
        ..RuntimeConfig::default()
    });
    if let Err(error) = &made {
        let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
        assert!(!required, "ONNX Runtime is required: {error}");
        eprintln!("skipped: {error}");
    }
    made.ok()
}

fn with_parameter(folder: &Path, name: &str, value: &Value) {
    let path = folder.join("voice.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    manifest["parameters"][name] = value.clone();
    std::fs::write(&path, manifest.to_string()).unwrap();
}

fn spoken(folder: &Path, runtime: &Runtime) -> Vec<f32> {
    let bundle = VoiceBundle::open(folder).unwrap().into();
    let voice = Voice::load(runtime, bundle, Device::Cpu).unwrap();
    let mut stream = stream(&voice, &LiveControls::default());
    let mut audio = speech(30_000);
    stream.process(&mut audio).unwrap();
    audio
}

#[test]
fn each_plan_is_measured_and_serves_where_it_is_faster() {
    let Some(runtime) = runtime() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let voice = Voice::load(&runtime, bundle(folder.path()), Device::Cpu).unwrap();
    let recording = speech(9 * 44_100);
    let int8 = voice.plan_int8(&recording, &mut Quiet).unwrap().unwrap();
    let fp16 = voice.plan_fp16(&recording, &mut Quiet).unwrap().unwrap();
    // Eleven bits of a number are 66 dB above its rounding, eight about 48; layers add to it.
    assert!(int8.snr_db > 15.0 && int8.snr_db < 60.0, "{}", int8.snr_db);
    assert!(fp16.snr_db > 35.0 && fp16.snr_db < 100.0, "{}", fp16.snr_db);
    assert!(fp16.log_spectral_distance_db > 0.0);
    assert!(fp16.log_spectral_distance_db < int8.log_spectral_distance_db);

    let plain = spoken(folder.path(), &runtime);
    with_parameter(folder.path(), "fp16", &json!(fp16));
    assert_eq!(spoken(folder.path(), &runtime), plain, "fp16 is for GPUs");
    with_parameter(folder.path(), "int8", &json!(int8));
    let rounded = spoken(folder.path(), &runtime);
    assert_ne!(rounded, plain, "int8 serves on the CPU");
    let tract = Runtime::new(RuntimeConfig {
        backend: Some(Backend::Tract),
        ..RuntimeConfig::default()
    });
    let on_tract = spoken(folder.path(), &tract.unwrap());
    let peak = plain.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    let off = plain.iter().zip(&on_tract).map(|(a, b)| (a - b).abs());
    let off = off.fold(0.0, f32::max) / peak;
    assert!(off < 1e-3, "tract computes in fp32: {off}");
}
