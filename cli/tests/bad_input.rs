//! Bad input, all of it: each ends in one clear message that names the file, what was expected and what was
//! found, with the right status, nothing half-written, and no panic.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
#[cfg(unix)]
use std::thread::sleep;
#[cfg(unix)]
use std::time::{Duration, Instant};

#[cfg(unix)]
use common::command_after;
use common::voice::VoiceCopy;
use common::{
    Run, command, data, names_in, onnx, read_wav, syrinx, tone, wav_head, write_wav, write_wav_16,
};

/// What an output holds before each try; it must hold it after.
const OLD: &[u8] = b"a good file of before";

/// What every system calls a file that is not there, whatever else it says.
const NOT_FOUND: &str = "(os error 2)";

/// Long enough for a busy machine; the tests wait only as long as they must.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder with a good recording, the input under test, and an output of before.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("out")).unwrap();
        fs::write(root.path().join("out/result.wav"), OLD).unwrap();
        write_wav_16(&root.path().join("good.wav"), &tone(8000), 16_000);
        Place { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    fn convert(&self, input: &str, more: &[&str]) -> Run {
        let output = self.text("out/result.wav");
        let arguments = [&["convert", input, &output, "--json"], more].concat();
        syrinx(self.root.path(), &arguments)
    }

    /// Checks status, message, and that the output of before is all there is.
    fn check(&self, name: &str, run: &Run, code: i32, says: &[&str]) {
        assert_eq!(run.code, Some(code), "{name}: {run:?}");
        let errors = run.errors();
        assert_eq!(errors.len(), 1, "{name}: {run:?}");
        for part in says {
            assert!(
                errors[0].contains(part),
                "{name}: expected {part:?} in {}",
                errors[0]
            );
        }
        assert!(!run.stderr.contains("panicked"), "{name}: {run:?}");
        assert_eq!(run.stdout, "", "{name}");
        assert_eq!(
            fs::read(self.path("out/result.wav")).unwrap(),
            OLD,
            "{name}"
        );
        assert_eq!(names_in(&self.path("out")), ["result.wav"], "{name}");
    }
}

/// Makes a bad recording at a path.
type MakeRecording = fn(&Path);

/// Name, recording, what the message must say besides the name.
const RECORDINGS: &[(&str, MakeRecording, &[&str])] = &[
    ("missing.wav", |_| {}, &[NOT_FOUND]),
    (
        "empty.wav",
        |path| fs::write(path, b"").unwrap(),
        &["expected wav, flac", "found 0 bytes"],
    ),
    (
        "text.wav",
        |path| fs::write(path, "no sound in here. ".repeat(400)).unwrap(),
        &["expected wav, flac, mp3 or ogg vorbis", "found"],
    ),
    (
        "head.wav",
        |path| fs::write(path, b"RIFF\x24\0\0\0WAVE").unwrap(),
        &["expected", "found"],
    ),
    (
        "folder.wav",
        |path| fs::create_dir(path).unwrap(),
        &["expected a regular file, found a folder"],
    ),
    (
        "no-samples.wav",
        |path| fs::write(path, wav_head(0, 16_000)).unwrap(),
        &["no samples", "expected at least 1, found 0"],
    ),
    (
        "cut.wav",
        |path| cut(path, 16_000, 8000),
        &["expected 8000 samples, found 2500"],
    ),
    (
        "eight-hours.wav",
        |path| cut(path, 8000, 230_400_000),
        &["expected 230400000 samples, found 2500"],
    ),
    (
        "cut.flac",
        |path| half_of("tone.flac", path),
        &["expected", "found"],
    ),
    (
        "cut.mp3",
        |path| half_of("tone.mp3", path),
        &["expected", "found"],
    ),
    (
        "nan.wav",
        |path| write_wav(path, &with_value(f32::NAN), 16_000, 1),
        &[
            "sample 4321 of channel 1",
            "expected a finite value, found NaN",
        ],
    ),
    (
        "infinite.wav",
        |path| write_wav(path, &with_value(f32::NEG_INFINITY), 16_000, 2),
        &["sample 4321 of channel 1", "found -inf"],
    ),
    (
        "slow.wav",
        |path| write_wav(path, &tone(100), 4000, 1),
        &["expected 8000 to 192000 Hz, found 4000 Hz"],
    ),
    (
        "fast.wav",
        |path| write_wav(path, &tone(100), 384_000, 1),
        &["found 384000 Hz"],
    ),
    (
        "long.wav",
        |path| {
            // The promise alone is enough to know: 1.5 billion 16-bit samples do not fit as 24 bits.
            let mut wav = wav_head(1_500_000_000, 48_000);
            wav.extend([0; 4000]);
            fs::write(path, wav).unwrap();
        },
        &[
            "too long",
            "expected at most",
            "found 1500000000",
            "split the input",
        ],
    ),
];

