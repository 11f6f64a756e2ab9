use super::*;

#[test]
fn what_is_missing_is_asked_for_with_its_flag() {
    let import = Import::of(&[("a.onnx", STREAMED), ("b.onnx", ENCODER_256)]);
    let message = import.refused();
    assert!(message.contains("--rate"), "{message}");
    let mut import = Import::of(&[("a.onnx", STREAMED)]);
    import.request.rate = Some(44_100);
    let message = import.refused();
    assert!(message.contains("--encoder"), "{message}");
}

#[test]
fn an_encoder_of_another_width_is_refused_with_both_widths() {
    let mut import = Import::of(&[("a.onnx", STREAMED), ("b.onnx", ENCODER_768)]);
    import.request.rate = Some(44_100);
    let message = import.refused();
    assert!(
        message.contains("256") && message.contains("found 768"),
        "{message}"
    );
    // The flag takes the place of those that were found.
    let other = Import::of(&[("c.onnx", ENCODER_256)]);
    import.request.encoder = Some(other.source().join("c.onnx"));
    import.run().unwrap();
}

#[test]
fn a_damaged_graph_is_refused_by_name() {
    let half = &STREAMED[..STREAMED.len() / 2];
    let import = Import::of(&[("a.onnx", half), ("b.onnx", ENCODER_256)]);
    let message = import.run_named("a.onnx").unwrap_err().to_string();
    assert!(
        message.contains("a.onnx") && message.contains("expected an ONNX file"),
        "{message}"
    );
    import.check_nothing_left();
}

#[test]
fn an_archive_that_leads_out_of_itself_leaves_nothing_behind() {
    let import = Import::of(&[]);
    zip(
        &import.source().join("voice.zip"),
        &[("a.onnx", STREAMED), ("../out.onnx", STREAMED)],
    );
    let message = import.run_named("voice.zip").unwrap_err().to_string();
    assert!(message.contains("leads out of the zip"), "{message}");
    import.check_nothing_left();
    assert!(!import.folder.path().join("out.onnx").exists());
}

#[test]
fn what_is_no_export_is_told() {
    let import = Import::of(&[
        ("voice.pth", b"PK"),
        ("song.wav", b"RIFF"),
        ("a.json", b"{}"),
    ]);
    // That number is "no such file" on every system, in words of its own.
    let no_such_file = std::io::Error::from_raw_os_error(2).to_string();
    for (name, part) in [
        ("voice.pth", "cargo xtask export-pth"),
        ("song.wav", "another ending"),
        ("a.json", "another JSON file"),
        ("missing.onnx", &no_such_file),
    ] {
        let message = import.run_named(name).unwrap_err().to_string();
        assert!(
            message.contains(name) && message.contains(part),
            "{message}"
        );
        import.check_nothing_left();
    }
}

