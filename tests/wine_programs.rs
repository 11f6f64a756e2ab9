//! What is built for Windows, under Wine, beside the same built for this system: equal sound, odd paths, the folders and
//! locks of Windows, and no library but our own.
//!
//! `SYRINX_WINDOWS_BUNDLES` is the folder of what was built for Windows, `SYRINX_COMMAND` this system's `syrinx`, and
//! `SYRINX_WINE` what runs the former: `cargo xtask test --windows` sets all. Without them all is skipped, unless
//! `SYRINX_REQUIRE_HOSTS` is set.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use syrinx_tests::hosts;
use tempfile::TempDir;

/// How far samples may lie apart: the kernels are the same or made from the same source, and the mathematics of the C
/// libraries differ in last bits, which was a hundredth of this.
const ALIKE: f32 = 1e-4;

const SENTENCE: &str = "The quick brown fox jumps over the lazy dog.";

/// How long a program may take for anything: it is started by Wine, on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// The two builds, and a folder of one test's own that both see.
struct Systems {
    windows: PathBuf,
    linux: PathBuf,
    wine: PathBuf,
    folder: TempDir,
}

impl Systems {
    fn find() -> Option<Systems> {
        let [bundles, linux, wine] =
            hosts::paths(["SYRINX_WINDOWS_BUNDLES", "SYRINX_COMMAND", "SYRINX_WINE"])?;
        Some(Systems {
            windows: bundles.join("bin"),
            linux,
            wine,
            folder: tempfile::tempdir().expect("a folder"),
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `syrinx.exe`, with this Windows' own folders of a user.
    fn on_windows(&self) -> Command {
        let mut command = Command::new(&self.wine);
        command
            .arg(self.windows.join("syrinx.exe"))
            .env_remove("SYRINX_HOME")
            // It names this system's.
            .env_remove("SYRINX_ONNXRUNTIME")
            .stdin(Stdio::null());
        command
    }

    /// What Windows calls `%APPDATA%`, and where that is.
    fn roaming(&self) -> (String, PathBuf) {
        let mut ask = Command::new(&self.wine);
        let told = hosts::run(ask.args(["cmd", "/c", "echo %APPDATA%"]));
        let told = told.trim().to_owned();
        let below = told.strip_prefix("C:\\").expect("the system's drive");
        let prefix = PathBuf::from(std::env::var_os("WINEPREFIX").expect("a prefix"));
        let at = prefix.join("drive_c").join(below.replace('\\', "/"));
        (told, at)
    }

    fn on_linux(&self) -> Command {
        let mut command = Command::new(&self.linux);
        command
            .env("SYRINX_HOME", self.path("home"))
            .stdin(Stdio::null());
        command
    }

    /// What `syrinx.exe doctor` found.
    fn doctor(&self) -> Value {
        let printed = hosts::run(self.on_windows().args(["doctor", "--json"]));
        serde_json::from_str(&printed).expect("JSON")
    }
}

/// A path as Windows has it: drive Z is the root.
fn on_drive(path: &Path) -> String {
    assert!(path.is_absolute(), "{path:?}");
    format!("Z:{}", path.display()).replace('/', "\\")
}

/// The largest difference of two recordings of equal length.
fn difference(one: &Path, other: &Path) -> f32 {
    let [one, other] = [one, other].map(hosts::samples);
    assert_eq!(one.len(), other.len());
    let peak = one.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    assert!(peak > 0.05, "nothing is heard: {peak}");
    one.iter()
        .zip(&other)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn conversions_are_those_of_linux() {
    let Some(systems) = Systems::find() else {
        return;
    };
    for (backend, streamed) in [("tract", false), ("tract", true), ("onnxruntime", false)] {
        let (ours, theirs) = (systems.path("windows.wav"), systems.path("linux.wav"));
        let mut options = vec!["convert", "--backend", backend, "--bit-depth", "32f"];
        options.extend(streamed.then_some("--streamed"));
        hosts::run(
            systems
                .on_windows()
                .args(&options)
                .args([on_drive(&hosts::recording()), on_drive(&ours)]),
        );
        hosts::run(
            systems
                .on_linux()
                .args(&options)
                .arg(hosts::recording())
                .arg(&theirs),
        );
        let found = difference(&ours, &theirs);
        println!("{backend}, streamed {streamed}: {found:e} apart");
        assert!(found <= ALIKE, "{backend}, streamed {streamed}: {found:e}");
        fs::remove_file(ours).expect("it was written");
    }
}

#[test]
fn speech_is_that_of_linux_whatever_ends_the_lines() {
    let Some(systems) = Systems::find() else {
        return;
    };
    // As Windows' editors write it: a mark of the order of bytes, and two letters for the end of a line.
    let text = systems.path("text.txt");
    fs::write(&text, format!("\u{feff}{SENTENCE}\r\nAnd again.\r\n")).expect("a text");
    let plain = systems.path("plain.txt");
    fs::write(&plain, format!("{SENTENCE}\nAnd again.\n")).expect("a text");
    let (ours, theirs) = (systems.path("windows.wav"), systems.path("linux.wav"));
    let options = ["speak", "--backend", "tract", "--bit-depth", "32f"];
    hosts::run(systems.on_windows().args(options).args([
        "--file",
        &on_drive(&text),
        "-o",
        &on_drive(&ours),
    ]));
    hosts::run(
        systems
            .on_linux()
            .args(options)
            .arg("--file")
            .arg(&plain)
            .arg("-o")
            .arg(&theirs),
    );
    let found = difference(&ours, &theirs);
    println!("speech: {found:e} apart");
    assert!(found <= ALIKE, "{found:e}");
}

#[test]
fn paths_may_have_blanks_other_alphabets_and_any_length() {
    let Some(systems) = Systems::find() else {
        return;
    };
    // Windows' own limit is 260 letters unless a program asks in another way.
    let deep = "eine lange Kette von Ordnern/".repeat(10);
    for folder in ["with blanks", "Größe ñ 声 🎤", deep.as_str()] {
        let folder = systems.path(folder);
        fs::create_dir_all(&folder).expect("a folder");
        let (input, output) = (folder.join("mein Satz.wav"), folder.join("出力.wav"));
        fs::copy(hosts::recording(), &input).expect("a recording");
        hosts::run(systems.on_windows().args([
            "convert",
            "--backend",
            "tract",
            "--bit-depth",
            "32f",
            &on_drive(&input),
            &on_drive(&output),
        ]));
        assert!(!hosts::samples(&output).is_empty());
        // Nothing else is left there.
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 2);
    }
    // What is not there is named as the user wrote it.
    let missing = on_drive(&systems.path("with blanks/no such.wav"));
    let output = systems
        .on_windows()
        .args(["convert", &missing, &on_drive(&systems.path("x.wav"))])
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        complaint(&output).contains(&missing),
        "{}",
        complaint(&output)
    );
}

#[test]
fn voices_lie_where_windows_keeps_them_and_may_be_replaced_in_use() {
    let Some(systems) = Systems::find() else {
        return;
    };
    let (told, roaming) = systems.roaming();
    let voices = roaming.join("syrinx/voices");
    let _gone = Gone(voices.clone());
    let voice = voices.join("Stimme Ä");
    copy_folder(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/voices/default"),
        &voice,
    );
    let listed = hosts::run(systems.on_windows().args(["voices", "--json"]));
    assert!(listed.contains("Stimme Ä"), "{listed}");
    let found = systems.doctor();
    assert_eq!(
        found["voice_folder"],
        format!("{told}\\syrinx\\voices"),
        "{found}"
    );

    // A batch holds the voice; the folder is renamed, as an import that replaces it does, and another takes its place.
    let inputs = systems.path("takes");
    fs::create_dir(&inputs).expect("a folder");
    for number in 0..20 {
        fs::copy(hosts::recording(), inputs.join(format!("{number}.wav"))).expect("a take");
    }
    let outputs = systems.path("converted");
    let batch = systems
        .on_windows()
        .args(["convert", "--voice", "Stimme Ä", "--backend", "tract"])
        .args([on_drive(&inputs), "--out-dir".into(), on_drive(&outputs)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut batch = Ending(batch);
    wait_for(|| outputs.join("0.wav").is_file() || outputs.join("1.wav").is_file());
    let renamed = renamed_on_windows(&systems, &voice, &voices.join("before"));
    assert!(renamed.status.success(), "{}", complaint(&renamed));
    copy_folder(&voices.join("before"), &voice);
    let status = batch.0.wait().expect("a child");
    assert!(status.success(), "{status}");
    assert_eq!(fs::read_dir(&outputs).expect("a folder").count(), 20);
}

#[test]
fn no_library_but_our_own_is_taken() {
    let Some(systems) = Systems::find() else {
        return;
    };
    let prefix = PathBuf::from(std::env::var_os("WINEPREFIX").expect("a prefix"));
    // What Windows itself ships is older; here it is no library at all, so that whoever takes it fails.
    let decoys = [
        prefix.join("drive_c/windows/system32/onnxruntime.dll"),
        systems.path("onnxruntime.dll"),
    ];
    for decoy in &decoys {
        fs::write(decoy, "no library").expect("a decoy");
    }
    let printed = hosts::run(
        systems
            .on_windows()
            .current_dir(systems.folder.path())
            .args(["doctor", "--json", "--backend", "onnxruntime"]),
    );
    let found: Value = serde_json::from_str(&printed).expect("JSON");
    let own = on_drive(&systems.windows.join("onnxruntime.dll"));
    let path = found["library"]["path"].as_str().expect("a library");
    assert!(path.eq_ignore_ascii_case(&own), "{path}");
    assert_eq!(found["library"]["problem"], Value::Null, "{found}");
    let output = systems.path("converted.wav");
    hosts::run(
        systems
            .on_windows()
            .current_dir(systems.folder.path())
            .args(["convert", "--backend", "onnxruntime", "--bit-depth", "32f"])
            .args([on_drive(&hosts::recording()), on_drive(&output)]),
    );
    assert!(!hosts::samples(&output).is_empty());
    fs::remove_file(&decoys[0]).expect("the decoy");
}

/// A folder that goes away with the test.
struct Gone(PathBuf);

impl Drop for Gone {
    fn drop(&mut self) {
        // A test that failed early never made it.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that is ended with the test.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for(mut what: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < LIMIT, "it does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Renames by a program of Windows, to which its locks apply.
fn renamed_on_windows(systems: &Systems, from: &Path, to: &Path) -> Output {
    Command::new(&systems.wine)
        .args(["cmd", "/c", "move", &on_drive(from), &on_drive(to)])
        .stdin(Stdio::null())
        .output()
        .expect("it starts")
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        fs::copy(&path, to.join(name)).expect("a copy");
    }
}

#[test]
fn the_self_test_passes_and_no_jack_is_needed() {
    let Some(systems) = Systems::find() else {
        return;
    };
    let report = hosts::run(systems.on_windows().arg("self-test"));
    assert!(report.contains("self-test: passed"), "{report}");
    // Nearly nobody has JACK on Windows.
    let mut live = Command::new(&systems.wine);
    live.arg(systems.windows.join("syrinx-live.exe"));
    let listed = hosts::run(live.args(["--list-devices", "--json"]).stdin(Stdio::null()));
    assert!(listed.contains("\"backend\":\"wasapi\""), "{listed}");
}

#[test]
fn the_installer_puts_all_in_place_and_takes_it_away() {
    let Some(systems) = Systems::find() else {
        return;
    };
    let archive = systems.path("the archive");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../release/install.bat");
    let files = [
        "bin/syrinx.exe",
        "Syrinx.vst3/Contents/x86_64-win/Syrinx.vst3",
        "Syrinx/Syrinx.clap",
    ];
    let write = |name: &str, text: &str| {
        let file = archive.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("it is made");
        fs::write(file, text).expect("it is written");
    };
    for name in files {
        write(name, "1");
    }
    fs::copy(script, archive.join("install.bat")).expect("it is there");
    let run = |option: &str| {
        let mut install = Command::new(&systems.wine);
        install.args(["cmd", "/c", "install.bat"]);
        install.args((!option.is_empty()).then_some(option));
        let output = install.current_dir(&archive).stdin(Stdio::null()).output();
        output.expect("it starts")
    };
    let (_, roaming) = systems.roaming();
    let programs = roaming.with_file_name("Local").join("Programs");
    let installed = [
        "Syrinx/syrinx.exe",
        "Common/VST3/Syrinx.vst3/Contents/x86_64-win/Syrinx.vst3",
        "Common/CLAP/Syrinx/Syrinx.clap",
    ]
    .map(|name| programs.join(name));
    assert_eq!(run("/nonsense").status.code(), Some(2));
    assert!(run("").status.success());
    // The next version: one file is new, and one is no longer there.
    write(files[2], "2");
    write("bin/new.dll", "2");
    fs::remove_file(archive.join(files[1])).expect("it was there");
    let said = run("");
    assert!(said.status.success(), "{said:?}");
    let found = installed
        .each_ref()
        .map(|file| fs::read_to_string(file).ok());
    let expected = [Some("1"), None, Some("2")];
    assert_eq!(found.each_ref().map(Option::as_deref), expected);
    assert!(programs.join("Syrinx/new.dll").is_file());
    assert!(run("/uninstall").status.success());
    for folder in ["Syrinx", "Common/VST3/Syrinx.vst3", "Common/CLAP/Syrinx"] {
        assert!(!programs.join(folder).exists(), "{folder}");
    }
}
