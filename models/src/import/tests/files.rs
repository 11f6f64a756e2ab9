use super::*;

#[test]
fn a_zip_is_as_good_as_a_folder() {
    let import = Import::of(&[]);
    let config = config();
    zip(
        &import.source().join("voice.zip"),
        &[
            ("v/a.onnx", STREAMED),
            ("v/config.json", &config),
            ("v/b.onnx", ENCODER_256),
        ],
    );
    let voice = import.run_named("voice.zip").unwrap();
    assert_eq!(speakers(&voice), ["anna", "bert"]);
}

#[test]
fn zips_in_a_folder_are_looked_into_once() {
    let import = Import::of(&[("config.json", &config())]);
    zip(&import.path("encoder.zip"), &[("b.onnx", ENCODER_256)]);
    zip(&import.path("voice.zip"), &[("v/a.onnx", STREAMED)]);
    fs::write(import.path("holidays.zip"), "no zip").unwrap();
    let (voice, notes) = import.run_with(vec![import.source()]).unwrap();
    assert_eq!(speakers(&voice), ["anna", "bert"]);
    assert!(
        notes
            .iter()
            .any(|note| note.contains("left out holidays.zip: expected a zip"))
    );
    fs::remove_dir_all(&import.request.out).unwrap();

    // A zip in a zip stays shut.
    let inner = fs::read(import.path("voice.zip")).unwrap();
    zip(&import.path("voice.zip"), &[("inner.zip", &inner)]);
    let message = import.refused();
    assert!(message.contains("expected a synthesizer"), "{message}");
}

#[test]
fn what_was_named_is_meant() {
    let other = Import::of(&[]);
    drop(other);
    let import = Import::whole();
    fs::write(import.path("c.onnx"), STREAMED).unwrap();
    fs::write(import.path("d.onnx"), ENCODER_256).unwrap();
    let message = import.refused();
    for part in ["one synthesizer", "a.onnx", "c.onnx", "name the one"] {
        assert!(message.contains(part), "{message}");
    }
    let named = |names: &[&str]| {
        let names = names.iter().map(|name| import.path(name));
        import.run_with(std::iter::once(import.source()).chain(names).collect())
    };
    let message = named(&["c.onnx"]).unwrap_err().to_string();
    assert!(message.contains("one content encoder"), "{message}");
    let (voice, _) = named(&["c.onnx", "d.onnx"]).unwrap();
    assert!(voice.manifest().licence.contains("c.onnx"));
}

#[test]
fn a_voice_may_become_a_zip_that_takes_the_folders_place() {
    let mut import = Import::whole();
    let folder = import.run().unwrap();
    let hash = folder.hash().to_owned();
    import.request.replace = true;
    import.request.zip = true;
    let packed = import.run().unwrap();
    let names = |path: &Path| -> Vec<_> {
        let entries = fs::read_dir(path).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(names(&import.request.out), ["tiny.zip"]);
    assert_eq!(packed.hash(), hash);
    import.request.zip = false;
    import.run().unwrap();
    assert_eq!(names(&import.request.out), ["tiny"]);
    // Without being asked, neither form replaces the other.
    import.request.replace = false;
    for zip in [true, false] {
        import.request.zip = zip;
        let message = import.run().unwrap_err().to_string();
        assert!(message.contains("--replace"), "{message}");
    }
    assert_eq!(names(&import.request.out), ["tiny"]);
}
