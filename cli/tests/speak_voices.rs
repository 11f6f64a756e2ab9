//! Voices that speak: every public kind is imported, listed, looked at and spoken with; languages, speakers, emotions; and
//! what is no such voice is told.
//!
//! tract does not run the tiny networks of the public kinds, Sambert's aside; without ONNX Runtime those are skipped.

mod common;

use std::fs;

use common::imports::golden;
use common::speaking::{HELLO, Place, Public, SAMBERT, public};
use common::voice::VoiceCopy;
use common::{onnxruntime, syrinx, write_wav};
use serde_json::Value;

fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    let entries = value.as_array().unwrap().iter();
    let text = |entry: &'a Value| match key {
        "" => entry.as_str().unwrap(),
        key => entry[key].as_str().unwrap(),
    };
    entries.map(text).collect()
}

fn becomes_a_bundle(place: &Place, voice: &Public) {
    let name = voice.name;
    place.lay(name, &voice.files);
    place.write(&format!("{name}/README.md"), b"For people.");
    place.write(&format!("{name}/date.fst"), b"For others.");
    let loose = place.spoken(voice.text, &["--voice", &format!("./{name}")]);

    let imported = place.json(&["voices", "import", name, "--licence", "CC0-1.0"]);
    assert_eq!(imported["dialect"], voice.contract, "{imported}");
    assert_eq!(imported["does"], "speaks");
    let notes = imported["notes"].to_string();
    assert!(notes.contains("left out date.fst"), "{notes}");
    assert!(place.installed().contains(&name.to_owned()));
    fs::remove_dir_all(place.path(name)).unwrap();
    assert_eq!(
        place.spoken(voice.text, &["--voice", name]),
        loose,
        "{name}"
    );

    let listed = place.json(&["voices", "list"]);
    let listed = listed.as_array().unwrap().iter();
    let line = listed
        .clone()
        .find(|line| line["asked_as"] == name)
        .unwrap();
    assert_eq!(
        (&line["kind"], &line["does"]),
        (&voice.contract.into(), &"speaks".into())
    );
    let shown = place.run(&["voices"]).stdout;
    assert!(
        shown.contains(&format!("({}, speaks)", voice.contract)),
        "{shown}"
    );

    let found = place.json(&["voices", "inspect", name]);
    assert_eq!(
        (&found["contract"], &found["licence"]),
        (&voice.contract.into(), &"CC0-1.0".into())
    );
    assert_eq!(found["rate"], 16_000);
    assert_eq!(texts(&found["languages"], ""), voice.languages);
    assert_eq!(texts(&found["speakers"], "name"), voice.speakers);
    assert_eq!(texts(&found["files"], "role"), voice.roles, "{name}");
    let streaming = found["streaming"].as_str().unwrap();
    assert!(
        streaming.starts_with(voice.streaming),
        "{name}: {streaming}"
    );
    let emotions = if name == "mei" { 33 } else { 0 };
    assert_eq!(found["emotions"].as_array().unwrap().len(), emotions);
    assert!(found["bytes"].as_u64().unwrap() > 10_000);

    write_wav(&place.path("me.wav"), &[0.1; 1600], 16_000, 1);
    let convert = ["convert", "me.wav", "other.wav", "--voice", name];
    place.refused(
        &convert,
        &[
            name,
            "expected a voice that converts recordings",
            "which speaks text",
        ],
    );
}

#[test]
fn every_public_kind_becomes_a_bundle() {
    let Some(library) = onnxruntime() else { return };
    let place = Place::new(Some(library));
    for voice in public() {
        becomes_a_bundle(&place, &voice);
    }
    let lines = place.json(&["voices"]);
    let speaks = lines
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["does"] == "speaks");
    assert_eq!(speaks.count(), 7);
    let default = place.json(&["voices", "inspect", "default-speech"]);
    assert_eq!(
        (&default["contract"], &default["has_pitch"]),
        (&"source-filter".into(), &true.into())
    );
}

