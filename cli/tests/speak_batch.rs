//! `syrinx speak --batch`: tables become files, finished ones are skipped, and a row that fails harms no other.

mod common;

use std::fs;
use std::path::Path;
#[cfg(unix)]
use std::process::Stdio;
#[cfg(unix)]
use std::time::{Duration, Instant};

#[cfg(unix)]
use common::command;
use common::{Run, names_in, read_wav, syrinx};

/// Long enough for a busy machine; the test waits only as long as it must.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(120);

fn batch(home: &Path, more: &[&str]) -> Run {
    let arguments = ["speak", "--batch", "lines.csv", "--out-dir", "out"];
    syrinx(home, &[&arguments, more].concat())
}

fn table(home: &Path, text: &str) {
    fs::write(home.join("lines.csv"), text).unwrap();
}

fn tally(run: &Run) -> &str {
    run.stdout.lines().last().unwrap()
}

fn samples(home: &Path, name: &str) -> Vec<f32> {
    read_wav(&home.join("out").join(name)).1
}

#[test]
fn rows_become_files_and_only_what_changed_is_spoken_again() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::create_dir(home.join("scripts")).unwrap();
    fs::write(home.join("scripts/end.ssml"), "<speak>The end.</speak>").unwrap();
    let rows = "text,file,output,rate,pitch,seed\r\n\
                \"Hello, café.\",,one,,,\r\n\
                \"Two\r\nlines.\",,deep/er/two.wav,2,-3,9\r\n\
                ,scripts/end.ssml,,,,\r\n";
    table(home, rows);
    let run = batch(home, &["--seed", "4"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(tally(&run), "3 spoken, 0 already finished, 0 failed");
    assert_eq!(names_in(&home.join("out")), ["0003.wav", "deep", "one.wav"]);
    assert_eq!(names_in(&home.join("out/deep/er")), ["two.wav"]);
    // A row is what the same words are alone.
    let alone = [
        "speak",
        "Two\r\nlines.",
        "--rate",
        "2",
        "--pitch",
        "-3",
        "--seed",
        "9",
        "-o",
        "a.wav",
    ];
    assert_eq!(syrinx(home, &alone).code, Some(0));
    assert_eq!(
        samples(home, "deep/er/two.wav"),
        read_wav(&home.join("a.wav")).1
    );

    let written = |name: &str| {
        fs::metadata(home.join("out").join(name))
            .unwrap()
            .modified()
    };
    let before = written("one.wav").unwrap();
    let again = batch(home, &["--seed", "4"]);
    assert_eq!(tally(&again), "0 spoken, 3 already finished, 0 failed");
    assert_eq!(written("one.wav").unwrap(), before);

    // Another text, another setting, a damaged file, another file of the script: each is spoken again.
    fs::write(
        home.join("scripts/end.ssml"),
        "<speak>The very end.</speak>",
    )
    .unwrap();
    table(home, &rows.replace(",2,-3,9", ",2,-3,8"));
    let cut = fs::read(home.join("out/one.wav")).unwrap();
    fs::write(home.join("out/one.wav"), &cut[..cut.len() - 40]).unwrap();
    let changed = batch(home, &["--seed", "4"]);
    assert_eq!(tally(&changed), "3 spoken, 0 already finished, 0 failed");
    assert_eq!(fs::read(home.join("out/one.wav")).unwrap(), cut);

    // A lexicon changes what is said; a report that is missing is made; --force does all again.
    fs::write(home.join("words.txt"), "hello\tb ay1\n").unwrap();
    let said = ["--seed", "4", "--lexicon", "words.txt"];
    assert_eq!(
        tally(&batch(home, &said)),
        "3 spoken, 0 already finished, 0 failed"
    );
    assert_eq!(
        tally(&batch(home, &said)),
        "0 spoken, 3 already finished, 0 failed"
    );
    let reported = [&said[..], &["--json"]].concat();
    assert_eq!(
        tally(&batch(home, &reported)),
        "3 spoken, 0 already finished, 0 failed"
    );
    assert!(home.join("out/one.wav.json").is_file());
    let forced = [&said[..], &["--force"]].concat();
    assert_eq!(
        tally(&batch(home, &forced)),
        "3 spoken, 0 already finished, 0 failed"
    );
}

#[test]
fn rows_that_fail_are_told_and_the_others_are_spoken() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    table(
        home,
        "text,file,voice,speaker,rate\n\
         Good.,,,,\n\
         ...,,,,\n\
         ,none.txt,,,\n\
         Fast.,,,,99\n\
         Who?,,nobody,,\n\
         Hello.,,,nobody,\n\
         <speak><shout>no</shout></speak>,,,,\n\
         Good again.,,,rms,\n",
    );
    let run = batch(home, &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(tally(&run), "2 spoken, 0 already finished, 6 failed");
    assert_eq!(names_in(&home.join("out")), ["0001.wav", "0008.wav"]);
    let says = [
        "lines.csv, line 5, column rate: expected 0.25 to 4, found \"99\"",
        "lines.csv, line 3, column text: there is nothing to speak: expected words, found",
        "lines.csv, line 4, column file: none.txt",
        "lines.csv, line 6: voice nobody: not found (expected",
        "lines.csv, line 7: voice default: speaker: expected ",
        "lines.csv, line 8, column text: line 1, column 8: expected",
    ];
    let errors = run.errors();
    assert_eq!(errors.len(), says.len(), "{run:?}");
    for (error, says) in errors.iter().zip(says) {
        assert!(error.starts_with(&format!("error: {says}")), "{error}");
    }
}

#[test]
fn what_no_row_can_do_without_is_told_once() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let rows = "text,output\nOne.,a\nTwo.,b\n";
    table(home, rows);
    fs::write(home.join("bad.txt"), "no tab\n").unwrap();
    fs::write(home.join("twice.csv"), "text,output\nOne.,a\nTwo.,A.wav\n").unwrap();
    fs::write(home.join("bytes.csv"), b"text\n\xff\n").unwrap();
    fs::write(home.join("words.csv"), "words\nOne.\n").unwrap();
    let before = names_in(home);
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            "lines.csv",
            &["--voice", "nobody"],
            &["voice nobody: not found"],
        ),
        (
            "lines.csv",
            &["--lexicon", "bad.txt"],
            &["bad.txt", "line 1"],
        ),
        ("none.csv", &[], &["none.csv"]),
        ("bytes.csv", &[], &["bytes.csv", "UTF-8", "5"]),
        (
            "words.csv",
            &[],
            &[
                "words.csv, line 1: expected columns text, file",
                "\"words\"",
            ],
        ),
        (
            "twice.csv",
            &[],
            &[
                "twice.csv, line 3, column output",
                "found A.wav, as in twice.csv, line 2",
            ],
        ),
    ];
    for (table, more, says) in cases {
        let arguments = ["speak", "--batch", table, "--out-dir", "out"];
        let run = syrinx(home, &[&arguments[..], more].concat());
        assert_eq!(run.code, Some(1), "{table}: {run:?}");
        assert_eq!(run.errors().len(), 1, "{table}: {run:?}");
        for part in *says {
            assert!(run.stderr.contains(part), "{part:?} in {run:?}");
        }
        assert_eq!(
            (run.stdout.as_str(), names_in(home)),
            ("", before.clone()),
            "{table}"
        );
    }
    for (arguments, says) in [
        (&["speak", "--batch", "lines.csv"][..], "--out-dir"),
        (&["speak", "Hello.", "--out-dir", "out"], "--batch"),
        (
            &[
                "speak",
                "Hello.",
                "--batch",
                "lines.csv",
                "--out-dir",
                "out",
            ],
            "cannot be used with",
        ),
        (&["speak", "Hello.", "-o", "a.wav", "--force"], "--batch"),
    ] {
        let run = syrinx(home, arguments);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(says), "{says:?} in {run:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_stop_leaves_whole_files_alone() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    table(
        home,
        &format!(
            "text\nOne.\n\"{}\"\nThree.\n",
            "And so on, and on. ".repeat(20_000)
        ),
    );
    let mut child = command(home)
        .args(["speak", "--batch", "lines.csv", "--out-dir", "out"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let out = home.join("out");
    let start = Instant::now();
    // The first is done, and the second has begun.
    let has_begun = || out.is_dir() && names_in(&out).len() == 2;
    while !has_begun() && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(has_begun(), "{:?}", child.try_wait());
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let run: Run = child.wait_with_output().unwrap().into();
    assert_eq!(run.code, Some(130), "{run:?}");
    assert_eq!(run.errors(), ["error: stopped"]);
    assert_eq!(names_in(&out), ["0001.wav"]);
}
