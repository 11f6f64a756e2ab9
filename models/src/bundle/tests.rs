//! Good bundles of every form, and a table of bad ones with what their messages must say.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use super::*;

const NETWORK: &[u8] = b"the network";
const CARD: &[u8] = "# A card für jeden\n".as_bytes();

fn manifest() -> Value {
    json!({
        "format": 1,
        "kind": "so-vits",
        "name": "Mira",
        "description": "A test.",
        "rate": 44100,
        "hop": 512,
        "speakers": [
            { "name": "mira", "id": 7, "median_f0_hz": 211.5 },
            { "name": "7", "id": 3 }
        ],
        "files": {
            "generator": { "path": "nets/generator.onnx", "sha256": sha256(NETWORK), "bytes": NETWORK.len() },
            "card": { "path": "CARD.md", "sha256": sha256(CARD), "bytes": CARD.len() }
        },
        "licence": "CC0-1.0",
        "consent": "Synthetic.",
        "card": "card",
        "parameters": { "lookahead": 3 },
        "a key of a later program": true
    })
}

/// Writes a bundle with `manifest` and the two files into a new directory.
fn directory(manifest: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("nets")).unwrap();
    std::fs::write(folder.path().join("nets/generator.onnx"), NETWORK).unwrap();
    std::fs::write(folder.path().join("CARD.md"), CARD).unwrap();
    std::fs::write(folder.path().join("voice.json"), manifest).unwrap();
    folder
}

