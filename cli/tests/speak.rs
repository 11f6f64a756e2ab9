//! `syrinx speak`: files, raw samples, timings, reports, and bad input.

mod common;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use common::{Run, command, names_in, read_wav, syrinx};

const TEXT: &str = "Hello there, world. This is a test.";

fn speak(home: &Path, more: &[&str]) -> Run {
    syrinx(home, &[&["speak"], more].concat())
}

fn done(run: &Run) {
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.errors().is_empty(), "{run:?}");
}

#[test]
fn a_text_becomes_a_file_with_report_and_timings() {
    let home = tempfile::tempdir().unwrap();
    let run = speak(
        home.path(),
        &[TEXT, "-o", "out.wav", "--json", "--timings", "words.json"],
    );
    done(&run);
    assert!(run.stdout.starts_with("spoke out.wav: "), "{run:?}");
    assert_eq!(
        names_in(home.path()),
        ["out.wav", "out.wav.json", "words.json"]
    );
    let (spec, samples) = read_wav(&home.path().join("out.wav"));
    assert_eq!(
        (spec.sample_rate, spec.channels, spec.bits_per_sample),
        (32_000, 1, 24)
    );
    let rms = (samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32).sqrt();
    assert!((0.005..0.5).contains(&rms), "{rms}");

    let json = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(home.path().join(name)).unwrap()).unwrap()
    };
    let report = json("out.wav.json");
    assert_eq!(report["samples"], samples.len());
    assert_eq!(report["settings"]["seed"], 0);
    assert!(report["streaming"].as_str().unwrap().starts_with("exact"));
    let timings = json("words.json");
    let words = timings["words"].as_array().unwrap();
    let texts: Vec<&str> = words
        .iter()
        .map(|word| word["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        ["hello", "there", "world", "this", "is", "a", "test"]
    );
    // Words lie one behind the other in the file, and their phones fill them.
    let mut end = 0;
    for word in words {
        let span = |value: &serde_json::Value| {
            let from = value["samples"][0].as_u64().unwrap();
            (from, value["samples"][1].as_u64().unwrap())
        };
        let (from, to) = span(word);
        assert!(from >= end && to > from, "{word}");
        let phones = word["phones"].as_array().unwrap();
        assert_eq!(span(&phones[0]).0, from);
        assert_eq!(span(&phones[phones.len() - 1]).1, to);
        end = to;
    }
    assert!(end <= samples.len() as u64);
    let script = words[2]["span"].as_array().unwrap();
    let place = script[0].as_u64().unwrap() as usize..script[1].as_u64().unwrap() as usize;
    assert_eq!(&TEXT[place], "world");
}

#[test]
fn raw_samples_are_those_of_the_file() {
    let home = tempfile::tempdir().unwrap();
    let arguments = [TEXT, "-o", "out.wav", "--bit-depth", "32f", "--seed", "5"];
    done(&speak(home.path(), &arguments));
    let (_, expected) = read_wav(&home.path().join("out.wav"));
    let raw = |format: &str| {
        let mut speak = command(home.path());
        speak.args(["speak", TEXT, "--stdout", format, "--seed", "5"]);
        speak.output().unwrap().stdout
    };
    let floats: Vec<f32> = raw("f32")
        .chunks_exact(4)
        .map(|x| f32::from_le_bytes([x[0], x[1], x[2], x[3]]))
        .collect();
    assert_eq!(floats, expected);
    let shorts = raw("s16");
    assert_eq!(shorts.len(), 2 * expected.len());
    for (bytes, sample) in shorts.chunks_exact(2).zip(&expected) {
        let value = f32::from(i16::from_le_bytes([bytes[0], bytes[1]]));
        // A step of rounding and one of dither.
        assert!((value - sample.clamp(-1.0, 1.0) * 32_768.0).abs() <= 2.0);
    }
}

