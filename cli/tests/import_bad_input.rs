//! Bad imports, all of them: each ends in one clear message that names the file, what was expected and what was found,
//! and leaves the folder of voices and the temporary files as they were.

mod common;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::imports::{Place, golden};
use common::{Run, command, names_in, onnx};
use serde_json::json;

/// Long enough for a busy machine; the test waits only as long as it must.
const PATIENCE: Duration = Duration::from_secs(120);

/// A file that is hostile on purpose.
fn hostile(name: &str) -> String {
    golden(&format!("graphs/hostile/{name}"))
}

/// A place with `voice.onnx` and `encoder.onnx` that fit each other.
fn place() -> Place {
    let place = Place::new();
    place.copy("sovits/v40_sid.onnx", "voice.onnx");
    place.copy("sovits/encoder_256.onnx", "encoder.onnx");
    place
}

const REST: [&str; 4] = ["--encoder", "encoder.onnx", "--rate", "44100"];

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
    place.refused(&["missing.onnx"], &["missing.onnx", "No such file"]);
}

#[test]
fn what_does_not_fit_is_told_with_both_sides() {
    let place = place();
    let wide = golden("sovits/encoder_768.onnx");
    place.refused(
        &["voice.onnx", "--rate", "44100", "--encoder", &wide],
        &["encoder_768.onnx", "expected content of 256", "found 768"],
    );
    let with = |more: [&'static str; 2]| [&["voice.onnx"][..], &REST, &more].concat();
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
            &[&[name][..], &REST].concat(),
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
        &[&["sing.onnx"][..], &REST].concat(),
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
        &[&["folder"][..], &REST].concat(),
        &[
            "expected one synthesizer",
            "folder/a.onnx, folder/b.onnx",
            "name the one",
        ],
    );
    place.imported(&[&["folder", "folder/b.onnx"][..], &REST, &["--name", "b"]].concat());
}

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
    let import = [&["voice.onnx"][..], &REST, &["--name", "Mei"]].concat();
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
