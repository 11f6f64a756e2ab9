use super::*;
use crate::svc::retrieval::Retrieval;

/// A mix of three speakers, and the rate of its golden data.
const MIX: &[u8] = include_bytes!("../../../tests/golden/dialects/so_vits_mix.onnx");
const WIDTH: usize = 256;

fn project(more: &serde_json::Value) -> Vec<u8> {
    let mut project = json!({
        "Folder": "Mei", "Name": "Mei Lin", "Type": "SoVits", "Rate": 8000, "Hop": 93,
        "Hubert": "vec-256-layer-9", "SoVits4": true, "CharaMix": true,
        "Characters": ["Mei", "Li", "Wu"],
    });
    let more = more.as_object().unwrap().clone();
    project.as_object_mut().unwrap().extend(more);
    project.to_string().into_bytes()
}

/// MoeVS' folder: encoders, voices, and their projects.
fn moe_vs(more: &[(&str, &[u8])], project: &[u8]) -> Import {
    let files = [
        ("hubert/vec-256-layer-9.onnx", ENCODER_256),
        ("hubert/vec-768-layer-12.onnx", ENCODER_768),
        ("Models/Mei.json", project),
        ("Models/Mei/Mei_SoVits.onnx", MIX),
    ];
    let mut import = Import::of(&[&files, more].concat());
    import.request.name = None;
    import
}

/// Centres of `count` rows, each row of one value.
fn centres(count: usize) -> Vec<u8> {
    let header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {WIDTH}), }}");
    let header = format!("{header:<117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    for row in 0..count {
        bytes.extend((0..WIDTH).flat_map(|_| (row as f32).to_le_bytes()));
    }
    bytes
}

/// A flat index of faiss with nine rows of one value.
fn index(value: f32) -> Vec<u8> {
    let rows = 9u64;
    let mut bytes = b"IxF2".to_vec();
    bytes.extend((WIDTH as i32).to_le_bytes());
    bytes.extend(rows.to_le_bytes());
    bytes.extend([(1i64 << 20).to_le_bytes(); 2].concat());
    bytes.push(1);
    bytes.extend(1i32.to_le_bytes());
    bytes.extend((rows * WIDTH as u64).to_le_bytes());
    for _ in 0..rows * WIDTH as u64 {
        bytes.extend(value.to_le_bytes());
    }
    bytes
}

/// What a speaker's content of zeros becomes.
fn retrieved(retrieval: &Retrieval, speaker: usize) -> f32 {
    let mut content = vec![0.0; WIDTH];
    retrieval.apply(&mut content, WIDTH, speaker, 1.0).unwrap();
    content[0]
}

#[test]
fn a_project_brings_its_centres_by_speaker() {
    let centres = centres(15);
    let files = [("Models/Mei/KMeans.npy", centres.as_slice())];
    let import = moe_vs(&files, &project(&json!({"KMeansLength": 5})));
    let voice = import.run().unwrap();
    let manifest = voice.manifest();
    assert_eq!((manifest.rate, manifest.hop), (8000, 93));
    assert_eq!(manifest.name, "Mei Lin");
    assert_eq!(speakers(&voice), ["Mei", "Li", "Wu"]);
    let bytes = voice.file("centres").unwrap();
    let read = Retrieval::read_centres("centres", &bytes, WIDTH, None).unwrap();
    // The nearest to zeros of each five: the first of them.
    assert_eq!(
        [0, 1, 2].map(|speaker| retrieved(&read, speaker)),
        [0.0, 5.0, 10.0]
    );

    // Another count is the count of no whole number of speakers.
    let import = moe_vs(&files, &project(&json!({"KMeansLength": 4})));
    let message = import.refused();
    assert!(
        message.contains("4 centres for each speaker, found 15 in all"),
        "{message}"
    );
}