#[test]
fn settings_and_ssml_are_heard() {
    let home = tempfile::tempdir().unwrap();
    let length = |name: &str, more: &[&str]| {
        let arguments = [more, &["-o", name]].concat();
        done(&speak(home.path(), &arguments));
        read_wav(&home.path().join(name)).1.len()
    };
    let plain = length("plain.wav", &[TEXT]);
    let fast = length("fast.wav", &[TEXT, "--rate", "2"]);
    assert!(fast * 10 < plain * 7, "{fast} of {plain}");
    let ssml = "<speak>Hello there, world.<break time=\"2s\"/> This is a test.</speak>";
    fs::write(home.path().join("script.ssml"), ssml).unwrap();
    let paused = length("paused.wav", &["--file", "script.ssml"]);
    assert!(paused > plain + 32_000, "{paused} and {plain}");
}

#[test]
fn bad_input_is_told_in_one_line_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| fs::write(home.path().join(name), text).unwrap();
    write("bad.ssml", b"<speak>\n  <shout>no</shout></speak>");
    write("bad.txt", b"word without a tab\n");
    write("bytes.txt", b"good \xff\xfe");
    write("twice.txt", b"hello\thh ax l ow1\nworld\tw qq l d\n");
    write("open.ssml", b"<speak>one\n<p>two</speak>");
    let large = format!("<speak>{}</speak>", "So it goes. ".repeat(100_000));
    write("large.ssml", large.as_bytes());
    write("dots.txt", "... ".repeat(1 << 18).as_bytes());
    write("russian.txt", "Привет, мир. ".repeat(50_000).as_bytes());
    fs::create_dir(home.path().join("empty")).unwrap();
    let before = names_in(home.path());
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["", "-o", "out.wav"], 1, &["the text", "nothing"]),
        (&["...", "-o", "out.wav"], 1, &["the text"]),
        (
            &["--file", "bad.ssml", "-o", "out.wav"],
            1,
            &["bad.ssml", "line 2", "column", "shout"],
        ),
        (
            &["--file", "open.ssml", "-o", "out.wav"],
            1,
            &["open.ssml: line 2, column"],
        ),
        (
            &["--file", "large.ssml", "-o", "out.wav"],
            1,
            &["large.ssml: bytes of SSML: at most 1048576, found 1200015"],
        ),
        (
            &["--file", "dots.txt", "-o", "out.wav"],
            1,
            &["dots.txt: there is nothing to speak: expected words, found punctuation"],
        ),
        (
            &["--file", "russian.txt", "-o", "out.wav"],
            1,
            &[
                "\"Привет, мир. Привет, мир. Привет, мир. П…\" at byte 0, for which English has no sounds",
            ],
        ),
        (
            &["Say [[hh qq]] now.", "-o", "out.wav"],
            1,
            &["the text: line 1, column", "found \"qq\""],
        ),
        (
            &["Say [[hh ax", "-o", "out.wav"],
            1,
            &["the text: line 1, column 5: expected \"]]\""],
        ),
        (
            &[TEXT, "-o", "out.wav", "--lexicon", "twice.txt"],
            1,
            &["twice.txt: lexicon, line 2", "found \"qq\""],
        ),
        (&["--file", "none.txt", "-o", "out.wav"], 1, &["none.txt"]),
        (
            &["--file", "bytes.txt", "-o", "out.wav"],
            1,
            &["bytes.txt", "UTF-8", "5"],
        ),
        (
            &[TEXT, "-o", "out.wav", "--lexicon", "bad.txt"],
            1,
            &["bad.txt", "line 1"],
        ),
        (
            &[TEXT, "-o", "out.wav", "--voice", "nobody"],
            1,
            &["nobody", "not found"],
        ),
        (
            &[TEXT, "-o", "out.wav", "--voice", "empty"],
            1,
            &["empty", "found no file"],
        ),
        (
            &[TEXT, "-o", "out.wav", "--speaker", "nobody"],
            1,
            &["speaker", "nobody"],
        ),
        (
            &[TEXT, "-o", "out.wav", "--emotion", "happy"],
            1,
            &["emotion", "no emotions"],
        ),
        (&[TEXT, "-o", "out.mp3"], 1, &["out.mp3", ".wav"]),
        (&[TEXT, "-o", "no/out.wav"], 1, &["no"]),
        (&[TEXT], 2, &["--output"]),
        (&["-o", "out.wav"], 2, &["--file"]),
        (&[TEXT, "-o", "out.wav", "--rate", "9"], 2, &["0.25"]),
    ];
    for (arguments, code, says) in cases {
        let run = speak(home.path(), arguments);
        assert_eq!(run.code, Some(*code), "{arguments:?}: {run:?}");
        if *code == 1 {
            assert_eq!(run.errors().len(), 1, "{arguments:?}: {run:?}");
        }
        for part in *says {
            assert!(
                run.stderr.contains(part),
                "{arguments:?}: {part:?} in {run:?}"
            );
        }
        assert_eq!(names_in(home.path()), before, "{arguments:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_told() {
    let home = tempfile::tempdir().unwrap();
    let mut speak = command(home.path());
    speak.args(["speak", &TEXT.repeat(20), "--stdout", "f32"]);
    let mut child = speak
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let run: Run = child.wait_with_output().unwrap().into();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(
        run.errors(),
        ["error: standard output: closed before the speech had ended"]
    );
}

#[test]
fn a_text_of_a_megabyte_begins_at_once_and_can_be_left() {
    let home = tempfile::tempdir().unwrap();
    let sentence = "This goes on and on. ";
    let text = sentence.repeat((1 << 20) / sentence.len() + 1);
    fs::write(home.path().join("long.txt"), text).unwrap();
    let mut speak = command(home.path());
    speak.args(["speak", "--file", "long.txt", "--stdout", "f32"]);
    let mut child = speak
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A second of it is there long before the hours that all of it would take.
    let mut heard = vec![0; 4 * 32_000];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut heard)
        .unwrap();
    drop(child.stdout.take());
    let run: Run = child.wait_with_output().unwrap().into();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.errors().len(), 1, "{run:?}");
    let loud = heard
        .chunks_exact(4)
        .map(|x| f32::from_le_bytes([x[0], x[1], x[2], x[3]]));
    assert!(loud.fold(0.0f32, |peak, x| peak.max(x.abs())) > 0.01);
}

