//! The bundle in folders as people have them.

use std::path::Path;

use syrinx_tests::hosts::paths;
use syrinx_tests::signals::vowel;

use crate::rig::{Module, binary};
use crate::{RATE, offline, open};

/// Copies what a folder holds, and the folders in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in from.read_dir().expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a kind").is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), &target).expect("copied")),
        }
    }
}

#[test]
fn a_folder_of_any_name_does() {
    let Some(module) = open() else { return };
    let [bundles] = paths(["SYRINX_BUNDLES"]).expect("it was there just now");
    let speech = vowel(RATE, 0.5, 110.0, 170.0);
    let expected = offline(&module, 48_000.0, 512).run(&speech, &[512]);
    let folder = tempfile::tempdir().expect("a folder");
    // Longer than the 260 characters that Windows once had for a path would be a host's own affair.
    let bundle = folder.path().join("Plug-ins, ça va 声音/Syrinx.vst3");
    copy(&bundles.join("Syrinx.vst3"), &bundle);
    assert!(binary(&bundle).is_file());
    let elsewhere = Module::open(&bundle);
    let found = offline(&elsewhere, 48_000.0, 512).run(&speech, &[512]);
    assert!(found == expected);
    drop(elsewhere);
    // Nothing holds the files any more: where files in use cannot be removed, this would fail.
    folder.close().expect("removed");
}
