//! Against faiss, scikit-learn and the references' formulas, on small files, good and damaged.

use serde::Deserialize;

use super::*;

const EXPECTED: &str = include_str!("../../../tests/golden/retrieval/retrieval.json");

/// f32 sums in another order differ by some 1e-7 of the values; a wrong neighbour or weight by 1e-2 and more.
const TOLERANCE: f32 = 1e-5;

macro_rules! files {
    ($($name:literal),*) => {
        fn file(name: &str) -> &'static [u8] {
            match name {
                $($name => include_bytes!(concat!("../../../tests/golden/retrieval/", $name)),)*
                _ => panic!("no file {name}"),
            }
        }
    };
}

files!(
    "added.index",
    "feature_and_index.pkl",
    "flat.index",
    "KMeans.npy",
    "kmeans.pt",
    "kmeans_v2.npy",
    "mapped.index",
    "probing.index",
    "product.index",
    "quantised.index",
    "sparse.index",
    "total_fea.npy",
    "trained.index"
);

#[derive(Deserialize)]
struct Expected {
    dim: usize,
    queries: Vec<f32>,
    indexes: Vec<Case>,
    centres: Vec<Vec<f32>>,
    f0: Vec<f32>,
    protected: Vec<Protected>,
}

#[derive(Deserialize)]
struct Case {
    file: String,
    scores: Vec<f32>,
    ids: Vec<u64>,
    blends: Vec<Blend>,
}

#[derive(Deserialize)]
struct Blend {
    rate: f32,
    content: Vec<f32>,
}

#[derive(Deserialize)]
struct Protected {
    amount: f32,
    content: Vec<f32>,
}

fn expected() -> Expected {
    serde_json::from_str(EXPECTED).unwrap()
}

fn index(name: &str, dim: usize) -> FeatureIndex {
    match Retrieval::read_index(name, file(name), dim) {
        Ok(Retrieval::Index(index)) => index,
        other => panic!("{name}: {other:?}"),
    }
}

fn assert_close(name: &str, found: &[f32], wanted: &[f32]) {
    assert_eq!(found.len(), wanted.len(), "{name}");
    for (at, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        let allowed = TOLERANCE * wanted.abs().max(1.0);
        assert!(
            (found - wanted).abs() <= allowed,
            "{name}, value {at}: expected {wanted}, found {found}"
        );
    }
}

fn index_message(bytes: &[u8], dim: usize) -> String {
    Retrieval::read_index("a.index", bytes, dim)
        .unwrap_err()
        .to_string()
}

fn centres_message(bytes: &[u8], dim: usize, each: Option<usize>) -> String {
    Retrieval::read_centres("k", bytes, dim, each)
        .unwrap_err()
        .to_string()
}

/// The file with other bytes at a place.
fn changed(name: &str, at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut content = file(name).to_vec();
    content[at..at + bytes.len()].copy_from_slice(bytes);
    content
}

#[test]
fn searches_find_what_faiss_finds() {
    let expected = expected();
    for case in &expected.indexes {
        let index = index(&case.file, expected.dim);
        let queries = expected.queries.chunks_exact(expected.dim);
        let found: Vec<Neighbour> = queries
            .flat_map(|query| index.search(query, NEIGHBOURS).unwrap())
            .collect();
        let ids: Vec<u64> = found.iter().map(|neighbour| neighbour.id).collect();
        let scores: Vec<f32> = found.iter().map(|neighbour| neighbour.score).collect();
        assert_eq!(ids, case.ids, "{}", case.file);
        assert_close(&case.file, &scores, &case.scores);
    }
}

#[test]
fn blends_are_those_of_rvc_and_so_vits() {
    let expected = expected();
    for case in &expected.indexes {
        let retrieval = Retrieval::read_index(&case.file, file(&case.file), expected.dim).unwrap();
        for blend in &case.blends {
            let mut content = expected.queries.clone();
            retrieval
                .apply(&mut content, expected.dim, 0, blend.rate)
                .unwrap();
            assert_close(&case.file, &content, &blend.content);
        }
    }
}