fn cut(path: &Path, rate: u32, promised: u32) {
    let mut wav = wav_head(promised, rate);
    wav.extend(std::iter::repeat_n(3u8, 5000));
    fs::write(path, wav).unwrap();
}

fn half_of(name: &str, path: &Path) {
    let whole = fs::read(data(name)).unwrap();
    fs::write(path, &whole[..whole.len() / 2]).unwrap();
}

fn with_value(value: f32) -> Vec<f32> {
    let mut samples = tone(8000);
    samples[4321] = value;
    samples
}

#[test]
fn every_bad_recording_is_told() {
    for (name, make, says) in RECORDINGS {
        let place = Place::new();
        make(&place.path(name));
        let run = place.convert(&place.text(name), &["--transpose", "0"]);
        let subject = if *name == "long.wav" {
            "result.wav"
        } else {
            name
        };
        place.check(name, &run, 1, &[&[subject], *says].concat());
    }
}

/// Makes a bad voice of a good one.
type Damage = fn(&VoiceCopy);

/// What is wrong, how, and what the message must say.
const VOICES: &[(&str, Damage, &[&str])] = &[
    (
        "wrong hash",
        |voice| {
            let path = voice.path("encoder");
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).unwrap();
        },
        &["encoder", "SHA-256", "the manifest says"],
    ),
    (
        "missing file",
        |voice| fs::remove_file(voice.path("decoder")).unwrap(),
        &["decoder", NOT_FOUND],
    ),
    (
        "missing tensor",
        |voice| {
            let pair = (("mel", &[1u64, 80, 1][..]), ("content", &[1u64, 80, 1][..]));
            voice.replace("encoder", &onnx::copies(&[pair]));
        },
        &["encoder", "expected", "state_in", "found"],
    ),
    (
        "wrong rank",
        |voice| {
            let mel = (("mel", &[1u64, 80][..]), ("content", &[1u64, 80][..]));
            let state = (("state_in", &[1u64, 8][..]), ("state_out", &[1u64, 8][..]));
            voice.replace("encoder", &onnx::copies(&[mel, state]));
        },
        &["encoder", "expected", "mel", "found"],
    ),
    (
        "path that leaves the folder",
        |voice| {
            voice.edit(|manifest| manifest["files"]["encoder"]["path"] = "../encoder.onnx".into())
        },
        &["voice.json", "../encoder.onnx", "leads out"],
    ),
    (
        "future format",
        |voice| voice.edit(|manifest| manifest["format"] = 999.into()),
        &["voice.json", "999", "update Syrinx"],
    ),
    (
        "10 GB declared",
        |voice| {
            voice.edit(|manifest| manifest["files"]["encoder"]["bytes"] = 10_000_000_000u64.into())
        },
        &["encoder", "10000000000 bytes", "at most"],
    ),
    (
        "corrupt network",
        |voice| {
            let mut bytes = fs::read(voice.path("encoder")).unwrap();
            let middle = bytes.len() / 2;
            bytes.truncate(middle);
            voice.replace("encoder", &bytes);
        },
        &["encoder", "cannot load"],
    ),
    (
        "a network of noise",
        |voice| voice.replace("encoder", &[0xa5; 5000]),
        &["encoder", "cannot load"],
    ),
    (
        "no manifest",
        |voice| fs::remove_file(voice.folder.join("voice.json")).unwrap(),
        &["voice.json"],
    ),
    (
        "manifest that is no JSON",
        |voice| fs::write(voice.folder.join("voice.json"), "{\"format\": 1,").unwrap(),
        &["voice.json", "line"],
    ),
];

#[test]
fn every_bad_voice_is_told() {
    for (name, damage, says) in VOICES {
        let place = Place::new();
        let voice = VoiceCopy::new(&place.path("bad-voice"));
        damage(&voice);
        let run = place.convert(
            &place.text("good.wav"),
            &["--voice", &place.text("bad-voice")],
        );
        place.check(name, &run, 1, &[&["bad-voice"], *says].concat());
    }
}

#[test]
fn a_missing_voice_or_speaker_lists_what_there_is() {
    let place = Place::new();
    let good = place.text("good.wav");
    let run = place.convert(&good, &["--voice", "nobody"]);
    place.check(
        "voice",
        &run,
        1,
        &["voice nobody", "expected default", "found none"],
    );
    let run = place.convert(&good, &["--speaker", "nobody"]);
    place.check("speaker", &run, 1, &["no speaker \"nobody\"", "it has"]);
}