#[test]
fn all_that_is_missing_is_asked_for_at_once() {
    let import = Import::of(&[("a.onnx", STREAMED)]);
    let message = import.refused();
    for part in [
        "content encoder (usually vec-256-layer-9), 256 values per frame, that a.onnx was trained with is missing; give --encoder FILE",
        "the rate, which a.onnx does not state",
        "--rate HZ",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

/// The graph with the first operator of a kind replaced by one that nobody has.
fn with_foreign_operator(onnx: &[u8], replaced: &str) -> Vec<u8> {
    let mut graph = crate::graph::Graph::decode("x", onnx).unwrap();
    let nodes = &mut graph.proto_mut().node;
    let node = nodes.iter_mut().find(|node| node.op_type == replaced);
    let node = node.unwrap();
    (node.domain, node.op_type) = ("org.example".to_owned(), "Sparkle".to_owned());
    graph.encode()
}

#[test]
fn an_operator_that_the_backend_lacks_is_named() {
    let config = config();
    for (synthesizer, encoder) in [
        (
            with_foreign_operator(STREAMED, "Tanh"),
            ENCODER_256.to_vec(),
        ),
        (
            STREAMED.to_vec(),
            with_foreign_operator(ENCODER_256, "Conv"),
        ),
    ] {
        let foreign = if encoder == ENCODER_256 {
            "a.onnx"
        } else {
            "b.onnx"
        };
        let import = Import::of(&[
            ("a.onnx", &synthesizer),
            ("config.json", &config),
            ("b.onnx", &encoder),
        ]);
        let message = import.refused();
        for part in [foreign, "Sparkle", "tract"] {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn a_rate_that_the_synthesizer_has_not_is_told() {
    let rvc = include_bytes!("../../../tests/golden/dialects/web_ui.onnx");
    let mut import = Import::of(&[("a.onnx", rvc), ("b.onnx", ENCODER_256)]);
    import.request.rate = Some(40_000);
    let message = import.refused();
    assert!(
        message.contains("expected 8000, as a.onnx gives 80 samples per frame, found 40000"),
        "{message}"
    );
    import.request.rate = Some(8000);
    assert_eq!(import.run().unwrap().manifest().hop, 80);

    // A configuration may say nothing of the hop, and must say nothing wrong.
    let stated = |hop: serde_json::Value| {
        json!({"data": {"sampling_rate": 44_100, "hop_length": hop}})
            .to_string()
            .into_bytes()
    };
    let wrong = stated(json!(320));
    let import = Import::of(&[
        ("a.onnx", STREAMED),
        ("b.onnx", ENCODER_256),
        ("c.json", &wrong),
    ]);
    let message = import.refused();
    assert!(
        message.contains("hop_length") && message.contains("expected 512"),
        "{message}"
    );
    fs::write(import.path("c.json"), stated(json!(null))).unwrap();
    assert_eq!(import.run().unwrap().manifest().hop, 512);
}

#[test]
fn more_speakers_than_the_network_knows_are_refused() {
    let mut import = Import::whole();
    let names = |count: usize| {
        (0..count)
            .map(|number| format!("speaker {number}"))
            .collect()
    };
    import.request.speakers = names(4);
    let message = import.refused();
    assert!(
        message.contains("--speakers: expected at most 3 names, found 4"),
        "{message}"
    );
    import.request.speakers = vec!["a".to_owned(), "a".to_owned()];
    assert!(import.refused().contains("\"a\" twice"));
    import.request.speakers = names(3);
    import.run().unwrap();
}

/// The last speaker speaks as well, because a graph need not show how many it knows.
#[test]
fn a_speaker_whom_the_network_does_not_know_is_found_out() {
    let mut graph = crate::graph::Graph::decode("x", STREAMED).unwrap();
    let proto = graph.proto_mut();
    let nodes = proto.node.iter_mut();
    let mut inputs = nodes.flat_map(|node| &mut node.input);
    let read = inputs.find(|input| *input == "sid").unwrap();
    "hidden".clone_into(read);
    let mut hiding = proto.node[0].clone();
    hiding.attribute.clear();
    (hiding.op_type, hiding.name) = ("Abs".to_owned(), "hiding".to_owned());
    (hiding.input, hiding.output) = (vec!["sid".to_owned()], vec!["hidden".to_owned()]);
    proto.node.insert(0, hiding);
    let mut import = Import::whole();
    fs::write(import.path("a.onnx"), graph.encode()).unwrap();
    import.request.speakers = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let message = import.refused();
    assert!(message.contains("does not run here"), "{message}");
    import.request.speakers.pop();
    import.run().unwrap();
}

#[test]
fn damaged_files_that_nobody_named_are_left_out() {
    let import = Import::whole();
    fs::write(import.path("c.onnx"), &STREAMED[..5000]).unwrap();
    fs::write(import.path("huge.json"), vec![b' '; 2 << 20]).unwrap();
    let (_, notes) = import.run_with(vec![import.source()]).unwrap();
    for part in ["left out c.onnx: ", "left out huge.json: expected at most"] {
        assert!(
            notes.iter().any(|note| note.contains(part)),
            "{part} in {notes:?}"
        );
    }
    // What is missing then may be what was left out.
    fs::remove_dir_all(&import.request.out).unwrap();
    fs::rename(import.path("c.onnx"), import.path("b.onnx")).unwrap();
    let message = import.refused();
    assert!(message.contains("b.onnx is of no use"), "{message}");
    fs::rename(import.path("b.onnx"), import.path("a.onnx")).unwrap();
    let message = import.refused();
    assert!(
        message.contains("expected a synthesizer") && message.contains("a.onnx: "),
        "{message}"
    );
}

#[test]
fn a_voice_is_not_imported_twice() {
    let import = Import::whole();
    let voice = import.run().unwrap();
    let message = import
        .run_at(voice.path().to_owned())
        .unwrap_err()
        .to_string();
    assert!(message.contains("found a voice of Syrinx"), "{message}");
}

#[test]
fn the_name_of_the_built_in_voice_is_taken() {
    let mut import = Import::whole();
    import.request.name = Some("default".to_owned());
    assert!(import.refused().contains("--name: expected another name"));
}