#[test]
fn a_content_that_is_in_the_index_stays() {
    let expected = expected();
    let total = npy_file::read("total_fea.npy", file("total_fea.npy")).unwrap();
    let wanted = &total.values[..5 * expected.dim];
    let mut content = wanted.to_vec();
    let index = index("added.index", expected.dim);
    index.blend(&mut content, 1.0).unwrap();
    assert_eq!(content, wanted);
}

#[test]
fn an_index_states_what_it_is() {
    let probing = index("probing.index", 20);
    let stated = (
        probing.len(),
        probing.dim(),
        probing.list_count(),
        probing.probes(),
    );
    assert_eq!(stated, (120, 20, 5, 2));
    assert_eq!(probing.bytes(), 4 * 20 * 125 + 8 * 120);
    let sparse = index("sparse.index", 20);
    assert_eq!(
        (sparse.len(), sparse.list_count(), sparse.probes()),
        (3, 24, 1)
    );
    let row = npy_file::read("f", file("total_fea.npy")).unwrap().values[20..40].to_vec();
    assert_eq!(
        sparse.search(&row, 1).unwrap(),
        [Neighbour { id: 1, score: 0.0 }]
    );
}

#[test]
fn centres_are_nearest_as_scikit_learn_finds_them() {
    let expected = expected();
    for (name, each) in [
        ("KMeans.npy", Some(7)),
        ("kmeans_v2.npy", None),
        ("kmeans.pt", None),
    ] {
        let retrieval = Retrieval::read_centres(name, file(name), expected.dim, each).unwrap();
        assert_eq!(retrieval.bytes(), 2 * 7 * 20 * 4);
        for (speaker, wanted) in expected.centres.iter().enumerate() {
            let mut content = expected.queries.clone();
            retrieval
                .apply(&mut content, expected.dim, speaker, 0.4)
                .unwrap();
            assert_close(name, &content, wanted);
        }
    }
    // MoeVS does not look at the first 128 bytes.
    let headless = changed("KMeans.npy", 0, &[0; 128]);
    let read = |bytes| Retrieval::read_centres("KMeans.npy", bytes, 20, Some(7)).unwrap();
    assert_eq!(read(&headless), read(file("KMeans.npy")));
}

#[test]
fn centres_of_so_vits_keep_their_names() {
    let Retrieval::Centres(centres) =
        Retrieval::read_centres("kmeans.pt", file("kmeans.pt"), 20, None).unwrap()
    else {
        panic!("not centres");
    };
    let speakers: Vec<_> = centres.speakers().collect();
    assert_eq!(speakers, [(0, Some("Ann"), 7), (1, Some("Ben"), 7)]);
}

#[test]
fn the_indexes_of_a_pickle_are_those_of_its_speakers() {
    let retrieval = Retrieval::read_index("f.pkl", file("feature_and_index.pkl"), 20).unwrap();
    let Retrieval::Indexes(indexes) = &retrieval else {
        panic!("not indexes");
    };
    assert_eq!(indexes.keys().collect::<Vec<_>>(), [&0, &3]);
    assert_eq!(indexes[&0], index("added.index", 20));
    assert_eq!(indexes[&3], index("probing.index", 20));
    let error = retrieval.apply(&mut [0.0; 20], 20, 1, 0.5).unwrap_err();
    assert_eq!(
        error.to_string(),
        "input \"speaker\": expected one with an index: 0, 3, found 1"
    );
}

#[test]
fn protect_is_that_of_rvc() {
    let expected = expected();
    let dim = expected.dim;
    let after = doubled(&expected.queries[..3 * dim], dim);
    let before = doubled(&expected.queries[3 * dim..6 * dim], dim);
    for case in &expected.protected {
        let mut content = after.clone();
        protect(&mut content, &before, dim, &expected.f0, case.amount).unwrap();
        assert_close(&format!("amount {}", case.amount), &content, &case.content);
    }
}

