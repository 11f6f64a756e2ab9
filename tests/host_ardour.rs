//! The built VST3 bundle in Ardour without a window, against what the command converts.
//!
//! Ardour plays into nothing, and its own interpreter of Lua makes a session, loads it and bounces a track through
//! the plugin. Its interpreter cannot put a file on a track, so the session's XML is edited between the two. It also lists
//! and loads the presets that are written for hosts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use syrinx_plugin::host_presets::HostShelf;
use syrinx_tests::hosts::{are_required, assert_same, converted, paths, recording, run, samples};
use syrinx_views::Preset;

/// Ticks of Ardour's clock per second: a multiple of every usual sample rate.
const SUPERCLOCK: u64 = 282_240_000;

/// An installed Ardour, with a home folder of its own.
struct Ardour {
    programs: PathBuf,
    /// Its name and version: the name of its folders.
    name: String,
    home: PathBuf,
}

impl Ardour {
    /// The newest installed one, which has scanned the bundle, or `None`, said aloud.
    fn find(bundles: &Path, home: &Path) -> Option<Ardour> {
        let Some((_, name)) = installed().into_iter().max() else {
            assert!(
                !are_required(),
                "Ardour: expected in /usr/lib, found none: `cargo xtask setup system hosts`"
            );
            println!("skipped: Ardour is not installed");
            return None;
        };
        let ardour = Ardour {
            programs: Path::new("/usr/lib").join(&name),
            name,
            home: home.to_path_buf(),
        };
        let folder = home.join(".vst3");
        fs::create_dir(&folder).expect("a folder");
        let bundle = folder.join("Syrinx.vst3");
        let mut link = Command::new("ln");
        run(link.arg("-s").arg(bundles.join("Syrinx.vst3")).arg(&bundle));
        run(ardour.command("ardour-vst3-scanner").arg("-v").arg(&bundle));
        Some(ardour)
    }

    /// One of its programs, which sees neither this user's settings nor this user's plugins.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .env("LD_LIBRARY_PATH", &self.programs)
            .env("ARDOUR_DLL_PATH", &self.programs)
            .env("ARDOUR_DATA_PATH", Path::new("/usr/share").join(&self.name))
            .env("ARDOUR_CONFIG_PATH", Path::new("/etc").join(&self.name))
            .env("HOME", &self.home)
            .env_remove("XDG_CACHE_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME");
        command
    }

    /// Runs one of the scripts beside this file; returns what it printed.
    fn lua(&self, script: &str, arguments: &[&str]) -> String {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("host_ardour");
        run(self
            .command("luasession")
            .arg(here.join(script))
            .args(arguments))
    }

    /// What a track with the recording sounds like through the plugin, when a transpose is set right before.
    fn bounce(&self, transpose: i32) -> Vec<f32> {
        let reader = hound::WavReader::open(recording()).expect("a WAV file");
        let (rate, length) = (reader.spec().sample_rate, reader.duration());
        let session = self.home.join("session");
        let folder = session.to_str().expect("a path in Unicode");
        let printed = self.lua("create.lua", &[folder, &rate.to_string()]);
        let latency = printed
            .lines()
            .find_map(|line| line.strip_prefix("latency "))
            .expect("a latency");
        assert!(
            latency.parse::<u32>().expect("a number") > 0,
            "there is something to compensate"
        );
        let files = session.join("interchange/session/audiofiles");
        fs::copy(recording(), files.join("in.wav")).expect("copied");
        let ticks = u64::from(length) * (SUPERCLOCK / u64::from(rate));
        add_recording(&session.join("bounce.ardour"), ticks);
        let (length, transpose) = (length.to_string(), transpose.to_string());
        self.lua("bounce.lua", &[folder, &length, "Transpose", &transpose]);
        let [left, right] = ["out%L.wav", "out%R.wav"].map(|name| samples(&files.join(name)));
        assert!(left == right, "the channels are equal");
        left
    }
}

