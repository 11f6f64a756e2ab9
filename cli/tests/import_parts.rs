//! Imports voices with what belongs to them: F0 models, indexes, centres, projects, zips.

mod common;

use std::fs;

use common::imports::{Place, golden, roles};
use serde_json::json;

/// The rate of the tiny graphs under `dialects`.
const RATE: &str = "8000";

#[test]
fn f0_models_of_every_dialect() {
    let place = Place::new();
    let (voice, encoder) = (
        golden("dialects/web_ui.onnx"),
        golden("dialects/encoder_source_256.onnx"),
    );
    let plain = [&*voice, "--encoder", &encoder, "--rate", RATE];
    place.imported(&[&plain[..], &["--name", "own"]].concat());
    let own = place.converted("out/own", &[]);
    for model in [
        "rmvpe_salience",
        "rmvpe_waveform",
        "rmvpe_pitch",
        "fcpe",
        "crepe",
    ] {
        let f0 = golden(&format!("pitch/{model}.onnx"));
        let arguments = [&plain[..], &["--f0", &f0, "--name", model]].concat();
        place.imported(&arguments);
        // Another F0 makes another voice of it.
        assert_ne!(
            place.converted(&format!("out/{model}"), &[]),
            own,
            "{model}"
        );
    }
    assert_eq!(
        roles(&place.inspected("out/crepe")),
        ["encoder", "f0", "synthesizer"]
    );
}

#[test]
fn indexes_and_centres_of_every_kind() {
    let place = Place::new();
    let (voice, encoder) = (
        golden("dialects/retrieved.onnx"),
        golden("dialects/encoder_source_20.onnx"),
    );
    let plain = [&*voice, "--encoder", &encoder, "--rate", RATE];
    place.imported(&[&plain[..], &["--name", "own"]].concat());
    let own = place.converted("out/own", &[]);
    for (file, role) in [
        ("added.index", "index"),
        ("total_fea.npy", "index"),
        ("feature_and_index.pkl", "index"),
        ("kmeans.pt", "centres"),
        ("KMeans.npy", "centres"),
    ] {
        let index = golden(&format!("retrieval/{file}"));
        let mut arguments = [
            &plain[..],
            &["--index", &index, "--name", "with", "--replace"],
        ]
        .concat();
        if file == "kmeans.pt" {
            arguments.extend(["--speakers", "Ann,Ben"]);
        }
        place.imported(&arguments);
        assert_ne!(place.converted("out/with", &[]), own, "{file}");
        let found = place.inspected("out/with");
        assert!(roles(&found).contains(&role), "{file}: {found}");
    }
}

#[test]
fn a_project_of_moe_vs() {
    let place = Place::new();
    let project = json!({
        "Folder": "Mei", "Name": "Mei Lin", "Type": "RVC", "Rate": 8000, "Hop": 80, "Hubert": "my-encoder",
        "Characters": ["Mei"], "Cluster": "KMeans", "KMeansLength": 7,
    });
    place.write("moevs/Models/Mei.json", project.to_string().as_bytes());
    place.copy(
        "dialects/encoder_source_20.onnx",
        "moevs/hubert/my-encoder.onnx",
    );
    place.copy(
        "dialects/encoder_source_256.onnx",
        "moevs/hubert/vec-256-layer-9.onnx",
    );
    place.copy("dialects/retrieved.onnx", "moevs/Models/Mei/Mei_RVC.onnx");
    place.copy("retrieval/flat.index", "moevs/Models/Mei/Index-0.index");
    // The folder of all, that of the voice with its project, the project alone.
    for paths in [
        &["moevs"][..],
        &["moevs/Models/Mei", "moevs/Models/Mei.json"],
        &["moevs/Models/Mei.json"],
    ] {
        let told = place.imported(&[paths, &["--replace"]].concat());
        assert_eq!(
            (&told["name"], &told["dialect"]),
            (&json!("Mei Lin"), &json!("RVC without lengths and speaker"))
        );
    }
    let found = place.inspected("out/Mei Lin");
    assert_eq!(found["rate"], 8000);
    assert_eq!(found["speakers"][0]["name"], "Mei");
    assert_eq!(roles(&found), ["encoder", "index", "synthesizer"]);
    place.converted("out/Mei Lin", &[]);
}

#[test]
fn a_folder_of_zips() {
    let place = Place::new();
    let config = json!({"data": {"sampling_rate": 44_100}, "spk": {"Li": 0}}).to_string();
    fs::create_dir(place.path("downloads")).unwrap();
    let read = |name: &str| fs::read(golden(name)).unwrap();
    let (voice, encoder) = (read("sovits/v40_sid.onnx"), read("sovits/encoder_256.onnx"));
    place.zip(
        "downloads/voice.zip",
        &[("v/G.onnx", &voice), ("v/config.json", config.as_bytes())],
    );
    place.zip(
        "downloads/encoder.zip",
        &[("vec-256-layer-9.onnx", &encoder)],
    );
    place.write("downloads/notes.zip", b"no zip at all");
    let told = place.imported(&["downloads", "--zip"]);
    assert!(
        told["path"]
            .as_str()
            .unwrap()
            .replace('\\', "/")
            .ends_with("out/G.zip"),
        "{told}"
    );
    assert!(
        told["notes"].to_string().contains("left out notes.zip"),
        "{told}"
    );
    place.converted("out/G.zip", &[]);
}
