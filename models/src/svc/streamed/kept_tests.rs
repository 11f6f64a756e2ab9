//! Streams on networks that were kept.

use std::fs;
use std::path::Path;

use super::tests::{bundle, speech, stream};
use crate::runtime::{Backend, Device, Runtime, RuntimeConfig};
use crate::{LiveControls, Voice};

/// ONNX Runtime where there is a library; `SYRINX_REQUIRE_ORT=1` demands it.
fn runtime(kept: Option<&Path>) -> Option<Runtime> {
    let made = Runtime::new(RuntimeConfig {
        backend: Some(Backend::OnnxRuntime),
        kept_networks: kept.map(Path::to_path_buf),
        ..RuntimeConfig::default()
    });
    if let Err(error) = &made {
        let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
        assert!(!required, "ONNX Runtime is required: {error}");
        eprintln!("skipped: {error}");
    }
    made.ok()
}

fn converted(voice: &Path, kept: Option<&Path>) -> Option<Vec<f32>> {
    let voice = Voice::load(&runtime(kept)?, bundle(voice), Device::Cpu).unwrap();
    let mut stream = stream(&voice, &LiveControls::default());
    let mut audio = speech(30_000);
    stream.process(&mut audio).unwrap();
    assert!(audio.iter().any(|x| x.abs() > 1e-3), "silent");
    Some(audio)
}

/// The kept networks, with when each was written.
fn written(folder: &Path) -> Vec<(std::path::PathBuf, std::time::SystemTime)> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("network.onnx"))
        .map(|path| (path.clone(), path.metadata().unwrap().modified().unwrap()))
        .collect();
    found.sort();
    found
}

#[test]
fn a_kept_network_gives_the_same_and_is_not_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let (voice, kept) = (folder.path().join("voice"), folder.path().join("networks"));
    fs::create_dir(&voice).unwrap();
    let Some(plain) = converted(&voice, None) else {
        return;
    };
    assert!(!kept.exists());
    assert_eq!(converted(&voice, Some(&kept)), Some(plain.clone()));
    let first = written(&kept);
    assert_eq!(
        first.len(),
        4,
        "both parts of the encoder, head, streamed generator"
    );
    assert_eq!(converted(&voice, Some(&kept)), Some(plain.clone()));
    assert_eq!(written(&kept), first);

    // What a crash or a full disk left there is made again.
    fs::write(&first[0].0, "no graph").unwrap();
    let interface = |path: &Path| path.with_file_name("interface.onnx");
    fs::copy(interface(&first[2].0), interface(&first[1].0)).unwrap();
    // The smallest of them have no weights beside them.
    let weights = |path: &Path| path.with_file_name("network.bin");
    let heavy = first[2..].iter().find(|(path, _)| weights(path).is_file());
    let (heavy, _) = heavy.expect("two of four have weights of their own");
    fs::remove_file(weights(heavy)).unwrap();
    let other = first[2..].iter().find(|(path, _)| path != heavy);
    fs::remove_file(other.unwrap().0.with_file_name("about")).unwrap();
    assert_eq!(converted(&voice, Some(&kept)), Some(plain));
    for ((path, before), (_, now)) in first.iter().zip(written(&kept)) {
        assert!(now > *before, "{}", path.display());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    let voice = folder.path().join("voice");
    fs::create_dir(&voice).unwrap();
    let no_folder = folder.path().join("file");
    fs::write(&no_folder, "").unwrap();
    let Some(plain) = converted(&voice, None) else {
        return;
    };
    assert_eq!(converted(&voice, Some(&no_folder)), Some(plain));
}
