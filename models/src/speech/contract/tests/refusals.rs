//! What public voices refuse, and in which words.

use super::*;

#[test]
fn sounds_that_a_voice_lacks_are_told() {
    let Some(runtime) = ort() else { return };
    let golden = golden();
    let (_, mut voice) = voice(&["piper.json", "piper.onnx"], &runtime);
    let mut other = segment(&golden);
    other.words[1] = word("loch", "lɒx", Boundary::Word);
    let error = voice.prepare(&other, &even(), 1).err().unwrap().to_string();
    assert!(
        error.starts_with("the voice has no symbol for \"ɒ\", which \"loch\" needs; it has "),
        "{error}"
    );
    let silent = Segment {
        words: Vec::new(),
        pause_after: Pause::Natural,
    };
    assert!(say(voice.as_mut(), &silent, &even(), 1).0.is_empty());
}

#[test]
fn files_that_are_no_voice_are_refused_with_what_there_is() {
    let refused = |names: &[&str]| recognise_speech(&files(names)).unwrap_err().to_string();
    assert_eq!(
        refused(&["piper.onnx"]),
        "the voice: expected a table of symbols (tokens.txt), found networks that take symbols: 1"
    );
    assert_eq!(
        refused(&["hifigan_v3.onnx", "tokens.txt"]),
        "the voice: expected one network that takes symbols, found vocoders: 1, tables of symbols: 1"
    );
    assert_eq!(
        refused(&["kokoro.onnx", "tokens.txt"]),
        "the voice: expected a table of styles (voices.bin) beside a network with an input for one, found \
         networks that take symbols: 1, tables of symbols: 1"
    );
    assert!(refused(&["vits.onnx", "piper.json"]).contains("scales f32[3]"));
    assert!(refused(&["vits.onnx", "tokens.txt", "kokoro.bin"]).contains("no other file"));
    assert!(refused(&["vits.onnx", "tokens.txt", "tokens.txt"]).contains("each file once"));
    assert!(refused(&[]).ends_with("found no file"));
    let damaged = |name: &str, bytes: &[u8]| SpeechFile {
        name: name.to_owned(),
        bytes: bytes.into(),
    };
    let broken = [
        (
            &b"{\"audio\": 3}"[..],
            "voice.json: expected the configuration of a piper voice",
        ),
        (
            b"a 1\nb x\n",
            "voice.json, line 2: expected a symbol and a whole number",
        ),
        (
            b"a 1\na 2\n",
            "voice.json, line 2: expected each symbol once",
        ),
    ];
    for (bytes, message) in broken {
        let error = recognise_speech(&[damaged("voice.json", bytes)]).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
    }
    let mut files = files(&["vits.onnx", "tokens.txt"]);
    files.push(damaged("words", b"hello h X\n"));
    let error = recognise_speech(&files).unwrap_err().to_string();
    assert_eq!(
        error,
        "words, line 1: expected symbols of the voice's table, found X"
    );
}