#[test]
fn a_project_brings_the_index_of_each_speaker() {
    let [one, two] = [1.0, 2.0].map(index);
    let files = [
        ("Models/Mei/Index-0.index", one.as_slice()),
        ("Models/Mei/Index-2.index", two.as_slice()),
        ("Models/Li/Index-1.index", one.as_slice()),
    ];
    let import = moe_vs(&files, &project(&json!({})));
    let (voice, notes) = import.run_with(vec![import.source()]).unwrap();
    let bytes = voice.file("index").unwrap();
    let read = Retrieval::read_index("index", &bytes, WIDTH).unwrap();
    assert_eq!([0, 2].map(|speaker| retrieved(&read, speaker)), [1.0, 2.0]);
    // The index of another voice is not this one's.
    assert!(
        notes.iter().any(|note| note.contains("no index for Li")),
        "{notes:?}"
    );
}

#[test]
fn the_project_alone_is_enough() {
    let import = moe_vs(&[], &project(&json!({})));
    let voice = import.run_named("Models/Mei.json").unwrap();
    assert!(voice.has("synthesizer") && voice.has("encoder"));
    assert_eq!(speakers(&voice), ["Mei", "Li", "Wu"]);
}

#[test]
fn an_encoder_that_is_not_there_is_asked_for_by_name() {
    let import = moe_vs(&[], &project(&json!({"Hubert": "hubert-soft"})));
    // Those of the right width that are there could be meant, and it is said that they are others.
    let (_, notes) = import.run_with(vec![import.source()]).unwrap();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("trained with hubert-soft")),
        "{notes:?}"
    );
    fs::remove_dir_all(import.path("hubert")).unwrap();
    fs::remove_dir_all(&import.request.out).unwrap();
    let message = import.refused();
    assert!(
        message.contains("content encoder hubert-soft, 256 values per frame")
            && message.contains("--encoder FILE"),
        "{message}"
    );
}

#[test]
fn the_encoder_of_a_configuration_is_looked_for() {
    let config = config();
    let import = Import::of(&[
        ("logs/44k/voice.onnx", STREAMED),
        ("logs/44k/config.json", &config),
        ("pretrain/vec-256-layer-9.onnx", ENCODER_256),
        ("pretrain/vec-768-layer-12.onnx", ENCODER_768),
    ]);
    import.run_named("logs/44k").unwrap();
    fs::remove_dir_all(&import.request.out).unwrap();
    // Nothing above is taken because it fits: only what the configuration names.
    fs::rename(
        import.path("pretrain/vec-256-layer-9.onnx"),
        import.path("pretrain/other.onnx"),
    )
    .unwrap();
    let message = import.run_named("logs/44k").unwrap_err().to_string();
    assert!(message.contains("vec-256-layer-9"), "{message}");
}

#[test]
fn several_projects_are_told_apart_by_naming_one() {
    let li = project(&json!({"Folder": "Li", "Name": "Li", "Characters": ["Li"]}));
    let files = [
        ("Models/Li.json", li.as_slice()),
        ("Models/Li/Li_SoVits.onnx", MIX),
    ];
    let import = moe_vs(&files, &project(&json!({})));
    let message = import.refused();
    assert!(
        message.contains("one MoeVS project")
            && message.contains("Li.json")
            && message.contains("name the .json"),
        "{message}"
    );
    let paths = vec![import.source(), import.path("Models/Li.json")];
    let (voice, _) = import.run_with(paths).unwrap();
    assert_eq!(
        (speakers(&voice), &*voice.manifest().name),
        (vec!["Li"], "Li")
    );
}

#[test]
fn a_project_in_a_zip_sees_nothing_outside() {
    let import = Import::of(&[("hubert/vec-256-layer-9.onnx", ENCODER_256)]);
    zip(
        &import.path("Mei.zip"),
        &[
            ("Models/Mei.json", &project(&json!({"Folder": "../hubert"}))),
            ("Models/Mei/Mei_SoVits.onnx", MIX),
        ],
    );
    let message = import.run_named("Mei.zip").unwrap_err().to_string();
    assert!(
        message.contains("content encoder vec-256-layer-9"),
        "{message}"
    );
    import.check_nothing_left();
}
