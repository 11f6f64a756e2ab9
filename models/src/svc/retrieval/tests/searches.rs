//! What is found, blended and protected, against faiss, scikit-learn and the references' formulas.

use super::*;

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