/// Editors of Windows end lines with "\r\n", and begin files with a mark or write UTF-16; what is heard is the same.
#[test]
fn texts_of_any_editor_sound_alike() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let script = "One café,\ntwo syrinx.\n\nThree.\n";
    let lexicon = "# ours\nsyrinx\ts ih1 r ih0 ng k s\n";
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let utf16 = |text: &str| -> Vec<u8> {
        let units: Vec<u16> = windows(text).encode_utf16().collect();
        units.into_iter().flat_map(u16::to_le_bytes).collect()
    };
    let forms = [
        (script.into(), lexicon.into()),
        (windows(script).into_bytes(), windows(lexicon).into_bytes()),
        (utf16(script), utf16(lexicon)),
    ];
    let spoken = forms.map(|(script, lexicon): (Vec<u8>, Vec<u8>)| {
        fs::write(home.join("script.txt"), script).unwrap();
        fs::write(home.join("lexicon.txt"), lexicon).unwrap();
        let arguments = [
            "--file",
            "script.txt",
            "--lexicon",
            "lexicon.txt",
            "-o",
            "a.wav",
        ];
        done(&speak(home, &arguments));
        read_wav(&home.join("a.wav")).1
    });
    assert!(spoken[0].len() > 32_000);
    assert!(spoken[1] == spoken[0] && spoken[2] == spoken[0]);
    // Half a letter is no text.
    fs::write(home.join("script.txt"), b"\xff\xfea").unwrap();
    let run = speak(home, &["--file", "script.txt", "-o", "b.wav"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.errors()[0].contains("script.txt: expected text in UTF-16"),
        "{run:?}"
    );
}