#[test]
fn a_backend_or_device_that_cannot_serve_says_what_to_do() {
    let place = Place::new();
    let good = place.text("good.wav");
    let run = place.convert(&good, &["--backend", "onnxruntime"]);
    place.check(
        "backend",
        &run,
        1,
        &["onnxruntime", "cargo xtask setup runtime"],
    );
    let run = place.convert(&good, &["--backend", "tract", "--device", "cuda:7"]);
    place.check("device", &run, 1, &["cuda:7", "tract runs on the CPU"]);
}

#[test]
fn the_smallest_and_widest_recordings_convert() {
    for (name, signal, rate, channels) in [
        ("one-sample.wav", tone(1), 16_000, 1),
        ("wide.wav", tone(9600), 48_000, 32),
        ("fast.wav", tone(19_200), 192_000, 1),
        ("silent.wav", vec![0.0; 4000], 8000, 1),
    ] {
        for more in [&[][..], &["--streamed"][..]] {
            let place = Place::new();
            write_wav(&place.path(name), &signal, rate, channels);
            let run = place.convert(&place.text(name), more);
            assert_eq!(run.code, Some(0), "{name} {more:?}: {run:?}");
            let (spec, samples) = read_wav(&place.path("out/result.wav"));
            assert_eq!((spec.sample_rate, spec.channels), (rate, 1), "{name}");
            assert_eq!(samples.len(), signal.len(), "{name} {more:?}");
            let is_said = run.stderr.contains("32 channels are mixed into one");
            assert_eq!(is_said, channels == 32, "{name}: {}", run.stderr);
            assert_eq!(
                names_in(&place.path("out")),
                ["result.wav", "result.wav.json"]
            );
        }
    }
}

#[test]
fn outputs_that_cannot_be_written_are_told() {
    let place = Place::new();
    let good = place.text("good.wav");
    fs::create_dir(place.path("folder.wav")).unwrap();
    let convert = |output: &str| syrinx(place.root.path(), &["convert", &good, output]);
    let run = convert(&place.text("nowhere/result.wav"));
    place.check(
        "no folder",
        &run,
        1,
        &["nowhere/result.wav", "does not exist"],
    );
    let run = convert(&place.text("folder.wav"));
    place.check("a folder", &run, 1, &["folder.wav", "found a folder"]);
    let run = convert(&good);
    place.check("the input", &run, 1, &["good.wav", "is the input itself"]);
    assert_eq!(read_wav(&place.path("good.wav")).1.len(), 8000);

    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&good, place.path("link.wav")).unwrap();
        let run = convert(&place.text("link.wav"));
        place.check(
            "a link to the input",
            &run,
            1,
            &["link.wav", "is the input itself"],
        );
        std::os::unix::fs::symlink("/dev/full", place.path("full.wav")).unwrap();
        let run = convert(&place.text("full.wav"));
        place.check("a device", &run, 1, &["full.wav", "found a device"]);
    }
}

/// Windows replaces no file that another program has open and does not share, as players do.
#[cfg(windows)]
#[test]
fn an_output_that_is_open_elsewhere_stays_and_is_told() {
    use std::os::windows::fs::OpenOptionsExt;
    let place = Place::new();
    let output = place.text("out/result.wav");
    let mut exclusive = fs::OpenOptions::new();
    let held = exclusive.read(true).share_mode(0).open(&output).unwrap();
    let run = syrinx(
        place.root.path(),
        &["convert", &place.text("good.wav"), &output],
    );
    drop(held);
    place.check(
        "held",
        &run,
        1,
        &["result.wav", "is open in another program"],
    );
}

/// Files may not grow beyond a few kilobytes, and the signal that says so is ignored: writing then fails as it
/// does on a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_old_file() {
    let place = Place::new();
    let (good, output) = (place.text("good.wav"), place.text("out/result.wav"));
    let run: Run = command_after("ulimit -f 8; trap '' XFSZ", place.root.path())
        .args(["convert", &good, &output, "--transpose", "0"])
        .output()
        .unwrap()
        .into();
    place.check(
        "full disk",
        &run,
        1,
        &["result.wav", "cannot write", "File too large"],
    );
}