#[test]
fn content_and_rate_are_checked() {
    let retrieval = Retrieval::Index(index("flat.index", 20));
    let error = retrieval.apply(&mut [0.0; 40], 40, 0, 0.5).unwrap_err();
    assert_eq!(
        error.to_string(),
        "input \"content\": expected whole rows of 20 values, found 40 values in rows of 40"
    );
    assert!(retrieval.apply(&mut [0.0; 30], 20, 0, 0.5).is_err());
    for rate in [-0.1, 1.1, f32::NAN] {
        assert!(
            retrieval.apply(&mut [0.0; 20], 20, 0, rate).is_err(),
            "{rate}"
        );
    }
    let mut content = expected().queries;
    retrieval.apply(&mut content, 20, 0, 0.0).unwrap();
    assert_eq!(content, expected().queries);
}

#[test]
fn truncated_files_are_refused_wherever_they_end() {
    for name in [
        "added.index",
        "probing.index",
        "sparse.index",
        "mapped.index",
        "flat.index",
    ] {
        for end in 0..file(name).len() {
            let message = index_message(&file(name)[..end], 20);
            assert!(
                message.contains("truncated or damaged"),
                "{name} {end}: {message}"
            );
        }
    }
    for end in 0..file("feature_and_index.pkl").len() {
        index_message(&file("feature_and_index.pkl")[..end], 20);
    }
    for name in ["KMeans.npy", "kmeans_v2.npy", "kmeans.pt"] {
        // From where the kind is known on; half a row may be one of MoeVS' own.
        for end in 128..file(name).len() {
            centres_message(&file(name)[..end], 20, Some(7));
        }
    }
    assert_eq!(
        index_message(&file("added.index")[..5000], 20),
        "a.index: a list's vectors at byte 3483: expected 1760 bytes, found 1517 before the end; the file is truncated or damaged"
    );
}

#[test]
fn no_damage_of_a_byte_brings_a_reader_down() {
    for name in [
        "added.index",
        "sparse.index",
        "mapped.index",
        "feature_and_index.pkl",
    ] {
        for at in 0..file(name).len().min(4000) {
            for byte in [0x00, 0x7f, 0xff] {
                // Some damage is to values and cannot be seen; whatever is read must still be searchable.
                if let Ok(read) = Retrieval::read_index("a", &changed(name, at, &[byte]), 20) {
                    read.apply(&mut [0.5; 40], 20, 0, 0.5).ok();
                }
            }
        }
    }
    for name in ["KMeans.npy", "kmeans.pt"] {
        for at in 0..file(name).len() {
            for byte in [0x00, 0x7f, 0xff] {
                let read = Retrieval::read_centres("k", &changed(name, at, &[byte]), 20, Some(7));
                if let Ok(read) = read {
                    read.apply(&mut [0.5; 40], 20, 0, 0.5).ok();
                }
            }
        }
    }
}

#[test]
fn an_index_of_another_kind_is_refused_by_name() {
    let cases: [(&str, &str); 4] = [
        (
            "trained.index",
            "a.index: expected an index with vectors (added_….index), found one without (as trained_….index is); take the other one",
        ),
        (
            "product.index",
            "a.index: the kind of the index at byte 0: expected IVF…,Flat (IwFl), Flat (IxF2, IxFl) or one of them with numbers of its own (IxMp, IxM2), found \"IxFI\"",
        ),
        (
            "quantised.index",
            "a.index: the kind of the index at byte 0: expected IVF…,Flat (IwFl), Flat (IxF2, IxFl) or one of them with numbers of its own (IxMp, IxM2), found \"IxSQ\"",
        ),
        (
            "kmeans.pt",
            "a.index: expected a feature index (.index, .npy or feature_and_index.pkl), found a file of torch; k-means centres are given as such",
        ),
    ];
    for (name, message) in cases {
        assert_eq!(index_message(file(name), 20), message);
    }
    // The metric follows 33 bytes: characters, width, count, two unused numbers, the mark of training.
    assert_eq!(
        index_message(&changed("added.index", 33, &[0]), 20),
        "a.index: the metric at byte 33: expected Euclidean distance (1), on which retrieval weights are built, found inner product (0)"
    );
}

