//! A parted voice out of the folder of installed voices, on the ONNX Runtime library that lies beside the plugin.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use syrinx_engine::VoiceIdentity;
use syrinx_models::{VoiceBundle, voices};
use syrinx_tests::hosts::{
    assert_same, paths, program, recording, run, runtime_beside_vst3, samples,
};
use syrinx_tests::parted;

use crate::rig::Rig;
use crate::{open, speech};

/// Said to the process that has the voice installed: where the command's conversion is.
const EXPECTED: &str = "SYRINX_EXPECTED";

/// What `syrinx convert` makes of the recording with the installed voice. 100 ms is the chunk of the plugin's lowest
/// latency where nothing was measured; a wish for it has the same context and lookahead.
fn convert(bundles: &Path, home: &Path) -> PathBuf {
    let target = home.join("converted.wav");
    let mut command = Command::new(program(bundles, "syrinx"));
    command
        .env("SYRINX_HOME", home)
        .args(["convert", "--streamed", "--chunk", "100", "--transpose=0"])
        .args(["--bit-depth", "32f", "--voice", parted::NAME]);
    if let Some(library) = runtime_beside_vst3(bundles) {
        command.env("SYRINX_ONNXRUNTIME", library);
    }
    run(command.arg(recording()).arg(&target));
    target
}

/// Bounces the recording through the installed voice.
fn check(expected: &Path) {
    let module = open().expect("it was there just now");
    let installed = voices::installed();
    let bundle = VoiceBundle::open(installed.first().expect("an installed voice"));
    let voice = VoiceIdentity::of(&bundle.expect("a voice"));
    let mut rig = Rig::new(&module);
    let mut state: Value = serde_json::from_slice(&rig.save()).expect("JSON");
    state["fields"]["voices"] = Value::String(json!([voice]).to_string());
    assert!(rig.load(state.to_string().as_bytes()), "the state is taken");
    rig.set_offline(true);
    let (mut input, rate) = speech();
    rig.activate(rate, 512);
    let late = rig.latency();
    input.extend(vec![0.0; late]);
    let expected = samples(expected);
    for blocks in [&[512][..], &[1, 64, 333]] {
        rig.reset();
        let found = rig.run(&input, blocks);
        assert!(found.len() - late >= expected.len());
        assert_same(&found[late..], &expected);
    }
    let [bundles] = paths(["SYRINX_BUNDLES"]).expect("it was there just now");
    // By name alone, the system could hand out another.
    match (runtime_beside_vst3(&bundles), loaded_runtime()) {
        (Some(ours), Some(loaded)) => assert_eq!(plain(&loaded), plain(&ours)),
        (None, None) => println!("bundled without ONNX Runtime: on tract"),
        (ours, loaded) => panic!("beside the plugin: {ours:?}; loaded: {loaded:?}"),
    }
}

/// The same path for the same file.
fn plain(path: &Path) -> PathBuf {
    path.canonicalize().expect("it is there")
}

/// The ONNX Runtime library that this process has loaded.
fn loaded_runtime() -> Option<PathBuf> {
    #[cfg(target_os = "linux")]
    {
        let maps = std::fs::read_to_string("/proc/self/maps").expect("a list of what is mapped");
        let of_runtime = maps
            .lines()
            .find(|line| line.contains("/libonnxruntime."))?;
        of_runtime.find('/').map(|at| of_runtime[at..].into())
    }
    #[cfg(windows)]
    {
        use std::os::windows::ffi::OsStringExt;
        use windows_sys::Win32::System::LibraryLoader::GetModuleFileNameW;
        let library = libloading::os::windows::Library::open_already_loaded("onnxruntime.dll");
        let handle = library.ok()?.into_raw();
        let mut text = [0; 1024];
        // SAFETY: the library is loaded, and the text has so much room.
        let length = unsafe { GetModuleFileNameW(handle as _, text.as_mut_ptr(), 1024) };
        Some(std::ffi::OsString::from_wide(&text[..length as usize]).into())
    }
}

/// The folder of installed voices is said by the environment, so that a process of its own looks.
#[test]
fn a_parted_voice_bounces_as_the_command_converts_it() {
    if let Some(expected) = std::env::var_os(EXPECTED) {
        return check(Path::new(&expected));
    }
    let Some([bundles]) = paths(["SYRINX_BUNDLES"]) else {
        return;
    };
    let home = tempfile::tempdir().expect("a folder");
    parted::install(home.path());
    let expected = convert(&bundles, home.path());
    let status = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "parted::a_parted_voice_bounces_as_the_command_converts_it",
        ])
        .env("SYRINX_HOME", home.path())
        .env(EXPECTED, expected)
        .status()
        .expect("it starts");
    assert!(status.success());
}
