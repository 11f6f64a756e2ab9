//! Imports every public dialect, inspects what became of it, and converts with it.

mod common;

use std::fs;

use common::imports::{Place, golden, roles};
use common::onnx;
use serde_json::{Value, json};

/// The rate of the tiny graphs under `dialects`.
const RATE: &str = "8000";

/// Imports with `arguments`, and checks what is said of it.
fn check(place: &Place, arguments: &[&str], dialect: &str) -> Value {
    let told = place.imported(&[arguments, &["--name", "Mei", "--replace"]].concat());
    assert_eq!(told["dialect"], dialect, "{arguments:?}");
    let found = place.inspected("out/Mei");
    let shown = found["dialect"].as_str().unwrap();
    let parted = found["files"].to_string().contains("generator");
    let rest = if parted { ", parted for streaming" } else { "" };
    assert_eq!(shown, format!("{dialect}{rest}"), "{arguments:?}");
    assert!(found["latency"]["total_ms"].as_f64().unwrap() > 50.0);
    assert!(found["cost"]["seconds"].as_f64().unwrap() > 0.0);
    found
}

/// A voice of a synthesizer with its encoder and rate.
fn dialect(synthesizer: &str, encoder: &str, rate: &str, dialect: &str) -> (Place, Value) {
    let place = Place::new();
    let (synthesizer, encoder) = (golden(synthesizer), golden(encoder));
    let arguments = [&*synthesizer, "--encoder", &encoder, "--rate", rate];
    let found = check(&place, &arguments, dialect);
    assert_eq!(found["rate"], rate.parse::<u32>().unwrap());
    place.converted("out/Mei", &[]);
    (place, found)
}

#[test]
fn so_vits_by_number_without_loudness() {
    let (_, found) = dialect(
        "sovits/v40_sid.onnx",
        "sovits/encoder_256.onnx",
        "44100",
        "So-VITS-SVC",
    );
    assert_eq!(roles(&found), ["encoder", "synthesizer"]);
}

/// The graph draws random numbers; after the import a seed decides them.
#[test]
fn random_numbers_follow_the_seed() {
    let (place, _) = dialect(
        "sovits/v40_random.onnx",
        "sovits/encoder_256.onnx",
        "44100",
        "So-VITS-SVC",
    );
    let [one, again, other] =
        ["1", "1", "2"].map(|seed| place.converted("out/Mei", &["--seed", seed]));
    assert!(one == again, "the same seed gave other samples");
    assert!(one != other, "another seed gave the same samples");
}

#[test]
fn so_vits_by_number_with_loudness() {
    let (encoder, rate) = ("sovits/encoder_768.onnx", "44100");
    dialect("sovits/v41_vol.onnx", encoder, rate, "So-VITS-SVC");
}

#[test]
fn so_vits_as_a_mix_with_loudness() {
    let (encoder, rate) = ("sovits/encoder_256.onnx", "44100");
    let (place, found) = dialect("sovits/v41_mix.onnx", encoder, rate, "So-VITS-SVC");
    assert_eq!(found["speakers"].as_array().unwrap().len(), 3);
    let [one, other] = ["0", "2"].map(|number| place.converted("out/Mei", &["--speaker", number]));
    assert_ne!(one, other);
}

#[test]
fn so_vits_as_a_mix_without_loudness() {
    dialect(
        "dialects/so_vits_mix.onnx",
        "dialects/encoder_source_256.onnx",
        RATE,
        "So-VITS-SVC",
    );
}

#[test]
fn so_vits_that_is_parted_and_measured() {
    let (place, found) = dialect(
        "streamed/streamed.onnx",
        "sovits/encoder_256.onnx",
        "44100",
        "So-VITS-SVC",
    );
    assert_eq!(roles(&found), ["encoder", "generator", "head"]);
    // So that streams hear each sample once.
    let manifest = fs::read(place.path("out/Mei/voice.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let encoder = &manifest["parameters"]["stream"]["encoder"];
    assert!(encoder["channels"].as_u64().unwrap() > 0, "{encoder}");
    place.converted("out/Mei", &["--streamed", "--chunk", "100"]);
    assert!(found["memory"]["weights"].as_u64().unwrap() > 0);
    // Its streams are measured at import, and shown for each quality.
    let streams = found["streams"].as_array().unwrap();
    let qualities = streams
        .iter()
        .map(|stream| stream["quality"].as_str().unwrap());
    let expected = ["lowest-latency", "low-latency", "balanced", "best"];
    assert_eq!(qualities.collect::<Vec<_>>(), expected);
    for stream in streams {
        assert!(stream["snr_db"].as_f64().unwrap() > 15.0, "{stream}");
        assert!(stream["log_spectral_distance_db"].as_f64().unwrap() > 0.0);
        assert!(stream["lookahead_ms"].as_f64().unwrap() > 60.0);
    }
}

#[test]
fn so_vits_of_vc_client() {
    dialect(
        "dialects/so_vits_vc_client.onnx",
        "dialects/encoder_source_256.onnx",
        RATE,
        "VCClient So-VITS-SVC",
    );
}

#[test]
fn rvc_of_its_web_ui() {
    let encoder = "dialects/encoder_source_256.onnx";
    dialect("dialects/web_ui.onnx", encoder, RATE, "RVC WebUI");
}

#[test]
fn rvc_of_its_web_ui_as_a_mix() {
    // A public encoder of three layers gives the one of the voice's width.
    let encoder = "dialects/encoder_three.onnx";
    let (_, found) = dialect("dialects/web_ui_mix.onnx", encoder, RATE, "RVC WebUI");
    assert_eq!(found["speakers"].as_array().unwrap().len(), 3);
}

#[test]
fn rvc_with_pitch_alone() {
    // Any graph that looks like an encoder will do.
    dialect(
        "dialects/plain.onnx",
        "dialects/encoder_turned_256.onnx",
        RATE,
        "RVC without lengths and speaker",
    );
}

/// VCClient writes the rate into its graphs, so that nobody need say it.
fn of_vc_client(synthesizer: &str, encoder: &str, width: usize, dialect: &str) {
    let place = Place::new();
    let onnx = fs::read(golden(synthesizer)).unwrap();
    let metadata = json!({
        "application": "VC_CLIENT", "version": "2.1", "modelType": "pyTorchRVCv2", "samplingRate": 8000,
        "f0": true, "embChannels": width, "embedder": "hubert_base", "embOutputLayer": 12, "useFinalProj": false,
    });
    let onnx = onnx::with_metadata(&onnx, "metadata", &metadata.to_string());
    place.write("voice.onnx", &onnx);
    let encoder = golden(encoder);
    let found = check(&place, &["voice.onnx", "--encoder", &encoder], dialect);
    assert_eq!(found["rate"], 8000);
    place.converted("out/Mei", &[]);
}

#[test]
fn rvc_of_vc_client() {
    let encoder = "dialects/encoder_audio_768.onnx";
    of_vc_client("dialects/vc_client.onnx", encoder, 768, "VCClient RVC");
}

#[test]
fn rvc_of_vc_client_without_f0() {
    let (voice, encoder) = (
        "dialects/vc_client_unpitched.onnx",
        "dialects/encoder_source_256.onnx",
    );
    of_vc_client(voice, encoder, 256, "VCClient RVC");
}

#[test]
fn rvc_of_the_fork_that_trims_history() {
    let (voice, encoder) = ("dialects/trimmed.onnx", "dialects/encoder_audio_768.onnx");
    of_vc_client(voice, encoder, 768, "VCClient RVC with trimmed history");
}