#[test]
fn an_index_of_another_width_is_refused() {
    for name in ["added.index", "flat.index", "mapped.index", "total_fea.npy"] {
        assert_eq!(
            index_message(file(name), 768),
            "a.index: expected vectors 768 wide, as the voice's content is, found 20; the file belongs to another voice or content encoder"
        );
    }
    for name in ["KMeans.npy", "kmeans_v2.npy", "kmeans.pt"] {
        let message = centres_message(file(name), 256, None);
        assert!(
            message.contains("expected vectors 256 wide"),
            "{name}: {message}"
        );
    }
    assert!(
        index_message(file("feature_and_index.pkl"), 256)
            .starts_with("a.index, speaker 0: expected vectors 256")
    );
}

#[test]
fn damaged_indexes_say_where() {
    let huge = u64::MAX.to_le_bytes();
    let message = |at, bytes: &[u8]| index_message(&changed("added.index", at, bytes), 20);
    assert_eq!(
        message(8, &[121]),
        "a.index: the lists' sizes at byte 527: expected 121 vectors in all, found 120"
    );
    assert_eq!(
        message(37, &huge),
        "a.index: the number of lists at byte 37: expected 5 lists, one for each centroid, found 18446744073709551615"
    );
    // The first vector of the first list, after five sizes.
    assert_eq!(
        message(579, &f32::NAN.to_le_bytes()),
        "a.index: a list's vectors at byte 579: expected finite values, found NaN"
    );
    let sizes = |sizes: &[u8]| message(539, sizes);
    assert!(sizes(&huge).contains("the lists' sizes at byte 527"));
    let longer = [file("added.index"), &[0; 3]].concat();
    assert!(index_message(&longer, 20).ends_with("expected nothing more, found 3 more bytes"));
}

#[test]
fn centres_that_are_none_are_refused_by_name() {
    let npy = file("KMeans.npy");
    let with_header = |from: &str, to: &str| {
        let at = npy
            .windows(from.len())
            .position(|part| part == from.as_bytes());
        changed("KMeans.npy", at.unwrap(), to.as_bytes())
    };
    let message = |bytes: &[u8]| centres_message(bytes, 20, Some(7));
    assert_eq!(
        message(&with_header("<f4", "<f8")),
        "k: the header's descr at byte 10: expected f32, little-endian ('<f4'), found '<f8'"
    );
    assert_eq!(
        message(&with_header("False", "True ")),
        "k: the header's fortran_order at byte 10: expected C order (False), found True"
    );
    assert_eq!(
        message(&with_header("(14, 20)", "(15, 20)")),
        "k: the values at byte 128: expected 1200 bytes, found 1120 before the end; the file is truncated or damaged"
    );
    assert_eq!(
        centres_message(npy, 20, Some(4)),
        "k: expected 4 centres for each speaker, found 14 in all"
    );
    assert_eq!(
        message(&changed("KMeans.npy", 0, &[1; 128])[..190]),
        "k: the centres at byte 128: expected whole rows of 20 f32 values (80 bytes), found 62 bytes"
    );
    assert_eq!(
        message(file("feature_and_index.pkl")),
        "k: expected k-means centres (kmeans_….pt of torch 1.6 or newer, or KMeans.npy), found a pickle; feature_and_index.pkl is given as an index"
    );
    assert!(message(file("added.index")).ends_with("it is given as an index"));
    assert!(message(b"\x80\x02\x8a\x0alxx").ends_with("load and save it with a newer one"));
    assert!(message(b"PK\x05\x06").contains("one that is damaged"));
}

