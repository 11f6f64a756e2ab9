//! What a Sambert voice refuses, and in which words.

use super::*;

#[test]
fn tokens_that_cannot_be_are_told_with_line_and_column() {
    let manifest = manifest();
    let good = "{n_c$tone2$s_begin$word_begin$emotion_neutral$F7}";
    let cases = [
        ("n_c".to_owned(), 1, 1, "'{'"),
        (format!("{good}\n\n {good}{good}"), 3, 51, "a space"),
        (format!("{good} {{n_c"), 1, 55, "'}'"),
        ("{}".to_owned(), 1, 2, "a phone or break"),
        ("{你$tone2}".to_owned(), 1, 2, "a phone or break"),
        ("{n_c$tone9$s_begin}".to_owned(), 1, 6, "a tone"),
        ("{n_c$tone2}".to_owned(), 1, 11, "'$' and a syllable flag"),
        (
            good.replace("F7", "F8"),
            1,
            47,
            "a speaker of the voice (F7 M3)",
        ),
        (good.replace("neutral", "bored"), 1, 31, "an emotion"),
        (good.replace("F7", "F7$x"), 1, 49, "'}'"),
        (good.replace("n_c", "~"), 1, 2, "a phone or break"),
        // A column counts characters.
        (format!("{good} 好"), 1, 51, "'{'"),
    ];
    for (text, line, column, expected) in cases {
        let error = tokens::read(&text, &manifest).unwrap_err();
        let TextError::Script {
            line: l,
            column: c,
            expected: e,
            ..
        } = &error
        else {
            panic!("{text}: {error}");
        };
        assert_eq!((*l, *c), (line, column), "{text}: {error}");
        assert!(e.starts_with(expected), "{text}: {error}");
    }
    let lines = tokens::read(&format!("\n{good}\n\n{good}\t {good}\r\n"), &manifest).unwrap();
    assert_eq!(
        lines.iter().map(|line| line.0.len()).collect::<Vec<_>>(),
        [1, 2]
    );
    let nothing = tokens::read(" \n\t\n", &manifest).unwrap_err();
    assert!(matches!(nothing, TextError::NothingToSpeak { .. }));
    let many = tokens::read(&[good; 65].join(" "), &manifest).unwrap_err();
    assert!(matches!(
        many,
        TextError::TooLarge {
            most: 64,
            found: 65,
            ..
        }
    ));
}

#[test]
fn what_does_not_fit_is_refused_at_the_door() {
    let Some(runtime) = runtimes().pop() else {
        return;
    };
    let refused = |change: &dyn Fn(String) -> String, files: &[SpeechFile]| {
        let text = String::from_utf8(file("sambert.json").bytes.to_vec()).unwrap();
        let changed = SpeechFile {
            name: "sambert.json".to_owned(),
            bytes: change(text).into_bytes().into(),
        };
        let loaded = SambertVoice::load(&changed, files, &runtime, Device::Cpu);
        loaded.unwrap_err().to_string()
    };
    let files = files();
    let cases = [
        ("\"format\":1", "\"format\":2", "expected format 1, found 2"),
        ("kan-tts-sambert", "other", "found \"other\""),
        (
            "\"hop\":200",
            "\"hop\":240",
            "expected 240 samples per frame",
        ),
        ("\"hop\":200", "\"hop\":0", "hop from 1 to"),
        (
            "\"postnet_frames\":12",
            "\"postnet_frames\":13",
            "whole steps of 3",
        ),
        ("\"mels\":8", "\"mels\":9", "decoder.onnx"),
        ("\"key_units\":32", "\"key_units\":33", "memory.onnx"),
        (
            "emotion_neutral",
            "emotion_natural",
            "emotion_neutral among the emotions",
        ),
        ("\"a_c\",\"ai_c\"", "\"a_c\",\"a_c\"", "a_c twice"),
        (
            "\"F7\",",
            "",
            "1 rows of 3 values, 12 bytes, found 24 bytes",
        ),
        (
            "postnet.onnx",
            "other.onnx",
            "the file other.onnx, which is its postnet",
        ),
        (
            "\"postnet\":",
            "\"other\":",
            "a file of the role \"postnet\"",
        ),
        ("\"mels\"", "\"males\"", "unknown field"),
    ];
    for (from, to, expected) in cases {
        let error = refused(&|text| text.replacen(from, to, 1), &files);
        assert!(error.contains(expected), "{from} to {to}: {error}");
    }
    assert!(SambertVoice::is_manifest(&file("sambert.json")));
    assert!(!SambertVoice::is_manifest(&file("golden.json")));
}

#[test]
fn durations_that_cannot_be_are_an_error() {
    let lengths = layout::lengths(&[0.0, 3f32.ln()], &[1.0, 0.5]).unwrap();
    assert!(
        lengths[0] == 0.0 && (lengths[1] - 4.0).abs() < 1e-5,
        "{lengths:?}"
    );
    for log in [f32::NAN, 100.0, 8.0] {
        let error = layout::lengths(&[log], &[1.0]).unwrap_err();
        assert!(error.to_string().contains("frames for a token"), "{error}");
    }
    let silent = Layout::new(&[0.4, 0.2], (&[], &[], &[]), &manifest()).unwrap_err();
    assert!(silent.to_string().contains("1 to 24000 frames"), "{silent}");
}
