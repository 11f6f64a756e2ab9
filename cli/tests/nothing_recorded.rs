//! Running networks leaves no record of the user: public builds of ONNX Runtime would write one.
#![forbid(unsafe_code)]

mod common;
#[path = "common/place.rs"]
#[allow(dead_code)]
mod place;

use std::fs;

use place::Place;
use syrinx_models::Runtime;
use syrinx_models::runtime::RuntimeConfig;

/// Where a library writes that wants to keep something, by system.
const KEPT: [&str; 4] = ["HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA"];

#[test]
fn a_conversion_on_onnx_runtime_keeps_nothing_of_the_user() {
    let status = Runtime::new(RuntimeConfig::default()).unwrap().status();
    let Some(library) = status.library else {
        let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
        assert!(
            !required,
            "no ONNX Runtime library: run `cargo xtask setup runtime`"
        );
        println!("skipped: no ONNX Runtime library");
        return;
    };
    let place = Place::new(16_000, 1);
    let user = place.path("user");
    fs::create_dir(&user).unwrap();
    let mut command = common::command(place.root.path());
    command
        .args(["convert", "--backend", "onnxruntime"])
        .args([place.path("speech.wav"), place.path("out.wav")])
        .env("SYRINX_ONNXRUNTIME", library.path)
        .env_remove("ORT_DISABLE_TELEMETRY");
    for variable in KEPT {
        command.env(variable, &user);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let kept: Vec<_> = fs::read_dir(&user).unwrap().flatten().collect();
    assert!(kept.is_empty(), "{kept:?}");
}
