//! Files and requests that are not of the voice, refused by name.

use super::*;

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
