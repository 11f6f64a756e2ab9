//! What imports do to the places around them: zips are unpacked without harm, a voice takes its place whole or not at all,
//! and a stop leaves nothing.

mod common;

use std::fs;
#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::process::Stdio;
#[cfg(unix)]
use std::thread::sleep;
#[cfg(unix)]
use std::time::{Duration, Instant};

use common::imports::{FITS, fitting as place, golden};
#[cfg(unix)]
use common::{Run, command};
use common::{names_in, onnx};
use serde_json::json;

/// Long enough for a busy machine; the test waits only as long as it must.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(120);

/// The entries of a zip, and what is said of it.
type Bad<'a> = (&'a [(&'a str, &'a [u8])], &'a [&'a str]);

#[test]
fn zips_that_are_too_much_or_lead_out_are_told() {
    let place = place();
    let zeros = vec![0; 5 << 20];
    let entries: [Bad; 5] = [
        (
            &[("v.onnx", &zeros)],
            &["to hold at most 4194304", "a zip bomb"],
        ),
        (
            &[("../v.onnx", b"1")],
            &["../v.onnx", "leads out of the zip"],
        ),
        (&[("/v.onnx", b"1")], &["/v.onnx", "leads out of the zip"]),
        (
            &[("readme.txt", b"1")],
            &["expected .onnx files in the zip, found none"],
        ),
        (&[("v.pth", b"1")], &["v.pth", "cargo xtask export-pth"]),
    ];
    for (entries, says) in entries {
        place.zip("voice.zip", entries);
        place.refused(&["voice.zip"], &[&["voice.zip"], says].concat());
    }
    let mut zip = zip::ZipWriter::new(fs::File::create(place.path("voice.zip")).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.add_symlink("v.onnx", "/etc/passwd", options).unwrap();
    zip.finish().unwrap();
    place.refused(&["voice.zip"], &["voice.zip", "found the link \"v.onnx\""]);

    let mut zip = zip::ZipWriter::new(fs::File::create(place.path("voice.zip")).unwrap());
    for number in 0..100_000 {
        zip.start_file(number.to_string(), options).unwrap();
    }
    zip.finish().unwrap();
    place.refused(
        &["voice.zip"],
        &["expected at most 10000 files in the zip, found 100000"],
    );
}

/// Others may write into the folder of temporary files; what lies there is nobody's encoder.
#[test]
fn what_lies_around_an_unpacked_zip_is_not_taken() {
    let place = place();
    let config =
        json!({"data": {"sampling_rate": 44_100}, "model": {"speech_encoder": "vec256l9"}});
    let onnx = fs::read(place.path("voice.onnx")).unwrap();
    let config = config.to_string().into_bytes();
    place.zip("voice.zip", &[("v.onnx", &onnx), ("config.json", &config)]);
    for folder in ["tmp/hubert", "tmp/pretrain"] {
        place.copy(
            "sovits/encoder_256.onnx",
            &format!("{folder}/vec-256-layer-9.onnx"),
        );
    }
    let run = place.import(&["voice.zip"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("--encoder FILE"), "{run:?}");
    // Beside a voice that was not unpacked it is what the configuration means.
    place.write("tmp/voice/v.onnx", &onnx);
    place.write("tmp/voice/config.json", &config);
    let run = place.import(&["tmp/voice", "--name", "Mei"]);
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn a_voice_that_is_there_is_replaced_whole_or_not_at_all() {
    let place = place();
    let import = [&["voice.onnx"][..], &FITS, &["--name", "Mei"]].concat();
    let with = |more: &[&'static str]| [&import, more].concat();
    place.imported(&with(&["--licence", "one"]));
    place.refused(&import, &["out/Mei", "exists", "--replace"]);
    place.refused(&with(&["--zip"]), &["out/Mei", "exists", "--replace"]);
    // What is refused leaves the old voice.
    place.refused(
        &with(&["--replace", "--speakers", "a,b,c,d"]),
        &["--speakers"],
    );
    assert_eq!(place.inspected("out/Mei")["licence"], "one");
    // One form takes the place of the other.
    place.imported(&with(&["--replace", "--zip", "--licence", "two"]));
    assert_eq!(names_in(&place.path("out")), ["Mei.zip"]);
    assert_eq!(place.inspected("out/Mei.zip")["licence"], "two");
    place.imported(&with(&["--replace", "--licence", "three"]));
    assert_eq!(names_in(&place.path("out")), ["Mei"]);
    // Something else of that name is nobody's to remove.
    fs::remove_file(place.path("out/Mei/voice.json")).unwrap();
    place.refused(&with(&["--replace"]), &["expected a voice to replace"]);
    assert!(place.path("out/Mei/encoder.onnx").is_file());
    // A folder for voices that had to be made goes again.
    let arguments = [
        "voices",
        "import",
        "voice.onnx",
        "--out",
        "made/here",
        "--rate",
        "44100",
        "--encoder",
    ];
    let wide = golden("sovits/encoder_768.onnx");
    let run = place.run(&[&arguments[..], &[&wide]].concat());
    assert_eq!(run.code, Some(1));
    let sing = onnx::renamed(&fs::read(place.path("voice.onnx")).unwrap(), "Tanh", "Sing");
    place.write("voice.onnx", &sing);
    let run = place.run(&[&arguments[..], &["encoder.onnx"]].concat());
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(!place.path("made").exists());
}

#[cfg(unix)]
#[test]
fn a_stop_leaves_nothing() {
    let place = place();
    let onnx = fs::read(place.path("voice.onnx")).unwrap();
    let encoder = fs::read(place.path("encoder.onnx")).unwrap();
    // So many that there is time to stop while they are unpacked and read.
    let texts: Vec<String> = (0..9_000)
        .map(|number| format!("texts/{number}.json"))
        .collect();
    let texts = texts.iter().map(|name| (name.as_str(), &b"{}"[..]));
    let files = [("v.onnx", onnx.as_slice()), ("e.onnx", encoder.as_slice())];
    place.zip(
        "voice.zip",
        &files.into_iter().chain(texts).collect::<Vec<_>>(),
    );
    let mut child = command(place.root.path())
        .env("TMPDIR", place.path("tmp"))
        .args([
            "voices",
            "import",
            "voice.zip",
            "--out",
            "out",
            "--rate",
            "44100",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let is_unpacking = || {
        let scratch = names_in(&place.path("tmp"));
        let inside = |name: &String| {
            Path::new(&place.path("tmp"))
                .join(name)
                .join("0/v.onnx")
                .exists()
        };
        scratch.iter().any(inside)
    };
    let start = Instant::now();
    while !is_unpacking() && start.elapsed() < PATIENCE {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "ended before it was stopped: {ended:?}");
        sleep(Duration::from_millis(2));
    }
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let run: Run = child.wait_with_output().unwrap().into();
    assert_eq!(
        (run.code, run.errors()),
        (Some(130), vec!["error: stopped"]),
        "{run:?}"
    );
    for folder in ["out", "tmp"] {
        assert_eq!(names_in(&place.path(folder)), [""; 0], "{folder}");
    }
}