#[test]
fn a_pickle_that_is_none_of_ours_is_not_executed_but_refused() {
    // os.system("true"), as an attacker would write it.
    let message = index_message(b"\x80\x04cos\nsystem\nX\x04\0\0\0true\x85R.", 20);
    assert_eq!(
        message,
        "a.index: expected a dictionary of speakers' numbers and faiss indexes, found an object of os.system; \
         So-VITS-SVC's export_index_for_onnx.py writes its indexes as Index-0.index, Index-1.index, …"
    );
    for (pickle, part) in [
        (
            &b"\x80\x04."[..],
            "expected a value on the stack, found none",
        ),
        (b"\x80\x04}(0", "expected a value on the stack, found none"),
        (b"\x80\x04}e", "expected a mark on the stack, found none"),
        (
            b"\x80\x04}(Nu",
            "expected a value for each key, found a key without one",
        ),
        (
            b"\x80\x04h\x07",
            "expected a memo that was made, found memo 7",
        ),
        (
            b"\x80\x04\x7f",
            "expected a step of protocols 2 to 5, found the code 0x7f",
        ),
        (
            b"\x80\x04X\x01\0\0\0\xff",
            "expected text in UTF-8, found other bytes",
        ),
        (
            b"\x80\x04\x8a\x09\0\0\0\0\0\0\0\0\0",
            "expected a number of at most 8 bytes, found 9 bytes",
        ),
    ] {
        let message = index_message(pickle, 20);
        assert!(message.ends_with(part), "{message}");
    }
    let endless = [&b"\x80\x04"[..], &vec![b'N'; 1 << 21]].concat();
    assert!(index_message(&endless, 20).ends_with("expected at most 1048576 steps, found more"));
}

#[test]
fn one_index_for_many_speakers_does_not_fill_the_memory() {
    let index = file("added.index");
    let length = (index.len() as u32).to_le_bytes();
    let one = [
        b"\x80\x04}(K\0\x8c\x05faiss\x8c\x01I\x93)\x81}\x8c\x04thisB",
        &length[..],
        index,
        b"sbq\x01",
    ]
    .concat();
    let alone = [&one[..], b"u."].concat();
    assert!(Retrieval::read_index("a.index", &alone, 20).is_ok());
    let shared = [&one[..], b"K\x01h\x01u."].concat();
    let message = index_message(&shared, 20);
    assert!(
        message.contains("one index for many, speaker 1"),
        "{message}"
    );
}

/// 200,000 vectors of 768 values in 5128 lists, as RVC parts them: 0.6 GB of memory.
#[test]
#[ignore = "a measurement: prints the time of a search"]
fn time_of_a_large_index() {
    const COUNT: usize = 200_000;
    const DIM: usize = 768;
    const LISTS: usize = 5128;
    const FRAMES: usize = 500;
    // Hashed numbers: as good as random for a distance, and quick to make.
    let values = |count: usize, seed: usize| -> Vec<f32> {
        let value = |at: usize| (at + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        (0..count)
            .map(|at| value(at) as f32 / (1 << 23) as f32 - 1.0)
            .collect()
    };
    let index = FeatureIndex::new(
        Rows::new(values(COUNT * DIM, 0), DIM),
        (0..COUNT as u64).collect(),
        Some(feature_index::Lists {
            centroids: Rows::new(values(LISTS * DIM, 1 << 40), DIM),
            ends: (1..=LISTS).map(|list| list * COUNT / LISTS).collect(),
            probes: 1,
        }),
    );
    for together in [1, 5, 50] {
        let mut content = values(FRAMES * DIM, 1 << 41);
        let start = std::time::Instant::now();
        for rows in content.chunks_mut(together * DIM) {
            index.blend(rows, 0.5).unwrap();
        }
        let each = start.elapsed().as_secs_f64() * 1e3 / FRAMES as f64;
        println!("{together} frames at a time: {each:.3} ms a frame");
    }
}
