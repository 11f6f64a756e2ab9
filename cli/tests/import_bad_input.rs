//! Bad imports, all of them: each ends in one clear message that names the file, what was expected and what was found,
//! and leaves the folder of voices and the temporary files as they were.

mod common;

use std::fs;

use common::imports::{FITS, fitting as place, golden};
use common::onnx;
use serde_json::json;

/// A file that is hostile on purpose.
fn hostile(name: &str) -> String {
    golden(&format!("graphs/hostile/{name}"))
}

#[test]
fn what_is_missing_is_asked_for_by_name() {
    let place = place();
    place.refused(
        &["voice.onnx"],
        &[
            "content encoder",
            "vec-256-layer-9",
            "--encoder FILE",
            "the rate",
            "--rate HZ",
        ],
    );
    place.refused(&["voice.onnx", "--rate", "44100"], &["--encoder FILE"]);
    place.refused(
        &["voice.onnx", "--encoder", "encoder.onnx"],
        &["voice.onnx", "--rate HZ"],
    );
    let config =
        json!({"data": {"sampling_rate": 44_100}, "model": {"speech_encoder": "hubertsoft"}});
    place.write("config.json", config.to_string().as_bytes());
    place.refused(
        &["voice.onnx", "config.json"],
        &["hubert-soft, 256 values", "--encoder FILE"],
    );
    place.refused(
        &["encoder.onnx"],
        &["expected a synthesizer", "found content encoders alone"],
    );
    place.refused(&["missing.onnx"], &["missing.onnx", "(os error 2)"]);
}

#[test]
fn what_does_not_fit_is_told_with_both_sides() {
    let place = place();
    let wide = golden("sovits/encoder_768.onnx");
    place.refused(
        &["voice.onnx", "--rate", "44100", "--encoder", &wide],
        &["encoder_768.onnx", "expected content of 256", "found 768"],
    );
    let with = |more: [&'static str; 2]| [&["voice.onnx"][..], &FITS, &more].concat();
    place.copy("retrieval/added.index", "added.index");
    place.copy("retrieval/kmeans.pt", "kmeans.pt");
    place.refused(
        &with(["--index", "added.index"]),
        &["added.index", "expected vectors 256 wide", "found 20"],
    );
    place.refused(
        &with(["--index", "kmeans.pt"]),
        &["kmeans.pt", "expected vectors 256 wide", "found 20"],
    );
    place.refused(
        &with(["--index", "voice.onnx"]),
        &["voice.onnx", "expected a feature index"],
    );
    place.refused(
        &with(["--f0", "encoder.onnx"]),
        &["encoder.onnx", "expected an F0 model"],
    );
    place.refused(
        &with(["--speakers", "a,b,c,d"]),
        &["--speakers", "at most 3 names, found 4"],
    );
    place.refused(
        &["voice.onnx", "--encoder", "voice.onnx", "--rate", "44100"],
        &["expected a content encoder"],
    );
    place.refused(
        &["voice.onnx", "--encoder", "encoder.onnx", "--rate", "7"],
        &["8000 to 192000", "found 7"],
    );
    place.copy("dialects/web_ui.onnx", "rvc.onnx");
    place.refused(
        &["rvc.onnx", "--encoder", "encoder.onnx", "--rate", "48000"],
        &[
            "--rate",
            "expected 8000, as rvc.onnx gives 80 samples per frame",
            "found 48000",
        ],
    );
}

#[test]
fn graphs_of_no_dialect_are_compared_with_the_nearest() {
    let place = place();
    let row = |name| (name, &[1u64, 10][..]);
    let foreign = onnx::copies(&[(row("f0"), row("audio")), (row("uv"), row("b"))]);
    place.write("foreign.onnx", &foreign);
    place.refused(
        &["foreign.onnx"],
        &[
            "foreign.onnx",
            "closest: VCClient So-VITS-SVC",
            "missing c f32[1, ?, ?]",
        ],
    );
    let unlike = onnx::copies(&[(("noise", &[1, 5][..]), row("audio"))]);
    place.write("unlike.onnx", &unlike);
    place.refused(
        &["unlike.onnx"],
        &["expected noise f32[1, 192, ?]", "found noise f32[1, 5]"],
    );
    place.refused(
        &[&hostile("half_floats.onnx")],
        &["half_floats.onnx", "f32", "Float16"],
    );
}

#[test]
fn damaged_and_hostile_graphs_are_told() {
    let place = place();
    let whole = fs::read(place.path("voice.onnx")).unwrap();
    for (name, content) in [
        ("half.onnx", &whole[..whole.len() / 2]),
        ("text.onnx", b"a text that was renamed"),
        ("empty.onnx", b""),
    ] {
        place.write(name, content);
        place.refused(
            &[&[name][..], &FITS].concat(),
            &[name, "expected an ONNX file, found"],
        );
    }
    for name in ["external_initializer.onnx", "external_constant.onnx"] {
        place.refused(
            &[&hostile(name)],
            &[
                name,
                "in another file",
                "expected all data in the graph itself",
            ],
        );
    }
    let foreign = onnx::renamed(&whole, "Tanh", "Sing");
    place.write("sing.onnx", &foreign);
    place.refused(
        &[&["sing.onnx"][..], &FITS].concat(),
        &["sing.onnx", "tract", "Sing"],
    );
}

#[test]
fn other_files_are_told_what_they_are() {
    let place = place();
    place.write("voice.pth", b"PK\x03\x04");
    place.write("voice.safetensors", b"\x10\0\0\0\0\0\0\0{}");
    place.write("song.wav", b"RIFF");
    place.write("other.json", b"{}");
    place.write("old.zip", b"PK no zip");
    for (name, says) in [
        ("voice.pth", "cargo xtask export-pth"),
        ("voice.safetensors", "safetensors"),
        ("song.wav", "a file of another ending"),
        ("other.json", "another JSON file"),
        ("old.zip", "expected a zip"),
    ] {
        place.refused(&[name], &[name, says]);
    }
    // The same in a folder, where nobody named it.
    fs::create_dir(place.path("folder")).unwrap();
    place.refused(
        &["folder"],
        &["folder", "expected a synthesizer", "found none"],
    );
    fs::rename(
        place.path("voice.safetensors"),
        place.path("folder/v.safetensors"),
    )
    .unwrap();
    place.refused(&["folder"], &["v.safetensors", "expected an ONNX export"]);
    fs::rename(place.path("voice.pth"), place.path("folder/a.pth")).unwrap();
    place.refused(&["folder"], &["a.pth", "cargo xtask export-pth"]);
}

#[test]
fn several_of_a_kind_are_listed_with_what_to_name() {
    let place = place();
    place.copy("sovits/v40_sid.onnx", "folder/a.onnx");
    place.copy("sovits/v40_random.onnx", "folder/b.onnx");
    place.refused(
        &[&["folder"][..], &FITS].concat(),
        &[
            "expected one synthesizer",
            "folder/a.onnx, folder/b.onnx",
            "name the one",
        ],
    );
    place.imported(&[&["folder", "folder/b.onnx"][..], &FITS, &["--name", "b"]].concat());
}