/// Version and folder name of each Ardour that has what is needed here.
fn installed() -> Vec<(u32, String)> {
    let entries = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix("ardour")?.parse().ok()?;
            let programs = ["luasession", "ardour-vst3-scanner"];
            programs
                .iter()
                .all(|program| entry.path().join(program).exists())
                .then_some((version, name))
        })
        .collect()
}

/// Puts the recording at the beginning of the session's only track: a file, a region of it, and the region in the
/// track's playlist.
fn add_recording(session: &Path, ticks: u64) {
    let region = |id: u32| {
        format!(
            "<Region id=\"{id}\" name=\"in\" type=\"audio\" start=\"a0\" length=\"a{ticks}@a0\" channels=\"1\" \
             source-0=\"900001\" master-source-0=\"900001\" opaque=\"1\" muted=\"0\" external=\"1\" \
             whole-file=\"0\" layering-index=\"0\" scale-amplitude=\"1\" envelope-active=\"0\" \
             fade-in-active=\"0\" fade-out-active=\"0\" default-fade-in=\"0\" default-fade-out=\"0\"/>"
        )
    };
    let source = "<Source id=\"900001\" name=\"in.wav\" type=\"audio\" flags=\"\" channel=\"0\"/>";
    let mut xml = fs::read_to_string(session).expect("a session");
    for (empty, element, content) in [
        ("<Sources/>", "Sources", source.to_string()),
        ("<Regions/>", "Regions", region(900_002)),
    ] {
        assert_eq!(xml.matches(empty).count(), 1, "{empty} in {xml}");
        xml = xml.replace(empty, &format!("<{element}>{content}</{element}>"));
    }
    let playlist = xml.find("<Playlist ").expect("a playlist");
    let end = playlist + xml[playlist..].find('>').expect("its end");
    assert_eq!(&xml[end - 1..=end], "/>", "an empty playlist");
    xml.replace_range(end - 1..=end, &format!(">{}</Playlist>", region(900_003)));
    fs::write(session, xml).expect("written");
}

/// Bounces and converts with the same transpose, and compares.
fn assert_bounces_as_converted(transpose: i32) {
    let Some([bundles]) = paths(["SYRINX_BUNDLES"]) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let Some(ardour) = Ardour::find(&bundles, folder.path()) else {
        return;
    };
    let found = ardour.bounce(transpose);
    let expected = converted(&bundles, folder.path(), transpose);
    assert_eq!(found.len(), expected.len());
    assert_same(&found, &expected);
}

// Ardour feeds a mono track to one input alone of a stereo plugin that takes notes: at half the level, if silence on the
// other side counted.
#[test]
fn ardour_compensates_it_to_what_the_command_converts() {
    assert_bounces_as_converted(0);
}

#[test]
fn a_parameter_set_right_before_a_bounce_holds_from_its_first_sample() {
    assert_bounces_as_converted(5);
}

#[test]
fn presets_are_in_its_list_and_load() {
    let Some([bundles]) = paths(["SYRINX_BUNDLES"]) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let Some(ardour) = Ardour::find(&bundles, folder.path()) else {
        return;
    };
    let mine = Preset {
        name: "Mine, low".to_owned(),
        values: vec![("Transpose".to_owned(), "-9 st".to_owned())],
        ..Preset::default()
    };
    // As an editor does when it opens.
    let presets = folder.path().join(".vst3/presets/Syrinx/Syrinx");
    HostShelf::new(Some(presets), &Arc::default())
        .mirror(&[mine])
        .expect("written");
    let session = folder.path().join("session");
    let printed = ardour.lua(
        "preset.lua",
        &[
            session.to_str().expect("a path in Unicode"),
            "48000",
            "Transpose",
            "An octave up",
            "Mine, low",
            "Natural",
        ],
    );
    let found: Vec<&str> = printed
        .lines()
        .filter(|line| line.starts_with("preset "))
        .collect();
    println!("{found:?}");
    assert_eq!(
        found,
        [
            "preset An octave up: 12.0",
            "preset Mine, low: -9.0",
            "preset Natural: 0.0"
        ]
    );
}