fn zipped(folder: &Path, entries: &[(&str, &[u8])]) -> PathBuf {
    let path = folder.join("voice.zip");
    let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, content) in entries {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn check_good(bundle: &VoiceBundle) {
    assert_eq!(bundle.manifest().name, "Mira");
    assert_eq!(bundle.manifest().kind, VoiceKindName::SoVits);
    assert_eq!(
        (bundle.manifest().rate, bundle.manifest().hop),
        (44100, 512)
    );
    assert_eq!(&bundle.file("generator").unwrap()[..], NETWORK);
    assert_eq!(bundle.card().unwrap().unwrap().as_bytes(), CARD);
    assert_eq!(bundle.hash(), sha256(manifest().to_string().as_bytes()));
    bundle.verify().unwrap();
}

#[test]
fn a_bundle_opens_in_every_form() {
    let text = manifest().to_string();
    let folder = directory(&text);
    check_good(&VoiceBundle::open(folder.path()).unwrap());
    check_good(&VoiceBundle::open(folder.path().join("voice.json")).unwrap());
    for prefix in ["", "mira/"] {
        let names =
            ["voice.json", "nets/generator.onnx", "CARD.md"].map(|name| format!("{prefix}{name}"));
        let contents = [text.as_bytes(), NETWORK, CARD];
        let entries: Vec<(&str, &[u8])> = names.iter().map(String::as_str).zip(contents).collect();
        let zip = zipped(folder.path(), &entries);
        let bundle = VoiceBundle::open(&zip).unwrap();
        check_good(&bundle);
        assert_eq!(bundle.path(), zip);
    }
    let parts: [(&str, &'static [u8]); 2] = [("nets/generator.onnx", NETWORK), ("CARD.md", CARD)];
    check_good(&VoiceBundle::from_parts(text.as_bytes(), &parts).unwrap());
}

// Windows lets administrators alone make links.
#[cfg(unix)]
#[test]
fn a_link_inside_the_bundle_is_followed() {
    let folder = directory(&manifest().to_string());
    std::fs::rename(folder.path().join("CARD.md"), folder.path().join("real.md")).unwrap();
    std::os::unix::fs::symlink("real.md", folder.path().join("CARD.md")).unwrap();
    check_good(&VoiceBundle::open(folder.path()).unwrap());
}

#[test]
fn a_speaker_is_chosen_by_name_then_number() {
    let bundle = VoiceBundle::open(directory(&manifest().to_string()).path()).unwrap();
    let id = |choice| bundle.speaker(choice).unwrap().id;
    assert_eq!(
        (id(None), id(Some("mira")), id(Some("3")), id(Some("7"))),
        (7, 7, 3, 3)
    );
    let error = bundle.speaker(Some("Mira")).unwrap_err().to_string();
    assert!(
        error.contains("no speaker \"Mira\"; it has mira (7), 7 (3)"),
        "{error}"
    );
}

#[test]
fn parameters_are_the_pipelines_own_type() {
    #[derive(Debug, Deserialize)]
    struct Good {
        lookahead: u32,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "it must not be reached")]
    struct Other {
        window: u32,
    }
    let folder = directory(&manifest().to_string());
    let bundle = VoiceBundle::open(folder.path()).unwrap();
    assert_eq!(bundle.parameters::<Good>().unwrap().lookahead, 3);
    let error = bundle.parameters::<Other>().unwrap_err().to_string();
    assert!(
        error.contains("voice.json: parameters: missing field `window`"),
        "{error}"
    );
    let error = bundle
        .malformed("parameters: lookahead", &"expected 1, found 3")
        .to_string();
    assert!(
        error.ends_with("voice.json: parameters: lookahead: expected 1, found 3"),
        "{error}"
    );
    let error = bundle.file("encoder").unwrap_err().to_string();
    assert!(
        error.contains("no file for the role \"encoder\"; it has card, generator"),
        "{error}"
    );
}

/// A change of the manifest, and what the message must contain.
type Bad = (fn(&mut Value), &'static [&'static str]);

const BAD: &[Bad] = &[
    (
        |m| m["format"] = json!(2),
        &["voice.json", "format version 2", "1 to 1"],
    ),
    (
        |m| m["format"] = json!(0),
        &["format: expected 1 to 1, found 0"],
    ),
    (
        |m| m["format"] = json!("1"),
        &["voice.json", "invalid type: string \"1\""],
    ),
    (
        |m| drop(m.as_object_mut().unwrap().remove("format")),
        &["missing field `format`"],
    ),
    (
        |m| m["kind"] = json!("tts"),
        &["unknown variant `tts`", "`source-filter`", "`so-vits`"],
    ),
    (
        |m| m["name"] = json!(" "),
        &["name: expected 1 to 200 bytes", "found \" \""],
    ),
    (
        |m| m["name"] = json!("a\u{1b}[2J"),
        &["name: expected", "plain text"],
    ),
    (
        |m| m["name"] = json!("x".repeat(201)),
        &["name: expected 1 to 200"],
    ),
    (
        |m| m["rate"] = json!(4000),
        &["rate: expected 8000 to 192000, found 4000"],
    ),
    (
        |m| m["rate"] = json!(-44100),
        &["invalid value: integer `-44100`"],
    ),
    (
        |m| m["hop"] = json!(0),
        &["hop: expected 1 to 44100, found 0"],
    ),
    (|m| m["licence"] = json!(""), &["licence: expected a text"]),
    (
        |m| drop(m.as_object_mut().unwrap().remove("consent")),
        &["missing field `consent`"],
    ),
    (
        |m| m["speakers"] = json!([]),
        &["speakers: expected at least one, found none"],
    ),
    (
        |m| m["speakers"][1]["id"] = json!(7),
        &["expected unique ids, found 7 twice"],
    ),
    (
        |m| m["speakers"][1]["name"] = json!("mira"),
        &["expected unique names, found \"mira\" twice"],
    ),
    (
        |m| m["speakers"][1]["id"] = json!(-1),
        &["invalid value: integer `-1`"],
    ),
    (
        |m| m["speakers"][0]["median_f0_hz"] = json!(0.0),
        &["\"mira\": median_f0_hz: expected 20 to 2000, found 0"],
    ),
    (
        |m| m["speakers"][0]["median_f0_hz"] = json!(1e300),
        &["median_f0_hz: expected 20 to 2000, found inf"],
    ),
    (
        |m| m["card"] = json!("readme"),
        &["card: expected one of the roles card, generator, found \"readme\""],
    ),
    (
        |m| m["files"]["generator"]["path"] = json!("../generator.onnx"),
        &["voice.json", "\"../generator.onnx\" leads out"],
    ),
    (
        |m| m["files"]["generator"]["path"] = json!("nets/../../x"),
        &["\"nets/../../x\" leads out"],
    ),
    (
        |m| m["files"]["generator"]["path"] = json!("/etc/passwd"),
        &["\"/etc/passwd\" leads out"],
    ),
    (
        |m| m["files"]["generator"]["path"] = json!("..\\x"),
        &["leads out"],
    ),
    (
        |m| m["files"]["generator"]["path"] = json!("C:x"),
        &["\"C:x\" leads out"],
    ),
    (
        |m| m["files"]["generator"]["path"] = json!(""),
        &["files: path: expected"],
    ),
    (
        |m| m["files"]["generator"]["path"] = json!("nets"),
        &["nets", "expected a plain file"],
    ),
    (
        |m| m["files"]["generator"]["path"] = json!("nets/missing.onnx"),
        &["cannot read", "nets/missing.onnx"],
    ),
    (
        |m| m["files"]["generator"]["bytes"] = json!(10_000_000_000_u64),
        &[
            "nets/generator.onnx",
            "10000000000 bytes",
            "at most 2147483648",
        ],
    ),
    (
        |m| m["files"]["card"]["bytes"] = json!(2_000_000),
        &["CARD.md", "2000000 bytes", "at most 1048576"],
    ),
    (
        |m| m["files"]["generator"]["bytes"] = json!(10),
        &["nets/generator.onnx", "11 bytes", "manifest says 10"],
    ),
    (
        |m| m["files"]["generator"]["sha256"] = json!("abc"),
        &["generator: sha256: expected 64", "found \"abc\""],
    ),
    (
        |m| m["files"]["generator"]["sha256"] = json!("A".repeat(64)),
        &["sha256: expected 64", "lower case"],
    ),
];

#[test]
fn bad_manifests_are_refused_with_a_reason() {
    for (index, (spoil, parts)) in BAD.iter().enumerate() {
        let mut value = manifest();
        spoil(&mut value);
        let folder = directory(&value.to_string());
        let error = VoiceBundle::open(folder.path())
            .expect_err(&format!("case {index}"))
            .to_string();
        for part in *parts {
            assert!(error.contains(part), "case {index}: {part:?} in {error:?}");
        }
        assert!(
            error.contains(folder.path().to_str().unwrap()),
            "case {index}: the file in {error:?}"
        );
    }
}

#[test]
fn text_that_is_no_manifest_is_refused() {
    let text = manifest().to_string();
    let role = text.find("\"generator\"").unwrap();
    let twice = format!(
        "{}\"card\": {{ \"path\": \"a\", \"sha256\": \"\", \"bytes\": 1 }}, {}",
        &text[..role],
        &text[role..]
    );
    let cases: [(Vec<u8>, &str); 7] = [
        (Vec::new(), "EOF"),
        (text.as_bytes()[..text.len() / 2].to_vec(), "EOF"),
        (b"[1]".to_vec(), "voice.json"),
        (
            text.replace("\"Mira\"", "\"\u{0}\"")
                .replace('\u{0}', "\\ud800")
                .into_bytes(),
            "voice.json",
        ),
        (
            [b"{\"format\": 1, \"name\": \"\xff\"}".as_slice()].concat(),
            "voice.json",
        ),
        (text.replace("211.5", "NaN").into_bytes(), "expected value"),
        (twice.into_bytes(), "the role \"card\" comes twice"),
    ];
    for (index, (text, part)) in cases.iter().enumerate() {
        let folder = directory("");
        std::fs::write(folder.path().join("voice.json"), text).unwrap();
        let error = VoiceBundle::open(folder.path())
            .expect_err(&format!("case {index}"))
            .to_string();
        assert!(error.contains(part), "case {index}: {part:?} in {error:?}");
    }
    let folder = directory(&format!("{text}{}", " ".repeat(1 << 20)));
    let error = VoiceBundle::open(folder.path()).unwrap_err();
    assert!(
        matches!(
            error,
            ManifestError::TooLarge {
                limit: MAX_MANIFEST_BYTES,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_changed_file_is_refused() {
    let folder = directory(&manifest().to_string());
    let bundle = VoiceBundle::open(folder.path()).unwrap();
    std::fs::write(folder.path().join("nets/generator.onnx"), b"the netw0rk").unwrap();
    let error = bundle.file("generator").unwrap_err().to_string();
    for part in [
        "nets/generator.onnx",
        &sha256(NETWORK),
        &sha256(b"the netw0rk"),
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
    assert!(bundle.verify().is_err());
    // Grown after it was opened: no more than one byte too much is read.
    std::fs::write(folder.path().join("nets/generator.onnx"), [0; 4096]).unwrap();
    let error = bundle.file("generator").unwrap_err();
    assert!(
        matches!(
            error,
            ManifestError::TooLarge {
                found: 4096,
                limit: 11,
                ..
            }
        ),
        "{error}"
    );
}

// Windows lets administrators alone make links.
#[cfg(unix)]
#[test]
fn a_link_that_leaves_the_bundle_is_refused() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), NETWORK).unwrap();
    for (link, target) in [
        ("nets/generator.onnx", outside.path().join("secret")),
        ("nets", outside.path().to_owned()),
    ] {
        let folder = directory(&manifest().to_string());
        let link = folder.path().join(link);
        if link.is_dir() {
            std::fs::remove_dir_all(&link)
        } else {
            std::fs::remove_file(&link)
        }
        .unwrap();
        std::os::unix::fs::symlink(target, &link).unwrap();
        std::fs::copy(
            outside.path().join("secret"),
            outside.path().join("generator.onnx"),
        )
        .unwrap();
        let error = VoiceBundle::open(folder.path()).unwrap_err();
        assert!(matches!(error, ManifestError::Escapes { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("\"nets/generator.onnx\" leads out"),
            "{error}"
        );
    }
}

#[test]
fn a_card_must_be_text() {
    let mut value = manifest();
    let bytes: &'static [u8] = &[0xff, 0xfe];
    value["files"]["card"]["sha256"] = json!(sha256(bytes));
    value["files"]["card"]["bytes"] = json!(2);
    let parts: [(&str, &'static [u8]); 2] = [("nets/generator.onnx", NETWORK), ("CARD.md", bytes)];
    let bundle = VoiceBundle::from_parts(value.to_string().as_bytes(), &parts).unwrap();
    let error = bundle.card().unwrap_err().to_string();
    let card = Path::new("built-in").join("CARD.md");
    let expected = format!("{}: expected UTF-8", card.display());
    assert!(error.contains(&expected), "{error}");
}

#[test]
fn a_zip_bomb_is_not_unpacked() {
    let text = manifest().to_string();
    let folder = tempfile::tempdir().unwrap();
    let zeros = vec![0_u8; 10 << 20];
    let entries: [(&str, &[u8]); 3] = [
        ("voice.json", text.as_bytes()),
        ("nets/generator.onnx", &zeros),
        ("CARD.md", CARD),
    ];
    let path = zipped(folder.path(), &entries);
    let error = VoiceBundle::open(&path).unwrap_err();
    assert!(
        matches!(
            error,
            ManifestError::Size {
                expected: 11,
                found: 10_485_760,
                ..
            }
        ),
        "{error}"
    );

    // The same, but its headers claim the size that the manifest says.
    let mut bytes = std::fs::read(&path).unwrap();
    let (real, claimed) = ((10_u32 << 20).to_le_bytes(), 11_u32.to_le_bytes());
    let places: Vec<usize> = (0..bytes.len() - 4)
        .filter(|&at| bytes[at..at + 4] == real)
        .collect();
    assert_eq!(places.len(), 2, "the local header and the directory");
    for at in places {
        bytes[at..at + 4].copy_from_slice(&claimed);
    }
    std::fs::write(&path, bytes).unwrap();
    let bundle = VoiceBundle::open(&path).unwrap();
    let error = bundle.file("generator").unwrap_err();
    let stopped = matches!(
        error,
        ManifestError::Size { found: 12, .. } | ManifestError::Read { .. }
    );
    assert!(stopped, "{error:?}");

    let long = format!("{text}{}", " ".repeat(2 << 20));
    let path = zipped(folder.path(), &[("voice.json", long.as_bytes())]);
    let error = VoiceBundle::open(&path).unwrap_err();
    assert!(matches!(error, ManifestError::TooLarge { .. }), "{error}");
}

#[test]
fn what_is_no_bundle_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("song.wav"), b"RIFF").unwrap();
    let two = zipped(
        folder.path(),
        &[("a/voice.json", b"{}"), ("b/voice.json", b"{}")],
    );
    std::fs::rename(two, at("two.zip")).unwrap();
    let deep = zipped(folder.path(), &[("a/b/voice.json", b"{}")]);
    std::fs::rename(deep, at("deep.zip")).unwrap();
    let mut cases = vec![
        (folder.path().to_owned(), "voice.json"),
        (at("missing"), "missing"),
        (
            at("song.wav"),
            "expected a voice: a directory, or a zip of one",
        ),
        (
            at("two.zip"),
            "expected one voice, found more than one voice.json",
        ),
        (at("deep.zip"), "with voice.json in it"),
    ];
    if cfg!(unix) {
        cases.push((PathBuf::from("/dev/zero"), "expected a directory or a zip"));
    }
    for (path, part) in cases {
        let error = VoiceBundle::open(&path).unwrap_err().to_string();
        assert!(
            error.starts_with("cannot read") && error.contains(part),
            "{part:?} in {error:?}"
        );
    }
}
