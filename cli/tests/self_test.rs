//! `syrinx self-test`: what works is found to work, what is broken fails, and nobody is named.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use common::{Run, names_in};
use serde_json::Value;

/// The odd words that stand where people, machines and folders are named.
const PERSONAL: [&str; 8] = [
    "quokka", "numbat", "gerenuk", "okapi", "axolotl", "pangolin", "wombat", "tarsier",
];

/// A place with the program alone in a folder, so that what lies beside it is what the test puts there.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place {
            root: tempfile::tempdir().unwrap(),
        };
        fs::create_dir_all(place.path("wombat bin")).unwrap();
        fs::create_dir_all(place.path("home of quokka")).unwrap();
        fs::create_dir_all(place.path("okapi here")).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_syrinx"), place.program()).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn program(&self) -> PathBuf {
        let name = format!("syrinx{}", std::env::consts::EXE_SUFFIX);
        self.path("wombat bin").join(name)
    }

    /// The self-test by a user whose names are odd words.
    fn command(&self, more: &[&str]) -> Command {
        let home = self.path("home of quokka");
        let mut command = Command::new(self.program());
        command
            .arg("self-test")
            .args(more)
            .current_dir(self.path("okapi here"))
            .env("HOME", &home)
            .env("USERPROFILE", &home)
            .env("APPDATA", home.join("roaming tarsier"))
            .env("LOCALAPPDATA", home.join("local tarsier"))
            .env("USER", "quokka")
            .env("LOGNAME", "quokka")
            .env("USERNAME", "quokka")
            .env("HOSTNAME", "numbat")
            .env("COMPUTERNAME", "numbat")
            .env("FAVOURITE", "pangolin");
        for name in ["SYRINX_HOME", "XDG_DATA_HOME", "SYRINX_ONNXRUNTIME"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, more: &[&str]) -> Run {
        let run: Run = self.command(more).output().unwrap().into();
        assert!(!run.stderr.contains("panicked"), "{run:?}");
        run
    }

    /// Installs a voice, whose name is somebody's.
    fn install_a_voice(&self) {
        let home = self.path("home of quokka");
        for data in [
            ".local/share/syrinx",
            "Library/Application Support/syrinx",
            "roaming tarsier/syrinx",
        ] {
            let voice = home.join(data).join("voices/axolotl");
            fs::create_dir_all(&voice).unwrap();
            fs::write(voice.join("voice.json"), "{}").unwrap();
        }
    }

    /// Puts a script in the place of the live program.
    #[cfg(unix)]
    fn live_program(&self, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path("wombat bin/syrinx-live");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn step<'a>(report: &'a Value, name: &str) -> &'a Value {
    let steps = report["steps"].as_array().unwrap();
    steps.iter().find(|step| step["name"] == name).unwrap()
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

#[track_caller]
fn names_nobody(text: &str) {
    let text = text.to_lowercase();
    for word in PERSONAL {
        assert!(!text.contains(word), "{word} in {text}");
    }
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim().to_lowercase();
    // Shorter ones are parts of other words.
    assert!(host.len() < 8 || !text.contains(&host), "{host} in {text}");
}

#[test]
fn everything_is_tried_and_told() {
    let place = Place::new();
    place.install_a_voice();
    let run = place.run(&["--json", "--output", "report.json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = json(&run);
    assert_eq!(report["format"], 1);
    assert_eq!(report["passed"], true);
    let program = concat!("Syrinx ", env!("CARGO_PKG_VERSION"));
    assert_eq!(report["program"], program);
    let names: Vec<&Value> = report["steps"].as_array().unwrap().iter().collect();
    let names: Vec<&str> = names
        .iter()
        .map(|step| step["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "system", "backend", "speech", "voice", "latency", "devices", "plugins"
        ]
    );
    for name in &names[..5] {
        assert_eq!(step(&report, name)["state"], "ok", "{name}: {report}");
    }
    // Nothing lies beside the program.
    assert_eq!(step(&report, "devices")["state"], "not there");
    assert_eq!(step(&report, "system")["facts"]["os"], std::env::consts::OS);
    let backend = &step(&report, "backend")["facts"];
    assert_eq!(
        (&backend["backend"], &backend["installed_voices"]),
        (&"tract".into(), &1.into())
    );

    let (speech, voice) = (
        &step(&report, "speech")["facts"],
        &step(&report, "voice")["facts"],
    );
    assert_eq!(speech["seconds"], voice["seconds"]);
    let heard = voice["heard_semitones"].as_f64().unwrap();
    assert!((heard - voice["asked_semitones"].as_f64().unwrap()).abs() <= 0.5);
    let ratio = voice["f0_hz"].as_f64().unwrap() / speech["f0_hz"].as_f64().unwrap();
    assert!((12.0 * ratio.log2() - heard).abs() < 1.0, "{ratio} {heard}");

    let latency = &step(&report, "latency")["facts"];
    assert_eq!(
        (&latency["rate"], &latency["block"]),
        (&48_000.into(), &128.into())
    );
    let qualities = latency["qualities"].as_array().unwrap();
    assert_eq!(qualities.len(), 4);
    let mut before = 0.0;
    for quality in qualities {
        let ms = quality["latency_ms"].as_f64().unwrap();
        let terms = quality["terms"].as_array().unwrap();
        let sum: f64 = terms.iter().map(|term| term["ms"].as_f64().unwrap()).sum();
        assert!((sum - ms).abs() < 0.1 && ms > before, "{quality}");
        assert!(quality["chunks"].as_u64().unwrap() > 50, "{quality}");
        let share = |name: &str| quality[name].as_f64().unwrap();
        assert!(share("median_share") > 0.0 && share("worst_share") >= share("median_share"));
        before = ms;
    }
    let written = fs::read_to_string(place.path("okapi here/report.json")).unwrap();
    assert_eq!(written.trim_end(), run.stdout.trim_end());
    assert_eq!(names_in(&place.path("okapi here")), ["report.json"]);
    names_nobody(&run.stdout);
}

#[test]
fn the_report_for_people_has_a_line_for_each_step_and_nobody_in_it() {
    let place = Place::new();
    place.install_a_voice();
    let run = place.run(&[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains(" self-test: passed\n"), "{run:?}");
    for line in [
        "ok         voice ",
        "not there  devices ",
        "lowest latency    76.4 ms",
    ] {
        assert!(run.stdout.contains(line), "{line} in {}", run.stdout);
    }
    names_nobody(&run.stdout);
    assert!(names_in(&place.path("okapi here")).is_empty());
}

#[test]
fn a_library_that_is_none_fails_and_its_path_is_nobodys() {
    let place = Place::new();
    let library = place.path("home of quokka/gerenuk libs/libonnxruntime.so");
    fs::create_dir_all(library.parent().unwrap()).unwrap();
    fs::write(&library, "no library").unwrap();
    for more in [&[][..], &["--json"]] {
        let mut command = place.command(more);
        let run: Run = command
            .env("SYRINX_ONNXRUNTIME", &library)
            .output()
            .unwrap()
            .into();
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.stdout.contains("cannot be opened"), "{run:?}");
        names_nobody(&run.stdout);
        if let ["--json"] = more {
            let report = json(&run);
            assert_eq!(report["passed"], false);
            assert_eq!(step(&report, "backend")["state"], "failed");
            // What is linked in still serves.
            assert_eq!(step(&report, "voice")["state"], "ok");
        }
    }
    // One that is not there at all leaves nothing to run on.
    fs::remove_file(&library).unwrap();
    let mut command = place.command(&["--json"]);
    command.env("SYRINX_ONNXRUNTIME", &library);
    let run: Run = command.output().unwrap().into();
    assert_eq!(run.code, Some(1), "{run:?}");
    let report = json(&run);
    for name in ["backend", "speech", "voice", "latency"] {
        assert_eq!(step(&report, name)["state"], "failed", "{name}");
    }
    names_nobody(&run.stdout);
}

/// Nothing can be written below /proc, not even by root.
#[cfg(target_os = "linux")]
#[test]
fn nothing_needs_to_be_written() {
    let place = Place::new();
    let mut command = place.command(&[]);
    let nowhere = std::path::Path::new("/proc");
    command
        .current_dir(nowhere)
        .env("HOME", nowhere.join("none"))
        .env("TMPDIR", nowhere);
    let run: Run = command.output().unwrap().into();
    assert_eq!(run.code, Some(0), "{run:?}");
    let run = place.run(&["--output", "/proc/report.txt"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("self-test: passed"), "{run:?}");
    assert!(run.errors()[0].contains("/proc/report.txt"), "{run:?}");
}

#[cfg(unix)]
#[test]
fn devices_are_counted_by_the_live_program_beside_it() {
    let place = Place::new();
    place.live_program(
        "test \"$*\" = '--list-devices --json' || exit 9\n\
         echo \"pangolin's noise\" >&2\n\
         echo '{\"backend\": \"alsa\", \"devices\": [{\"number\": 0, \"name\": \"Headset of quokka\", \"inputs\": 1, \
         \"outputs\": 2, \"rates\": [44100, 48000], \"default_input\": true, \"default_output\": true}]}'",
    );
    let run = place.run(&["--json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = json(&run);
    let devices = step(&report, "devices");
    assert_eq!(devices["state"], "ok");
    assert_eq!(
        devices["says"],
        "alsa: 1 input and 1 output at 44100 to 48000 Hz"
    );
    assert_eq!(devices["facts"]["backends"][0]["inputs"], 1);
    names_nobody(&run.stdout);

    place.live_program("exit 3");
    let run = place.run(&["--json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let report = json(&run);
    assert_eq!(step(&report, "devices")["state"], "failed");
    assert_eq!(step(&report, "voice")["state"], "ok");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_also_while_the_live_program_hangs() {
    use std::time::{Duration, Instant};
    let place = Place::new();
    place.live_program("touch \"$HOME/hangs\"; exec sleep 600");
    let mut command = place.command(&[]);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let hangs = place.path("home of quokka/hangs");
    let start = Instant::now();
    // Long enough for a busy machine.
    while !hangs.is_file() && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(hangs.is_file(), "{:?}", child.try_wait());
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let run: Run = child.wait_with_output().unwrap().into();
    assert_eq!(run.code, Some(130), "{run:?}");
    assert_eq!(run.errors(), ["error: stopped"]);
    assert!(run.stdout.is_empty(), "{run:?}");
}