#[test]
fn a_network_is_enough_where_its_configuration_lies_beside_it() {
    let Some(library) = onnxruntime() else { return };
    let place = Place::new(Some(library));
    place.write(
        "en_US-anna-low.onnx",
        &fs::read(golden("speech/piper.onnx")).unwrap(),
    );
    let alone = ["voices", "import", "en_US-anna-low.onnx"];
    place.refused(
        &alone,
        &["en_US-anna-low.onnx", "(.onnx.json)", "found it alone"],
    );
    place.write(
        "en_US-anna-low.onnx.json",
        &fs::read(golden("speech/piper.json")).unwrap(),
    );
    let imported = place.json(&[&alone[..], &["--zip"]].concat());
    assert_eq!(imported["name"], "en_US-anna-low");
    assert_eq!(place.installed(), ["en_US-anna-low.zip"]);
    let samples = place.spoken(
        "[[hɛlo]]",
        &["--voice", "en_US-anna-low", "--speaker", "ben"],
    );
    assert_ne!(
        samples,
        place.spoken("[[hɛlo]]", &["--voice", "en_US-anna-low"])
    );
    place.refused(&alone, &["exists", "--replace"]);
}

/// On whatever backend there is: tract runs this one.
#[test]
fn mandarin_speakers_and_emotions_are_heard() {
    let place = Place::new(None);
    place.lay("mei", &SAMBERT);
    place.json(&["voices", "import", "mei"]);
    let say = |text: &str, more: &[&str]| place.spoken(text, &[&["--voice", "mei"], more].concat());
    let plain = say(HELLO, &[]);
    assert_ne!(say(HELLO, &["--speaker", "M3"]), plain);
    let happy = say(HELLO, &["--emotion", "happy", "--intensity", "1.5"]);
    assert_ne!(happy, plain);
    assert_ne!(say(HELLO, &["--emotion", "happy"]), happy);
    assert_eq!(
        say(HELLO, &["--emotion", "happy", "--intensity", "0"]),
        plain
    );
    let ssml =
        format!("<speak><emotion category=\"happy\" intensity=\"1.5\">{HELLO}</emotion></speak>");
    assert_eq!(say(&ssml, &[]), happy);
    assert_eq!(say(HELLO, &["--language", "zh"]), plain);
    let english = say("Hello.", &["--language", "en"]);
    assert_ne!(english.len(), plain.len());
    let refused = |more: &[&str], says: &[&str]| {
        place.refused(
            &[&["speak", "-o", "new.wav", "--voice", "mei"], more].concat(),
            says,
        );
    };
    refused(
        &[HELLO, "--emotion", "hungry"],
        &["emotion: expected none, neutral, angry", "found hungry"],
    );
    refused(
        &[HELLO, "--speaker", "X1"],
        &["speaker: expected F7, M3, found X1"],
    );
    refused(
        &["Привет, мир"],
        &[
            "the text",
            "\"Привет, мир\" at byte 0",
            "Mandarin has no sounds",
        ],
    );
    refused(
        &[HELLO, "--language", "en"],
        &["\"你好\" at byte 0", "English has no sounds"],
    );
    let ssml = "<speak><emotion category=\"hungry\">你好</emotion></speak>";
    refused(
        &[ssml],
        &["emotion: expected none, neutral", "hungry at \"你好\""],
    );
}