/// A sparse file of eight hours that is read in seconds and converted in many minutes, stopped in between.
#[cfg(unix)]
#[test]
fn ctrl_c_in_the_middle_of_eight_hours_leaves_the_old_file() {
    for more in [
        &["--transpose", "0"][..],
        &["--transpose", "0", "--streamed"][..],
        &[][..],
    ] {
        let place = Place::new();
        let samples = 8 * 3600 * 8000;
        fs::write(place.path("long.wav"), wav_head(samples, 8000)).unwrap();
        let file = fs::OpenOptions::new()
            .write(true)
            .open(place.path("long.wav"))
            .unwrap();
        file.set_len(44 + 2 * u64::from(samples)).unwrap();
        let (input, output) = (place.text("long.wav"), place.text("out/result.wav"));
        let mut child = command(place.root.path())
            .args(["convert", &input, &output])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let is_converting = || names_in(&place.path("out")).len() > 1;
        let start = Instant::now();
        // Without a fixed transpose there is a pass before, in which the stop arrives as well.
        let lead = if more.is_empty() {
            Duration::from_secs(3)
        } else {
            PATIENCE
        };
        while !is_converting() && start.elapsed() < lead {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "ended before it was stopped: {ended:?}");
            sleep(Duration::from_millis(20));
        }
        let killed = std::process::Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        let run: Run = child.wait_with_output().unwrap().into();
        place.check("Ctrl-C", &run, 130, &["stopped"]);
    }
}

#[test]
fn one_bad_recording_in_a_batch_fails_alone() {
    let place = Place::new();
    let takes = place.path("takes");
    fs::create_dir_all(takes.join("inner")).unwrap();
    fs::copy(place.path("good.wav"), takes.join("a.wav")).unwrap();
    fs::write(takes.join("b.wav"), "not a recording").unwrap();
    fs::copy(data("tone.flac"), takes.join("inner/c.flac")).unwrap();
    let out = place.text("done");
    let run = syrinx(
        place.root.path(),
        &["convert", "takes", "missing.wav", "--out-dir", &out],
    );
    assert_eq!(run.code, Some(1), "{run:?}");
    let errors = run.errors();
    assert_eq!(errors.len(), 2, "{run:?}");
    assert!(
        errors[0].contains("b.wav: not a recording"),
        "{}",
        errors[0]
    );
    assert!(
        errors[1].contains("missing.wav: ") && errors[1].contains(NOT_FOUND),
        "{}",
        errors[1]
    );
    assert!(
        run.stdout
            .contains("2 converted, 0 already finished, 2 failed"),
        "{}",
        run.stdout
    );
    assert_eq!(names_in(&place.path("done")), ["a.wav", "inner"]);
    assert_eq!(names_in(&place.path("done/inner")), ["c.wav"]);
    assert_eq!(read_wav(&place.path("done/inner/c.wav")).1.len(), 8000);
}

#[test]
fn a_wrong_command_line_is_an_error_of_usage() {
    let place = Place::new();
    let (good, output) = (place.text("good.wav"), place.text("out/result.wav"));
    let cases: &[(&[&str], &str)] = &[
        (&[], "Usage"),
        (&["sing"], "sing"),
        (&["convert"], "required"),
        (&["convert", &good], "expected IN and OUT, found 1 path"),
        (&["convert", &good, &output, "third"], "found 3 paths"),
        (&["convert", &good, "result.mp3"], "ends in .wav"),
        (
            &["convert", &good, &output, "--transpose", "-25"],
            "expected auto or -24 to 24, found -25",
        ),
        (
            &["convert", &good, &output, "--gate", "1"],
            "expected -100 to 0, found 1",
        ),
        (
            &["convert", &good, &output, "--mix", "2"],
            "expected 0 to 1, found 2",
        ),
        (
            &["convert", &good, &output, "--strength", "-1"],
            "expected 0 to 1, found -1",
        ),
        (&["convert", &good, &output, "--seed", "-1"], "-1"),
        (&["convert", &good, &output, "--chunk", "20"], "--streamed"),
        (
            &["convert", &good, &output, "--bit-depth", "12"],
            "expected 16, 24 or 32f, found",
        ),
        (
            &["convert", &good, &output, "--device", "gpu"],
            "expected cpu, cuda or cuda:N",
        ),
        (
            &["convert", &good, &output, "--backend", "torch"],
            "expected onnxruntime or tract",
        ),
        (&["convert", &good, &output, "--colour"], "--colour"),
        (&["voices", "inspect"], "required"),
    ];
    for (arguments, says) in cases {
        let run = syrinx(place.root.path(), arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(says), "{arguments:?}: {}", run.stderr);
        assert!(
            !run.stderr.contains("panicked"),
            "{arguments:?}: {}",
            run.stderr
        );
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
    assert_eq!(fs::read(place.path("out/result.wav")).unwrap(), OLD);
    assert_eq!(names_in(&place.path("out")), ["result.wav"]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::new();
    for arguments in [
        &["voices"][..],
        &["voices", "inspect", "default"],
        &["doctor"],
        &["--help"],
    ] {
        let mut child = command(place.root.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let run: Run = child.wait_with_output().unwrap().into();
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}