#[test]
fn a_voice_that_converts_does_not_speak() {
    let place = Place::new(None);
    VoiceCopy::new(&place.path("other"));
    let says = [
        "voice other",
        "expected a voice that speaks text",
        "source-filter, which converts recordings",
    ];
    place.refused(
        &["speak", "Hello.", "-o", "a.wav", "--voice", "other"],
        &says,
    );
    let chinese = ["speak", "Hello.", "-o", "a.wav", "--language", "zh"];
    place.refused(
        &chinese,
        &[
            "voice default",
            "language: expected en, which the voice speaks, found zh",
        ],
    );
    let cyrillic = ["speak", "Привет", "-o", "a.wav"];
    place.refused(
        &cyrillic,
        &["\"Привет\" at byte 0, for which English has no sounds"],
    );
    // The name that is the voice of both commands is the one that fits.
    place.spoken("Hello.", &["--voice", "default-speech"]);
    let run = syrinx(place.home(), &["voices", "inspect", "default-speech"]);
    assert!(
        run.stdout
            .contains("source-filter-speech (source-filter), speaks"),
        "{run:?}"
    );
}

#[test]
fn files_that_do_not_fit_each_other_are_told() {
    let Some(library) = onnxruntime() else { return };
    let place = Place::new(Some(library));
    let voice = [
        "speech/vits.onnx",
        "speech/tokens.txt",
        "speech/lexicon.txt",
    ];
    let case = |folder: &str, file: &str, content: &[u8]| {
        place.lay(folder, &voice);
        place.write(&format!("{folder}/{file}"), content);
        folder.to_owned()
    };
    let table = fs::read_to_string(golden("speech/tokens.txt")).unwrap();
    let foreign = case(
        "foreign",
        "tokens.txt",
        format!("{table}ʒ 400\n").as_bytes(),
    );
    let broken = case("broken", "tokens.txt", format!("{table}ʒ x\n").as_bytes());
    let words = case("words", "lexicon.txt", b"hello h Q\n");
    let two = case("two", "more.txt", b"_ 0\n");
    place.lay("disagreeing", &["speech/piper.onnx", "speech/piper.json"]);
    place.write(
        "disagreeing/tokens.txt",
        table
            .replace("d 8", "d 9")
            .replace("h 9\n", "h 8\n")
            .as_bytes(),
    );
    place.lay(
        "no network",
        &["speech/tokens.txt", "speech/hifigan_v3.onnx"],
    );
    place.lay("half", &SAMBERT[..6]);
    for (folder, says) in [
        (
            foreign.as_str(),
            &[
                "the table of symbols: expected numbers below",
                "found 400; it is another voice's",
            ][..],
        ),
        (
            &words,
            &["lexicon.txt, line 1: expected symbols of the voice's table, found Q"],
        ),
        (&two, &["expected each file once"]),
        (
            "disagreeing",
            &["the same numbers as in the piper configuration", "\"d\""],
        ),
        (
            "no network",
            &["expected one network that takes symbols, found vocoders: 1"],
        ),
        ("half", &["expected the file", "which is its"]),
    ] {
        place.refused(&["voices", "import", folder], says);
        place.refused(&["speak", "Hello.", "-o", "a.wav", "--voice", folder], says);
    }
    let says = ["tokens.txt, line 19: expected a symbol and a whole number"];
    place.refused(
        &["speak", "Hello.", "-o", "a.wav", "--voice", &broken],
        &says,
    );
    let table = ["voices", "import", "no network/tokens.txt"];
    place.refused(
        &table,
        &["expected one network that takes symbols, found tables of symbols: 1"],
    );
    // A sound that the table lacks, and a file that was changed.
    place.lay("good", &["speech/piper.onnx", "speech/piper.json"]);
    place.json(&["voices", "import", "good"]);
    let speak = ["speak", "Hello.", "-o", "a.wav", "--voice", "good"];
    place.refused(
        &speak,
        &["voice good: the voice has no symbol for \"ə\", which \"hello\" needs"],
    );
    let flag = ["voices", "import", "good", "--rate", "16000", "--replace"];
    place.refused(
        &flag,
        &["--rate: expected nothing, since this is a voice that speaks text"],
    );
    let config = place.path("home/voices/good/config.json");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("16000", "22050")).unwrap();
    place.refused(&speak, &["config.json: SHA-256", "the manifest says"]);
}
